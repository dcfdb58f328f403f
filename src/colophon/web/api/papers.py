"""What belongs to one picture beside its facts: what looks like it, its events, crops, evidence and small copies, and
the manifests that travel beside its files."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from colophon.domain.counting import counted
from colophon.domain.lineage import LineageDocument, NodeKind, node_id
from colophon.errors import NotFound
from colophon.services.crops import crops_view, planned_for
from colophon.services.evidence_shown import evidence_of
from colophon.services.lineage import asset_lineage
from colophon.services.miniatures import Size
from colophon.services.show_alike import alike_views
from colophon.services.show_asset import asset_view
from colophon.services.show_events import asset_events_view
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, View, kept_file
from colophon.web.house import House, visitor

AssetId = Annotated[str, Path(max_length=120)]


def papers_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["assets"], responses=PROBLEMS)
    rt, catalog = house.rt, house.rt.catalog
    copy = partial(house.copies.answered, store=rt.store, miniatures=rt.miniatures)

    @router.get("/api/v1/assets/{asset}/lineage")
    def lineage(asset: AssetId, request: Request) -> View:
        """All that the asset is made of and what was made of it, as nodes and edges."""
        graph = asset_lineage(asset, dossiers=catalog.dossiers)
        document = LineageDocument(
            subject=node_id(NodeKind.ASSET, asset), counts=counted(graph), nodes=graph.nodes, edges=graph.edges
        )
        shown: View = house.discretion(visitor(request)).view(document.model_dump(mode="json"))
        return shown

    @router.get("/api/v1/assets/{asset}/alike")
    def alike(asset: AssetId, request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 12) -> View:
        """More like this: pictures the asker may see that look like it, the nearest first. ``same``: near enough to
        count as the same picture; ``score`` is the share of fingerprint bits that agree."""
        return {"assets": alike_views(asset, visitor(request).brands(), limit=limit, catalog=catalog)}

    @router.get("/api/v1/assets/{asset}/events")
    def events(asset: AssetId) -> View:
        """What the audit log has about it and what belongs to it: the newest 200, oldest first."""
        view = asset_view(asset, catalog=catalog, address=rt.store.address)
        return {"events": asset_events_view(view, events=catalog.events)}

    @router.get("/api/v1/assets/{asset}/crops")
    def crops(asset: AssetId, everywhere: bool = False) -> View:
        """What each placement of its campaign takes from it, with how much of the subject is in it and clear of what
        the channel covers; ``everywhere``: each placement there is."""
        found = catalog.assets.get(asset)
        placements = rt.rules.placements
        planned = planned_for(found, everywhere=everywhere, orders=catalog.orders, placements=placements)
        return crops_view(found, planned, assets=catalog.assets, enlarge=rt.settings.crop_enlarge)

    @router.get("/api/v1/assets/{asset}/evidence/{digest}", response_class=Response)
    def evidence(asset: AssetId, digest: Annotated[str, Path(max_length=100)], request: Request) -> Response:
        """A picture that shows what one of its findings says; the finding names its digest."""
        one = evidence_of(asset, digest, discretion=house.discretion(visitor(request)), reviews=catalog.reviews)
        return kept_file(rt.store.get(one.sha256), one.media_type, one.sha256)

    @router.get("/api/v1/renditions/{rendition}/manifest", response_class=Response)
    def manifest(rendition: Annotated[str, Path(max_length=120)]) -> Response:
        """The manifest that travels beside a file too small to hold it."""
        found = catalog.assets.rendition(rendition)
        if found.manifest_sha256 is None:
            raise NotFound("its manifest is in the file itself", where=rendition[:80])
        answer = kept_file(rt.store.get(found.manifest_sha256), "application/c2pa", found.manifest_sha256)
        answer.headers["Content-Disposition"] = f'attachment; filename="{quote(found.id)}.c2pa"'
        return answer

    @router.get("/api/v1/assets/{asset}/pictures/{size}", response_class=Response)
    async def small(asset: AssetId, size: Size, request: Request) -> Response:
        """A small copy as WebP: of 384 pixels at most (`thumbnail`), or of 1440 (`preview`)."""
        found = await run_in_threadpool(catalog.assets.get, asset)
        return await copy(request, found.sha256, size, found.facts.format.media_type)

    @router.get("/api/v1/renditions/{rendition}/pictures/{size}", response_class=Response)
    async def small_file(rendition: Annotated[str, Path(max_length=120)], size: Size, request: Request) -> Response:
        """A small copy of a file, in the same sizes."""
        found = await run_in_threadpool(catalog.assets.rendition, rendition)
        return await copy(request, found.sha256, size, found.format.media_type)

    return router
