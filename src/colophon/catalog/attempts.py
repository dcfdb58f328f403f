"""Steps of an attempt: each is one compare-and-set on the generation's state and attempt, with its record and money."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import campaigns, ledger
from colophon.catalog.generations import missing, row_of
from colophon.catalog.tables import AttemptRow, GenerationRow, WantedRow
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict, InvalidInput

PLANNED, SUBMITTING, SUBMITTED = GenerationState.PLANNED, GenerationState.SUBMITTING, GenerationState.SUBMITTED
_LONGEST_PROBLEM = 4000


def begin(session: Session, generation: str, reserve: Money, lease_until: datetime, now: datetime) -> int:
    """See `colophon.ports.Orders.begin_attempt`; a generation the newest revision no longer wants is not planned."""
    campaign = campaigns.locked(session, row_of(session, generation).campaign)
    row = fresh(session, generation)
    if row.state != PLANNED or not _is_wanted(session, campaign.slug, campaign.revision, generation):
        raise Conflict(f"generation {generation} is not waiting to be ordered", reason="not_planned", where=generation)
    _within_cap(session, campaign.slug, reserve)
    number = row.attempt + 1
    _set(
        session,
        generation,
        {
            "state": SUBMITTING.value,
            "attempt": number,
            "lease_until": lease_until,
            "problem_code": None,
            "problem": None,
        },
    )
    session.execute(insert(AttemptRow).values(generation=generation, number=number, started_at=now))
    ledger.write(session, row, number, "reservation", reserve, CostBasis.ESTIMATED, now)
    return number


@dataclass(frozen=True, slots=True)
class Step:
    """From one of the states it ``follows`` to ``state``. ``result`` are the columns that tell a repetition from
    another outcome."""

    follows: tuple[GenerationState, ...]
    state: GenerationState
    result: Mapping[str, str] = field(default_factory=dict)


def take(session: Session, generation: str, attempt: int, step: Step, **values: Any) -> GenerationRow | None:
    """Take the step; the row as it was before. None: exactly this is on record already, as when the answer to a first
    commit was lost.

    Raises `NotFound`, and `Conflict` with reason ``stale`` for a worker that lost its place.
    """
    row = fresh(session, generation)
    there = row.state == step.state and all(getattr(row, name) == value for name, value in step.result.items())
    if row.attempt != attempt or not (there or row.state in step.follows):
        raise Conflict(
            f"generation {generation} is {row.state} in attempt {row.attempt}; attempt {attempt} changes nothing",
            reason="stale",
            where=generation,
        )
    if there:
        return None
    _set(session, generation, {"state": step.state.value, "lease_until": None, **step.result, **values})
    return row


def mark(session: Session, generation: str, attempt: int, **values: Any) -> None:
    """Complete the attempt's own record."""
    session.execute(
        update(AttemptRow)
        .where(col(AttemptRow.generation) == generation, col(AttemptRow.number) == attempt)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def keep_late_task(session: Session, generation: str, attempt: int, request_id: str) -> None:
    """The task id of an answer that came after its lease ended, where none is on record: the money may be spent."""
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


def expire(session: Session, campaign: str, now: datetime) -> list[str]:
    """See `colophon.ports.Orders.expire_leases`."""
    ended = session.execute(
        select(col(GenerationRow.id), col(GenerationRow.attempt))
        .where(
            col(GenerationRow.campaign) == campaign,
            col(GenerationRow.state) == SUBMITTING.value,
            col(GenerationRow.lease_until) <= now,
        )
        .order_by(col(GenerationRow.id))
        .with_for_update()
    ).all()
    problem = "the worker that ordered it stopped before it recorded an answer; it may have been bought"
    for generation, attempt in ended:
        _set(
            session,
            generation,
            {
                "state": GenerationState.UNKNOWN.value,
                "lease_until": None,
                "problem_code": "outcome_unknown",
                "problem": problem,
            },
        )
        mark(session, generation, attempt, ended_at=now, outcome="unknown", problem=problem)
    return [generation for generation, _ in ended]


def fresh(session: Session, generation: str) -> GenerationRow:
    """The row as it is now, held until the transaction ends. Raises `NotFound`."""
    statement = select(GenerationRow).where(col(GenerationRow.id) == generation).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise missing(generation)
    return row


def shortened(problem: str) -> str:
    return problem[:_LONGEST_PROBLEM]


def _set(session: Session, generation: str, values: dict[str, Any]) -> None:
    session.execute(
        update(GenerationRow)
        .where(col(GenerationRow.id) == generation)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _is_wanted(session: Session, campaign: str, revision: str, generation: str) -> bool:
    statement = select(col(WantedRow.position)).where(
        col(WantedRow.campaign) == campaign,
        col(WantedRow.revision) == revision,
        col(WantedRow.generation) == generation,
    )
    return session.scalar(statement) is not None


def _within_cap(session: Session, campaign: str, reserve: Money) -> None:
    cap = campaigns.cap(session, campaign)
    if reserve.micros < 0 or reserve.currency != cap.currency:
        raise InvalidInput(f"{reserve} {reserve.currency} cannot be reserved from a cap in {cap.currency}")
    spent, reserved = ledger.spent_and_reserved(session, campaign, cap.currency)
    if spent + reserved + reserve > cap:
        raise Conflict(
            f"{reserve} more would pass the cap: {spent} spent and {reserved} reserved of {cap} {cap.currency}",
            reason="over_cap",
            where="budget.cap",
            hint="raise the cap in the brief, or wait until open orders are settled",
        )
