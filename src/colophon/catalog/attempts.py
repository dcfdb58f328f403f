"""Steps of an attempt: each is one compare-and-set on the generation's state and attempt, with its record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.generations import missing
from colophon.catalog.tables import AttemptRow, GenerationRow
from colophon.domain.generation import GenerationState
from colophon.errors import Conflict

_LONGEST_PROBLEM = 4000
_LONGEST_CODE = 200
_LOST = "the worker that ordered it stopped before it recorded an answer; it may have been bought"


@dataclass(frozen=True, slots=True)
class Step:
    """From one of the states it ``follows`` to ``state``. ``result`` are the columns that tell a repetition from
    another outcome. ``keeps_worker``: whoever took the step goes on with it until the lease ends."""

    follows: tuple[GenerationState, ...]
    state: GenerationState
    result: Mapping[str, str] = field(default_factory=dict)
    keeps_worker: bool = False


def take(session: Session, generation: str, attempt: int, step: Step, **values: Any) -> GenerationRow | None:
    """Take the step; the row as it was before. None: exactly this is on record already, as when the answer to a first
    commit was lost.

    Raises `NotFound`, and `Conflict` with reason ``stale`` for a worker that lost its place.
    """
    row = fresh(session, generation)
    there = row.state == step.state and all(getattr(row, name) == value for name, value in step.result.items())
    if row.attempt != attempt or not (there or row.state in step.follows):
        raise stale(row, attempt)
    if there:
        return None
    place = {} if step.keeps_worker else {"worker": None, "lease_until": None}
    assign(session, generation, {"state": step.state.value, **place, **step.result, **values})
    return row


def stale(row: GenerationRow, attempt: int) -> Conflict:
    """A worker that lost its place."""
    return Conflict(
        f"generation {row.id} is {row.state} in attempt {row.attempt}; attempt {attempt} changes nothing",
        reason="stale",
        where=row.id,
    )


def mark(session: Session, generation: str, attempt: int, **values: Any) -> None:
    """Complete the attempt's own record."""
    session.execute(
        update(AttemptRow)
        .where(col(AttemptRow.generation) == generation, col(AttemptRow.number) == attempt)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def keep_task(session: Session, generation: str, attempt: int, request_id: str) -> None:
    """A task id that came after its lease ended or that somebody named, where none is on record: the money may be
    spent."""
    session.execute(
        update(AttemptRow)
        .where(
            col(AttemptRow.generation) == generation,
            col(AttemptRow.number) == attempt,
            col(AttemptRow.request_id).is_(None),
        )
        .values(request_id=request_id)
        .execution_options(synchronize_session=False)
    )


def expire(session: Session, campaign: str | None, now: datetime) -> list[str]:
    """See `colophon.ports.Orders.expire_leases`."""
    ended = session.execute(
        select(col(GenerationRow.id), col(GenerationRow.attempt))
        .where(
            col(GenerationRow.state) == GenerationState.SUBMITTING.value,
            col(GenerationRow.lease_until) <= now,
            *([] if campaign is None else [col(GenerationRow.campaign) == campaign]),
        )
        .order_by(col(GenerationRow.id))
        # One that is being written at this moment is moving: its worker lives, or the next sweep finds it.
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    code = "outcome_unknown"
    lost = {"state": GenerationState.UNKNOWN.value, "worker": None, "lease_until": None}
    for generation, attempt in ended:
        assign(session, generation, {**lost, "problem_code": code, "problem": _LOST})
        mark(session, generation, attempt, ended_at=now, outcome="unknown", code=code, problem=_LOST)
    return [generation for generation, _ in ended]


def fresh(session: Session, generation: str) -> GenerationRow:
    """The row as it is now, held until the transaction ends. Raises `NotFound`."""
    statement = select(GenerationRow).where(col(GenerationRow.id) == generation).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise missing(generation)
    return row


def hold_all(session: Session, condition: ColumnElement[bool]) -> None:
    """Hold many generations in the order of their ids, so that two who do so never wait for each other in a circle."""
    held = select(col(GenerationRow.id)).where(condition).order_by(col(GenerationRow.id))
    session.execute(held.with_for_update(key_share=True)).all()


def assign(session: Session, generation: str, values: Mapping[str, Any]) -> None:
    """Write columns of a generation that the transaction holds."""
    session.execute(
        update(GenerationRow)
        .where(col(GenerationRow.id) == generation)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def shortened(problem: str) -> str:
    return problem[:_LONGEST_PROBLEM]


def shortened_code(code: str) -> str:
    return code[:_LONGEST_CODE]
