"""Databases that are dead, damaged or something else: an error that says so, quickly, and without secrets."""

import errno
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, exc, text

from colophon.catalog import SqlCatalog, open_catalog
from colophon.catalog.failures import translated, wrong_place
from colophon.errors import ColophonError, Conflict, InvalidInput, StoreUnavailable

PASSWORD = "a-secret-that-is-shown-nowhere"


def _everything(error: ColophonError) -> str:
    return " ".join((repr(error), error.message, error.hint, error.where))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "catalog.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:catalog.db?uri=true",
        "sqlite+aiosqlite:///catalog.db",
        "nothing://u:a-secret-that-is-shown-nowhere@h/d",
        "mysql://u:a-secret-that-is-shown-nowhere@h/d",
        "postgresql://u:a-secret-that-is-shown-nowhere@h/d",
        "postgresql+psycopg://u:a-secret-that-is-shown-nowhere@h:port/d",
    ],
)
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_catalog(url)
    assert PASSWORD not in _everything(raised.value)
    assert not raised.value.transient
    assert (raised.value.where, raised.value.hint[:10]) == ("COLOPHON_DATABASE_URL", "sqlite:///")


def test_a_dead_server_is_told_quickly_and_without_the_password(unused_port: int) -> None:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as raised:
        open_catalog(f"postgresql+psycopg://ada:{PASSWORD}@127.0.0.1:{unused_port}/catalog")
    assert time.monotonic() - started < 5
    assert raised.value.transient
    assert PASSWORD not in _everything(raised.value)


@pytest.mark.postgres
def test_a_missing_database_is_told(database_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        open_catalog(database_url.replace("/test_", "/nowhere_"))


@pytest.mark.postgres
def test_connections_that_the_server_ended_are_replaced(database_url: str) -> None:
    catalog = open_catalog(database_url)
    catalog.ping()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        ended = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    engine.dispose()
    assert len(ended) >= 1
    assert list(catalog.orders.campaigns()) == []
    catalog.close()


@pytest.mark.postgres
def test_a_database_that_goes_away_in_between_is_told(database_url: str) -> None:
    catalog = open_catalog(database_url)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE campaigns RENAME TO elsewhere"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="does not exist"):
        catalog.orders.campaigns()
    catalog.close()


@pytest.mark.parametrize("content", [b"this is a letter to my aunt" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalog.db"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a database") as raised:
        open_catalog(f"sqlite:///{path}")
    assert raised.value.where == "COLOPHON_DATABASE_URL"
    assert "another COLOPHON_DATABASE_URL or restore" in raised.value.hint
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    open_catalog(f"sqlite:///{path}").close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(InvalidInput) as raised:
        open_catalog(f"sqlite:///{path}").orders.campaigns()
    assert "backup" in raised.value.hint


@pytest.mark.parametrize("place", ["folder", "file/catalog.db", "file/deep/catalog.db", "x" * 300, "loop/catalog.db"])
def test_places_that_can_hold_no_file_are_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InvalidInput, match="no catalog can be kept there") as raised:
        open_catalog(f"sqlite:///{tmp_path / place}")
    assert not raised.value.transient
    assert raised.value.where == "COLOPHON_DATABASE_URL"
    assert "another COLOPHON_DATABASE_URL" in raised.value.hint


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder that nobody may write is Linux's")
@pytest.mark.parametrize("folder", ["/proc", "/proc/self", "/proc/colophon"])
def test_a_folder_that_cannot_be_written_is_refused(folder: str) -> None:
    with pytest.raises(InvalidInput, match="no catalog can be kept there"):
        open_catalog(f"sqlite:///{folder}/catalog.db")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.EIO])
def test_a_place_that_may_be_better_later_is_out_of_reach(number: int) -> None:
    told = wrong_place(OSError(number, os.strerror(number), "/data"))
    assert isinstance(told, StoreUnavailable)


def test_a_file_that_may_only_be_read_is_refused(tmp_path: Path) -> None:
    """To the user that runs everything no file is read-only, so the connection is."""
    path = tmp_path / "catalog.db"
    open_catalog(f"sqlite:///{path}").close()
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with closing(connection), pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("DELETE FROM campaigns")
    told = translated(exc.OperationalError("", {}, raised.value))
    assert isinstance(told, InvalidInput)
    assert "let this user write" in told.hint


def test_a_lock_that_another_holds_is_out_of_reach(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    open_catalog(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as first, closing(sqlite3.connect(path, timeout=0)) as second:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as raised:
            second.execute("BEGIN IMMEDIATE")
    told = translated(exc.OperationalError("", {}, raised.value))
    assert isinstance(told, StoreUnavailable)
    assert "another program" in told.hint


def test_every_error_of_a_driver_is_mapped() -> None:
    kinds: dict[type[exc.DBAPIError], type[ColophonError]] = {exc.IntegrityError: Conflict, exc.DataError: InvalidInput}
    errors = {each for each in _below(exc.DBAPIError) if each.__module__ == exc.__name__}
    assert len(errors) >= 8
    for each in errors:
        told = translated(each("SELECT 'a prompt'", {"prompt": "a prompt"}, psycopg.Error("first\nsecond")))
        assert isinstance(told, kinds.get(each, StoreUnavailable))
        assert "a prompt" not in _everything(told)
        assert "second" not in told.message


def _below(kind: type[exc.DBAPIError]) -> set[type[exc.DBAPIError]]:
    return {kind}.union(*(_below(each) for each in kind.__subclasses__()))


def test_one_catalog_may_be_opened_by_many(tmp_path: Path) -> None:
    catalogs: list[SqlCatalog] = [open_catalog(f"sqlite:///{tmp_path}/catalog.db") for _ in range(3)]
    for catalog in catalogs:
        catalog.ping()
        catalog.close()
