"""A catalog that is only read, as of one moment: the live one, or a copy on another machine."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from colophon.catalog.database import checked_url, own_errors
from colophon.errors import InvalidInput, NotFound

_WAIT = 10  # seconds for a server or a lock


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """One transaction that reads: on SQLite the file is opened read-only, on PostgreSQL the server refuses to write.

    Raises `NotFound` for a file that is not there, `InvalidInput`, `StoreUnavailable`.
    """
    parsed = checked_url(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgres(parsed)
    try:
        with own_errors(), engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database)).absolute()
    if not path.is_file():
        raise NotFound(f"there is no catalog at {path}", where=str(path))
    # Beside a database in WAL mode its readers need a file of their own; on a medium that takes none, the database
    # must be whole in itself.
    whole = "" if os.access(path.parent, os.W_OK) else "&immutable=1"
    if whole and path.with_name(f"{path.name}-wal").is_file():
        raise InvalidInput(
            "the copy of the catalog has a write-ahead log, and its folder is read-only",
            where=str(path),
            hint="copy both to a folder that can be written, or copy the catalog with `VACUUM INTO`",
        )
    address = f"file:{quote(str(path))}?mode=ro{whole}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _postgres(url: URL) -> Engine:
    missing = {k: v for k, v in {"connect_timeout": str(_WAIT // 2)}.items() if k not in url.query}
    engine = create_engine(url, connect_args=missing, hide_parameters=True)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
