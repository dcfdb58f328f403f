"""The catalog's engine and its two kinds of transaction."""

import errno
import json
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.orm import Session

from colophon.catalog import hamming, recording
from colophon.catalog.failures import URL_HINT, translated, wrong_place
from colophon.catalog.recording import WatchedSession
from colophon.errors import InvalidInput

_CONNECTIONS = 20  # kept, and as many again for a moment: more threads than that wait for one
_WAIT = 10  # seconds for a lock, a connection or a server before the caller hears of it
_SLOWEST = 60  # seconds for one statement
_WRITES = "colophon_writes"


class Database:
    """One engine, shared by all threads. Errors of the driver leave as errors of this package."""

    def __init__(self, url: str, *, now: Callable[[], datetime] | None = None) -> None:
        parsed = checked_url(url)
        self.now = now or (lambda: datetime.now(UTC))  # of events: when they were written, whatever they tell
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        try:
            self.engine = _sqlite(parsed) if self.is_sqlite else _postgres(parsed)
        except exc.SQLAlchemyError as error:
            raise translated(error) from error
        self._writers = self.engine.execution_options(**{_WRITES: True})
        # SQLite lets waiting writers sleep and look again, for up to 100 ms and in no order. Threads of one process
        # wait better in a queue; that leaves SQLite's way to other processes.
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads: on SQLite it never waits for a writer nor holds one up."""
        with own_errors(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[WatchedSession]:
        """A transaction that may write; all of it is committed at the end with its events of the audit log, or
        nothing."""
        with self._turn, own_errors(), WatchedSession(self._writers) as session, session.begin():
            yield session
            recording.record(session, self.now)

    @contextmanager
    def connection(self, *, writes: bool) -> Iterator[Connection]:
        """The same without an object session, for the schema."""
        with own_errors(), (self._writers if writes else self.engine).begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def own_errors() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise translated(error) from error
    except OverflowError as error:
        raise InvalidInput("a number does not fit the catalog's 64 bits") from error


def checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise InvalidInput(
            "the catalog's address cannot be read", where="COLOPHON_DATABASE_URL", hint=URL_HINT
        ) from error
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:") or str(parsed.database).startswith("file:"):
            raise InvalidInput(
                "the catalog needs the path of a file; memory is not shared",
                where="COLOPHON_DATABASE_URL",
                hint=URL_HINT,
            )
        return parsed
    if parsed.drivername != "postgresql+psycopg":
        raise InvalidInput(
            f"the catalog does not know {parsed.drivername}", where="COLOPHON_DATABASE_URL", hint=URL_HINT
        )
    return parsed


def _sqlite(url: URL) -> Engine:
    try:
        _usable(Path(str(url.database)))
    except OSError as error:
        raise wrong_place(error) from error
    engine = create_engine(url, connect_args={"timeout": _WAIT}, **_common())
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _usable(path: Path) -> None:
    """SQLite says "unable to open" of all that is wrong with a place; the system's own errors tell which it is.

    The file itself is not opened: closing it again would drop the locks this process has on it through SQLite
    (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(path.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with tempfile.TemporaryFile(dir=path.parent):  # the log of a database lies beside it
        return


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions at moments of its own choice; None leaves that to the listener below.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    hamming.teach(connection)


def _begin_sqlite(connection: Connection) -> None:
    """A plain BEGIN that comes to write later fails at once when another writer was faster, whatever the timeout
    (https://www.sqlite.org/lang_transaction.html); taking the write lock first makes it wait its turn."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(url: URL) -> Engine:
    settings = {"connect_timeout": str(_WAIT // 2), "application_name": "colophon"}
    missing = {name: value for name, value in settings.items() if name not in url.query}
    engine = create_engine(url, connect_args=missing, pool_pre_ping=True, **_common())
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: Any, _record: object) -> None:
    for setting in (f"lock_timeout = '{_WAIT}s'", f"statement_timeout = '{_SLOWEST}s'"):
        connection.execute(f"SET {setting}")
    connection.commit()


def _common() -> dict[str, Any]:
    return {
        "pool_size": _CONNECTIONS,
        "max_overflow": _CONNECTIONS,
        "pool_timeout": _WAIT,
        "hide_parameters": True,
        "json_serializer": _as_json,
    }


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a value cannot be written as JSON: {error}") from error
