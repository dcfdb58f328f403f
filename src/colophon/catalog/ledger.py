"""Money: rows that are only ever added, each in one transaction with the purses it is counted in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, insert, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import purses, tallies
from colophon.catalog.limit_tables import PayerRow
from colophon.catalog.money_tables import LedgerRow
from colophon.catalog.purses import Purses
from colophon.catalog.tables import AttemptRow, GenerationRow
from colophon.domain.identity import new_id
from colophon.domain.money import Money
from colophon.domain.record import Cap, CostBasis, LedgerEntry
from colophon.errors import InvalidInput, NotFound

Kind = Literal["reservation", "release", "charge", "correction"]
_KINDS: dict[str, Kind] = {
    "reservation": "reservation",
    "release": "release",
    "charge": "charge",
    "correction": "correction",
}


@dataclass(frozen=True, slots=True)
class Account:
    """What an attempt reserved and where all of its money is counted, however late it is written."""

    generation: str
    attempt: int
    purses: Purses
    route: str
    model: str
    reserved: Money
    started_at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be written."""

    kind: Kind
    amount: Money
    basis: CostBasis
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger has of an attempt. ``paid`` is its charge with all corrections, in micro-units; ``final``: one
    of them is the vendor's last word."""

    released: bool
    charged: bool
    paid: int
    final: bool


def today(now: datetime) -> date:
    """The UTC day a reservation counts towards. Raises `InvalidInput` for a time without zone."""
    if now.tzinfo is None:
        raise InvalidInput("a time without zone has no day")
    return now.astimezone(UTC).date()


def reserve(session: Session, account: Account, campaign_cap: Money, caps: Sequence[Cap]) -> None:
    """Open the account of an attempt. Raises `Conflict` with reason ``over_cap``, `InvalidInput` for an amount that
    no cap can count."""
    amount = account.reserved
    if amount.micros < 0 or amount.currency != campaign_cap.currency:
        raise InvalidInput(f"{amount} {amount.currency} cannot be reserved from a cap in {campaign_cap.currency}")
    purses.hold(session, account.purses, amount, account.purses.limits(campaign_cap, caps))
    entry = Entry("reservation", amount, CostBasis.ESTIMATED)
    _insert(session, account, entry, account.started_at)
    tallies.move(session, [], [_line(account, entry)])


def account_of(session: Session, row: GenerationRow, attempt: int) -> Account:
    """Raises `NotFound` for an attempt that reserved nothing."""
    found = session.execute(
        select(LedgerRow, AttemptRow, col(PayerRow.person))
        .join(
            AttemptRow,
            (col(AttemptRow.generation) == col(LedgerRow.generation))
            & (col(AttemptRow.number) == col(LedgerRow.attempt)),
        )
        .outerjoin(
            PayerRow,
            (col(PayerRow.generation) == col(LedgerRow.generation)) & (col(PayerRow.attempt) == col(LedgerRow.attempt)),
        )
        .where(
            col(LedgerRow.generation) == row.id,
            col(LedgerRow.attempt) == attempt,
            col(LedgerRow.kind) == "reservation",
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(f"attempt {attempt} of generation {row.id} reserved no money", where=row.id)
    first, record, person = found
    return Account(
        generation=row.id,
        attempt=attempt,
        purses=Purses(first.campaign, first.brand, first.day, first.currency, person),
        route=record.route,
        model=record.model,
        reserved=Money(first.micros, first.currency),
        started_at=record.started_at,
        request_id=record.request_id,
    )


def booked(session: Session, generation: str, attempt: int) -> Booked:
    """Of one moment only while the transaction holds the generation."""
    rows = session.execute(
        select(col(LedgerRow.kind), col(LedgerRow.micros), col(LedgerRow.basis)).where(
            col(LedgerRow.generation) == generation, col(LedgerRow.attempt) == attempt
        )
    ).all()
    paid = [(micros, basis) for kind, micros, basis in rows if kind in ("charge", "correction")]
    return Booked(
        released=any(kind == "release" for kind, _, _ in rows),
        charged=any(kind == "charge" for kind, _, _ in rows),
        paid=sum(micros for micros, _ in paid),
        final=any(basis == CostBasis.SETTLED for _, basis in paid),
    )


def close(session: Session, account: Account, charge: Entry | None, now: datetime) -> bool:
    """Give back what the attempt reserved and write its charge, each unless it is on record: an order that was called
    not taken gave its money back, one that an invoice billed is charged. Whether the charge was written."""
    before = booked(session, account.generation, account.attempt)
    charges = charge is not None and not before.charged
    entries = [] if before.released else [Entry("release", account.reserved, CostBasis.ESTIMATED)]
    if charge is not None and charges:
        entries.append(charge)
    book(session, account, entries, now)
    return charges


def book(session: Session, account: Account, entries: Sequence[Entry], now: datetime) -> None:
    """Write rows of an account. Raises `Conflict` with reason ``taken`` for a second release or charge."""
    if not entries:
        return
    before = tallies.lines_of(session, account.generation, account.attempt)
    for entry in entries:
        _insert(session, account, entry, now)
    spent = sum(entry.amount.micros for entry in entries if entry.kind in ("charge", "correction"))
    released = sum(entry.amount.micros for entry in entries if entry.kind == "release")
    purses.move(session, account.purses, spent=spent, reserved=-released)
    tallies.move(session, before, [*before, *(_line(account, entry) for entry in entries)])


def matching(
    campaign: str | None, route: str | None, since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """Conditions on ledger rows; None asks for nothing."""
    conditions: list[ColumnElement[bool]] = []
    if campaign is not None:
        conditions.append(col(LedgerRow.campaign) == campaign)
    if route is not None:
        conditions.append(col(LedgerRow.route) == route)
    if since is not None:
        conditions.append(col(LedgerRow.day) >= since)
    if until is not None:
        conditions.append(col(LedgerRow.day) <= until)
    return conditions


def entries(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Sequence[LedgerEntry]:
    """Oldest first."""
    statement = select(LedgerRow).where(*conditions).order_by(col(LedgerRow.at), col(LedgerRow.id))
    return [entry(row) for row in session.scalars(statement)]


def page(session: Session, campaign: str, *, limit: int, after: str | None, newest: bool) -> Sequence[LedgerEntry]:
    """Raises `NotFound` for a row that is not this campaign's."""
    order: list[Any] = [col(LedgerRow.at), col(LedgerRow.id)]
    statement = select(LedgerRow).where(col(LedgerRow.campaign) == campaign)
    if after is not None:
        last = session.get(LedgerRow, after)
        if last is None or last.campaign != campaign:
            raise NotFound("there is no such row to go on after", where="cursor", hint="start without a cursor")
        place, here = tuple_(*order), tuple_(literal(last.at, order[0].type), literal(last.id))
        statement = statement.where(place < here if newest else place > here)
    ordered = statement.order_by(*(each.desc() if newest else each for each in order)).limit(limit)
    return [entry(row) for row in session.scalars(ordered)]


def _insert(session: Session, account: Account, entry: Entry, now: datetime) -> None:
    session.execute(
        insert(LedgerRow).values(
            id=new_id("led", now),
            campaign=account.purses.campaign,
            brand=account.purses.brand,
            day=account.purses.day,
            model=account.model,
            generation=account.generation,
            attempt=account.attempt,
            kind=entry.kind,
            micros=entry.amount.micros,
            currency=entry.amount.currency,
            basis=entry.basis.value,
            route=account.route,
            request_id=account.request_id,
            at=now,
            note=entry.note,
        )
    )


def _line(account: Account, entry: Entry) -> tallies.Line:
    kept = account.purses
    key = tallies.Key(kept.day, kept.campaign, kept.brand, account.route, account.model, entry.amount.currency)
    return tallies.Line(key, entry.kind, entry.amount.micros, entry.basis.value)


def entry(row: LedgerRow) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        campaign=row.campaign,
        brand=row.brand,
        day=row.day,
        model=row.model,
        generation=row.generation,
        attempt=row.attempt,
        kind=_KINDS[row.kind],
        amount=Money(row.micros, row.currency),
        basis=CostBasis(row.basis),
        route=row.route,
        request_id=row.request_id,
        at=row.at,
    )
