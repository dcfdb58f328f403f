"""The command that verifies what is catalogued again."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, say, show, table
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime
    from colophon.domain.history import Due, Scope, Standing
    from colophon.services.reverify import Result

_EVERY_SECONDS = 10.0
T = TypeVar("T")


def verify_assets(
    assets: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="These assets, due or not; none: every one.")
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Only this campaign's.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is not due.")] = False,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What if this were the trust policy? Nothing is recorded.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="What if it were the end of this day (UTC), or this time? Not recorded."),
    ] = None,
    json: Json = False,
) -> None:
    """Verify stored originals and renditions again, record it, and say what changed and why.

    Due is what was judged under another policy, other lists or another library than now, and what time may have
    changed. Exit 1 when something public or approved is not trusted, or could not be verified.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services import reverify
        from colophon.services.verify import moment

        rt = runtime()
        asked = moment(at) if at else None
        scope = _scope(assets or [], campaign, rt)
        lab = rt.lab_under(rt.reader_under(policy))
        supposed = policy is not None or asked is not None
        due = None if supposed or assets or everything else reverify.what_is_due(lab)
        files = _counted(scope, due, rt)
        done = reverify.what_if(files, lab=lab, at=asked) if supposed else reverify.verify_again(files, lab=lab)
        view = _view(done, scope, supposed, rt)
        show(view, json, lambda: _text(view))
        if view["untrusted"] or view["problems"]:
            raise typer.Exit(ANSWER_IS_NO)


def _scope(assets: list[str], campaign: str | None, rt: "Runtime") -> "Scope":
    """Raises `InvalidInput` for both at once, `NotFound` for what does not exist."""
    from colophon.domain.history import Scope

    if assets and campaign:
        raise InvalidInput("name assets or a campaign, not both", where="--campaign")
    for asset in assets:
        rt.catalog.assets.get(asset)
    if campaign is not None:
        rt.catalog.orders.campaign(campaign)
    return Scope(tuple(assets), campaign)


def _counted(scope: "Scope", due: "Due | None", rt: "Runtime") -> "Iterator[Standing]":
    """The files to verify, with how far it is: a bar on a terminal, a line now and then elsewhere."""
    from colophon.services.reverify import standings

    verdicts = rt.catalog.verdicts
    total = verdicts.count(scope, due=due)
    return counted(standings(scope, due, verdicts=verdicts), total, "verifying")


def counted(items: Iterator[T], total: int, doing: str) -> Iterator[T]:
    """The same items, with how far it is told on standard error as they are taken."""
    return _with_bar(items, total, doing) if sys.stderr.isatty() else _with_lines(items, total, doing)


def _with_bar(items: Iterator[T], total: int, doing: str) -> Iterator[T]:
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn(doing),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("left:"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        for item in items:
            yield item
            bar.advance(task)


def _with_lines(items: Iterator[T], total: int, doing: str) -> Iterator[T]:
    told = time.monotonic()
    for number, item in enumerate(items):
        if time.monotonic() - told > _EVERY_SECONDS:
            told = time.monotonic()
            say(f"{doing}: {number} of {total}")
        yield item


def _view(results: "Iterable[Result]", scope: "Scope", supposed: bool, rt: "Runtime") -> View:
    from colophon.services.show_history import MOST_ROWS, Tally, doubted_views

    tally = Tally()
    for result in results:
        tally.add(result)
    doubted = tally.let_down if supposed else doubted_views(rt.catalog.verdicts.doubted(scope, limit=MOST_ROWS))
    return {
        "checked": tally.checked,
        "recorded": not supposed,
        "changed": tally.changed,
        "untrusted": doubted,
        "problems": tally.problems,
        "left_out": tally.left_out,
    }


def _text(view: View) -> str:
    lines = []
    if view["changed"]:
        rows = [row | {"file": row["rendition"] or row["asset"], "problems": _problems(row)} for row in view["changed"]]
        lines.append(table(rows, ("file", "before", "after", "because", "problems")))
    lines += [f"problem: {p['rendition'] or p['asset']}: {p['message']}" for p in view["problems"]]
    lines += [_untrusted(row) for row in view["untrusted"]]
    more = f"; {view['left_out']} more rows left out" if view["left_out"] else ""
    word = "verified and recorded" if view["recorded"] else "verified, nothing recorded"
    lines.append(
        f"{view['checked']} {word}: {len(view['changed'])} changed, {len(view['problems'])} could not be verified; "
        f"{len(view['untrusted'])} approved or public ones are in doubt{more}"
    )
    return "\n".join(lines)


def _problems(row: View) -> str:
    signs = [f"+{p}" for p in row["problems_new"]] + [f"-{p}" for p in row["problems_gone"]]
    return ", ".join(signs) or f"({', '.join(row['parts'])})"


def _untrusted(row: View) -> str:
    why = " and ".join(word for word in ("approved", "public") if row[word])
    state = "trusted, with problems in its chain" if row["state"] == "trusted" else row["state"] or "no verdict"
    return f"in doubt: {row['rendition'] or row['asset']}: {state}, {why}"
