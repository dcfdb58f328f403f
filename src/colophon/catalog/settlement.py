"""The vendor's final price of a charged attempt, booked as a correction: no row of the ledger is ever changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import answers, ledger
from colophon.catalog.attempts import assign, fresh, shortened
from colophon.catalog.ledger import Entry
from colophon.catalog.tables import LedgerRow
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict, InvalidInput, NotFound


def settle(session: Session, generation: str, attempt: int, amount: Money, note: str, now: datetime) -> bool:
    """See `colophon.ports.Orders.settle`. A price that was right all along is booked as a correction of 0: from then
    on it is known, not estimated. Raises `InvalidInput` for an amount below 0."""
    if amount.micros < 0:
        raise InvalidInput(f"a price is not below 0: {amount}", where=generation)
    row = fresh(session, generation)
    booked = _booked(session, generation, attempt)
    if not any(kind == "charge" for kind, _, _ in booked):
        raise NotFound(f"attempt {attempt} of generation {generation} was never charged", where=generation)
    account = ledger.account_of(session, row, attempt)
    if amount.currency != account.reserved.currency:
        raise Conflict(
            f"attempt {attempt} of generation {generation} was charged in {account.reserved.currency},"
            f" not {amount.currency}",
            reason="currency",
            where=generation,
        )
    difference = amount.micros - sum(micros for _, micros, _ in booked)
    if difference == 0 and any(basis == CostBasis.SETTLED for _, _, basis in booked):
        return False
    correction = Entry("correction", Money(difference, amount.currency), CostBasis.SETTLED, shortened(note))
    ledger.book(session, account, [correction], now)
    if row.attempt == attempt:
        assign(session, generation, answers.cost_values(amount, CostBasis.SETTLED))
    return True


def _booked(session: Session, generation: str, attempt: int) -> list[tuple[str, int, str]]:
    rows = session.execute(
        select(col(LedgerRow.kind), col(LedgerRow.micros), col(LedgerRow.basis)).where(
            col(LedgerRow.generation) == generation,
            col(LedgerRow.attempt) == attempt,
            col(LedgerRow.kind).in_(("charge", "correction")),
        )
    )
    return [(kind, micros, basis) for kind, micros, basis in rows]
