"""The vendor's final price of an attempt, booked as a correction of its charge or as its first one: no row of the
ledger is ever changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from colophon.catalog import answers, cards, ledger
from colophon.catalog.attempts import assign, fresh, shortened
from colophon.catalog.ledger import Entry
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict, InvalidInput, NotFound


def settle(session: Session, generation: str, attempt: int, amount: Money, note: str, now: datetime) -> bool:
    """See `colophon.ports.Orders.settle`. A price that was right all along is booked as a correction of 0: from then
    on it is known, not estimated. Raises `InvalidInput` for an amount below 0."""
    if amount.micros < 0:
        raise InvalidInput(f"a price is not below 0: {amount}", where=generation)
    row = fresh(session, generation)
    account = ledger.account_of(session, row, attempt)
    booked = ledger.booked(session, generation, attempt)
    if not booked.charged and account.request_id is None:
        raise NotFound(
            f"attempt {attempt} of generation {generation} was never charged and has no task id", where=generation
        )
    if amount.currency != account.reserved.currency:
        raise Conflict(
            f"attempt {attempt} of generation {generation} is counted in {account.reserved.currency},"
            f" not {amount.currency}",
            reason="currency",
            where=generation,
        )
    difference = Money(amount.micros - booked.paid, amount.currency)
    if booked.final and difference.micros == 0:
        return False
    if booked.charged:
        correction = Entry("correction", difference, CostBasis.SETTLED, shortened(note))
        ledger.book(session, account, [correction], now)
    else:
        ledger.close(session, account, Entry("charge", amount, CostBasis.SETTLED, shortened(note)), now)
    if row.attempt == attempt:
        assign(session, generation, answers.cost_values(amount, CostBasis.SETTLED))
        cards.reprice(session, row.asset_id, amount.micros)
    return True
