"""Money: rows that are only ever added, and what they sum up to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.tables import GenerationRow, LedgerRow
from colophon.domain.identity import new_id
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, LedgerEntry

Kind = Literal["reservation", "release", "charge", "correction"]


def write(
    session: Session, row: GenerationRow, attempt: int, kind: Kind, amount: Money, basis: CostBasis, now: datetime
) -> None:
    session.execute(
        insert(LedgerRow).values(
            id=new_id("led", now),
            campaign=row.campaign,
            generation=row.id,
            attempt=attempt,
            kind=kind,
            micros=amount.micros,
            currency=amount.currency,
            basis=basis.value,
            route=row.route,
            request_id=row.request_id,
            at=now,
        )
    )


def release(session: Session, row: GenerationRow, attempt: int, now: datetime) -> None:
    """Take back what the attempt reserved."""
    reserved = session.execute(
        select(col(LedgerRow.micros), col(LedgerRow.currency)).where(
            col(LedgerRow.generation) == row.id,
            col(LedgerRow.attempt) == attempt,
            col(LedgerRow.kind) == "reservation",
        )
    ).one()
    write(session, row, attempt, "release", Money(*reserved), CostBasis.ESTIMATED, now)


def spent_and_reserved(session: Session, campaign: str, currency: str) -> tuple[Money, Money]:
    """Charges with their corrections, and reservations still open. One statement, so it is one moment."""
    rows = session.execute(
        select(col(LedgerRow.kind), func.sum(col(LedgerRow.micros)))
        .where(col(LedgerRow.campaign) == campaign)
        .group_by(col(LedgerRow.kind))
    )
    # PostgreSQL sums BIGINT as NUMERIC; the values are whole.
    sums = {str(kind): int(micros) for kind, micros in rows}
    spent = sums.get("charge", 0) + sums.get("correction", 0)
    reserved = sums.get("reservation", 0) - sums.get("release", 0)
    return Money(spent, currency), Money(reserved, currency)


def entries(session: Session, campaign: str | None) -> Sequence[LedgerEntry]:
    """Oldest first."""
    statement = select(LedgerRow).order_by(col(LedgerRow.at), col(LedgerRow.id))
    if campaign is not None:
        statement = statement.where(col(LedgerRow.campaign) == campaign)
    return [_entry(row) for row in session.scalars(statement)]


def _entry(row: LedgerRow) -> LedgerEntry:
    kinds: dict[str, Kind] = {
        "reservation": "reservation",
        "release": "release",
        "charge": "charge",
        "correction": "correction",
    }
    return LedgerEntry(
        id=row.id,
        campaign=row.campaign,
        generation=row.generation,
        attempt=row.attempt,
        kind=kinds[row.kind],
        amount=Money(row.micros, row.currency),
        basis=CostBasis(row.basis),
        route=row.route,
        request_id=row.request_id,
        at=row.at,
    )
