"""The schema: made once, by whoever comes first, and what the code's tables say it is."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from colophon.catalog import open_catalog, schema
from colophon.catalog.database import Database
from colophon.errors import InvalidInput

OPEN = "import sys; from colophon.catalog import open_catalog; open_catalog(sys.argv[1]).close()"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fresh_url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("database_url"))
    path: Path = request.getfixturevalue("tmp_path")
    return f"sqlite:///{path}/catalog.db"


def test_three_processes_may_open_a_new_catalog_at_once(fresh_url: str) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", OPEN, fresh_url], stderr=subprocess.PIPE) for _ in range(3)]
    endings = [(process.communicate(timeout=60)[1].decode(), process.returncode) for process in processes]
    assert [code for _, code in endings] == [0, 0, 0], endings
    database = Database(fresh_url)
    assert schema.drift(database) == []
    database.close()


def test_the_steps_make_what_the_tables_say(fresh_url: str) -> None:
    database = Database(fresh_url)
    assert schema.current_revision(database) is None
    assert schema.drift(database) != []
    for _ in range(2):
        schema.upgrade(database)
        assert schema.current_revision(database) == "0020"
        assert schema.drift(database) == []
    database.close()


def test_the_newest_revision_is_the_head_of_the_steps() -> None:
    config = Config()
    config.set_main_option("script_location", "colophon:catalog/migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.newest()]


def test_opening_what_is_up_to_date_loads_no_migration_tool(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    open_catalog(url).close()
    asked = f"{OPEN}; assert not {{'alembic', 'mako'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", asked, url], check=True)


def test_a_catalog_of_a_newer_program_is_left_alone(fresh_url: str) -> None:
    open_catalog(fresh_url).close()
    engine = create_engine(fresh_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidInput, match="newer version"):
        open_catalog(fresh_url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_sqlite_keeps_its_promises_after_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/catalog.db")
    with database.connection(writes=False) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
