"""``/api/v1/assets``: search, everything on record about a picture, its bytes, its focal point, its verdicts."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.query import AssetQuery
from colophon.services.focus import choose_focus
from colophon.services.reverify import Result
from colophon.services.reverify_asset import verify_asset
from colophon.services.search import Wanted, asset_query, facets_view
from colophon.services.show_asset import asset_view, provenance_view
from colophon.services.show_search import found_view
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Day, Limit, View, Word, kept_file
from colophon.web.house import House, visitor

AssetId = Annotated[str, Path(max_length=120)]


class Place(BaseModel):
    """Both numbers with a decimal point are fractions of width and height, both without are pixels."""

    model_config = ConfigDict(extra="forbid")

    x: Annotated[str, Field(max_length=20)]
    y: Annotated[str, Field(max_length=20)]


def assets_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["assets"], responses=PROBLEMS)
    rt = house.rt
    catalog = rt.catalog

    def asked(
        request: Request,
        text: Annotated[str | None, Query(max_length=1000, description='Words; "a phrase", begin*, -without.')] = None,
        campaign: Word = None,
        brand: Word = None,
        model: Word = None,
        route: Word = None,
        seed: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
        state: Word = None,
        verdict: Word = None,
        outcome: Word = None,
        cost_min: Word = None,
        cost_max: Word = None,
        since: Day = None,
        until: Day = None,
    ) -> AssetQuery:
        wanted = Wanted(
            text, brand, campaign, model, route, seed, state, verdict, outcome, cost_min, cost_max, since, until
        )
        return replace(asset_query(wanted), brands=visitor(request).brands())

    @router.get("/api/v1/assets")
    def find(query: Annotated[AssetQuery, Depends(asked)], limit: Limit = 50, cursor: Cursor = None) -> View:
        """Assets for which all of the query holds, newest first, each with how it was made, its cost and verdict."""
        return found_view(query, limit=limit, after=cursor, catalog=catalog)

    @router.get("/api/v1/facets")
    def facets(query: Annotated[AssetQuery, Depends(asked)]) -> View:
        """How often each brand, campaign, model, route, state and verdict occurs among the newest that match."""
        return facets_view(query, search=catalog.search)

    @router.get("/api/v1/assets/{asset}")
    def one(asset: AssetId, request: Request) -> View:
        """Who made it, with what, at what price, what was found, who decided, where it is public."""
        view = asset_view(asset, catalog=catalog, address=rt.store.address)
        shown: View = house.discretion(visitor(request)).view(view)
        return shown

    @router.get("/api/v1/assets/{asset}/original", response_class=Response)
    def original(asset: AssetId) -> Response:
        """The provider's bytes, as they came."""
        found = catalog.assets.get(asset)
        return kept_file(rt.store.get(found.sha256), found.facts.format.media_type, found.sha256)

    @router.get("/api/v1/renditions/{rendition}/file", response_class=Response)
    def rendered(rendition: Annotated[str, Path(max_length=120)]) -> Response:
        """A rendition's signed bytes."""
        found = catalog.assets.rendition(rendition)
        return kept_file(rt.store.get(found.sha256), found.format.media_type, found.sha256)

    @router.put("/api/v1/assets/{asset}/focus")
    def focus(asset: AssetId, place: Place, request: Request) -> View:
        """Where crops are to be centred, whatever was found in the picture."""
        done = choose_focus(asset, (place.x, place.y), by=visitor(request).name, assets=catalog.assets, clock=rt.clock)
        return {"id": done.id, "focus": {"x": done.focus.x, "y": done.focus.y} if done.focus else None}

    @router.delete("/api/v1/assets/{asset}/focus", status_code=204)
    def no_focus(asset: AssetId, request: Request) -> Response:
        """Take a chosen place back: crops follow what was found in the picture."""
        choose_focus(asset, None, by=visitor(request).name, assets=catalog.assets, clock=rt.clock)
        return Response(status_code=204)

    @router.post("/api/v1/assets/{asset}/verify")
    def verify_again(asset: AssetId) -> View:
        """Judge its original and renditions again under the policy in force, and put that on record."""
        return {"files": [_result(each) for each in verify_asset(asset, lab=rt.lab)]}

    return router


def _result(result: Result) -> dict[str, Any]:
    return {
        "rendition": result.standing.rendition,
        "verdict": provenance_view(result.provenance) if result.provenance else None,
        "changed": result.changed,
        "problem": {"code": result.trouble.code, "message": result.trouble.message} if result.trouble else None,
    }
