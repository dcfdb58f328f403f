"""``/api/v1/campaigns``: plan, order, watch, publish and take back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from colophon.bootstrap.planning import terms_by_route
from colophon.domain.board import CampaignFilter
from colophon.domain.query import AssetQuery
from colophon.services.halt import active, halt, lift
from colophon.services.press import Difference
from colophon.services.publish import publish
from colophon.services.show import line_view, waiting_view
from colophon.services.show_halts import halt_view
from colophon.services.show_plan import plan_view
from colophon.services.show_queue import WAITING
from colophon.services.show_standing import campaign_page
from colophon.services.show_withdrawal import problem_views, withdrawal_views
from colophon.services.withdraw import unpublish
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Limit, View, Word, paged
from colophon.web.house import House, visitor
from colophon.web.ordering import ordered_by, planned_for, resumed_by

Slug = Annotated[str, Path(max_length=64)]
Place = Annotated[str | None, Query(pattern="^[0-9]{1,9}$", description="The `next_cursor` of the part before.")]
LONGEST_BRIEF = 512 * 1024  # characters


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


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500)]


def campaigns_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["campaigns"], responses=PROBLEMS)
    rt = house.rt
    halting: dict[str, Any] = {"halts": rt.catalog.halts, "orders": rt.catalog.orders, "clock": rt.clock}

    @router.post("/api/v1/plans")
    def plan(given: BriefIn, request: Request) -> View:
        """Validate and price a brief. Spends nothing, writes nothing."""
        planned = planned_for(visitor(request), given.brief, house, brand=given.brand, route=given.route)
        return plan_view(planned.plan, terms_by_route(planned, rt))

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

    @router.post("/api/v1/campaigns/{campaign}/stop")
    def stop(campaign: Slug, why: Why, request: Request) -> View:
        """Nothing more of it is ordered; what is under way is brought home."""
        return halt_view(halt(campaign, by=visitor(request).name, reason=why.reason, **halting))

    @router.post("/api/v1/campaigns/{campaign}/resume")
    def go_on(campaign: Slug, request: Request) -> View:
        """Let a stopped campaign order again; `runs` starts it."""
        lift(campaign, by=visitor(request).name, **halting)
        return {"in_force": [halt_view(each) for each in active(campaign, halts=rt.catalog.halts)]}

    @router.get("/api/v1/halts")
    def halts(request: Request) -> View:
        """What is stopped, by whom and why: everything, and campaigns of the asker's brands."""
        who, belonging = visitor(request), rt.catalog.belonging
        found = [halt_view(each) for each in active(halts=rt.catalog.halts)]
        return {
            "halts": [
                each for each in found if not each["campaign"] or who.sees(belonging.of_campaign(each["campaign"]))
            ]
        }

    @router.post("/api/v1/halts")
    def stop_all(why: Why, request: Request) -> View:
        """The one switch: nothing is ordered any more, for any campaign."""
        return halt_view(halt(None, by=visitor(request).name, reason=why.reason, **halting))

    @router.delete("/api/v1/halts", status_code=204)
    def go_on_all(request: Request) -> Response:
        """Turn the switch that stops all orders back."""
        lift(None, by=visitor(request).name, **halting)
        return Response(status_code=204)

    @router.get("/api/v1/campaigns")
    def every(request: Request, brand: Word = None, limit: Limit = 50, cursor: Cursor = None) -> View:
        """The newest first, with where each stands."""
        wanted = CampaignFilter(brands=visitor(request).brands(), brand=brand)
        rows = [line_view(line) for line in rt.catalog.boards.campaigns(wanted, limit=limit, after=cursor)]
        return paged("campaigns", rows, limit, lambda last: last["campaign"])

    @router.get("/api/v1/campaigns/{campaign}")
    def one(campaign: Slug, limit: Limit = 200, cursor: Place = None) -> View:
        """State of each generation, cost so far, problems in words: ``limit`` of its generations with what became of
        them, in the plan's order. Sums are of the whole campaign; what concerns all of it is told with the first
        part."""
        after = -1 if cursor is None else int(cursor)
        return campaign_page(campaign, limit=limit, after=after, catalog=rt.catalog, address=rt.store.address)

    @router.get("/api/v1/review")
    def waiting(request: Request, campaign: Word = None, limit: Limit = 50, cursor: Cursor = None) -> View:
        """The assets that wait for a person, newest first, with the reasons."""
        query = AssetQuery(states=WAITING, brands=visitor(request).brands(), campaign=campaign)
        assets = rt.catalog.search.find(query, limit=limit, after=cursor)
        rows = waiting_view(assets, rt.clock.now(), reviews=rt.catalog.reviews)
        return {"assets": rows, "next_cursor": assets[-1].id if len(assets) == limit else None}

    @router.post("/api/v1/campaigns/{campaign}/publish")
    def put_out(campaign: Slug, dry_run: bool = False) -> View:
        """Put what is planned and approved at its public addresses, verified there, and take down the rest."""
        return difference_view(publish(campaign, press=rt.press, dry_run=dry_run), house)

    @router.post("/api/v1/campaigns/{campaign}/unpublish")
    def take_back(campaign: Slug, dry_run: bool = False, wait: Annotated[float, Query(ge=0, le=60)] = 0.0) -> View:
        """Take a campaign down, purge it, and look until nothing answers any more, for so many seconds; asked again,
        it goes on looking."""
        return difference_view(unpublish(campaign, press=rt.press, dry_run=dry_run, wait=wait), house)

    @router.post("/api/v1/renditions/{rendition}/unpublish")
    def take_one_back(
        rendition: Annotated[str, Path(max_length=120)],
        dry_run: bool = False,
        wait: Annotated[float, Query(ge=0, le=60)] = 0.0,
    ) -> View:
        """Take one file down. `dry_run` only says what would change; `wait`: seconds to look for it at the edge."""
        return difference_view(unpublish(rendition, press=rt.press, dry_run=dry_run, wait=wait), house)

    return router


def difference_view(done: Difference, house: House) -> View:
    """What publishing changed, or would change, with the evidence of what was taken back."""
    rt = house.rt
    return {
        "added": list(done.added),
        "removed": list(done.removed),
        "kept": list(done.kept),
        "list": done.list_address,
        "current": done.current_address,
        "withdrawals": withdrawal_views(done.withdrawals, rt.catalog.withdrawals, rt.clock.now()),
        "problems": problem_views(done.problems),
    }
