"""The ledger's sums by day, campaign, brand, route, model and currency, and those of each day by brand and currency,
kept in the transaction that writes its rows.

The rows are the truth and a tally is always their sum: what an attempt's rows add up to is worked out before and after,
and the difference is added. `colophon.catalog.totals.recount` adds up the rows themselves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.money_tables import DayTallyRow, LedgerRow, TallyRow
from colophon.catalog.statements import big, insert_if_absent
from colophon.domain.record import CostBasis

SUMS = ("reserved", "estimated", "reported", "settled", "unknown", "charges")
_KNOWN = {basis.value for basis in (CostBasis.ESTIMATED, CostBasis.REPORTED, CostBasis.SETTLED)}
_PAID = ("charge", "correction")


class Key(NamedTuple):
    """What a tally is of; route and model are empty where a row of the ledger has none."""

    day: date
    campaign: str
    brand: str
    route: str
    model: str
    currency: str


class DayKey(NamedTuple):
    """What a tally of a day is of."""

    day: date
    brand: str
    currency: str


K = TypeVar("K", Key, DayKey)


@dataclass(frozen=True, slots=True)
class Line:
    """What a row of the ledger adds to."""

    key: Key
    kind: str
    micros: int
    basis: str


def added_up(lines: Sequence[Line]) -> Counter[tuple[Key, str]]:
    """All rows of one attempt. A charge that was corrected is as sure as the correction, which is the vendor's word."""
    corrected = any(line.kind == "correction" for line in lines)
    sums: Counter[tuple[Key, str]] = Counter()
    for line in lines:
        sums[line.key, "reserved"] += {"reservation": line.micros, "release": -line.micros}.get(line.kind, 0)
        basis = CostBasis.SETTLED.value if corrected else line.basis
        if line.kind in _PAID and basis in _KNOWN:
            sums[line.key, basis] += line.micros
        if line.kind == "charge":
            sums[line.key, "charges"] += 1
            sums[line.key, "unknown"] += basis == CostBasis.UNKNOWN.value
    return sums


def lines_of(session: Session, generation: str, attempt: int) -> list[Line]:
    """What is on record of an attempt; of one moment only while the transaction holds the generation."""
    rows = session.scalars(
        select(LedgerRow)
        .where(col(LedgerRow.generation) == generation, col(LedgerRow.attempt) == attempt)
        .execution_options(populate_existing=True)
    )
    return [_line(row) for row in rows]


def move(session: Session, before: Sequence[Line], after: Sequence[Line]) -> None:
    """Add the difference. The purses come first in every transaction that writes money, so that none waits for another
    in a circle."""
    change = added_up(after)
    change.subtract(added_up(before))
    _add(session, TallyRow, change)
    _add(session, DayTallyRow, of_days(change))


def of_days(sums: Counter[tuple[Key, str]]) -> Counter[tuple[DayKey, str]]:
    """The same sums by less."""
    days: Counter[tuple[DayKey, str]] = Counter()
    for (key, name), value in sums.items():
        days[DayKey(key.day, key.brand, key.currency), name] += value
    return days


def _add(session: Session, row: type[TallyRow | DayTallyRow], change: Counter[tuple[K, str]]) -> None:
    for key in sorted({key for key, _ in change}):
        insert_if_absent(session, row, [key._asdict() | dict.fromkeys(SUMS, 0)])
        more = {name: getattr(row, name) + big(change[key, name]) for name in SUMS if change[key, name]}
        if more:
            statement = update(row).where(*(getattr(row, name) == value for name, value in key._asdict().items()))
            session.execute(statement.values(**more).execution_options(synchronize_session=False))


def _line(row: LedgerRow) -> Line:
    key = Key(row.day, row.campaign, row.brand, row.route or "", row.model or "", row.currency)
    return Line(key, row.kind, row.micros, row.basis)
