"""Commands that stop buying and let it go on: stop, resume."""

from typing import Annotated

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, show

Campaign = Annotated[str | None, typer.Argument(metavar="[CAMPAIGN]", help="The campaign; none: all of them.")]


def add_to(app: typer.Typer) -> None:
    app.command()(stop)
    app.command()(resume)


def stop(
    campaign: Campaign = None,
    *,
    by: Annotated[str, typer.Option("--as", help="Who stops it.")],
    reason: Annotated[str, typer.Option(help="Why; others read it.")],
    json: Json = False,
) -> None:
    """Stop all orders, or one campaign's: from now on none is placed. What is ordered already is still waited for,
    examined and kept; pictures, reviews and publications are not touched."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.halt import halt
        from colophon.services.show_halts import halt_view

        catalog = runtime().catalog
        made = halt(campaign, by=by, reason=reason, halts=catalog.halts, orders=catalog.orders, clock=runtime().clock)
        view = halt_view(made) | {"being_placed": catalog.halts.being_placed(campaign)}
        show(view, json, lambda: _stopped_text(view))


def resume(
    campaign: Campaign = None,
    *,
    by: Annotated[str, typer.Option("--as", help="Who lets it go on.")],
    json: Json = False,
) -> None:
    """Let orders go on that were stopped; `colophon run` then orders what is missing. Exit code 1 when they are still
    stopped, since a campaign's orders stand still also while all orders do."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.halt import active, lift
        from colophon.services.show_halts import halt_view

        catalog = runtime().catalog
        lifted = lift(campaign, by=by, halts=catalog.halts, orders=catalog.orders, clock=runtime().clock)
        left = active(campaign, halts=catalog.halts)
        view = {"lifted": halt_view(lifted) if lifted else None, "in_force": [halt_view(each) for each in left]}
        show(view, json, lambda: _resumed_text(view))
        if left and campaign is not None:
            raise typer.Exit(ANSWER_IS_NO)


def _stopped_text(view: View) -> str:
    left = view["being_placed"]
    also = f"; {left} orders were begun before and may still reach a vendor" if left else ""
    return f"stopped: {_said(view)}{also}"


def _resumed_text(view: View) -> str:
    lifted, left = view["lifted"], view["in_force"]
    first = f"orders go on that {lifted['by']} had stopped: {lifted['scope']}" if lifted else "that was not stopped"
    return "\n".join([first, *(f"still stopped: {_said(each)}" for each in left)])


def _said(view: View) -> str:
    return f"{view['scope']}, by {view['by']} at {view['at']}: {view['reason']}"
