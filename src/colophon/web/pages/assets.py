"""*Asset*: one picture with all its papers: recipe, verdicts, checks, decisions, files, addresses, history."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.domain.duties import COMMENTS, FOCUSES, VERIFIES
from colophon.errors import InvalidInput, NotFound
from colophon.services.evidence_shown import evidence_of
from colophon.services.focus import choose_focus
from colophon.services.lineage import asset_lineage
from colophon.services.reverify_asset import verify_asset
from colophon.services.show_alike import alike_views
from colophon.services.show_asset import asset_view
from colophon.services.show_events import asset_events_view
from colophon.web.diagram import Box, Drawing, draw, lineage_drawing
from colophon.web.forms import read_form
from colophon.web.house import House, visitor
from colophon.web.small_copies import VARY
from colophon.web.wording import plain

_KEPT = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": VARY}
_ALIKE = 12


def assets_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, pages = house.rt, house.pages
    pages.add("plain", plain)

    def shown(asset: str) -> dict[str, Any]:
        return asset_view(asset, catalog=rt.catalog, address=rt.store.address)

    @router.get("/assets/{asset}")
    def page(request: Request, asset: str, verified: str = "") -> Response:
        who = visitor(request)
        view = house.discretion(who).view(shown(asset))
        made = view["generation"] is not None
        campaign = rt.catalog.orders.campaign(view["campaign"]) if made else None
        brand = campaign.brand if campaign else "*"
        return pages.render(
            request,
            "asset.html",
            asset=view,
            campaign=campaign,
            caps={place: rt.rules.placements[place].max_bytes for place in rt.rules.placements},
            chain=chain_drawing(view["provenance"]["chain"]),
            newest=view["checks_history"][-1],
            verified=verified,
            may_comment=who.may(*COMMENTS, brand=brand),
            may_focus=who.may(*FOCUSES, brand=brand),
            may_verify=who.may(*VERIFIES, brand=brand),
        )

    @router.get("/assets/{asset}/alike")
    def alike(request: Request, asset: str) -> Response:
        found = alike_views(asset, visitor(request).brands(), limit=_ALIKE, catalog=rt.catalog)
        return _part(request, "alike", asset, found=found)

    @router.get("/assets/{asset}/lineage")
    def lineage(request: Request, asset: str) -> Response:
        graph = asset_lineage(asset, dossiers=rt.catalog.dossiers)
        names = {node.id: f"{node.kind.value} {node.name}" for node in graph.nodes}
        return _part(request, "lineage", asset, graph=graph, names=names, drawing=lineage_drawing(graph))

    @router.get("/assets/{asset}/events")
    def events(request: Request, asset: str) -> Response:
        return _part(request, "events", asset, events=asset_events_view(shown(asset), events=rt.catalog.events))

    def _part(request: Request, name: str, asset: str, **context: Any) -> Response:
        """Within the page where a script asks, else as a page of its own."""
        whole = "hx-request" not in request.headers
        template = "asset_part.html" if whole else f"parts/asset_{name}.html"
        return pages.render(request, template, part_name=name, asset_id=asset, **context)

    @router.get("/assets/{asset}/evidence/{digest}")
    def evidence(request: Request, asset: str, digest: str) -> Response:
        """A picture that shows what one of this asset's findings says."""
        one = evidence_of(asset, digest, discretion=house.discretion(visitor(request)), reviews=rt.catalog.reviews)
        return Response(rt.store.get(one.sha256), media_type=one.media_type, headers=_KEPT)

    @router.get("/renditions/{rendition}/manifest")
    def manifest(rendition: str) -> Response:
        """The manifest that travels beside a file too small to hold it."""
        file = rt.catalog.assets.rendition(rendition)
        if file.manifest_sha256 is None:
            raise NotFound("its manifest is in the file itself", where=rendition[:80])
        headers = _KEPT | {"Content-Disposition": f'attachment; filename="{quote(file.id)}.c2pa"'}
        return Response(rt.store.get(file.manifest_sha256), media_type="application/c2pa", headers=headers)

    @router.post("/assets/{asset}/focus")
    async def focus(request: Request, asset: str) -> Response:
        who, form = visitor(request), await read_form(request)
        place = None if form.has("take_back") else (form.text("x"), form.text("y"))
        if place is not None and not all(place):
            raise InvalidInput("a place has two numbers", where="x, y")
        await run_in_threadpool(choose_focus, asset, place, by=who.name, assets=rt.catalog.assets, clock=rt.clock)
        return RedirectResponse(f"{_place(asset)}#focus", 303)

    @router.post("/assets/{asset}/verify")
    def verify(request: Request, asset: str) -> Response:
        results = verify_asset(asset, lab=rt.lab)
        troubled = sum(result.trouble is not None for result in results)
        changed = sum(result.changed for result in results)
        return RedirectResponse(f"{_place(asset)}?verified={len(results)}-{changed}-{troubled}#verdict", 303)

    return router


def chain_drawing(chain: list[Mapping[str, Any]]) -> Drawing:
    """The oldest manifest on top, the one in the file at the bottom."""
    boxes = []
    for place, link in reversed(list(enumerate(chain))):
        state = "trusted" if link["trusted"] and not link["problems"] else "troubled" if link["trusted"] else "unknown"
        state = "invalid" if link["integrity"] == "broken" else state
        signer = link["organisation"] or link["common_name"] or "signer not named"
        said = (link["actions"] or ["no action"])[0].removeprefix("c2pa.")
        boxes.append(Box(str(place), signer, (f"{said} · {link['integrity']}",), state))
    edges = [(str(place), str(place - 1)) for place in range(len(chain) - 1, 0, -1)]
    return draw(boxes, edges)


def _place(asset: str) -> str:
    return f"/assets/{quote(asset, safe='')}"
