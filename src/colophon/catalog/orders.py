"""The port of orders: each writing verb is one transaction over campaigns, attempts and money."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlmodel import col

from colophon.catalog import answers, attempts, campaigns, generations, ledger
from colophon.catalog.attempts import Step
from colophon.catalog.database import Database
from colophon.catalog.tables import AttemptRow
from colophon.domain.brief import Brief
from colophon.domain.generation import Generation, Job
from colophon.domain.generation import GenerationState as State
from colophon.domain.money import Money
from colophon.domain.record import Attempt, Campaign, CostBasis, LedgerEntry, Progress, Spending
from colophon.domain.rendition import PlannedRendition
from colophon.errors import Conflict, InvalidInput

_OUTCOME: TypeAdapter[Attempt] = TypeAdapter(Attempt)
_IN_FLIGHT = (State.SUBMITTING, State.SUBMITTED)


class SqlOrders:
    """Implements `colophon.ports.Orders`. A verb repeated with the same attempt and the same result does nothing, so
    a caller whose connection broke at the commit may simply say it again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(
        self,
        brief: Brief,
        *,
        revision: str,
        canonical: str,
        generations: Sequence[Generation],
        renditions: Sequence[PlannedRendition],
        now: datetime,
    ) -> None:
        """The newest revision with another plan (other routes were asked for) takes the new plan. Raises `Conflict`
        when the currency changes after money was spent, `InvalidInput` for another campaign's generation."""
        plan = campaigns.Registration(brief, revision, canonical, generations, renditions, now)
        with self._database.writing() as session:
            campaigns.register(session, plan)

    def campaigns(self) -> Sequence[Campaign]:
        with self._database.reading() as session:
            return campaigns.every(session)

    def campaign(self, slug: str) -> Campaign:
        with self._database.reading() as session:
            return campaigns.one(session, slug)

    def wanted(self, campaign: str) -> Sequence[Progress]:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            return generations.wanted(session, campaign) or self._none_wanted(campaign)

    def _none_wanted(self, campaign: str) -> Sequence[Progress]:
        self.campaign(campaign)
        return []

    def planned_renditions(self, campaign: str) -> Sequence[PlannedRendition]:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            return campaigns.planned_renditions(session, campaign)

    def progress(self, generation: str) -> Progress:
        with self._database.reading() as session:
            return generations.progress(generations.row_of(session, generation))

    def known(self, ids: Sequence[str]) -> Sequence[Progress]:
        with self._database.reading() as session:
            return generations.known(session, ids)

    def attempts(self, generation: str) -> Sequence[Attempt]:
        """Every submit of a generation, oldest first; none for an unknown one."""
        statement = select(AttemptRow).where(col(AttemptRow.generation) == generation)
        with self._database.reading() as session:
            return [_attempt(row) for row in session.scalars(statement.order_by(col(AttemptRow.number)))]

    def begin_attempt(self, generation: str, *, reserve: Money, lease_until: datetime, now: datetime) -> int:
        with self._database.writing() as session:
            return attempts.begin(session, generation, reserve, lease_until, now)

    def take_back(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        problem = attempts.shortened(problem)
        with self._database.writing() as session:
            row = attempts.take(
                session,
                generation,
                attempt,
                Step((State.SUBMITTING,), State.PLANNED),
                problem_code="not_ordered",
                problem=problem,
            )
            if row is not None:
                attempts.mark(session, generation, attempt, ended_at=now, outcome="taken_back", problem=problem)
                ledger.release(session, row, attempt, now)

    def record_job(
        self, generation: str, attempt: int, job: Job, *, provider: str, parameters: dict[str, object], now: datetime
    ) -> None:
        try:
            with self._database.writing() as session:
                row = attempts.take(
                    session,
                    generation,
                    attempt,
                    # Unknown too: an answer that comes after its lease ended says where the picture is after all.
                    Step((State.SUBMITTING, State.UNKNOWN), State.SUBMITTED, {"request_id": job.request_id}),
                    **answers.job_values(job),
                    problem_code=None,
                    problem=None,
                    provider=provider,
                    parameters=parameters,
                    submitted_at=now,
                )
                if row is not None:
                    attempts.mark(session, generation, attempt, **answers.job_record(job))
        except Conflict:
            with self._database.writing() as session:
                attempts.keep_late_task(session, generation, attempt, job.request_id)
            raise

    def record_unknown(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        problem = attempts.shortened(problem)
        with self._database.writing() as session:
            row = attempts.take(
                session,
                generation,
                attempt,
                Step((State.SUBMITTING,), State.UNKNOWN),
                problem_code="outcome_unknown",
                problem=problem,
            )
            if row is not None:
                attempts.mark(session, generation, attempt, ended_at=now, outcome="unknown", problem=problem)

    def expire_leases(self, campaign: str, *, now: datetime) -> Sequence[str]:
        with self._database.writing() as session:
            return attempts.expire(session, campaign, now)

    def record_original(self, generation: str, attempt: int, sha256: str, job: Job, *, now: datetime) -> None:
        with self._database.writing() as session:
            before = attempts.fresh(session, generation)
            cost, basis = answers.charge_for(before, job)
            row = attempts.take(
                session,
                generation,
                attempt,
                Step((State.SUBMITTED,), State.DELIVERED, {"original_sha256": sha256}),
                **answers.delivery_values(before, job),
                **answers.cost_values(cost, basis),
            )
            if row is not None:
                attempts.mark(session, generation, attempt, ended_at=now, outcome="delivered")
                ledger.release(session, row, attempt, now)
                ledger.write(session, row, attempt, "charge", cost, basis, now)

    def reject_original(self, generation: str, attempt: int, *, code: str, problem: str, now: datetime) -> None:
        with self._database.writing() as session:
            attempts.take(
                session,
                generation,
                attempt,
                Step((State.DELIVERED,), State.REJECTED),
                problem_code=code,
                problem=attempts.shortened(problem),
            )

    def end(
        self,
        generation: str,
        attempt: int,
        state: State,
        *,
        code: str,
        problem: str,
        charge: Money | None,
        basis: CostBasis,
        now: datetime,
    ) -> None:
        if state not in (State.REFUSED, State.FAILED):
            raise InvalidInput(f"an attempt ends refused or failed, not {state.value}")
        problem = attempts.shortened(problem)
        with self._database.writing() as session:
            costs = answers.cost_values(charge, basis)
            row = attempts.take(
                session, generation, attempt, Step(_IN_FLIGHT, state), problem_code=code, problem=problem, **costs
            )
            if row is not None:
                attempts.mark(session, generation, attempt, ended_at=now, outcome=state.value, problem=problem)
                ledger.release(session, row, attempt, now)
                ledger.write(session, row, attempt, "charge", *answers.final_charge(row, charge, basis), now)

    def spending(self, campaign: str) -> Spending:
        with self._database.reading() as session:
            cap = campaigns.cap(session, campaign)
            spent, reserved = ledger.spent_and_reserved(session, campaign, cap.currency)
        return Spending(spent=spent, reserved=reserved, cap=cap)

    def ledger(self, campaign: str | None = None) -> Sequence[LedgerEntry]:
        with self._database.reading() as session:
            return ledger.entries(session, campaign)


def _attempt(row: AttemptRow) -> Attempt:
    reported = None
    if row.reported_micros is not None and row.reported_currency is not None:
        reported = Money(row.reported_micros, row.reported_currency)
    values = row.model_dump(
        include={"generation", "number", "started_at", "ended_at", "outcome", "problem", "request_id"}
    )
    return _OUTCOME.validate_python({**values, "reported": reported})
