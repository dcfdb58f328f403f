"""Commands for decisions: review list, approve, reject."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from colophon.cli.output import Json, View, errors_shown, fail, show, table
from colophon.errors import ColophonError

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime

AssetId = Annotated[str, typer.Argument(metavar="ASSET", help="The asset's id.")]
By = Annotated[str, typer.Option("--as", help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; needed to reject, and to approve what a check doubts.")]


def add_to(app: typer.Typer) -> None:
    review = typer.Typer(help="Decisions about assets.", no_args_is_help=True)
    review.command("list")(waiting)
    review.command()(approve)
    review.command()(reject)
    app.add_typer(review, name="review")


def waiting(json: Json = False) -> None:
    """List the assets that wait for a person, oldest first, with the reasons."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show import waiting_view

        rows = waiting_view(runtime().catalog)
        show(
            {"assets": rows},
            json,
            lambda: (
                table(rows, ("id", "campaign", "visual", "variant", "state", "doubts")) if rows else "nothing waits"
            ),
        )


def approve(asset: AssetId, by: By, reason: Reason = "", json: Json = False) -> None:
    """Approve an asset; the decision is bound to the digests of its bytes and of its findings."""
    _decide(asset, "approve", by, reason, json)


def reject(asset: AssetId, by: By, reason: Reason = "", json: Json = False) -> None:
    """Reject an asset, and take down at once what is public of it."""
    _decide(asset, "reject", by, reason, json)


def _decide(asset: str, action: Literal["approve", "reject"], by: str, reason: str, json: bool) -> None:
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.review import decide_asset

        rt = runtime()
        decided = decide_asset(asset, action, by=by, reason=reason, assets=rt.catalog.assets, clock=rt.clock)
        view: View = {"id": decided.id, "state": decided.state.value, "by": by, "reason": reason}
        text = f"{decided.id} is {decided.state.value}"
        if action == "reject":
            view["withdrawn"] = _withdrawn(decided.id, rt, json)
            text += f"; taken down: {', '.join(view['withdrawn'])}" if view["withdrawn"] else ""
        show(view, json, lambda: text)


def _withdrawn(asset: str, rt: "Runtime", json: bool) -> list[str]:
    """The renditions taken down; the public place is opened only where there are any."""
    from colophon.services.withdraw import open_of_asset, recall

    catalog = rt.catalog
    if not open_of_asset(asset, assets=catalog.assets, publications=catalog.publications):
        return []
    try:
        return list(recall(asset, press=rt.press).removed)
    except ColophonError as error:
        error.hint = f"the rejection is on record; {error.hint or 'reject it again to take its files down'}"
        fail(error, json, begun=True)
