"""The port of withdrawals: what was taken back, and what was seen at its addresses."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import col

from colophon.catalog.database import Database
from colophon.catalog.publishing_tables import SightingRow, WithdrawalRow
from colophon.domain.withdrawal import Sighting, Why, Withdrawal
from colophon.errors import Conflict, NotFound

_CHUNK = 500  # of ids in one statement


class SqlWithdrawals:
    """Implements `colophon.ports.Withdrawals`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, withdrawal: Withdrawal) -> Withdrawal:
        """Raises `Conflict` for an unknown publication."""
        try:
            return self._begin(withdrawal)
        except Conflict:  # another process began it at the same moment
            return self._begin(withdrawal)

    def _begin(self, withdrawal: Withdrawal) -> Withdrawal:
        same = select(WithdrawalRow).where(col(WithdrawalRow.publication) == withdrawal.publication)
        with self._database.writing() as session:
            known = session.scalars(same).one_or_none()
            if known is not None:
                if known.superseded_at is not None:  # public again since, and now taken back again
                    known.begun_at, known.due_at, known.why = (
                        withdrawal.begun_at,
                        withdrawal.due_at,
                        withdrawal.why.value,
                    )
                    known.taken_down_at = known.purged_at = known.superseded_at = None
                return withdrawal_of(known)
            session.execute(insert(WithdrawalRow).values(**_values(withdrawal)))
            return withdrawal

    def mark(
        self,
        withdrawal: str,
        *,
        taken_down_at: datetime | None = None,
        purged_at: datetime | None = None,
        gone_at: datetime | None = None,
        superseded_at: datetime | None = None,
    ) -> None:
        with self._database.writing() as session:
            row = session.scalars(
                select(WithdrawalRow).where(col(WithdrawalRow.id) == withdrawal).with_for_update()
            ).one_or_none()
            if row is None:
                raise NotFound(f"there is no withdrawal {withdrawal}", where=withdrawal)
            row.taken_down_at = row.taken_down_at or taken_down_at
            row.purged_at = purged_at or row.purged_at
            row.gone_at = row.gone_at or gone_at
            row.superseded_at = row.superseded_at or superseded_at

    def see(self, withdrawal: str, seen: Sequence[Sighting]) -> None:
        whole = select(WithdrawalRow).where(col(WithdrawalRow.id) == withdrawal)
        known = select(SightingRow).where(col(SightingRow.withdrawal) == withdrawal)
        with self._database.writing() as session:
            if session.scalars(whole.with_for_update()).one_or_none() is None:  # its lock keeps numbers apart
                raise NotFound(f"there is no withdrawal {withdrawal}", where=withdrawal)
            rows = list(session.scalars(known.order_by(col(SightingRow.number))))
            last = {(row.address, row.variant): row for row in rows}
            number = rows[-1].number if rows else 0
            for each in seen:
                before = last.get((each.address, each.variant))
                if before is not None and (before.status, before.problem) == (each.status, each.problem):
                    headers = dict(each.headers)
                    change = update(SightingRow).where(
                        col(SightingRow.withdrawal) == withdrawal, col(SightingRow.number) == before.number
                    )
                    times = before.times + each.times
                    session.execute(change.values(last_at=each.last_at, times=times, headers=headers))
                else:
                    number += 1
                    session.execute(insert(SightingRow).values(**_sighting_values(withdrawal, number, each)))

    def unfinished(self, campaign: str | None = None) -> Sequence[Withdrawal]:
        statement = select(WithdrawalRow).where(
            col(WithdrawalRow.gone_at).is_(None), col(WithdrawalRow.superseded_at).is_(None)
        )
        if campaign is not None:
            statement = statement.where(col(WithdrawalRow.campaign) == campaign)
        with self._database.reading() as session:
            return [withdrawal_of(row) for row in session.scalars(statement.order_by(col(WithdrawalRow.id)))]

    def of_publications(self, publications: Sequence[str]) -> Sequence[Withdrawal]:
        found: list[Withdrawal] = []
        with self._database.reading() as session:
            for start in range(0, len(publications), _CHUNK):
                chosen = col(WithdrawalRow.publication).in_(publications[start : start + _CHUNK])
                rows = session.scalars(select(WithdrawalRow).where(chosen).order_by(col(WithdrawalRow.id)))
                found += [withdrawal_of(row) for row in rows]
        return found

    def sightings(self, withdrawal: str) -> Sequence[Sighting]:
        statement = select(SightingRow).where(col(SightingRow.withdrawal) == withdrawal)
        with self._database.reading() as session:
            return [sighting_of(row) for row in session.scalars(statement.order_by(col(SightingRow.number)))]


def _values(withdrawal: Withdrawal) -> dict[str, object]:
    return {
        "id": withdrawal.id,
        "publication": withdrawal.publication,
        "campaign": withdrawal.campaign,
        "rendition": withdrawal.rendition,
        "addresses": list(withdrawal.addresses),
        "why": withdrawal.why.value,
        "begun_at": withdrawal.begun_at,
        "due_at": withdrawal.due_at,
        "taken_down_at": withdrawal.taken_down_at,
        "purged_at": withdrawal.purged_at,
        "gone_at": withdrawal.gone_at,
        "superseded_at": withdrawal.superseded_at,
    }


def withdrawal_of(row: WithdrawalRow) -> Withdrawal:
    return Withdrawal(
        id=row.id,
        publication=row.publication,
        campaign=row.campaign,
        rendition=row.rendition,
        addresses=tuple(row.addresses),
        why=Why(row.why),
        begun_at=row.begun_at,
        due_at=row.due_at,
        taken_down_at=row.taken_down_at,
        purged_at=row.purged_at,
        gone_at=row.gone_at,
        superseded_at=row.superseded_at,
    )


def _sighting_values(withdrawal: str, number: int, seen: Sighting) -> dict[str, object]:
    return {
        "withdrawal": withdrawal,
        "number": number,
        "address": seen.address,
        "variant": seen.variant,
        "status": seen.status,
        "headers": dict(seen.headers),
        "problem": seen.problem,
        "first_at": seen.first_at,
        "last_at": seen.last_at,
        "times": seen.times,
    }


def sighting_of(row: SightingRow) -> Sighting:
    return Sighting(
        address=row.address,
        variant=row.variant,
        status=row.status,
        headers=dict(row.headers),
        problem=row.problem,
        first_at=row.first_at,
        last_at=row.last_at,
        times=row.times,
    )
