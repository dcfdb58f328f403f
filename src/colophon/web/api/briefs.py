"""``/api/v1/plans`` and ``/api/v1/campaigns``: briefs that are planned, priced, ordered and read again, and what one
is written with: brands, placements and pictures to show to the model."""

from dataclasses import asdict
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from colophon.bootstrap.planning import terms_by_route
from colophon.bootstrap.spending import limit_view
from colophon.briefs.plain import as_yaml, plain_document
from colophon.domain.duties import ORDERS
from colophon.domain.placement import Placement
from colophon.errors import InvalidInput, Problem
from colophon.services.planned_crops import planned_crops_view
from colophon.services.show_plan import plan_view
from colophon.services.show_withdrawal import problem_views
from colophon.services.times import time_text
from colophon.web.api.once import once
from colophon.web.api.reading import LOOKED_AT_ONCE, PICTURE, PROBLEMS, View, picture_of
from colophon.web.api.system import MOST_BRANDS
from colophon.web.house import House, visitor
from colophon.web.ordering import ordered_by, orderer, planned_for, resumed_by

Slug = Annotated[str, Path(max_length=64)]
LONGEST_BRIEF = 512 * 1024  # characters
_MOST_REVISIONS = 50


class BriefIn(BaseModel):
    """``brief``: as YAML or JSON text, or the document itself. It names no files: its brand is in it, or ``brand``
    is one that is on record, by its name. ``route`` buys there, whatever the brief says."""

    model_config = ConfigDict(extra="forbid")

    brief: Annotated[str, Field(max_length=LONGEST_BRIEF)] | dict[str, Any]
    brand: Annotated[str, Field(max_length=200)] = ""
    route: Annotated[str | None, Field(max_length=100)] = None


class Ordered(BriefIn):
    """``approve``: the asker approves what passes all checks, as an approver of the brand. ``publish``: what is
    approved is published when it is ready, as a publisher of it."""

    approve: bool = False
    publish: bool = False


class Run(BaseModel):
    model_config = ConfigDict(extra="forbid")

    approve: bool = False
    publish: bool = False


def briefs_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["briefs"], responses=PROBLEMS)
    rt, catalog = house.rt, house.rt.catalog
    looking = CapacityLimiter(LOOKED_AT_ONCE)

    @router.post("/api/v1/plans")
    def plan(given: BriefIn, request: Request) -> View:
        """Validate and price a brief. Spends nothing, writes nothing. ``doubts``: why it may not be ordered though it
        is valid; ``crops``: what each placement takes from its master while nothing is known of the subject."""
        who = visitor(request)
        planned = planned_for(who, given.brief, house, brand=given.brand, route=given.route)
        doubts = house.briefs.doubts(planned, orderer(who))
        return plan_view(planned.plan, terms_by_route(planned, rt)) | {
            "crops": planned_crops_view(planned.plan),
            "doubts": problem_views(problem for doubt in doubts for problem in doubt.problems or [_one(doubt)]),
            "limit": limit_view(who.name, rt),
        }

    @router.post("/api/v1/campaigns", status_code=202)
    def order(given: Ordered, request: Request) -> Response:
        """Register a brief as its campaign's newest revision and have it worked on."""
        who = visitor(request)
        planned = planned_for(who, given.brief, house, brand=given.brand, route=given.route)
        run = ordered_by(who, planned, approve=given.approve, publish=given.publish, house=house)
        campaign = planned.plan.campaign
        view = {"campaign": campaign, "revision": planned.order.revision, "run": run}
        return JSONResponse(view, 202, {"Location": f"/api/v1/campaigns/{campaign}"})

    @router.post("/api/v1/campaigns/{campaign}/runs", status_code=202)
    def resume(campaign: Slug, wanted: Run, request: Request) -> View:
        """Have what a campaign still lacks worked on. One that is worked on already is not started twice."""
        who = visitor(request)
        run = resumed_by(who, campaign, approve=wanted.approve, publish=wanted.publish, house=house)
        return {"campaign": campaign, "run": run}

    @router.get("/api/v1/campaigns/{campaign}/brief")
    def brief(campaign: Slug) -> View:
        """The newest brief as document and as YAML, to read or to order another one like it; and its revisions, the
        newest 50 first."""
        record = catalog.orders.campaign(campaign)
        revisions = catalog.dossiers.revisions(campaign)[::-1]
        document = plain_document(record.brief)
        return {
            "campaign": record.slug,
            "revision": record.revision,
            "brief": document,
            "yaml": as_yaml(document),
            "count": len(revisions),
            "revisions": [
                {
                    "revision": each.digest,
                    "title": each.title,
                    "registered_at": time_text(each.registered_at),
                    "newest": each.newest,
                }
                for each in revisions[:_MOST_REVISIONS]
            ],
        }

    @router.get("/api/v1/brands")
    def brands(request: Request) -> View:
        """Brands that campaigns on record are for, each with the campaign that was changed last and whether the asker
        may order for it; at most 500."""
        who = visitor(request)
        found = sorted(catalog.boards.brands(who.brands(), limit=MOST_BRANDS).items())
        return {
            "brands": [
                {"brand": brand, "campaign": campaign, "may_order": who.may(*ORDERS, brand=brand)}
                for brand, campaign in found
            ]
        }

    @router.get("/api/v1/placements")
    def placements() -> View:
        """Every placement a brief may ask for: size, weight cap, formats, and what the channel covers."""
        return {"placements": [_placement(each) for each in rt.rules.placements.values()]}

    @router.post("/api/v1/references", openapi_extra=PICTURE, status_code=201)
    async def upload(request: Request) -> Response:
        """Bring a picture that a brief then shows to the model: it is checked and kept as an asset from outside, and
        ``reference`` is how the brief names it. Whoever brought it may use it until the server starts anew."""
        content, who = await picture_of(request), visitor(request)
        asset = await to_thread.run_sync(house.briefs.upload, content, orderer(who), limiter=looking)
        return JSONResponse({"id": asset, "reference": f"asset:{asset}"}, 201)

    return router


def _one(error: InvalidInput) -> Problem:
    return Problem(error.code, error.message, path=error.where)


def _placement(row: Placement) -> View:
    return {
        "placement": row.key,
        "width": row.width,
        "height": row.height,
        "max_bytes": row.max_bytes,
        "formats": [each.value for each in row.formats],
        "safe": asdict(row.safe_area) if row.safe_area else None,
        "widths": list(row.widths),
        "notes": row.notes,
        "source": row.source,
    }
