"""The port of turns: one holder for each name, by compare-and-set on one row."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlmodel import col

from colophon.catalog.database import Database
from colophon.catalog.publishing_tables import LeaseRow
from colophon.errors import Conflict
from colophon.ports import Holder


class SqlLeases:
    """Implements `colophon.ports.Leases`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: Holder, *, until: datetime, now: datetime) -> tuple[Holder, datetime] | None:
        try:
            return self._take(name, holder, until, now)
        except Conflict:  # both made the first row of this name; one of them is there now
            return self._take(name, holder, until, now)

    def _take(self, name: str, holder: Holder, until: datetime, now: datetime) -> tuple[Holder, datetime] | None:
        statement = select(LeaseRow).where(col(LeaseRow.name) == name)
        with self._database.writing() as session:
            row = session.scalars(statement.with_for_update()).one_or_none()
            if row is None:
                values = {"name": name, "holder": holder.token, "process": holder.process, "until": until}
                session.execute(insert(LeaseRow).values(**values))
                return None
            if row.holder != holder.token and row.until > now:
                return Holder(row.holder, row.process), row.until
            row.holder, row.process, row.until = holder.token, holder.process, until
            return None

    def take_over(self, name: str, dead: Holder, holder: Holder, *, until: datetime) -> bool:
        change = update(LeaseRow).where(*_held(name, dead))
        values = {"holder": holder.token, "process": holder.process, "until": until}
        with self._database.writing() as session:
            statement = change.values(**values).returning(col(LeaseRow.name))
            return session.scalars(statement.execution_options(synchronize_session=False)).one_or_none() is not None

    def release(self, name: str, holder: Holder) -> None:
        with self._database.writing() as session:
            statement = delete(LeaseRow).where(*_held(name, holder))
            session.execute(statement.execution_options(synchronize_session=False))


def _held(name: str, holder: Holder) -> tuple[ColumnElement[bool], ...]:
    return col(LeaseRow.name) == name, col(LeaseRow.holder) == holder.token
