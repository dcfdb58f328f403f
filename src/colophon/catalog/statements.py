"""Statements that the parts of the catalog share."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from colophon.catalog.tables import Row


def insert_if_absent(session: Session, row: type[Row], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet; a row whose key or unique columns are taken is left as it stands."""
    if not rows:
        return
    session.execute(_insert(session, row).on_conflict_do_nothing(), list(rows))


def inserted(session: Session, row: type[Row], values: Mapping[str, Any]) -> bool:
    """The same for one row; False when its place was taken."""
    key = row.__table__.primary_key  # type: ignore[attr-defined]
    statement = _insert(session, row).values(**values).on_conflict_do_nothing().returning(*key)
    return session.execute(statement).one_or_none() is not None


def _insert(session: Session, row: type[Row]) -> Any:
    sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite_insert(row) if sqlite else postgresql_insert(row)


def big(value: int) -> Any:
    """A value that a statement takes as BIGINT, however small it is."""
    return bindparam(None, value, BigInteger)
