"""Statements that the parts of the catalog share."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from colophon.catalog.tables import Row


def insert_if_absent(session: Session, row: type[Row], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet; a row whose key or unique columns are taken is left as it stands."""
    if not rows:
        return
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = sqlite_insert(row) if sqlite else postgresql_insert(row)
    session.execute(statement.on_conflict_do_nothing(), list(rows))
