"""Who waits for which ordered picture, and what webhooks said of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import answers, generations
from colophon.catalog.attempts import assign, fresh, hold_all, stale
from colophon.catalog.statements import inserted
from colophon.catalog.tables import AttemptRow, GenerationRow, HookEventRow
from colophon.domain.generation import GenerationState, Job
from colophon.domain.record import Progress

_PART = 500
_MOVES = (GenerationState.SUBMITTING, GenerationState.SUBMITTED, GenerationState.UNKNOWN)


def claim(
    session: Session, worker: str, *, until: datetime, now: datetime, campaign: str | None, limit: int
) -> list[Progress]:
    """See `colophon.ports.Orders.claim`."""
    free = or_(
        col(GenerationRow.worker).is_(None),
        col(GenerationRow.worker) == worker,
        col(GenerationRow.lease_until).is_(None),
        col(GenerationRow.lease_until) <= now,
    )
    statement = (
        select(col(GenerationRow.id))
        .where(col(GenerationRow.state) == GenerationState.SUBMITTED.value, free)
        .order_by(col(GenerationRow.submitted_at), col(GenerationRow.id))
        .limit(limit)
        # What another worker is writing at this moment is not waited for: the next sweep sees where it went.
        .with_for_update(skip_locked=True, key_share=True)
    )
    if campaign is not None:
        statement = statement.where(col(GenerationRow.campaign) == campaign)
    ids = session.scalars(statement).all()
    for start in range(0, len(ids), _PART):
        session.execute(
            update(GenerationRow)
            .where(col(GenerationRow.id).in_(ids[start : start + _PART]))
            .values(worker=worker, lease_until=until)
            .execution_options(synchronize_session=False)
        )
    claimed = {progress.generation.id: progress for progress in generations.known(session, ids)}
    return [claimed[each] for each in ids]


def let_go(session: Session, worker: str) -> None:
    """Orders whose answer is still on the way keep their lease: it says when they are missing."""
    mine = (col(GenerationRow.worker) == worker) & (col(GenerationRow.state) == GenerationState.SUBMITTED.value)
    hold_all(session, mine)
    session.execute(
        update(GenerationRow)
        .where(mine)
        .values(worker=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def unexamined(session: Session, before: datetime) -> list[str]:
    """Oldest first."""
    newest = (col(AttemptRow.generation) == col(GenerationRow.id)) & (
        col(AttemptRow.number) == col(GenerationRow.attempt)
    )
    statement = (
        select(col(GenerationRow.id))
        .join(AttemptRow, newest)
        .where(col(GenerationRow.state) == GenerationState.DELIVERED.value, col(AttemptRow.ended_at) <= before)
        .order_by(col(AttemptRow.ended_at), col(GenerationRow.id))
    )
    return list(session.scalars(statement))


def ready(session: Session, generation: str, attempt: int, job: Job, now: datetime) -> None:
    """Raises `NotFound`, and `Conflict` with reason ``stale`` for an order that is not waited for any more."""
    row = fresh(session, generation)
    if row.attempt != attempt or row.state != GenerationState.SUBMITTED:
        raise stale(row, attempt)
    if row.done_at is None:
        assign(session, generation, {**answers.delivery_values(row, job), "done_at": now})


def hint(session: Session, generation: str, attempt: int, now: datetime) -> None:
    """Raises `NotFound`, and `Conflict` with reason ``stale`` for an order that waits for nothing any more."""
    row = fresh(session, generation)
    if row.attempt != attempt or row.state not in _MOVES:
        raise stale(row, attempt)
    assign(session, generation, {"hinted_at": now})


def first_seen(session: Session, route: str, event: str, now: datetime) -> bool:
    """The id is an outsider's text of any length; its digest is what is kept."""
    digest = hashlib.sha256(event.encode("utf-8", "surrogatepass")).hexdigest()
    return inserted(session, HookEventRow, {"route": route, "event": digest, "at": now})


def unknown(session: Session, campaign: str | None) -> Sequence[Progress]:
    """Oldest first."""
    return [generations.progress(row) for row in session.scalars(_in_state(GenerationState.UNKNOWN, campaign))]


def late(session: Session, campaign: str | None, before: datetime) -> Sequence[Progress]:
    """Oldest first."""
    statement = _in_state(GenerationState.SUBMITTED, campaign).where(_began() <= before)
    return [generations.progress(row) for row in session.scalars(statement)]


def _in_state(state: GenerationState, campaign: str | None) -> Select[GenerationRow]:
    statement = (
        select(GenerationRow)
        .where(col(GenerationRow.state) == state.value, _began().is_not(None))
        .order_by(_began(), col(GenerationRow.id))
    )
    return statement if campaign is None else statement.where(col(GenerationRow.campaign) == campaign)


def _began() -> Any:
    """When an order's newest attempt did. Asked of each order by itself: joined, SQLite may begin with all attempts
    ever made, in their order."""
    attempts = select(col(AttemptRow.started_at)).where(
        col(AttemptRow.generation) == col(GenerationRow.id), col(AttemptRow.number) == col(GenerationRow.attempt)
    )
    return attempts.correlate(GenerationRow).scalar_subquery()
