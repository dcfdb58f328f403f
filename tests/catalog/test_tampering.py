"""Whatever is changed in a guarded table behind the program's back is named by `audit verify`.

The cases come from the tables themselves, so that a new column is covered as soon as it exists. Each is made inside a
transaction that is rolled back: the catalog is prepared once for each database.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select, update

from colophon.catalog import audit_rows, open_catalog
from colophon.catalog.audit import SqlAudit
from colophon.catalog.columns import ToldNumber
from colophon.catalog.guards import GUARDS, Guard
from colophon.domain.audit import Disagreement
from tests.catalog.conftest import Maker
from tests.catalog.lives import live

COLUMNS = [
    (guard.name, column.key)
    for guard in GUARDS.values()
    for column in guard.table.columns
    if column.key not in guard.passing
]


@dataclass(frozen=True)
class Ground:
    """A catalog to tamper with."""

    engine: Engine

    @contextmanager
    def tampering(self) -> Iterator[Connection]:
        """Nothing of it stays. Foreign keys are no help against who owns the database."""
        with self.engine.connect() as connection:
            off = "PRAGMA foreign_keys = OFF"
            if connection.dialect.name == "postgresql":
                off = "SET session_replication_role = replica"
            connection.exec_driver_sql(off)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, new_sqlite: Path) -> Iterator[Ground]:
    path = tmp_path_factory.mktemp("lived") / "catalog.db"
    shutil.copy(new_sqlite, path)
    yield from _lived(f"sqlite:///{path}")


@pytest.fixture(scope="module")
def lived_postgres(own_database: Any) -> Iterator[Ground]:
    with own_database() as url:
        yield from _lived(url)


def _lived(url: str) -> Iterator[Ground]:
    catalog = open_catalog(url)
    live(catalog, Maker())
    catalog.close()
    engine = create_engine(url)
    yield Ground(engine)
    engine.dispose()


def named(connection: Connection, *tables: str) -> set[tuple[str, str, str]]:
    """In these tables; none named: in all."""
    guards = [GUARDS[table] for table in tables or GUARDS]
    found: list[Disagreement] = [problem for _, page in audit_rows.compare(connection, guards) for problem in page]
    return {(problem.code, problem.kind, problem.id) for problem in found}


def first(connection: Connection, guard: Guard, column: str) -> dict[str, Any]:
    """The first row, where there is one that has a value in this column."""
    rows = connection.execute(select(guard.table).order_by(*guard.key)).mappings().all()
    return dict(next((row for row in rows if row[column] is not None), rows[0]))


def other(value: Any, column: Any) -> Any:
    """A value of the column's type that is not this one."""
    held = getattr(column.type, "impl_instance", column.type).python_type
    if held is dict:
        return {"tampered": json.dumps(value)[:40]}
    if value is None:
        kinds = {bool: True, int: 7, float: 0.5, datetime: datetime.fromisoformat("2027-01-01T00:00:00+00:00")}
        return 7 if isinstance(column.type, ToldNumber) else kinds.get(held, "ab" * 32)
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    return value + 1000 if isinstance(value, int | float) else f"{value}x"


def at(guard: Guard, row: dict[str, Any]) -> list[Any]:
    return [column == row[column.key] for column in guard.key]


def subject(guard: Guard, row: dict[str, Any]) -> str:
    return guard.subject([row[column.key] for column in guard.key])


def change(connection: Connection, table: str, name: str) -> tuple[Guard, dict[str, Any], dict[str, Any]]:
    guard = GUARDS[table]
    column = guard.table.c[name]
    before = first(connection, guard, name)
    after = {**before, name: other(before[name], column)}
    connection.execute(update(guard.table).where(*at(guard, before)).values({name: after[name]}))
    return guard, before, after


def assert_change_is_named(ground: Ground, table: str, name: str) -> None:
    with ground.tampering() as connection:
        guard, before, after = change(connection, table, name)
        if name in {column.key for column in guard.key}:
            expected = {("row_missing", table, subject(guard, before)), ("row_unlogged", table, subject(guard, after))}
        else:
            expected = {("row_differs", table, subject(guard, before))}
        assert named(connection, table) == expected


@pytest.mark.parametrize(("table", "name"), COLUMNS)
def test_a_changed_column_is_named(lived: Ground, table: str, name: str) -> None:
    assert_change_is_named(lived, table, name)


@pytest.mark.postgres
@pytest.mark.parametrize("table", GUARDS)
def test_every_changed_column_is_named_on_postgresql(lived_postgres: Ground, table: str) -> None:
    for name in [name for of, name in COLUMNS if of == table]:
        assert_change_is_named(lived_postgres, table, name)


@pytest.mark.parametrize("table", GUARDS)
def test_a_deleted_row_is_named(lived: Ground, table: str) -> None:
    guard = GUARDS[table]
    with lived.tampering() as connection:
        row = first(connection, guard, guard.key[0].key)
        connection.execute(delete(guard.table).where(*at(guard, row)))
        assert named(connection, table) == {("row_missing", table, subject(guard, row))}


@pytest.mark.parametrize("table", GUARDS)
def test_an_inserted_row_is_named(lived: Ground, table: str) -> None:
    guard = GUARDS[table]
    with lived.tampering() as connection:
        for index in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%UNIQUE%' AND tbl_name = ?", (table,)
        ).all():
            connection.exec_driver_sql(f"DROP INDEX {index[0]}")
        row = first(connection, guard, guard.key[0].key)
        new = {**row, **{column.key: other(row[column.key], column) for column in guard.key}}
        for name in ("generation", "recipe", "publication", "folded", "subject_sha256", "digest"):  # unique
            if name in new and name not in {column.key for column in guard.key}:
                new[name] = "another"
        connection.execute(insert(guard.table).values(new))
        assert named(connection, table) == {("row_unlogged", table, subject(guard, new))}


@pytest.mark.parametrize("table", GUARDS)
def test_rows_that_changed_places_are_named(lived: Ground, table: str) -> None:
    guard = GUARDS[table]
    keys = [column.key for column in guard.key]
    with lived.tampering() as connection:
        rows = [dict(row) for row in connection.execute(select(guard.table).order_by(*guard.key)).mappings()]
        one, said = rows[0], [name for name in rows[0] if name not in keys and name not in guard.passing]
        two = next((row for row in rows if any(row[name] != one[name] for name in said)), rows[1])
        apart = [name for name in said if one[name] != two[name]]
        assert apart, "the two rows say the same: nothing is exchanged"
        connection.execute(delete(guard.table).where(*at(guard, two)))
        connection.execute(update(guard.table).where(*at(guard, one)).values({n: two[n] for n in two if n not in keys}))
        connection.execute(insert(guard.table).values({**one, **{name: two[name] for name in keys}}))
        expected = {("row_differs", table, subject(guard, row)) for row in (one, two)}
        assert named(connection, table) == expected


def test_what_a_column_cannot_hold_is_named(lived: Ground) -> None:
    with lived.tampering() as connection:
        row = first(connection, GUARDS["assets"], "id")
        connection.exec_driver_sql("UPDATE assets SET provenance = 'not json' WHERE id = ?", (row["id"],))
        connection.exec_driver_sql("UPDATE ledger SET at = 'yesterday'")
        found = named(connection)
        assert ("row_unreadable", "assets", row["id"]) in found
        assert sum(code == "row_unreadable" and kind == "ledger" for code, kind, _ in found) > 5


def test_a_clean_catalog_is_clean_ten_times(lived: Ground) -> None:
    with lived.tampering() as connection:
        assert [named(connection) for _ in range(10)] == [set()] * 10


@pytest.mark.parametrize(
    ("statement", "code", "kind"),
    [
        ("UPDATE purses SET spent = spent + 1 WHERE purse = 'campaign/mugs'", "purse_differs", "purses"),
        ("DELETE FROM purses WHERE purse = 'campaign/mugs'", "purse_differs", "purses"),
        ("UPDATE tallies SET charges = charges + 1 WHERE campaign = 'mugs'", "tally_differs", "tallies"),
        ("DELETE FROM tallies WHERE campaign = 'mugs'", "tally_differs", "tallies"),
        ("UPDATE day_tallies SET settled = settled + 1", "tally_differs", "day_tallies"),
        ("DELETE FROM day_tallies", "tally_differs", "day_tallies"),
        ("DELETE FROM ledger WHERE kind = 'release'", "ledger_differs", "attempts"),
        ("UPDATE ledger SET micros = micros + 1 WHERE kind = 'reservation'", "ledger_differs", "attempts"),
        ("UPDATE ledger SET attempt = 9 WHERE kind = 'charge'", "ledger_differs", "ledger"),
        ("UPDATE attempts SET outcome = 'unknown' WHERE outcome = 'not_taken'", "ledger_differs", "attempts"),
    ],
)
def test_money_that_does_not_add_up_is_named(lived: Ground, statement: str, code: str, kind: str) -> None:
    with lived.tampering() as connection:
        assert list(SqlAudit(connection).money()) == []
        connection.exec_driver_sql(statement)
        assert (code, kind) in {(problem.code, problem.kind) for problem in SqlAudit(connection).money()}
