"""The answer to a submit, whenever it comes: its task id is what tells that something was bought."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import answers, attempts, ledger
from colophon.catalog.attempts import Step
from colophon.catalog.tables import AttemptRow
from colophon.domain.generation import GenerationState as State
from colophon.domain.generation import Job, JobStatus
from colophon.errors import InvalidInput, NotFound

_LONGEST_ID = 200


def record(
    session: Session,
    generation: str,
    attempt: int,
    job: Job,
    *,
    provider: str,
    parameters: dict[str, object],
    now: datetime,
) -> None:
    """See `colophon.ports.Orders.record_job`. The worker keeps its lease: it waits for the picture in its next sweep,
    and another only after that. No money moves: what was called not taken has given its reservation back, and its
    charge comes with the picture."""
    attempts.fresh(session, generation)
    # Unknown too: an answer that comes after its lease ended says where the picture is after all.
    follows: tuple[State, ...] = (State.SUBMITTING, State.UNKNOWN)
    if _outcome(session, generation, attempt) == "not_taken":
        follows = (*follows, State.PLANNED)
    # An invoice may have come first; its price is final, and the one said at submit is kept with the attempt only.
    billed = ledger.booked(session, generation, attempt).charged
    step = Step(follows, State.SUBMITTED, {"request_id": job.request_id}, keeps_worker=True)
    row = attempts.take(
        session,
        generation,
        attempt,
        step,
        **answers.job_values(replace(job, cost=None) if billed else job),
        provider=provider,
        parameters=parameters,
        submitted_at=now,
        done_at=now if job.status is JobStatus.READY else None,
        problem_code=None,
        problem=None,
    )
    if row is not None:
        attempts.mark(session, generation, attempt, **answers.job_record(job))


def note_task(session: Session, generation: str, attempt: int, request_id: str) -> None:
    """See `colophon.ports.Orders.note_task`. Raises `NotFound`, and `InvalidInput` for what is no task id."""
    if not 0 < len(request_id) <= _LONGEST_ID:
        raise InvalidInput(f"a task id has 1 to {_LONGEST_ID} characters", where=generation)
    if session.get(AttemptRow, (generation, attempt)) is None:
        raise NotFound(f"generation {generation} has no attempt {attempt}", where=generation)
    attempts.keep_task(session, generation, attempt, request_id)


def _outcome(session: Session, generation: str, attempt: int) -> str | None:
    return session.scalar(
        select(col(AttemptRow.outcome)).where(
            col(AttemptRow.generation) == generation, col(AttemptRow.number) == attempt
        )
    )
