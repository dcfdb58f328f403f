"""*Search*: words and filters in the address, so that what was found can be shown to somebody else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from colophon.domain.asset import AssetState
from colophon.domain.finding import Outcome
from colophon.domain.provenance import ProvenanceState
from colophon.domain.query import TROUBLED, AssetQuery
from colophon.errors import InvalidInput
from colophon.services.search import Wanted, asset_query, facets_view
from colophon.services.show_search import found_view
from colophon.web.house import House, visitor

_PAGE = 60
_FIELDS = (
    *("text", "brand", "campaign", "model", "route", "seed", "cost_min", "cost_max"),
    *("verdict", "state", "outcome", "since", "until"),
)
_CHOICES = {
    "state": [state.value for state in AssetState],
    "verdict": [*(state.value for state in ProvenanceState), TROUBLED],
    "outcome": [outcome.value for outcome in Outcome],
}
_MOST_VALUES = 12  # of each facet that are listed; all can be written into their fields
_LARGEST_SEED = 2**63 - 1


def search_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, pages = house.rt, house.pages

    @router.get("/search")
    def search(request: Request, view: str = "pictures", cursor: str = "") -> Response:
        asked = _asked(request)
        context: dict[str, Any] = {"asked": asked, "choices": _CHOICES, "view": view, "problem": None, "found": None}
        address = {**asked, **({"view": view} if view == "table" else {})}
        try:
            query = _query(asked, visitor(request).brands())
            context["found"] = found_view(query, limit=_PAGE, after=cursor or None, catalog=rt.catalog)
        except InvalidInput as error:
            context["problem"] = error
        return pages.render(
            request,
            "search.html",
            status=422 if context["problem"] else 200,
            more=f"/search?{urlencode(address)}&cursor=",
            facets_address=f"/search/facets?{urlencode(address)}",
            other_view=f"/search?{urlencode({**asked, 'view': 'pictures' if view == 'table' else 'table'})}",
            **context,
        )

    @router.get("/search/facets")
    def facets(request: Request, view: str = "pictures") -> Response:
        """Counted apart from what is found, which need not wait for it."""
        asked = _asked(request)
        counted = facets_view(_query(asked, visitor(request).brands()), search=rt.catalog.search)
        kept = {**asked, **({"view": view} if view == "table" else {})}
        listed = {name: _values(name, counts, kept) for name, counts in counted["facets"].items()}
        template = "parts/facets.html" if "hx-request" in request.headers else "search_facets.html"
        back = f"/search?{urlencode(kept)}"
        return pages.render(request, template, counted=counted, listed=listed, back=back)

    return router


def _asked(request: Request) -> dict[str, str]:
    """What somebody wrote into fields; empty ones ask for nothing."""
    return {name: value for name in _FIELDS if (value := request.query_params.get(name, "").strip())}


def _query(asked: Mapping[str, str], brands: frozenset[str] | None) -> AssetQuery:
    """Raises `InvalidInput` for what no asset can have."""
    words: dict[str, Any] = dict(asked)
    if "seed" in words:
        words["seed"] = _seed(words["seed"])
    words |= {name: _day(name, words[name]) for name in ("since", "until") if name in words}
    return replace(asset_query(Wanted(**words)), brands=brands)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= _LARGEST_SEED and len(text) < 20):
        raise InvalidInput(f"a seed is a whole number, not {text[:40]!r}", where="seed")
    return int(text)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day", where=name, hint="write it as 2026-11-21") from None


def _values(name: str, counts: Mapping[str, int], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The most frequent values with the addresses that narrow to each, or that take it off again."""
    rows = []
    for value, count in list(counts.items())[:_MOST_VALUES]:
        on = asked.get(name) == value
        rest = {key: each for key, each in asked.items() if key != name}
        address = urlencode(rest if on else {**rest, name: value})
        rows.append({"value": value, "count": count, "on": on, "address": f"/search?{address}"})
    return rows
