"""The catalog's schema: bringing a database up to date, and telling whether it agrees with the tables.

Alembic is loaded where there is something to bring up to date: a sixth of the time a command takes to start.
"""

import threading
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from colophon.catalog import (  # noqa: F401  their tables are part of the metadata
    account_tables,
    attesting,
    card_tables,
    event_tables,
    fulltext,
    limit_tables,
    outbox_tables,
)
from colophon.catalog.database import Database
from colophon.catalog.tables import Row
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from alembic.config import Config

_LOCATION = "colophon:catalog/migrations"
# Alembic keeps the running step in module state; processes are kept apart by the database.
_ONE_AT_A_TIME = threading.Lock()


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; a database that has it is only read.

    What the steps did to guarded rows goes into the audit log, and the rows from before there was one.

    All steps are one transaction under one lock, so of two processes the second waits and finds nothing to do, and
    a process that dies leaves the schema as it was. Raises `InvalidInput` for a database that is newer than this
    program.
    """
    with database.connection(writes=False) as connection:
        fulltext.require(connection)
        if revision_of(connection) == newest():
            return
    _take_steps(database)


def _take_steps(database: Database) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = _config()
    with _ONE_AT_A_TIME, database.connection(writes=True) as connection:
        config.attributes["connection"] = connection
        before = revision_of(connection)
        try:
            command.upgrade(config, "head")
            rows = before is None or _touches_rows(config, before)
            attesting.attest_all(connection, before, database.now(), rows=rows)
        except CommandError as error:
            raise InvalidInput(
                "the catalog was made by a newer version of this program",
                where="catalog",
                hint="install that version again; a schema is never taken back",
            ) from error


def _touches_rows(config: "Config", before: str) -> bool:
    """Whether a step since then may have changed what is on record. One that says ``touches_rows = False`` has not, and
    a large catalog need not be read for it."""
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(config).iterate_revisions("head", before)
    return any(getattr(step.module, "touches_rows", True) for step in steps)


def newest() -> str:
    """The revision that this program reads and writes: the number that the last step's file is named after."""
    steps = (step.name for step in files("colophon.catalog.migrations").joinpath("versions").iterdir())
    return max(name.partition("_")[0] for name in steps if name.endswith(".py"))


def current_revision(database: Database) -> str | None:
    """None: the database has no schema yet."""
    with database.connection(writes=False) as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """See `current_revision`."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def drift(database: Database) -> list[Any]:
    """What the tables in the code have that the database has not, or the other way round; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.connection(writes=False) as connection:
        options = {"compare_type": True, "include_name": lambda name, *_: not fulltext.is_own(name)}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Row.metadata))


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _LOCATION)
    config.set_main_option("path_separator", "os")
    return config
