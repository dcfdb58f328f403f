"""Commands for decisions: review list, approve, reject."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from colophon.cli.notifying import tell
from colophon.cli.output import Cursor, Json, Limit, View, errors_shown, fail, show, table
from colophon.errors import ColophonError

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime

AssetId = Annotated[str, typer.Argument(metavar="ASSET", help="The asset's id.")]
By = Annotated[str, typer.Option("--as", help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; needed to reject, and to approve what a check doubts.")]


def add_to(app: typer.Typer) -> None:
    review = typer.Typer(help="Decisions about assets.", no_args_is_help=True)
    review.command("list")(waiting)
    review.command()(comment)
    review.command()(approve)
    review.command()(reject)
    app.add_typer(review, name="review")


def waiting(
    limit: Limit = 100,
    cursor: Cursor = None,
    json: Json = False,
) -> None:
    """List the assets that wait for a person, oldest first, with the reasons."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show import waiting_view

        rt = runtime()
        assets = rt.catalog.assets.waiting(limit=limit, after=cursor or "")
        rows = waiting_view(assets, rt.clock.now(), reviews=rt.catalog.reviews)
        following = assets[-1].id if len(assets) == limit else None
        nothing = "nothing waits" if cursor is None else "nothing more waits"
        show({"assets": rows, "next_cursor": following}, json, lambda: _waiting_text(rows, following) or nothing)


def comment(
    asset: AssetId,
    by: By,
    text: Annotated[str, typer.Option(help="What is to be said.")],
    json: Json = False,
) -> None:
    """Say something about an asset; it is kept and shown to whoever reviews it, and decides nothing."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.review import comment_on

        said = comment_on(asset, by=by, text=text, desk=runtime().desk)
        show(
            {"id": said.id, "asset": said.asset, "by": said.by, "text": said.text},
            json,
            lambda: f"kept as {said.id} with {said.asset}",
        )


def approve(asset: AssetId, by: By, reason: Reason = "", json: Json = False) -> None:
    """Approve an asset; the decision is bound to the digests of its bytes, its findings and the decision policy.

    It is approved once as many people have approved it as its brief wants, none of them who ordered it.
    """
    _decide(asset, "approve", by, reason, json)


def reject(asset: AssetId, by: By, reason: Reason = "", json: Json = False) -> None:
    """Reject an asset, and take down at once what is public of it."""
    _decide(asset, "reject", by, reason, json)


def _decide(asset: str, action: Literal["approve", "reject"], by: str, reason: str, json: bool) -> None:
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.review import decide_asset

        rt = runtime()
        decided = decide_asset(asset, action, by=by, reason=reason, desk=rt.desk)
        view: View = {"id": decided.id, "state": decided.state.value, "by": by, "reason": reason}
        more = _more_needed(decided.id, rt) if action == "approve" else ""
        text = f"{decided.id} is {decided.state.value}{more}"
        if action == "reject":
            view["withdrawn"] = _withdrawn(decided.id, rt, json)
            text += f"; taken down: {', '.join(view['withdrawn'])}" if view["withdrawn"] else ""
        show(view, json, lambda: text)
        tell(rt)


def _more_needed(asset: str, rt: "Runtime") -> str:
    from colophon.domain.gate import counting_approvals

    dossier = rt.catalog.reviews.dossier(asset)
    given = counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, rt.clock.now())
    needed = dossier.decisions[-1].needed
    return f": {len(given)} of {needed} approvals" if len(given) < needed else ""


def _waiting_text(rows: list[View], following: str | None) -> str:
    """Empty where there are none."""
    if not rows:
        return ""
    shown = [
        {
            **row,
            "approved by": ", ".join(row["approved_by"]),
            "said": "; ".join(f"{said['by']}: {said['text']}" for said in row["comments"]),
        }
        for row in rows
    ]
    text = table(shown, ("id", "campaign", "visual", "variant", "state", "doubts", "approved by", "said"))
    return text if following is None else f"{text}\nmore may wait: --cursor {following}"


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
