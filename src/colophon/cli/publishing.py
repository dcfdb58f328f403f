"""Commands for the CDN store: publish, unpublish."""

from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.notifying import tell
from colophon.cli.output import ANSWER_IS_NO, DONE, OUTSIDE_FAILED, Json, View, errors_shown, say, show
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime
    from colophon.services.press import Difference
    from colophon.services.withdraw import Upheld

DryRun = Annotated[bool, typer.Option("--dry-run", help="List the difference, change nothing.")]
Wait = Annotated[
    float | None,
    typer.Option("--wait", min=0, max=86_400, metavar="SECONDS", help="How long to look until all is gone."),
]


def add_to(app: typer.Typer) -> None:
    app.command()(publish)
    app.command()(unpublish)


def publish(
    campaign: Annotated[str, typer.Argument(help="The campaign.")], dry_run: DryRun = False, json: Json = False
) -> None:
    """Put what the campaign plans and people approved at its public addresses, verified there, and take down the
    rest. Exit code 1 where something taken down is still public past the limit."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.publish import publish as service
        from colophon.services.take_down import OVERDUE

        rt = runtime()
        done = service(campaign, press=rt.press, dry_run=dry_run)
        _show(campaign, done, dry_run, rt, json)
        if not dry_run:
            tell(rt)
        if any(problem.code == OVERDUE for problem in done.problems):
            raise typer.Exit(ANSWER_IS_NO)


def unpublish(
    name: Annotated[str | None, typer.Argument(metavar="[CAMPAIGN|RENDITION|ASSET]", help="What to take down.")] = None,
    due: Annotated[
        bool,
        typer.Option("--due", help="What rights, embargo or a rejection do not allow now, and all that is unfinished."),
    ] = False,
    wait: Wait = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take publications off the CDN store, purge them, and look until nothing answers at their addresses any more:
    as long as the limit allows, or for --wait seconds. Run it again to go on. Exit code 1 while something is left."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services import withdraw as service

        if due == (name is not None):
            raise InvalidInput("name what to take down, or say --due", where="unpublish", hint="see --help")
        rt = runtime()
        if name is None:
            _due(rt, wait or 0.0, dry_run, json)
            return
        patience = rt.settings.cdn_leaves_seconds if wait is None else wait
        done = service.unpublish(name, press=rt.press, dry_run=dry_run, wait=patience)
        _show(name, done, dry_run, rt, json)
        if not dry_run:
            tell(rt)
        _end(done)


def _due(rt: "Runtime", wait: float, dry_run: bool, json: bool) -> None:
    from colophon.services.show_withdrawal import problem_views, withdrawal_views
    from colophon.services.withdraw import not_allowed, uphold

    if dry_run:
        rows = [{"rendition": p.rendition, "address": p.address} for p in not_allowed(rt.press)]
        show({"dry_run": True, "removed": rows}, json, lambda: f"would change: {len(rows)} removed")
        return
    done = uphold(press=rt.press, wait=wait)
    view: View = {
        "removed": list(done.removed),
        "withdrawals": withdrawal_views(done.withdrawals, rt.catalog.withdrawals, rt.clock.now()),
        "problems": problem_views(done.problems),
    }
    show(view, json, lambda: f"{len(done.removed)} removed, {_gone_text(view)}")
    tell(rt)
    _end(done)


def _end(done: "Difference | Upheld") -> None:
    """An address that still answers is a no; where only services failed, running it again may do."""
    from colophon.services.take_down import OVERDUE, STILL_PUBLIC

    codes = {problem.code for problem in done.problems}
    for problem in done.problems:
        say(f"problem: {problem}")
    if codes & {OVERDUE, STILL_PUBLIC}:
        raise typer.Exit(ANSWER_IS_NO)
    raise typer.Exit(OUTSIDE_FAILED if codes else DONE)


def _show(name: str, difference: "Difference", dry_run: bool, rt: "Runtime", json: bool) -> None:
    from colophon.services.show_withdrawal import problem_views, withdrawal_views

    now = rt.clock.now()
    view: View = {
        "name": name,
        "dry_run": dry_run,
        "added": list(difference.added),
        "removed": list(difference.removed),
        "kept": list(difference.kept),
        "list": difference.list_address,
        "current": difference.current_address,
        "withdrawals": withdrawal_views(difference.withdrawals, rt.catalog.withdrawals, now),
        "problems": problem_views(difference.problems),
    }
    show(view, json, lambda: _text(name, view, dry_run))


def _text(name: str, view: View, dry_run: bool) -> str:
    verb = "would change" if dry_run else "changed"
    if not (view["added"] or view["removed"]):
        verb = "nothing to change"
    lines = [f"{verb}: {name}: {len(view['added'])} added, {len(view['removed'])} removed, {len(view['kept'])} kept"]
    if view["withdrawals"]:
        lines.append(_gone_text(view))
        lines += [_answers(each) for each in view["withdrawals"]]
    lines += [f"list: {view['list']}"] if view["list"] else []
    return "\n".join(lines)


def _gone_text(view: View) -> str:
    gone = sum(each["state"] == "gone" for each in view["withdrawals"])
    return f"{gone} of {len(view['withdrawals'])} withdrawals proven gone"


def _answers(withdrawal: View) -> str:
    """One withdrawal with how often each answer was seen."""
    counts: dict[str, int] = {}
    for seen in withdrawal["sightings"]:
        answer = str(seen["status"] or "no answer")
        counts[answer] = counts.get(answer, 0) + seen["times"]
    seen_text = ", ".join(f"{answer} x{times}" for answer, times in sorted(counts.items()))
    since = withdrawal["gone_at"] or withdrawal["begun_at"]
    return f"  {withdrawal['state']} {since} {withdrawal['addresses'][0]} ({seen_text or 'not looked at yet'})"
