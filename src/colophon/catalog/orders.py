"""The port of orders: each writing verb is one transaction over campaigns, attempts and money."""

from collections.abc import Sequence
from datetime import datetime

from colophon.catalog import attempts, campaigns, endings, intents, settlement, submissions, waiting
from colophon.catalog.attempts import Step
from colophon.catalog.endings import Why
from colophon.catalog.records import SqlRecords
from colophon.domain.brief import Brief
from colophon.domain.generation import Generation, Job
from colophon.domain.generation import GenerationState as State
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, Intent, Progress
from colophon.domain.rendition import PlannedRendition
from colophon.errors import Conflict, InvalidInput


class SqlOrders(SqlRecords):
    """Implements `colophon.ports.Orders`. A verb repeated with the same attempt and the same result does nothing, so
    a caller whose connection broke at the commit may simply say it again."""

    def register(
        self,
        brief: Brief,
        *,
        revision: str,
        canonical: str,
        generations: Sequence[Generation],
        renditions: Sequence[PlannedRendition],
        now: datetime,
        by: str | None = None,
    ) -> None:
        """The newest revision with another plan (other routes were asked for) takes the new plan. Raises `Conflict`
        when the currency changes after money was spent, `InvalidInput` for another campaign's generation."""
        plan = campaigns.Registration(brief, revision, canonical, generations, renditions, now, by)
        with self._database.writing() as session:
            campaigns.register(session, plan)

    def begin_attempt(self, generation: str, intent: Intent, *, now: datetime) -> int:
        """Raises `InvalidInput` too: for a reserve or a cap in another currency, and for a cap of no known purse."""
        with self._database.writing() as session:
            return intents.begin(session, generation, intent, now)

    def take_back(self, generation: str, attempt: int, *, code: str, problem: str, now: datetime) -> None:
        with self._database.writing() as session:
            endings.free(
                session, generation, attempt, (State.SUBMITTING, State.UNKNOWN), Why("taken_back", code, problem), now
            )

    def not_taken(self, generation: str, attempt: int, *, by: str, problem: str, now: datetime) -> None:
        why = Why("not_taken", "not_taken", problem, by)
        with self._database.writing() as session:
            endings.free(session, generation, attempt, (State.UNKNOWN,), why, now)

    def record_job(
        self, generation: str, attempt: int, job: Job, *, provider: str, parameters: dict[str, object], now: datetime
    ) -> None:
        try:
            with self._database.writing() as session:
                submissions.record(session, generation, attempt, job, provider=provider, parameters=parameters, now=now)
        except Conflict:
            with self._database.writing() as session:
                attempts.keep_task(session, generation, attempt, job.request_id)
            raise

    def note_task(self, generation: str, attempt: int, request_id: str) -> None:
        """Raises `NotFound` for an attempt that never began, `InvalidInput` for an id of no length or too much."""
        with self._database.writing() as session:
            submissions.note_task(session, generation, attempt, request_id)

    def record_unknown(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        with self._database.writing() as session:
            endings.lose_sight(session, generation, attempt, problem, now)

    def expire_leases(self, campaign: str | None = None, *, now: datetime) -> Sequence[str]:
        with self._database.writing() as session:
            return attempts.expire(session, campaign, now)

    def claim(
        self, worker: str, *, until: datetime, now: datetime, campaign: str | None = None, limit: int = 1000
    ) -> Sequence[Progress]:
        with self._database.writing() as session:
            return waiting.claim(session, worker, until=until, now=now, campaign=campaign, limit=limit)

    def let_go(self, worker: str) -> None:
        with self._database.writing() as session:
            waiting.let_go(session, worker)

    def hint(self, generation: str, attempt: int, *, now: datetime) -> None:
        """Raises `NotFound`, and `Conflict` with reason ``stale`` for an order that waits for nothing any more."""
        with self._database.writing() as session:
            waiting.hint(session, generation, attempt, now)

    def first_seen(self, route: str, event: str, *, now: datetime) -> bool:
        with self._database.writing() as session:
            return waiting.first_seen(session, route, event, now)

    def record_ready(self, generation: str, attempt: int, job: Job, *, now: datetime) -> None:
        with self._database.writing() as session:
            waiting.ready(session, generation, attempt, job, now)

    def record_original(self, generation: str, attempt: int, sha256: str, job: Job, *, now: datetime) -> None:
        with self._database.writing() as session:
            endings.deliver(session, generation, attempt, sha256, job, now)

    def reject_original(self, generation: str, attempt: int, *, code: str, problem: str, now: datetime) -> None:
        why = {"problem_code": attempts.shortened_code(code), "problem": attempts.shortened(problem)}
        with self._database.writing() as session:
            attempts.take(session, generation, attempt, Step((State.DELIVERED,), State.REJECTED), **why)

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
        by: str | None = None,
    ) -> None:
        """Raises `InvalidInput` for any state but refused and failed."""
        if state not in (State.REFUSED, State.FAILED):
            raise InvalidInput(f"an attempt ends refused or failed, not {state.value}")
        with self._database.writing() as session:
            endings.end(session, generation, attempt, Why(state.value, code, problem, by), (charge, basis), now)

    def settle(self, generation: str, attempt: int, amount: Money, *, note: str, now: datetime) -> bool:
        """A price that was right all along is booked as a correction of 0. Raises `InvalidInput` for one below 0."""
        with self._database.writing() as session:
            return settlement.settle(session, generation, attempt, amount, note, now)
