"""How an attempt ends, each with its record and its money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from colophon.catalog import answers, attempts, ledger
from colophon.catalog.attempts import Step
from colophon.catalog.ledger import Entry
from colophon.domain.generation import GenerationState as State
from colophon.domain.generation import Job
from colophon.domain.money import Money
from colophon.domain.record import AttemptOutcome, CostBasis

_UNFINISHED = (State.SUBMITTING, State.SUBMITTED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Why:
    """Why an attempt ended. ``by``: the person, or the vendor's list, that settled an unknown outcome."""

    outcome: AttemptOutcome | str
    code: str
    problem: str
    by: str | None = None

    def of_generation(self) -> dict[str, Any]:
        return {"problem_code": attempts.shortened_code(self.code), "problem": attempts.shortened(self.problem)}

    def of_attempt(self, now: datetime) -> dict[str, Any]:
        return {
            "ended_at": now,
            "outcome": self.outcome,
            "code": attempts.shortened_code(self.code),
            "problem": attempts.shortened(self.problem),
            "resolved_by": self.by,
        }


def free(session: Session, generation: str, attempt: int, follows: tuple[State, ...], why: Why, now: datetime) -> None:
    """Back to planned, its reservation released: nothing was bought."""
    row = attempts.take(session, generation, attempt, Step(follows, State.PLANNED), **why.of_generation())
    if row is not None:
        attempts.mark(session, generation, attempt, **why.of_attempt(now))
        ledger.close(session, ledger.account_of(session, row, attempt), None, now)


def lose_sight(session: Session, generation: str, attempt: int, problem: str, now: datetime) -> None:
    """To unknown; the reservation stays."""
    why = Why("unknown", "outcome_unknown", problem)
    step = Step((State.SUBMITTING,), State.UNKNOWN)
    if attempts.take(session, generation, attempt, step, **why.of_generation()) is not None:
        attempts.mark(session, generation, attempt, **why.of_attempt(now))


def deliver(session: Session, generation: str, attempt: int, sha256: str, job: Job, now: datetime) -> None:
    """See `colophon.ports.Orders.record_original`."""
    step = Step((State.SUBMITTED,), State.DELIVERED, {"original_sha256": sha256})
    row = attempts.take(session, generation, attempt, step)
    if row is None:
        return
    account = ledger.account_of(session, row, attempt)
    cost, basis = answers.charge_for(row, job, account.reserved)
    charged = ledger.close(session, account, Entry("charge", cost, basis), now)
    said = answers.cost_values(cost, basis) if charged else {}
    attempts.assign(session, generation, {**answers.delivery_values(row, job), **said})
    # A clock that was set back measures nothing.
    seconds = max(0.0, (now - account.started_at).total_seconds())
    attempts.mark(session, generation, attempt, ended_at=now, outcome="delivered", seconds=seconds)


def end(
    session: Session, generation: str, attempt: int, why: Why, price: tuple[Money | None, CostBasis], now: datetime
) -> None:
    """See `colophon.ports.Orders.end`."""
    step = Step(_UNFINISHED, State(why.outcome))
    row = attempts.take(session, generation, attempt, step, **why.of_generation())
    if row is None:
        return
    attempts.mark(session, generation, attempt, **why.of_attempt(now))
    account = ledger.account_of(session, row, attempt)
    amount, basis = price
    if amount is None and basis is CostBasis.ESTIMATED:
        amount = account.reserved  # paid for as far as anybody knows
    charge = Entry("charge", *answers.final_charge(amount, basis, account.reserved.currency))
    if ledger.close(session, account, charge, now):
        attempts.assign(session, generation, answers.cost_values(amount, basis))
