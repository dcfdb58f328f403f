"""Who started the runs of a campaign: events of the log that are about no row."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from colophon.catalog.committed import EVENTS, SALTS, parts
from colophon.domain.dossier import RunStart, StartedBy
from colophon.domain.event import ERASED

RUN = "run"


def numbers_of(campaign: str) -> Select[int]:
    return select(EVENTS.c.sequence).where(EVENTS.c.about == "log", EVENTS.c.subject == campaign, EVENTS.c.kind == RUN)


def of_campaign(session: Session, campaign: str) -> Sequence[RunStart]:
    """Oldest first. A name that was erased is told as such."""
    mine = select(EVENTS).where(EVENTS.c.sequence.in_(numbers_of(campaign))).order_by(EVENTS.c.sequence)
    rows = session.execute(mine).all()
    names: dict[str, str] = {}
    for part in parts(row.body.get("text", "") for row in rows):
        texts = select(SALTS.c.subject, SALTS.c.text).where(SALTS.c.about == "log", SALTS.c.subject.in_(part))
        names.update((row.subject, row.text) for row in session.execute(texts))
    return [
        RunStart(
            row.sequence,
            row.at,
            StartedBy(names.get(row.body.get("text", ""), ERASED), row.body.get("by_from", "")),
            row.body.get("revision", ""),
        )
        for row in rows
    ]
