"""Commands about telling other programs what happened: notify targets, list, deliver, redeliver, test, resume."""

from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import ANSWER_IS_NO, OUTSIDE_FAILED, Json, View, errors_shown, say, show, show_logs, table
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colophon.bootstrap import Runtime
    from colophon.services.notify import Served

TargetName = Annotated[str, typer.Argument(metavar="TARGET", help="The target's name in the settings.")]
OneTarget = Annotated[str | None, typer.Option("--target", metavar="TARGET", help="Of one target.")]
_PATIENCE = 60.0


def add_to(app: typer.Typer) -> None:
    notify = typer.Typer(help="Tell other programs what happened: webhooks, Prefect events.", no_args_is_help=True)
    notify.command()(targets)
    notify.command("list")(deliveries)
    notify.command()(deliver)
    notify.command()(redeliver)
    notify.command("test")(trial)
    notify.command()(resume)
    app.add_typer(notify, name="notify")


def tell(rt: "Runtime") -> None:
    """At the end of a command that changed something: pass it on, and say so where that did not work."""
    from colophon.bootstrap.notify import pass_on

    show_logs()
    pass_on(rt)


def targets(json: Json = False) -> None:
    """List who is told what, where, and how many messages wait, arrived, or were given up."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show_notify import target_views

        rows = target_views(runtime().despatch)
        show({"targets": rows}, json, lambda: _targets_text(rows) if rows else "nobody is told: see COLOPHON_NOTIFY")


def deliveries(
    state: Annotated[str | None, typer.Option(help="Only in this state: pending, delivered or dead.")] = None,
    target: OneTarget = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """List deliveries, the newest first; ``dead`` ones were given up and wait for a person."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.domain.delivery import DeliveryState
        from colophon.services.show_notify import delivery_view

        if state is not None and state not in set(DeliveryState):
            raise InvalidInput(f"{state!r} is no state of a delivery", where="--state", hint=", ".join(DeliveryState))
        wanted = DeliveryState(state) if state else None
        found = runtime().catalog.outbox.page(state=wanted, target=target, limit=limit)
        rows = [delivery_view(each) for each in found]
        columns = ("id", "target", "type", "campaign", "state", "attempts", "last_status", "last_problem", "due_at")
        show({"deliveries": rows}, json, lambda: table(rows, columns) if rows else "no deliveries")


def deliver(
    seconds: Annotated[float, typer.Option(min=0, max=3600, help="Begin no attempt after so long.")] = _PATIENCE,
    json: Json = False,
) -> None:
    """Tell of what happened since the last time, and send again what is due. The flow ``upkeep`` does the same."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.notify import deliver as service
        from colophon.services.notify import tidy

        rt = runtime()
        served = service(rt.despatch, seconds=seconds)
        tidy(rt.despatch)
        _show(served, json)


def redeliver(
    message: Annotated[str | None, typer.Argument(metavar="[MESSAGE]", help="The id that `notify list` shows.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    target: OneTarget = None,
    json: Json = False,
) -> None:
    """Send a message again, or all that were given up, with the same id; also what had arrived."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.notify import deliver as service
        from colophon.services.notify import redeliver as again

        if dead == (message is not None):
            raise InvalidInput("name a message, or say --dead", where="redeliver", hint="see --help")
        rt = runtime()
        due = again(rt.despatch, message=message, target=target)
        if not json:
            say(f"{len(due)} to send again")
        _show(service(rt.despatch, seconds=_PATIENCE), json, due)


def trial(target: TargetName, json: Json = False) -> None:
    """Send one message of the type ``target.test``, which tells of nothing. Exit code 3 when it was not taken."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.notify import try_target

        rt = runtime()
        sent = try_target(rt.despatch, target)
        address = rt.despatch.of(target).courier.address
        view: View = {
            "target": target,
            "address": address,
            "taken": sent.taken,
            "status": sent.status,
            "problem": sent.problem,
        }
        what = f"answered {sent.status}" if sent.status else "did not answer"
        show(view, json, lambda: f"{address} {what}" + (f": {sent.problem}" if sent.problem else ""))
        if not sent.taken:
            raise typer.Exit(OUTSIDE_FAILED)


def resume(target: TargetName, json: Json = False) -> None:
    """Go on with a target that had answered 410 Gone, or asked to be left alone, with all that happened since."""
    with errors_shown(json):
        from colophon.bootstrap import runtime

        runtime().catalog.outbox.resume(target)
        show({"target": target, "state": "on"}, json, lambda: f"{target} is told again, from the next delivery on")


def _show(served: "Sequence[Served]", json: bool, due: "Sequence[tuple[str, str]] | None" = None) -> None:
    from colophon.services.show_notify import served_views

    view: View = {"targets": served_views(served)}
    if due is not None:
        view["redelivered"] = [{"id": message, "target": target} for message, target in due]
    show(view, json, lambda: "\n".join(_served_text(each) for each in served) or "nobody is told: see COLOPHON_NOTIFY")
    if any(each.dead or each.stopped for each in served):
        raise typer.Exit(ANSWER_IS_NO)
    if any(each.failed for each in served):
        raise typer.Exit(OUTSIDE_FAILED)


def _served_text(served: "Served") -> str:
    parts = [f"{served.target}: {len(served.delivered)} delivered"]
    if served.failed:
        last = served.failed[-1]
        parts.append(f"{len(served.failed)} not taken ({last.problem or last.status})")
    parts += [f"{len(served.dead)} given up"] if served.dead else []
    parts += ["stopped: it wants no more messages"] if served.stopped else []
    return ", ".join(parts)


def _targets_text(rows: list[View]) -> str:
    shown = [
        {
            **row,
            "address": row["address"] or "not in these settings",
            "events": ", ".join(row["events"]) if row["events"] is not None else "all",
            "brands": ", ".join(row["brands"]) if row["brands"] is not None else "all",
        }
        for row in rows
    ]
    return table(shown, ("name", "address", "events", "brands", "state", "pending", "delivered", "dead", "why"))
