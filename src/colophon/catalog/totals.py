"""The ledger added up by the database: from the sums it keeps, or again from every row."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, literal, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from colophon.catalog.money_tables import DayTallyRow, LedgerRow, TallyRow
from colophon.catalog.tallies import SUMS
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, LedgerTotal

BY = ("day", "campaign", "brand", "route", "model", "currency")
OF_DAYS = ("day", "brand", "currency")  # of these there are smaller sums
_KNOWN = (CostBasis.ESTIMATED, CostBasis.REPORTED, CostBasis.SETTLED)


def totals(
    session: Session,
    campaign: str | None,
    route: str | None,
    since: date | None,
    until: date | None,
    by: Collection[str] = BY,
) -> list[LedgerTotal]:
    """One for each value of ``by`` and each currency, in the order of day, campaign, brand, route, model and currency.
    None asks for nothing."""
    names = [name for name in BY if name in by or name == "currency"]
    of_days = campaign is None and route is None and set(names) <= set(OF_DAYS)
    kept = DayTallyRow if of_days else TallyRow
    keys: list[Any] = [col(getattr(kept, name)) for name in names]
    sums = [func.sum(col(getattr(kept, name))) for name in SUMS]
    statement = select(*keys, *sums).group_by(*keys).order_by(*keys)
    if campaign is not None:
        statement = statement.where(col(TallyRow.campaign) == campaign)
    if route is not None:
        statement = statement.where(col(TallyRow.route) == route)
    if since is not None:
        statement = statement.where(col(kept.day) >= since)
    if until is not None:
        statement = statement.where(col(kept.day) <= until)
    rows = session.execute(statement)
    return [_total(dict(zip(names, row, strict=False)), row[len(names) :]) for row in rows]


def recount(session: Session, names: Sequence[str] = BY) -> list[LedgerTotal]:
    """The same from the rows themselves, however long that takes: what the sums are held against."""
    kind, micros = col(LedgerRow.kind), col(LedgerRow.micros)
    paid = kind.in_(("charge", "correction"))
    basis = _basis()
    by: list[Any] = [col(getattr(LedgerRow, name)) for name in names]
    statement = (
        select(
            *by,
            func.sum(case((kind == "reservation", micros), (kind == "release", -micros), else_=0)),
            *(_sum(and_(paid, basis == each.value), micros) for each in _KNOWN),
            _sum(and_(kind == "charge", basis == CostBasis.UNKNOWN.value), literal(1)),
            _sum(kind == "charge", literal(1)),
        )
        .group_by(*by)
        .order_by(*by)
    )
    return [_total(dict(zip(names, row, strict=False)), row[len(names) :]) for row in session.execute(statement)]


def _basis() -> ColumnElement[str]:
    """How sure a charge is now: one that was corrected is as sure as the correction, which is the vendor's word."""
    other = aliased(LedgerRow)
    corrected = (
        select(literal(1))
        .where(
            col(other.generation) == col(LedgerRow.generation),
            col(other.attempt) == col(LedgerRow.attempt),
            col(other.kind) == "correction",
        )
        .exists()
    )
    return case((corrected, CostBasis.SETTLED.value), else_=col(LedgerRow.basis))


def _sum(condition: ColumnElement[bool], value: SQLColumnExpression[int]) -> ColumnElement[int]:
    return func.sum(case((condition, value), else_=0))


def _total(keys: dict[str, Any], sums: Any) -> LedgerTotal:
    currency = keys["currency"]
    # PostgreSQL sums BIGINT as NUMERIC; the values are whole.
    reserved, estimated, reported, settled, unknown, charges = (int(value) for value in sums)
    return LedgerTotal(
        campaign=keys.get("campaign"),
        brand=keys.get("brand"),
        route=keys.get("route") or None,
        model=keys.get("model") or None,
        day=keys.get("day"),
        currency=currency,
        reserved=Money(reserved, currency),
        estimated=Money(estimated, currency),
        reported=Money(reported, currency),
        settled=Money(settled, currency),
        unknown=unknown,
        charges=charges,
    )
