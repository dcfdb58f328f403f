"""The command that checks catalogued assets again."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, say, show, table
from colophon.cli.reverifying import counted
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from colophon.bootstrap import Runtime
    from colophon.domain.asset import Asset
    from colophon.services.recheck import Rechecked

_MOST_ROWS = 1000


def check_assets(
    assets: Annotated[list[str] | None, typer.Argument(metavar="[ASSET...]", help="These assets.")] = None,
    campaign: Annotated[str | None, typer.Option(help="All of this campaign's.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every asset of the catalog.")] = False,
    before: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only those not checked since this time: goes on where a run was stopped."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Decide by this policy file instead of the one in force.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the checks again and record a new round of findings; what was found before stays as it is.

    States follow: an approval stands while no new doubt is found; otherwise the policy holds or rejects the asset, and
    the next publish takes its files down. Exit 1 when an asset went from approved or could not be checked.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.recheck import check_again, lapse
        from colophon.services.verify import moment

        rt = runtime()
        until = moment(before) if before else rt.clock.now()
        chosen, total = _chosen(assets or [], campaign, everything, until, rt)
        examiner = rt.examiner(policy)
        if total > 1:
            say(f"checking {total} assets; if this is stopped, go on with --before {until:%Y-%m-%dT%H:%M:%S}Z")
        lapsed = lapse(rt.catalog.reviews, policy=rt.decision_policy.ref, clock=rt.clock)
        view = _view(check_again(counted(chosen, total, "checking"), examiner=examiner), lapsed)
        show(view, json, lambda: _text(view))
        if view["problems"] or any(row["before"] == "approved" for row in view["changed"]):
            raise typer.Exit(ANSWER_IS_NO)


def _chosen(
    assets: list[str], campaign: str | None, everything: bool, before: "datetime", rt: "Runtime"
) -> tuple["Iterator[Asset]", int]:
    """Raises `InvalidInput` unless just one of the three is asked for, `NotFound` for what does not exist."""
    from colophon.services.recheck import stale

    if sum((bool(assets), campaign is not None, everything)) != 1:
        raise InvalidInput("say which assets", where="ASSET", hint="name assets, or --campaign SLUG, or --all")
    catalog = rt.catalog
    if assets:
        found = [catalog.assets.get(asset) for asset in dict.fromkeys(assets)]
        return iter(found), len(found)
    if campaign is not None:
        catalog.orders.campaign(campaign)
    total = catalog.reviews.count_stale(before=before, campaign=campaign)
    return stale(catalog.reviews, before=before, campaign=campaign), total


def _view(results: "Iterable[Rechecked]", lapsed: list[str]) -> View:
    changed: list[View] = []
    problems: list[View] = []
    checked = doubted = left_out = 0
    for result in results:
        checked += result.trouble is None
        doubted += bool(result.doubts)
        rows = problems if result.trouble else changed
        row = _row(result)
        if row is not None and len(rows) < _MOST_ROWS:
            rows.append(row)
        elif row is not None:
            left_out += 1
    return {
        "checked": checked,
        "doubted": doubted,
        "changed": changed,
        "problems": problems,
        "lapsed": lapsed,
        "left_out": left_out,
    }


def _row(result: "Rechecked") -> View | None:
    """None: nothing to tell."""
    if result.trouble is not None:
        code, message = result.trouble
        return {"asset": result.asset.id, "code": code, "message": message}
    if not result.changed:
        return None
    return {
        "asset": result.asset.id,
        "campaign": result.asset.campaign,
        "before": result.before.value,
        "after": result.turn.state.value,
        "because": result.turn.reason or "; ".join(f"{d.check} {d.verdict.value}" for d in result.doubts),
    }


def _text(view: View) -> str:
    lines = [table(view["changed"], ("asset", "campaign", "before", "after", "because"))] if view["changed"] else []
    lines += [f"problem: {row['asset']}: {row['message']}" for row in view["problems"]]
    lines += [f"held: {asset}: its approval has run out" for asset in view["lapsed"]]
    more = f"; {view['left_out']} more rows left out" if view["left_out"] else ""
    lines.append(
        f"{view['checked']} checked and recorded: {view['doubted']} with doubts, {len(view['changed'])} changed, "
        f"{len(view['problems'])} could not be checked{more}"
    )
    return "\n".join(lines)
