"""*Review*: the queue, the light table where variants lie side by side, and decisions one by one or many at once."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.domain.account import Role
from colophon.domain.duties import APPROVES, COMMENTS, REJECTS
from colophon.services.deciding import Action, Told, decide_each, decide_one
from colophon.services.review import comment_on
from colophon.services.show_queue import light_table_view, next_campaign, queue_view, waiting_campaigns_view
from colophon.web.forms import Form, read_form
from colophon.web.house import House, Visitor, visitor
from colophon.web.pages.signing_in import inside
from colophon.web.wording import plain

_PAGE = 60
_BESIDE = 6  # variants that are shown at once beside each other
View = Literal["one", "beside", "difference"]


def review_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, pages = house.rt, house.pages
    pages.add("plain", plain)

    @router.get("/review")
    def queue(request: Request, campaign: str = "", cursor: str = "") -> Response:
        who = visitor(request)
        waits = queue_view(
            who.brands(),
            campaign or None,
            limit=_PAGE,
            after=cursor or None,
            by=who.name,
            desk=rt.desk,
            catalog=rt.catalog,
        )
        more = "/review?" + urlencode({"campaign": campaign} if campaign else {}) + "&cursor="
        return pages.render(
            request,
            "review.html",
            queue=house.discretion(who).view(waits),
            campaign=campaign,
            more=more,
            may_approve=who.has(*APPROVES),
            may_reject=who.has(*REJECTS),
        )

    @router.get("/review/campaigns")
    def campaigns(request: Request, campaign: str = "") -> Response:
        """Counted apart from the queue, which need not wait for it."""
        waits = waiting_campaigns_view(visitor(request).brands(), catalog=rt.catalog)
        whole = "hx-request" not in request.headers
        template = "review_campaigns.html" if whole else "parts/review_campaigns.html"
        return pages.render(request, template, waits=waits, campaign=campaign)

    @router.get("/review/next")
    def onward(request: Request, after: str = "", view: View = "one") -> Response:
        """The next campaign's first picture, or the queue where nothing else waits."""
        found = next_campaign(after, visitor(request).brands(), catalog=rt.catalog)
        return RedirectResponse(_place(found.id, view) if found else "/review", 303)

    @router.get("/review/{asset}")
    def light_table(request: Request, asset: str, view: View = "one", beside: str = "") -> Response:
        who = visitor(request)
        shown = house.discretion(who).view(
            light_table_view(asset, by=who.name, desk=rt.desk, catalog=rt.catalog, address=rt.store.address)
        )
        lying = _lying(shown["variants"], asset, view, beside)
        brand = rt.catalog.orders.campaign(shown["asset"]["campaign"]).brand if shown["generation"] else "*"
        template = "parts/light_table.html" if "hx-request" in request.headers else "light_table.html"
        return pages.render(
            request,
            template,
            table=shown,
            lying=lying,
            view=view if len(lying) > 1 else "one",
            wanted_view=view,
            next_place=_place(shown["next"], view) if shown["next"] else _onward(shown["asset"]["campaign"], view),
            previous_place=_place(shown["previous"], view) if shown["previous"] else None,
            may_approve=who.may(*APPROVES, brand=brand),
            may_reject=who.may(*REJECTS, brand=brand),
            may_comment=who.may(*COMMENTS, brand=brand),
        )

    async def decide(request: Request, asset: str, action: Action) -> Response:
        who, form = visitor(request), await read_form(request)
        told = await run_in_threadpool(
            decide_one,
            asset,
            action,
            by=who.name,
            reason=form.text("reason"),
            desk=rt.desk,
            take_down=house.take_down,
        )
        if "hx-request" in request.headers:
            return pages.render(request, "parts/told.html", told=[told], action=action, name=form.text("name"))
        if told.problem:
            return _told(request, [told], action)
        return RedirectResponse(inside(form.text("onward") or "/review"), 303)

    def _told(request: Request, told: Sequence[Told], action: Action, back: str = "/review") -> Response:
        return pages.render(request, "review_told.html", told=told, action=action, back=back)

    @router.post("/review/{asset}/approve")
    async def approve(request: Request, asset: str) -> Response:
        return await decide(request, asset, "approve")

    @router.post("/review/{asset}/reject")
    async def reject(request: Request, asset: str) -> Response:
        return await decide(request, asset, "reject")

    @router.post("/review/{asset}/comments")
    async def comment(request: Request, asset: str) -> Response:
        who, form = visitor(request), await read_form(request)
        await run_in_threadpool(comment_on, asset, by=who.name, text=form.text("text"), desk=rt.desk)
        return RedirectResponse(inside(form.text("back") or _place(asset)), 303)

    async def decide_many(request: Request, action: Action, roles: tuple[Role, ...]) -> Response:
        who, form = visitor(request), await read_form(request)
        told = await run_in_threadpool(_each, who, form, action, roles)
        return _told(request, told, action, inside(form.text("back") or "/review"))

    def _each(who: Visitor, form: Form, action: Action, roles: tuple[Role, ...]) -> list[Told]:
        return decide_each(
            form.texts("asset"),
            action,
            by=who.name,
            reason=form.text("reason"),
            desk=rt.desk,
            take_down=house.take_down,
            may=lambda brand: who.may(*roles, brand=brand or "*"),
        )

    @router.post("/review/approve")
    async def approve_many(request: Request) -> Response:
        return await decide_many(request, "approve", APPROVES)

    @router.post("/review/reject")
    async def reject_many(request: Request) -> Response:
        return await decide_many(request, "reject", REJECTS)

    return router


def _lying(variants: Sequence[dict[str, object]], asset: str, view: View, beside: str) -> list[dict[str, object]]:
    """The pictures on the table: the one asked about, and those beside it in their order; one for a difference."""
    [first] = [each for each in variants if each["id"] == asset]
    if view == "one":
        return [first]
    place = variants.index(first)
    chosen = [each for each in variants if each["id"] == beside and each is not first]
    if view == "difference":
        neighbour = variants[place - 1] if place else variants[1] if len(variants) > 1 else None
        other = chosen[0] if chosen else neighbour
        return [first, other] if other else [first]
    start = max(0, min(place - _BESIDE // 2, len(variants) - _BESIDE))
    return [first, *chosen] if chosen else list(variants[start : start + _BESIDE])


def _place(asset: str, view: View = "one") -> str:
    address = f"/review/{quote(asset, safe='')}"
    return address if view == "one" else f"{address}?view={view}"


def _onward(campaign: str, view: View) -> str:
    return "/review/next?" + urlencode({"after": campaign, "view": view})
