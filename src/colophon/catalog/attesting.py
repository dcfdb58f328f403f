"""The log's beginning, and what a change of the schema did to the rows it knows.

What stood in the catalog before the log did is vouched for from here on, not for the time before: such events are of
kind ``genesis``. A step that rewrites rows is told by events of kind ``migrated``; whoever doubts it holds the catalog
against the log with `colophon audit verify` before upgrading.
"""

import os
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from colophon.catalog import committed
from colophon.catalog.committed import EVENTS, PART, Key
from colophon.catalog.guards import GUARDS, Guard
from colophon.catalog.recording import append, attest
from colophon.domain.event import Draft


def attest_all(connection: Connection, before: str | None, at: datetime, *, rows: bool = True) -> None:
    """Bring the log up to date with all guarded rows, ``before`` being the schema's revision until now. ``rows`` False:
    no step touched them, so what differs from the log is left for `colophon audit verify` to find."""
    if connection.execute(select(EVENTS.c.sequence).limit(1)).one_or_none() is None:
        # The random part makes two catalogs that begin alike two logs.
        body = {"schema": before, "log": os.urandom(16).hex()}
        append(connection, [Draft("begun", "log", "", body=body)], at)
    else:
        append(connection, [Draft("upgraded", "log", "", body={"schema": before})], at)
    for guard in GUARDS.values() if rows else ():
        for keys in _keys(connection, guard):
            append(connection, attest(connection, guard.name, keys, ("genesis", "migrated")), at)
        for subjects in committed.parts(committed.vanished(connection, guard)):
            append(connection, [Draft("removed", guard.name, subject) for subject in subjects], at)


def _keys(connection: Connection, guard: Guard) -> Iterator[list[Key]]:
    after: Key | None = None
    while True:
        statement = select(*guard.key).order_by(*guard.key).limit(PART)
        if after is not None:
            statement = statement.where(tuple_(*guard.key) > after)
        page = [tuple(row) for row in connection.execute(statement)]
        if not page:
            return
        yield page
        after = page[-1]
