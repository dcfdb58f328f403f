"""The port of limits, and what a reservation asks of it: whose money it is and how much of it there may be."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import purses
from colophon.catalog.account_tables import AccountRow
from colophon.catalog.database import Database
from colophon.catalog.limit_tables import LimitRow, OrdererRow, PayerRow
from colophon.catalog.money_tables import PurseRow
from colophon.domain.money import Money
from colophon.domain.purse import person_key, person_purse
from colophon.domain.record import Cap
from colophon.errors import NotFound

OWN = "the limit of whoever ordered it"


class SqlLimits:
    """Implements `colophon.ports.Limits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, account: str, limit: Money | None, *, currency: str, by: str, now: datetime) -> None:
        with self._database.writing() as session:
            if session.get(AccountRow, account) is None:
                raise NotFound("there is no such account", where=account)
            micros = None if limit is None else limit.micros
            row = session.get(LimitRow, account)
            if row is None:
                session.add(LimitRow(account=account, micros=micros, currency=currency, set_by=by, set_at=now))
            else:
                row.micros, row.currency, row.set_by, row.set_at = micros, currency, by, now

    def of(self, name: str) -> Money | None:
        with self._database.reading() as session:
            return _own(session, person_key(name))

    def every(self) -> Mapping[str, Money]:
        statement = (
            select(col(AccountRow.folded), col(LimitRow.micros), col(LimitRow.currency))
            .join(AccountRow, col(AccountRow.id) == col(LimitRow.account))
            .where(col(LimitRow.micros).is_not(None))
        )
        with self._database.reading() as session:
            return {row.folded: Money(row.micros, row.currency) for row in session.execute(statement)}

    def spending(self, name: str, currency: str, *, now: datetime) -> tuple[Money, Money]:
        purse = person_purse(person_key(name), now.date(), currency)
        with self._database.reading() as session:
            row = session.get(PurseRow, purse)
            spent, reserved = (row.spent, row.reserved) if row else (0, 0)
            return Money(spent, currency), Money(reserved, currency)


def ordered(session: Session, campaign: str, revision: str, by: str | None, now: datetime) -> None:
    """Put on record who ordered a revision; None changes nothing."""
    if by is None:
        return
    person = person_key(by)
    row = session.get(OrdererRow, (campaign, revision))
    if row is None:
        session.add(OrdererRow(campaign=campaign, revision=revision, person=person, ordered_by=by, at=now))
    elif row.person != person:
        row.person, row.ordered_by, row.at = person, by, now


def orderer(session: Session, campaign: str, revision: str) -> str | None:
    """The digest of whoever ordered a revision; None: it is on record of nobody."""
    return session.scalar(
        select(col(OrdererRow.person)).where(col(OrdererRow.campaign) == campaign, col(OrdererRow.revision) == revision)
    )


def applied(session: Session, person: str | None, caps: Sequence[Cap]) -> Sequence[Cap]:
    """The caps with the person's own limit in the place of that for everybody."""
    own = None if person is None else _own(session, person)
    if own is None:
        return caps
    return [*(cap for cap in caps if cap.purse != purses.PERSON), Cap(purses.PERSON, own, OWN)]


def pays(session: Session, generation: str, attempt: int, person: str | None) -> None:
    """Whose money an attempt is, for all that is booked of it later."""
    if person is not None:
        session.add(PayerRow(generation=generation, attempt=attempt, person=person))


def _own(session: Session, person: str) -> Money | None:
    found = session.execute(
        select(col(LimitRow.micros), col(LimitRow.currency))
        .join(AccountRow, col(AccountRow.id) == col(LimitRow.account))
        .where(col(AccountRow.folded) == person)
    ).one_or_none()
    if found is None or found.micros is None:
        return None
    return Money(found.micros, found.currency)
