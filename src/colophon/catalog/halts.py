"""The port of halts, and the question every attempt asks before it is begun."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.database import Database
from colophon.catalog.halt_tables import HaltRow
from colophon.catalog.tables import GenerationRow
from colophon.domain.generation import GenerationState
from colophon.domain.halt import EVERYTHING, Halt, halted, scope_of

# Any number that no other lock of the catalog uses: those of keys are hashes, that of the log is its own.
_LOCK = 0x68616C74


class SqlHalts:
    """Implements `colophon.ports.Halts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def halt(self, halt: Halt) -> Halt:
        with self._database.writing() as session:
            _lock(session, shared=False)
            known = _in_force(session, halt.scope)
            if known is not None:
                return _halt(known)
            session.execute(
                insert(HaltRow).values(id=halt.id, scope=halt.scope, halted_by=halt.by, reason=halt.reason, at=halt.at)
            )
            return halt

    def lift(self, scope: str, *, by: str, now: datetime) -> Halt | None:
        with self._database.writing() as session:
            _lock(session, shared=False)
            row = _in_force(session, scope)
            if row is None:
                return None
            row.lifted_at, row.lifted_by = now, by
            return _halt(row)

    def active(self, campaign: str | None = None) -> Sequence[Halt]:
        statement = select(HaltRow).where(col(HaltRow.lifted_at).is_(None)).order_by(col(HaltRow.id))
        if campaign is not None:
            statement = statement.where(col(HaltRow.scope).in_((EVERYTHING, scope_of(campaign))))
        with self._database.reading() as session:
            return [_halt(row) for row in session.scalars(statement)]

    def being_placed(self, campaign: str | None = None) -> int:
        statement = (
            select(func.count())
            .select_from(GenerationRow)
            .where(col(GenerationRow.state) == GenerationState.SUBMITTING.value)
        )
        if campaign is not None:
            statement = statement.where(col(GenerationRow.campaign) == campaign)
        with self._database.reading() as session:
            return session.scalar(statement) or 0

    def page(self, *, limit: int, before: str | None = None) -> Sequence[Halt]:
        statement = select(HaltRow).order_by(col(HaltRow.id).desc()).limit(limit)
        if before is not None:
            statement = statement.where(col(HaltRow.id) < before)
        with self._database.reading() as session:
            return [_halt(row) for row in session.scalars(statement)]


def require_none(session: Session, campaign: str) -> None:
    """Raises `Halted` where a halt is in force. None can be committed until this transaction ends."""
    _lock(session, shared=True)
    statement = select(HaltRow).where(
        col(HaltRow.lifted_at).is_(None), col(HaltRow.scope).in_((EVERYTHING, scope_of(campaign)))
    )
    row = session.scalars(statement.order_by(col(HaltRow.id)).limit(1)).one_or_none()
    if row is not None:
        raise halted(_halt(row), campaign)


def _lock(session: Session, *, shared: bool) -> None:
    """On SQLite the write lock of the transaction does it. PostgreSQL lets attempts begin side by side; a halt waits
    for those at it, and those that come after it wait for the halt."""
    if session.get_bind().dialect.name == "postgresql":
        mode = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.execute(text(f"SELECT {mode}(:lock)"), {"lock": _LOCK})


def _in_force(session: Session, scope: str) -> HaltRow | None:
    statement = select(HaltRow).where(col(HaltRow.lifted_at).is_(None), col(HaltRow.scope) == scope)
    return session.scalars(statement).one_or_none()


def _halt(row: HaltRow) -> Halt:
    return Halt(row.id, row.scope, row.halted_by, row.reason, row.at, row.lifted_at, row.lifted_by)
