"""*New campaign*: a brief from a form or as YAML, checked while it is written, planned and priced before it is run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.bootstrap.brief_desk import FILE, BriefDesk, Orderer
from colophon.bootstrap.planning import Planned
from colophon.bootstrap.spending import limit_view
from colophon.briefs.document import MAX_BYTES
from colophon.briefs.form import BriefForm, FormLocale, FormReference, FormVisual, document_of
from colophon.briefs.form_filling import form_of
from colophon.briefs.plain import as_yaml, parsed, plain_document
from colophon.domain.access import BrandOf
from colophon.domain.duties import ORDERS
from colophon.domain.placement import Placement
from colophon.domain.record import Campaign
from colophon.errors import ColophonError, InvalidInput, NotFound, Problem
from colophon.services.halt import active
from colophon.services.planned_crops import MOST as MOST_CROPS
from colophon.services.planned_crops import planned_crops
from colophon.services.show_halts import halt_view
from colophon.web.api.reading import LOOKED_AT_ONCE
from colophon.web.brief_fields import MOST_VISUALS, form_sent, place_of_field, schema_facts
from colophon.web.forms import Form, read_form
from colophon.web.gate import missing
from colophon.web.house import House, Visitor, visitor
from colophon.web.ordering import orderer

_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """A brief on its way. ``text`` is it as YAML: as typed, or as the form writes it."""

    mode: str
    form: BriefForm
    text: str
    brand: str = ""
    problems: Sequence[Problem] = ()


def new_campaign_router(house: House) -> APIRouter:
    router = APIRouter()
    desk, looking = house.briefs, CapacityLimiter(LOOKED_AT_ONCE)
    channels = [(name, list(rows)) for name, rows in groupby(house.rt.rules.placements.values(), _channel)]

    def page(request: Request, draft: Draft, *, part: str = "", status: int = 200, **more: Any) -> Response:
        told = {
            "draft": draft,
            "channels": channels,
            "brands": desk.brands(visitor(request).brands(*ORDERS)),
            "facts": schema_facts(),
            "starter": house.starter is not None,
            "halts": [halt_view(each) for each in active(halts=house.rt.catalog.halts) if each.of_everything],
            "checked": None,
        }
        return house.pages.render(request, part or "new_campaign.html", status=status, **told | more)

    def checked(draft: Draft, by: Orderer, *, fetch: bool) -> dict[str, Any]:
        """The plan with what stands in its way, or everything that is wrong with the brief."""
        if draft.problems:
            return _wrong(draft.problems, "")
        try:
            planned = desk.plan(draft.text, by, brand=_instead(draft), fetch=fetch)
        except InvalidInput as error:
            own = error.problems or (Problem(error.code, error.message, path=error.where),)
            return _wrong(own, error.hint)
        except ColophonError as error:
            return _wrong([Problem(error.code, error.message, path=error.where)], error.hint)
        return _plan(planned) | {"doubts": desk.doubts(planned, by), "own": limit_view(by.name, house.rt)}

    @router.get("/campaigns/new")
    def blank(request: Request, like: str = "") -> Response:
        who = visitor(request)
        draft = Draft("form", BriefForm(texts={"owner": who.name, "currency": house.rt.settings.caps.currency}), "")
        if like:
            record = _seen(like, who)
            if who.may(*ORDERS, brand=record.brand):
                draft = _in_form(Draft("form", BriefForm(), as_yaml(plain_document(record.brief))))
        return page(request, draft)

    def _seen(slug: str, who: Visitor) -> Campaign:
        """Raises `NotFound`, for a campaign that is not theirs to see as for none."""
        try:
            record = house.rt.catalog.orders.campaign(slug)
        except NotFound:
            raise missing(BrandOf.CAMPAIGN, slug) from None
        if not who.sees(record.brand):
            raise missing(BrandOf.CAMPAIGN, slug)
        return record

    @router.post("/campaigns/new")
    async def act(request: Request) -> Response:
        form = await read_form(request)
        try:
            return await acted(request, form)
        finally:
            await form.fields.close()  # browsers send a file's part also where none was chosen

    async def acted(request: Request, form: Form) -> Response:
        by, asked = orderer(visitor(request)), form.text("do")
        draft = await run_in_threadpool(_draft, form, desk, by)
        if asked == "run":
            return await run_in_threadpool(run, request, draft, by, form.text("revision"))
        if asked == "upload":
            draft = await _uploaded(draft, form, desk, by, looking)
        elif asked == "open":
            _, content = await form.file("file")
            if len(content) > MAX_BYTES:  # of a picture, say: it would come back as a text on the page
                raise InvalidInput(f"a brief has at most {MAX_BYTES} bytes", where="file")
            draft = Draft("yaml", draft.form, content.decode("utf-8", "replace"), draft.brand)
        elif asked == "plan":
            result = await run_in_threadpool(checked, draft, by, fetch=True)
            return await run_in_threadpool(page, request, draft, checked=result)
        else:
            draft = _changed(draft, asked)
        return await run_in_threadpool(page, request, draft)

    def run(request: Request, draft: Draft, by: Orderer, revision: str) -> Response:
        """Only what was planned and priced before the button was pressed."""
        result = checked(draft, by, fetch=True)
        planned = result["planned"]
        if planned is None or result["doubts"]:
            return page(request, draft, status=422, checked=result)
        if planned.plan.revision != revision:
            return page(request, draft, status=409, checked=result | {"moved": True})
        campaign = desk.register(planned, by)
        try:
            if house.starter is not None:
                house.starter.start(campaign, by=by.name)
        except ColophonError:  # it is on record: its page says so, and has the button to try again
            return RedirectResponse(f"/campaigns/{campaign}?started=no", 303)
        return RedirectResponse(f"/campaigns/{campaign}", 303)

    @router.post("/campaigns/new/form")
    async def rows(request: Request) -> Response:
        form = await read_form(request)
        await form.fields.close()
        draft = await run_in_threadpool(_draft, form, desk, orderer(visitor(request)))
        draft = _changed(draft, form.text("do"))
        return await run_in_threadpool(page, request, draft, part="parts/brief_form.html")

    @router.post("/campaigns/new/check")
    async def check(request: Request) -> Response:
        """While somebody types: nothing is asked of other hosts."""
        form = await read_form(request)
        await form.fields.close()
        by = orderer(visitor(request))
        draft = await run_in_threadpool(_draft, form, desk, by)
        result = await run_in_threadpool(checked, draft, by, fetch=False)
        return await run_in_threadpool(page, request, draft, part="parts/brief_check.html", checked=result)

    return router


def _channel(placement: Placement) -> str:
    return placement.channel


def _draft(form: Form, desk: BriefDesk, by: Orderer) -> Draft:
    sent, brand = form_sent(form), form.text("known_brand")
    if form.text("mode") == "yaml":
        value = form.fields.get("yaml")
        return Draft("yaml", sent, value if isinstance(value, str) else "", brand)
    try:
        known = desk.brand(brand, by) if brand else None
        return Draft("form", sent, as_yaml(document_of(sent, known)), brand)
    except InvalidInput as error:
        return Draft("form", sent, "", brand, error.problems)
    except ColophonError as error:
        return Draft("form", sent, "", brand, [Problem(error.code, error.message, path=error.where)])


def _instead(draft: Draft) -> str:
    """In a form the known brand is written into the brief already."""
    return draft.brand if draft.mode == "yaml" else ""


def _changed(draft: Draft, asked: str) -> Draft:
    """Another row, one less, or the other way to write it."""
    form, (what, _, number) = draft.form, asked.partition(":")
    if what == "yaml":
        return replace(draft, mode="yaml", brand="")
    if what == "form":
        return _in_form(draft)
    if what == "add_visual" and len(form.visuals) < MOST_VISUALS:
        return replace(draft, form=replace(form, visuals=(*form.visuals, FormVisual())))
    if what == "remove_visual" and number.isdecimal() and len(form.visuals) > 1:
        kept = tuple(each for index, each in enumerate(form.visuals) if index != int(number))
        return replace(draft, form=replace(form, visuals=kept))
    if what == "add_locale":
        return replace(draft, form=replace(form, locales=(*form.locales, FormLocale())))
    return draft


def _in_form(draft: Draft) -> Draft:
    """A text that is no mapping stays a text, and says why."""
    try:
        document = parsed(draft.text, FILE)
    except InvalidInput as error:
        return replace(draft, mode="yaml", problems=error.problems)
    form = form_of(document)
    if len(form.visuals) > MOST_VISUALS:
        problem = Problem("too_many", f"the form has fields for {MOST_VISUALS} visuals; go on as YAML", FILE)
        return replace(draft, mode="yaml", problems=[problem])
    return replace(draft, mode="form", form=form)


async def _uploaded(draft: Draft, form: Form, desk: BriefDesk, by: Orderer, looking: CapacityLimiter) -> Draft:
    _, content = await form.file("file")
    asset = await to_thread.run_sync(desk.upload, content, by, limiter=looking)
    used = replace(draft.form, references=(*draft.form.references, FormReference(f"asset:{asset}", "product")))
    return replace(draft, form=used)


def _wrong(problems: Sequence[Problem], hint: str) -> dict[str, Any]:
    shown = [{"problem": each, "field": place_of_field(each.path) if each.path else ""} for each in problems]
    return {
        "planned": None,
        "problems": shown[:_MOST_PROBLEMS],
        "count": len(shown),
        "hint": hint,
        "doubts": [],
        "moved": False,
    }


def _plan(planned: Planned) -> dict[str, Any]:
    plan = planned.plan
    crops = planned_crops(plan)
    return {
        "planned": planned,
        "problems": [],
        "count": 0,
        "hint": "",
        "moved": False,
        "crops": crops[:MOST_CROPS],
        "more_crops": max(0, len(crops) - MOST_CROPS),
    }
