"""*Campaign*: where its pictures stand, live; its contact sheet, publications, ledger and brief."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.briefs.plain import as_yaml, plain_document
from colophon.domain.board import CampaignCounts
from colophon.domain.duties import ORDERS, PUBLISHES
from colophon.domain.record import Campaign
from colophon.errors import Conflict
from colophon.services.halt import active, halt, lift
from colophon.services.public_acts import published_by, withdrawn_by
from colophon.services.show_campaign import live_view
from colophon.services.show_halts import halt_view
from colophon.services.show_publications import Act, foreseen, publications_shown
from colophon.services.show_sheet import placements_of, sheet_page
from colophon.web.forms import read_form
from colophon.web.house import House, visitor
from colophon.web.live import SharedLooks, events, follow

_MOST_ENTRIES = 300
_MOST_REVISIONS = 50


def campaign_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, catalog = house.rt, house.rt.catalog
    looks: SharedLooks[CampaignCounts] = SharedLooks(catalog.boards.counts)
    halting: dict[str, Any] = {"halts": catalog.halts, "orders": catalog.orders, "clock": rt.clock}

    def running(campaign: str) -> bool:
        return house.running(campaign)

    def render(request: Request, template: str, record: Campaign, **more: Any) -> Response:
        who = visitor(request)
        common: dict[str, Any] = {
            "campaign": record,
            "may_order": who.may(*ORDERS, brand=record.brand),
            "may_publish": who.may(*PUBLISHES, brand=record.brand),
            "starter": house.starter is not None,
            "running": running(record.slug),
            "halts": [halt_view(each) for each in active(record.slug, halts=catalog.halts)],
        }
        return house.pages.render(request, template, **common, **more)

    @router.get("/campaigns/{campaign}")
    def overview(request: Request, campaign: str, after: int = -1, started: str = "") -> Response:
        record = catalog.orders.campaign(campaign)
        view = live_view(campaign, after=after, catalog=catalog, discretion=house.discretion(visitor(request)))
        return render(request, "campaign.html", record, after=after, not_started=started == "no", **view)

    @router.get("/campaigns/{campaign}/events")
    def moving(request: Request, campaign: str, after: int = -1) -> Response:
        record = catalog.orders.campaign(campaign)

        def made(_: CampaignCounts) -> str:
            view = live_view(campaign, after=after, catalog=catalog, discretion=house.discretion(visitor(request)))
            answer = render(request, "parts/campaign_live.html", record, after=after, **view)
            return bytes(answer.body).decode()

        def over(counts: CampaignCounts) -> bool:
            return counts.settled and not running(campaign)

        def allowed() -> bool:
            return bool(request.app.state.gate.still(request))

        stream = follow(lambda: looks.latest(campaign), made, over, allowed=allowed)
        return events(house.following.seated(visitor(request).name, stream))

    @router.post("/campaigns/{campaign}/start")
    def start(request: Request, campaign: str) -> Response:
        """Its money was agreed to when it was registered: the cap holds for every order."""
        if house.starter is None:
            hint = f"`colophon run` with the campaign's brief; the page of {campaign} has it"
            raise Conflict("nothing here runs campaigns", where=campaign, hint=hint)
        house.starter.start(campaign, by=visitor(request).name)
        catalog.events.note("start", campaign, by=visitor(request).name)
        return RedirectResponse(f"/campaigns/{campaign}", 303)

    @router.post("/campaigns/{campaign}/stop")
    async def stop(request: Request, campaign: str) -> Response:
        """Nothing more is ordered; what is under way is brought home."""
        form, who = await read_form(request), visitor(request)
        await run_in_threadpool(halt, campaign, by=who.name, reason=form.text("reason"), **halting)
        return RedirectResponse(f"/campaigns/{campaign}", 303)

    @router.post("/campaigns/{campaign}/resume")
    def resume(request: Request, campaign: str) -> Response:
        lift(campaign, by=visitor(request).name, **halting)
        return RedirectResponse(f"/campaigns/{campaign}", 303)

    @router.get("/campaigns/{campaign}/placements")
    def placements(request: Request, campaign: str, placement: str = "", after: int = -1) -> Response:
        record = catalog.orders.campaign(campaign)
        known = placements_of(campaign, catalog=catalog)
        chosen = placement if placement in known else (known[0] if known else "")
        page = sheet_page(campaign, chosen, after=after, catalog=catalog)
        return render(request, "campaign_placements.html", record, known=known, chosen=chosen, page=page)

    @router.get("/campaigns/{campaign}/publications")
    def publications(request: Request, campaign: str, foresee: str = "", after: str = "") -> Response:
        record = catalog.orders.campaign(campaign)
        listed = publications_shown(campaign, after[:200], catalog=catalog)
        act: Act | None = foresee if foresee in ("publish", "unpublish") else None  # type: ignore[assignment]
        allowed = visitor(request).may(*PUBLISHES, brand=record.brand)
        change = foreseen(campaign, act, press=rt.press, catalog=catalog) if act and allowed else None
        page = {"listed": listed, "act": act, "change": change, "now": rt.clock.now(), "problem": None}
        return render(request, "campaign_publications.html", record, **page)

    @router.post("/campaigns/{campaign}/publish")
    def make_public(request: Request, campaign: str) -> Response:
        published_by(visitor(request).name, campaign, press=rt.press, events=catalog.events)
        return RedirectResponse(f"/campaigns/{campaign}/publications", 303)

    @router.post("/campaigns/{campaign}/unpublish")
    def take_down(request: Request, campaign: str) -> Response:
        """What is not seen gone yet is looked after by the upkeep of rights, and shown until it is."""
        withdrawn_by(visitor(request).name, campaign, press=rt.press, events=catalog.events)
        return RedirectResponse(f"/campaigns/{campaign}/publications", 303)

    @router.get("/campaigns/{campaign}/ledger")
    def ledger(request: Request, campaign: str) -> Response:
        record = catalog.orders.campaign(campaign)
        entries = catalog.orders.ledger_page(campaign, limit=_MOST_ENTRIES + 1, newest=True)
        view = {
            "totals": catalog.orders.totals(campaign, by=("route", "model")),
            "entries": entries[:_MOST_ENTRIES],
            "more": len(entries) > _MOST_ENTRIES,
            "counts": catalog.boards.counts(campaign),
        }
        return render(request, "campaign_ledger.html", record, **view)

    @router.get("/campaigns/{campaign}/brief")
    def brief(request: Request, campaign: str) -> Response:
        record = catalog.orders.campaign(campaign)
        revisions = catalog.dossiers.revisions(campaign)[::-1]
        text = as_yaml(plain_document(record.brief))
        return render(
            request,
            "campaign_brief.html",
            record,
            text=text,
            revisions=revisions[:_MOST_REVISIONS],
            count=len(revisions),
        )

    @router.get("/campaigns/{campaign}/brief.json")
    def brief_file(campaign: str) -> Response:
        record = catalog.orders.campaign(campaign)
        headers = {"Content-Disposition": f'attachment; filename="{record.slug}.json"'}
        return Response(record.brief, media_type="application/json", headers=headers)

    return router
