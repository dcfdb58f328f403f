"""The catalog's schema: bringing a database up to date, and telling whether it agrees with the tables."""

import threading
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from colophon.catalog import (  # noqa: F401  their tables are part of the metadata
    account_tables,
    attesting,
    card_tables,
    event_tables,
    fulltext,
    outbox_tables,
)
from colophon.catalog.database import Database
from colophon.catalog.tables import Row
from colophon.errors import InvalidInput

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
    config = _config()
    with database.connection(writes=False) as connection:
        fulltext.require(connection)
    if current_revision(database) == newest():
        return
    with _ONE_AT_A_TIME, database.connection(writes=True) as connection:
        config.attributes["connection"] = connection
        before = MigrationContext.configure(connection).get_current_revision()
        try:
            command.upgrade(config, "head")
            attesting.attest_all(connection, before, database.now())
        except CommandError as error:
            raise InvalidInput(
                "the catalog was made by a newer version of this program",
                where="catalog",
                hint="install that version again; a schema is never taken back",
            ) from error


def newest() -> str | None:
    """The revision that this program reads and writes."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current_revision(database: Database) -> str | None:
    """None: the database has no schema yet."""
    with database.connection(writes=False) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def drift(database: Database) -> list[Any]:
    """What the tables in the code have that the database has not, or the other way round; empty when they agree."""
    with database.connection(writes=False) as connection:
        options = {"compare_type": True, "include_name": lambda name, *_: not fulltext.is_own(name)}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Row.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _LOCATION)
    config.set_main_option("path_separator", "os")
    return config
