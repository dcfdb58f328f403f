"""Alembic's entry: run the steps in the transaction that was handed in, one process at a time."""

from alembic import context
from sqlalchemy import text

from colophon.catalog import card_tables, event_tables, guards  # noqa: F401  their tables are part of the metadata
from colophon.catalog.tables import Row

# Any number will do as long as it never changes: it is the name of the lock.
_LOCK = 0x636F6C6F70686F6E

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # SQLite needs no more than the write lock, which the transaction took when it began.
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

context.configure(
    connection=connection,
    target_metadata=Row.metadata,
    compare_type=True,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
