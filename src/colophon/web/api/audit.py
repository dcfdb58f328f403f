"""``/api/v1/audit``: the log, checkpoints, proofs, exports and the whole re-check."""

from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from colophon.bootstrap.auditing import Elsewhere, audit_of, notary
from colophon.bootstrap.exports import ENDINGS, on_record, write_campaign_report, write_export
from colophon.domain.event import Event
from colophon.services.audit_verify import audit_view, verify
from colophon.services.checkpoint import write_checkpoint
from colophon.services.times import time_text
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Limit, View
from colophon.web.house import House, visitor

_END: View = {"next_cursor": None}
Form = Literal["json", "csv", "prov", "openlineage", "pack", "report"]


def audit_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["audit"], responses=PROBLEMS)
    rt = house.rt

    @router.get("/api/v1/audit/events")
    def events(
        limit: Limit = 100,
        cursor: Annotated[int, Query(ge=0, le=2**62, description="The number of the last event seen.")] = 0,
        about: Annotated[
            str | None, Query(max_length=300, description="Only of this table, or as `table/key` of this row.")
        ] = None,
    ) -> View:
        """The append-only log, oldest first; each event with its hash and the one before. Of one row the newest
        ``limit``, in one part."""
        table, _, key = (about or "").strip().partition("/")
        log = rt.catalog.events
        if key:
            return {"events": [event_view(each) for each in log.of_rows([(table, key)], limit=limit)]} | _END
        rows = [event_view(event) for event in log.page(after=cursor, limit=limit, about=table or None)]
        return {"events": rows, "next_cursor": rows[-1]["sequence"] if len(rows) == limit else None}

    @router.get("/api/v1/audit")
    def standing() -> View:
        """How many events the log has, how many of them a checkpoint covers and since when the others wait for one, and
        where checkpoints are put."""
        covered, since = rt.catalog.events.checkpointed()
        return {
            "size": rt.catalog.events.size(),
            "covered": covered,
            "uncovered_since": time_text(since),
            "places": [place.address for place in notary(rt).places],
        }

    @router.post("/api/v1/audit/checkpoints")
    def checkpoint() -> View:
        """Sign the log as it stands, unless the newest checkpoint says it all, and put that outside the database."""
        made = notary(rt)
        written = write_checkpoint(made)
        return {"written": written.name if written else None, "places": [place.address for place in made.places]}

    @router.post("/api/v1/audit/verify")
    def recheck(sample: Annotated[int | None, Query(ge=1, le=1_000_000)] = None, signatures: bool = True) -> View:
        """Hold everything on record against everything else. Writes nothing; takes as long as there is much."""
        with house.rechecking(), audit_of(rt, Elsewhere(), sample=sample, signatures=signatures) as audit:
            return audit_view(verify(audit))

    @router.get("/api/v1/campaigns/{campaign}/exports/{form}", response_class=FileResponse)
    def exported(campaign: Annotated[str, Path(max_length=64)], form: Form, request: Request) -> Response:
        """A campaign's whole story as a file. That it was read, and by whom, is an event of the log."""
        folder = TemporaryDirectory(prefix="colophon-")
        name = f"{campaign}{ENDINGS[form]}"
        try:
            rt.catalog.orders.campaign(campaign)
            out, note = FilePath(folder.name) / name, on_record(rt, by=visitor(request).name)
            if form == "report":
                write_campaign_report(campaign, rt, out=out, note_read=note)
            else:
                write_export(campaign, form, rt, out=out, note_read=note)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(out, filename=name, background=BackgroundTask(folder.cleanup))

    return router


def event_view(event: Event) -> View:
    """An event as plain data; commitments stand for personal texts."""
    draft = event.draft
    return {
        "sequence": event.sequence,
        "at": time_text(event.at),
        "kind": draft.kind,
        "about": draft.about,
        "subject": draft.subject,
        "digest": draft.digest,
        "body": dict(draft.body),
        "commitments": dict(draft.commitments),
        "previous": event.previous,
        "hash": event.hash,
    }
