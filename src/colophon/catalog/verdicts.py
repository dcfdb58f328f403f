"""The port of verdicts: what was found about each file's provenance, when, and on what grounds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import cards, pictures, standings
from colophon.catalog.database import Database
from colophon.catalog.verdict_tables import StandingRow, VerdictRow
from colophon.domain.history import Change, Due, Grounds, Judged, Occasion, RecordedVerdict, Scope, Standing, compare
from colophon.domain.identity import new_id
from colophon.domain.provenance import Provenance
from colophon.errors import InvalidInput, NotFound

_LARGEST_PAGE = 1000
_CHANGE: TypeAdapter[Change | None] = TypeAdapter(Change | None)


class SqlVerdicts:
    """Implements `colophon.ports.Verdicts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, judged: Sequence[Judged], *, occasion: Occasion, now: datetime) -> Sequence[Change | None]:
        """Raises `NotFound` for a file that is not catalogued; then nothing is recorded."""
        with self._database.writing() as session:
            return record(session, judged, occasion=occasion, now=now)

    def history(self, asset: str) -> Sequence[RecordedVerdict]:
        """Oldest first. Raises `NotFound`."""
        statement = select(VerdictRow).where(col(VerdictRow.asset) == asset)
        with self._database.reading() as session:
            pictures.row_of(session, asset)
            ordered = statement.order_by(col(VerdictRow.judged_at), col(VerdictRow.id))
            return [recorded(row) for row in session.scalars(ordered)]

    def latest(self, subjects: Sequence[str]) -> Mapping[str, RecordedVerdict]:
        statement = (
            select(VerdictRow)
            .join(StandingRow, col(StandingRow.verdict) == col(VerdictRow.id))
            .where(col(StandingRow.subject).in_(subjects))
        )
        with self._database.reading() as session:
            return {row.rendition or row.asset: recorded(row) for row in session.scalars(statement)}

    def standings(
        self, scope: Scope, *, due: Due | None = None, limit: int, after: Standing | None = None
    ) -> Sequence[Standing]:
        """``limit`` is 1 to 1000; raises `InvalidInput` for others."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidInput(f"a page has 1 to {_LARGEST_PAGE} entries, not {limit}", where="limit")
        with self._database.reading() as session:
            return standings.page(session, scope, due, limit, after)

    def count(self, scope: Scope, *, due: Due | None = None) -> int:
        with self._database.reading() as session:
            return standings.count(session, scope, due)

    def doubted(self, scope: Scope, *, limit: int) -> Sequence[Standing]:
        with self._database.reading() as session:
            return standings.doubted(session, scope, limit)


def begin(session: Session, asset: str, rendition: str | None, campaign: str) -> None:
    """A file that is new to the catalog stands nowhere, which makes it due."""
    unjudged = {"state": standings.UNJUDGED, "grounds": "", "due_at": standings.NEVER, "verdict": None}
    subject = {"subject": rendition or asset, "asset": asset, "rendition": rendition, "campaign": campaign}
    session.execute(insert(StandingRow).values(**subject, **unjudged))


def record(session: Session, judged: Sequence[Judged], *, occasion: Occasion, now: datetime) -> Sequence[Change | None]:
    """In one transaction with whatever else the caller writes. Raises `NotFound`."""
    rows = _locked(session, [each.subject for each in judged])
    before = _verdicts(session, [row.verdict for row in rows.values() if row.verdict])
    confirmed: list[str] = []
    new: list[tuple[Judged, Change | None]] = []
    for each in judged:
        known = before.get(rows[each.subject].verdict or "")
        if known is not None and _says_the_same(known, each.provenance, occasion):
            confirmed.append(known.id)
        else:
            new.append((each, compare(_provenance(known), _stored(each.provenance)) if known else None))
    _append(session, new, occasion, now)
    _confirm(session, confirmed, now)
    changes = {each.subject: change for each, change in new}
    return [changes.get(each.subject) for each in judged]


def _locked(session: Session, subjects: Sequence[str]) -> dict[str, StandingRow]:
    """In one order, so that two who verify the same files wait for each other instead of for ever."""
    statement = select(StandingRow).where(col(StandingRow.subject).in_(subjects)).order_by(col(StandingRow.subject))
    rows = {row.subject: row for row in session.scalars(statement.with_for_update())}
    for subject in subjects:
        if subject not in rows:
            raise NotFound(f"no asset or rendition {subject} has a history of verdicts", where=subject)
    return rows


def _verdicts(session: Session, ids: Sequence[str]) -> dict[str, VerdictRow]:
    return {row.id: row for row in session.scalars(select(VerdictRow).where(col(VerdictRow.id).in_(ids)))}


def _says_the_same(known: VerdictRow, provenance: Provenance, occasion: Occasion) -> bool:
    """Verifying again confirms whatever the occasion was; each ingest, signing and publication is told apart."""
    return occasion in (Occasion.AGAIN, known.occasion) and _provenance(known) == _stored(provenance)


def _append(session: Session, new: Sequence[tuple[Judged, Change | None]], occasion: Occasion, now: datetime) -> None:
    if not new:
        return
    rows = [verdict_values(each, change, occasion, now) for each, change in new]
    session.execute(insert(VerdictRow), rows)
    moved = [standing_values(each, row["id"]) for (each, _), row in zip(new, rows, strict=True)]
    session.execute(update(StandingRow), moved)
    cards.restate(session, [each.asset for each, _ in new if each.rendition is None])


def _confirm(session: Session, verdicts: Sequence[str], now: datetime) -> None:
    if verdicts:
        session.execute(
            update(VerdictRow)
            .where(col(VerdictRow.id).in_(verdicts))
            .values(confirmed_at=now)
            .execution_options(synchronize_session=False)
        )


def verdict_values(judged: Judged, change: Change | None, occasion: Occasion, now: datetime) -> dict[str, Any]:
    grounds = Grounds.of(judged.provenance)
    return {
        "id": new_id("ver", now),
        "asset": judged.asset,
        "rendition": judged.rendition,
        "occasion": occasion.value,
        "judged_at": now,
        "confirmed_at": now,
        "state": judged.provenance.state.value,
        "policy": grounds.policy,
        "lists": grounds.lists,
        "library": grounds.library,
        "holds_until": judged.provenance.holds_until,
        "provenance": pictures.PROVENANCE.dump_python(judged.provenance, mode="json"),
        "changes": _CHANGE.dump_python(change, mode="json"),
    }


def standing_values(judged: Judged, verdict: str) -> dict[str, Any]:
    """Where a file stands after this verdict."""
    return {
        "subject": judged.subject,
        "verdict": verdict,
        "state": standings.state_of(judged.provenance),
        "grounds": Grounds.of(judged.provenance).digest,
        "due_at": min(judged.provenance.holds_until or standings.NEVER, standings.NEVER),
    }


def _stored(provenance: Provenance) -> Provenance:
    """As it comes back from the catalog: only then are two of them compared fairly."""
    return pictures.PROVENANCE.validate_python(pictures.PROVENANCE.dump_python(provenance, mode="json"))


def _provenance(row: VerdictRow) -> Provenance:
    return pictures.PROVENANCE.validate_python(row.provenance)


def recorded(row: VerdictRow) -> RecordedVerdict:
    return RecordedVerdict(
        id=row.id,
        asset=row.asset,
        rendition=row.rendition,
        occasion=Occasion(row.occasion),
        judged_at=row.judged_at,
        confirmed_at=row.confirmed_at,
        provenance=_provenance(row),
        change=_CHANGE.validate_python(row.changes),
    )
