"""*Audit*: the log and its checkpoints, exports, and the whole re-check."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from colophon.bootstrap.auditing import Elsewhere, audit_of, notary
from colophon.bootstrap.exports import ENDINGS
from colophon.domain.account import Role
from colophon.domain.board import CampaignFilter
from colophon.services.audit_verify import audit_view, verify
from colophon.services.checkpoint import write_checkpoint
from colophon.web.api.audit import event_view
from colophon.web.api.reading import Cursor
from colophon.web.forms import read_form
from colophon.web.house import House, visitor

_EVENTS = 50
_CAMPAIGNS = 50


def audit_router(house: House) -> APIRouter:
    router = APIRouter()
    rt = house.rt
    log = rt.catalog.events

    @router.get("/audit")
    def audit(
        request: Request,
        about: Annotated[str, Query(max_length=300)] = "",
        after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    ) -> Response:
        size = log.size()
        covered, since = log.checkpointed()
        begin = max(0, size - _EVENTS) if after is None and not about else after or 0
        table, _, key = about.strip().partition("/")
        found = log.of_rows([(table, key)], limit=_EVENTS) if key else log.page(after=begin, limit=_EVENTS)
        events = [event_view(event) for event in found]
        return house.pages.render(
            request,
            "audit.html",
            size=size,
            covered=covered,
            since=since,
            places=[place.address for place in notary(rt).places],
            events=events[::-1] if after is None and not about else events,
            about=about,
            cursor=events[-1]["sequence"] if len(events) == _EVENTS and not key and after is not None else None,
            before=max(0, begin - _EVENTS) if begin and not key else None,
        )

    @router.post("/audit/checkpoint")
    def checkpoint(request: Request) -> Response:
        written = write_checkpoint(notary(rt))
        text = f"Checkpoint {written.name} is written." if written else "The newest checkpoint covers the whole log."
        return house.pages.render(request, "audit_done.html", text=text)

    @router.post("/audit/verify")
    async def recheck(request: Request) -> Response:
        """Every part of the record held against every other; large catalogs are better re-checked by a sample here and
        whole by the command line."""
        form = await read_form(request)
        sample = int(text) if (text := form.text("sample")).isascii() and text.isdigit() and len(text) < 8 else None
        view = await run_in_threadpool(_checked, house, sample or None)
        return house.pages.render(request, "audit_checked.html", view=view)

    @router.get("/audit/exports")
    def exports(request: Request, cursor: Cursor = None) -> Response:
        wanted = CampaignFilter(brands=visitor(request).brands(Role.AUDITOR, Role.ADMIN))
        lines = rt.catalog.boards.campaigns(wanted, limit=_CAMPAIGNS, after=cursor)
        following = lines[-1].slug if len(lines) == _CAMPAIGNS else None
        return house.pages.render(request, "audit_exports.html", lines=lines, forms=tuple(ENDINGS), cursor=following)

    return router


def _checked(house: House, sample: int | None) -> dict[str, object]:
    with house.rechecking(), audit_of(house.rt, Elsewhere(), sample=sample, signatures=True) as audit:
        return audit_view(verify(audit))
