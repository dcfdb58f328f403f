"""``/api/v1/assets``: search, everything on record about a picture, its bytes, and decisions."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.counting import counted
from colophon.domain.history import Scope
from colophon.domain.lineage import LineageDocument, NodeKind, node_id
from colophon.domain.query import AssetQuery
from colophon.services import reverify
from colophon.services.deciding import decide_one
from colophon.services.focus import choose_focus
from colophon.services.lineage import asset_lineage
from colophon.services.review import comment_on, decide_asset
from colophon.services.search import Wanted, asset_query, facets_view
from colophon.services.show_asset import asset_row, asset_view, provenance_view
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Day, Limit, View, Word, paged
from colophon.web.house import House, visitor

AssetId = Annotated[str, Path(max_length=120)]


class Reason(BaseModel):
    """``reason`` is needed to reject, and to approve what a check doubts."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=2000, examples=["The handle is cut off."])] = ""


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=4000, examples=["Is the saucer too dark?"])]


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
        """Assets for which all of the query holds, newest first."""
        rows = [asset_row(asset) for asset in catalog.search.find(query, limit=limit, after=cursor)]
        return paged("assets", rows, limit, lambda last: last["id"])

    @router.get("/api/v1/facets")
    def facets(query: Annotated[AssetQuery, Depends(asked)]) -> View:
        """How often each brand, campaign, model, route, state and verdict occurs among the newest that match."""
        return facets_view(query, search=catalog.search)

    @router.get("/api/v1/assets/{asset}")
    def one(asset: AssetId) -> View:
        """Who made it, with what, at what price, what was found, who decided, where it is public."""
        return asset_view(asset, catalog=catalog, address=rt.store.address)

    @router.get("/api/v1/assets/{asset}/lineage")
    def lineage(asset: AssetId) -> View:
        """All that the asset is made of and what was made of it, as nodes and edges."""
        graph = asset_lineage(asset, dossiers=catalog.dossiers)
        document = LineageDocument(
            subject=node_id(NodeKind.ASSET, asset), counts=counted(graph), nodes=graph.nodes, edges=graph.edges
        )
        return document.model_dump(mode="json")

    @router.get("/api/v1/assets/{asset}/original", response_class=Response)
    def original(asset: AssetId) -> Response:
        """The provider's bytes, as they came."""
        found = catalog.assets.get(asset)
        return file(rt.store.get(found.sha256), found.facts.format.media_type, found.sha256)

    @router.get("/api/v1/renditions/{rendition}/file", response_class=Response)
    def rendered(rendition: Annotated[str, Path(max_length=120)]) -> Response:
        """A rendition's signed bytes."""
        found = catalog.assets.rendition(rendition)
        return file(rt.store.get(found.sha256), found.format.media_type, found.sha256)

    @router.post("/api/v1/assets/{asset}/comments", status_code=201)
    def comment(asset: AssetId, said: Said, request: Request) -> View:
        """Say something about a picture, under the name of whoever asks."""
        kept = comment_on(asset, by=visitor(request).name, text=said.text, desk=rt.desk)
        return {"id": kept.id, "asset": kept.asset, "by": kept.by, "text": kept.text}

    @router.post("/api/v1/assets/{asset}/approve")
    def approve(asset: AssetId, given: Reason, request: Request) -> View:
        """One approval, bound to the bytes, the findings and the policy; the brief says how many are needed."""
        done = decide_asset(asset, "approve", by=visitor(request).name, reason=given.reason, desk=rt.desk)
        return {"id": done.id, "state": done.state.value}

    @router.post("/api/v1/assets/{asset}/reject")
    def reject(asset: AssetId, given: Reason, request: Request) -> View:
        """Rejected, and what is public of it taken down at once: ``withdrawn`` names the renditions. ``problem``: it is
        rejected, and why something is still public; asked again, that is tried again."""
        by, take_down = visitor(request).name, house.take_down
        done = decide_one(asset, "reject", by=by, reason=given.reason, desk=rt.desk, take_down=take_down)
        state = done.state.value if done.state else None
        problem = {"code": done.problem.code, "message": done.problem.message} if done.problem else None
        return {"id": done.asset, "state": state, "withdrawn": list(done.taken_down), "problem": problem}

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
        files = reverify.standings(Scope(assets=(asset,)), None, verdicts=catalog.verdicts)
        return {"files": [_result(each) for each in reverify.verify_again(files, lab=rt.lab)]}

    return router


def file(content: bytes, media_type: str, digest: str) -> Response:
    """Bytes that never change, to keep and not to run."""
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{digest}"',
        "Content-Disposition": "attachment",
        "Vary": "Cookie, Authorization",
    }
    return Response(content, media_type=media_type, headers=headers)


def _result(result: reverify.Result) -> dict[str, Any]:
    return {
        "rendition": result.standing.rendition,
        "verdict": provenance_view(result.provenance) if result.provenance else None,
        "changed": result.changed,
        "problem": {"code": result.trouble.code, "message": result.trouble.message} if result.trouble else None,
    }
