"""``python -m bench.million URL [ASSETS]``: fill an empty catalog with made-up assets, straight into its tables.

Registering a million assets one by one would take hours. Indexes are taken away first and made again at the end.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from bench.made_up import Record, batches
from colophon.catalog import open_catalog
from colophon.catalog.columns import vector
from colophon.catalog.database import Database

MILLION = 1_000_000
_VECTORS = ("words", "marks")


def fill(url: str, assets: int, seed: int = 20270304) -> None:
    """Make the catalog at this address and fill it. Raises what the database raises for one that is not empty."""
    open_catalog(url).close()
    database = Database(url)
    try:
        with database.connection(writes=True) as connection:
            _hurry(connection, is_sqlite=database.is_sqlite)
            with _without_indexes(connection, is_sqlite=database.is_sqlite):
                for batch in batches(assets, seed):
                    for table, rows in batch.rows.items():
                        _insert(connection, table, rows)
        _analyse(database)
    finally:
        database.close()


def _analyse(database: Database) -> None:
    """What PostgreSQL does by itself after a while, and an operator may do to SQLite."""
    if database.is_sqlite:
        with database.connection(writes=True) as connection:
            connection.execute(text("ANALYZE"))
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def _hurry(connection: Connection, *, is_sqlite: bool) -> None:
    if is_sqlite:
        for pragma in ("cache_size = -2000000", "temp_store = MEMORY", "defer_foreign_keys = ON"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
    else:
        for setting in (
            "session_replication_role = replica",
            "maintenance_work_mem = '512MB'",
            "statement_timeout = 0",
        ):
            connection.execute(text(f"SET LOCAL {setting}"))


@contextmanager
def _without_indexes(connection: Connection, *, is_sqlite: bool) -> Iterator[None]:
    again: list[str] = []
    if is_sqlite:
        master = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        for kind, name, sql in connection.execute(text(master)).all():
            if not name.startswith("uq_") and "UNIQUE" not in sql.upper():
                connection.exec_driver_sql(f"DROP {kind} {name}")
                again.append(sql)
        again.append("INSERT INTO cards_fts(cards_fts) VALUES ('rebuild')")
    else:
        known = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef NOT LIKE '%UNIQUE%'"
        )
        for name, sql in connection.execute(text(known)).all():
            connection.execute(text(f"DROP INDEX {name}"))
            again.append(sql)
    yield
    for sql in again:
        connection.exec_driver_sql(sql)


def _insert(connection: Connection, table: str, rows: Sequence[Record]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    names = ", ".join(f'"{name}"' for name in columns)
    values = [tuple(row.get(name) for name in columns) for row in rows]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
        return
    vectors = {place for place, name in enumerate(columns) if table == "cards" and name in _VECTORS}
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in values:
            copy.write_row([vector(str(value)) if place in vectors else value for place, value in enumerate(row)])


def main() -> None:
    url, assets = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else MILLION
    began = time.perf_counter()
    fill(url, assets)
    print(f"{assets} assets in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
