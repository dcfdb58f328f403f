"""``/api/v1/campaigns``: watch, stop, publish and take back."""

from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.board import CampaignFilter, CampaignState
from colophon.errors import NotFound
from colophon.services.halt import active, halt, lift
from colophon.services.press import Difference
from colophon.services.public_acts import published_by, withdrawn_by
from colophon.services.show import line_view
from colophon.services.show_halts import halt_view
from colophon.services.show_publications import publications_shown, publications_view
from colophon.services.show_sheet import placements_of, sheet_page, sheet_view
from colophon.services.show_standing import campaign_page
from colophon.services.show_withdrawal import problem_views, withdrawal_views
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Limit, View, Word, paged
from colophon.web.house import House, visitor

Slug = Annotated[str, Path(max_length=64)]
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to look whether it is gone.")]
Published = Annotated[
    str | None,
    Query(pattern="^(public|ended)\\.[0-9a-z_]{1,100}$", description="The `next_cursor` of the page before."),
]
Place = Annotated[str | None, Query(pattern="^[0-9]{1,9}$", description="The `next_cursor` of the part before.")]
# Withdrawals that look whether all is gone, for up to a minute: they must not have all threads, which answer everybody.
_WITHDRAWN_AT_ONCE = 8


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500)]


def campaigns_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["campaigns"], responses=PROBLEMS)
    rt, catalog, now = house.rt, house.rt.catalog, house.rt.clock.now
    withdrawing = CapacityLimiter(_WITHDRAWN_AT_ONCE)
    halting: dict[str, Any] = {"halts": catalog.halts, "orders": catalog.orders, "clock": rt.clock}

    @router.post("/api/v1/campaigns/{campaign}/stop")
    def stop(campaign: Slug, why: Why, request: Request) -> View:
        """Nothing more of it is ordered; what is under way is brought home."""
        return halt_view(halt(campaign, by=visitor(request).name, reason=why.reason, **halting))

    @router.post("/api/v1/campaigns/{campaign}/resume")
    def go_on(campaign: Slug, request: Request) -> View:
        """Let a stopped campaign order again; `runs` starts it."""
        lift(campaign, by=visitor(request).name, **halting)
        return {"in_force": [halt_view(each) for each in active(campaign, halts=catalog.halts)]}

    @router.get("/api/v1/halts")
    def halts(request: Request) -> View:
        """What is stopped, by whom and why: everything, and campaigns of the asker's brands."""
        who, belonging = visitor(request), catalog.belonging
        found = [halt_view(each) for each in active(halts=catalog.halts)]
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
    def every(
        request: Request,
        brand: Word = None,
        state: CampaignState | None = None,
        text: Annotated[str | None, Query(max_length=200, description="Part of the title or of the name.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> View:
        """The newest first, with where each stands."""
        wanted = CampaignFilter(
            visitor(request).brands(), brand, frozenset({state} if state else ()), (text or "").strip() or None
        )
        rows = [line_view(line) for line in catalog.boards.campaigns(wanted, limit=limit, after=cursor)]
        return paged("campaigns", rows, limit, lambda last: last["campaign"])

    @router.get("/api/v1/campaigns/{campaign}")
    def one(request: Request, campaign: Slug, limit: Limit = 200, cursor: Place = None) -> View:
        """State of each generation, cost so far, problems in words: ``limit`` of its generations with what became of
        them, in the plan's order. Sums are of the whole campaign; what concerns all of it is told with the first
        part."""
        after = -1 if cursor is None else int(cursor)
        page = campaign_page(campaign, limit=limit, after=after, catalog=catalog, address=rt.store.address)
        told: View = house.discretion(visitor(request)).view(page)
        return told

    @router.get("/api/v1/campaigns/{campaign}/placements")
    def sheet(
        campaign: Slug, placement: Word = None, limit: Annotated[int, Query(ge=1, le=100)] = 24, cursor: Place = None
    ) -> View:
        """The contact sheet: the files of one placement, by default the plan's first, with what the channel covers of
        them, made or not; ``limit`` pictures a page."""
        known = placements_of(campaign, catalog=catalog)
        chosen = placement if placement in known else known[0] if known and placement is None else None
        if chosen is None:
            raise NotFound("this campaign has no such placement", where="placement", hint=", ".join(known)[:500])
        after = -1 if cursor is None else int(cursor)
        page = sheet_page(campaign, chosen, after=after, limit=limit, catalog=catalog)
        return {
            "placements": list(known),
            "placement": chosen,
            "files": sheet_view(page, rt.store.address),
            "next_cursor": None if page.cursor is None else str(page.cursor),
        }

    @router.get("/api/v1/campaigns/{campaign}/publications")
    def publications(campaign: Slug, limit: Limit = 50, cursor: Published = None) -> View:
        """What is public, then what was, the newest of both first, and how far each withdrawal has come."""
        return publications_view(publications_shown(campaign, cursor or "", limit=limit, catalog=catalog), now())

    @router.post("/api/v1/campaigns/{campaign}/publish")
    def put_out(campaign: Slug, request: Request, dry_run: bool = False) -> View:
        """Put what is planned and approved at its public addresses, verified there, and take down the rest."""
        by = visitor(request).name
        return difference_view(
            published_by(by, campaign, press=rt.press, events=catalog.events, dry_run=dry_run), house
        )

    async def withdrawn(subject: str, request: Request, dry_run: bool, wait: float) -> View:
        def work() -> View:
            named: dict[str, Any] = {"press": rt.press, "events": catalog.events}
            return difference_view(
                withdrawn_by(visitor(request).name, subject, dry_run=dry_run, wait=wait, **named), house
            )

        return await to_thread.run_sync(work, limiter=withdrawing)

    @router.post("/api/v1/campaigns/{campaign}/unpublish")
    async def take_back(campaign: Slug, request: Request, dry_run: bool = False, wait: Wait = 0.0) -> View:
        """Take a campaign down, purge it, and look until nothing answers any more, for so many seconds; asked again,
        it goes on looking."""
        return await withdrawn(campaign, request, dry_run, wait)

    @router.post("/api/v1/renditions/{rendition}/unpublish")
    async def take_one_back(
        rendition: Annotated[str, Path(max_length=120)], request: Request, dry_run: bool = False, wait: Wait = 0.0
    ) -> View:
        """Take one file down. `dry_run` only says what would change; `wait`: seconds to look for it at the edge."""
        return await withdrawn(rendition, request, dry_run, wait)

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
