"""The command that lists assets: all, or those that words and filters find."""

from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import Cursor, Json, Limit, View, errors_shown, show, table
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    pass

_COLUMNS = ("id", "campaign", "visual", "variant", "state", "width", "height", "format")


def list_assets(
    text: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help='Words of prompt, title, campaign, visual, brand, model and route: all of them; "a phrase", begin*, '
            "-without.",
        ),
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Only this campaign's.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only this brand's.")] = None,
    model: Annotated[str | None, typer.Option(help="Only made with this model.")] = None,
    route: Annotated[str | None, typer.Option(help="Only bought on this route.")] = None,
    seed: Annotated[int | None, typer.Option(help="Only with this seed, ordered or reported.")] = None,
    state: Annotated[str | None, typer.Option(help="held, checked, approved or rejected.")] = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            help="The original's latest provenance verdict: trusted, troubled (trusted, with problems in its chain), "
            "valid, invalid, none or error."
        ),
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="What the checks came to: accept, hold or reject.")] = None,
    cost_min: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Cost at least this, in the currency charged.")
    ] = None,
    cost_max: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Cost at most this.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this UTC day on, as 2026-11-21.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to and with this UTC day.")] = None,
    facets: Annotated[
        bool,
        typer.Option("--facets", help="Instead count brands, campaigns, models, routes, states and verdicts."),
    ] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    json: Json = False,
) -> None:
    """List assets, newest first: all, or those for which all of the words and filters hold."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.cli.money_options import days
        from colophon.services.search import Wanted, asset_query, facets_view
        from colophon.services.show_asset import asset_row

        first, last = days(since, until)
        query = asset_query(
            Wanted(
                text=text,
                brand=brand,
                campaign=campaign,
                model=model,
                route=route,
                seed=seed,
                state=state,
                verdict=verdict,
                outcome=outcome,
                cost_min=cost_min,
                cost_max=cost_max,
                since=first,
                until=last,
            )
        )
        search = runtime().catalog.search
        if facets:
            if cursor is not None:
                raise InvalidInput("a count has no pages", where="--cursor")
            counts = facets_view(query, search=search)
            show(counts, json, lambda: _facets_text(counts))
            return
        rows = [asset_row(asset) for asset in search.find(query, limit=limit, after=cursor)]
        view = {"assets": rows, "next_cursor": rows[-1]["id"] if len(rows) == limit else None}
        nothing = "no assets match" if query.asks else "no assets yet"
        show(view, json, lambda: table(rows, _COLUMNS) if rows else nothing)


def _facets_text(view: View) -> str:
    rows = [
        {"of": name, "value": value, "assets": count}
        for name, counts in view["facets"].items()
        for value, count in counts.items()
    ]
    said = f"{view['counted']} assets" if not view["more"] else f"the newest {view['counted']} assets that match"
    return f"{said}\n{table(rows, ('of', 'value', 'assets'))}" if rows else "no assets match"
