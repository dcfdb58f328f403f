"""The audit log is written with what it is about: each transaction that changed guarded rows ends with their events.

A session of `colophon.catalog.database.Database.writing` watches its own statements, so no caller can forget to. What
it notes are keys; at the end the rows are read as they then stand, and a row that says what the log says of it already
(a lease that was renewed, a revision registered again) makes no event.

Events are chained under one lock, which is taken last of all and held until the commit: nobody who holds it waits for
anything else, so nobody waits in a circle.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Result, Table, Update, delete, event, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, object_mapper

from colophon.catalog import committed
from colophon.catalog.committed import EVENTS, SALTS, Executor, Key
from colophon.catalog.guards import GUARDS, Guard
from colophon.domain.event import FIRST_PREVIOUS, Draft, Event, chained

Touched = dict[str, set[Key]]
_LOCK = 0x636F6C6F6C6F6721  # any number that never changes: it is the name of the lock
_TOUCHED, _ERASING = "colophon_touched", "colophon_erasing"
_SALT_BYTES = 32


class WatchedSession(Session):
    """Remembers which guarded rows its statements wrote."""

    @property
    def touched(self) -> Touched:
        found: Touched = self.info.setdefault(_TOUCHED, {})
        return found

    @property
    def erasing(self) -> dict[tuple[str, str], Sequence[str]]:
        """Personal columns that this transaction erases, by table and subject."""
        found: dict[tuple[str, str], Sequence[str]] = self.info.setdefault(_ERASING, {})
        return found


@event.listens_for(WatchedSession, "do_orm_execute")
def _watch(state: ORMExecuteState) -> Result[Any] | None:
    """Have the database itself tell which rows a statement wrote."""
    statement = state.statement
    if not isinstance(statement, Insert | Update | Delete) or not isinstance(statement.table, Table):
        return None
    guard = GUARDS.get(statement.table.name)
    if guard is None or not isinstance(state.session, WatchedSession):
        return None
    keys = state.session.touched.setdefault(guard.name, set())
    several = state.parameters if isinstance(state.parameters, list) else None
    if several is not None and not isinstance(statement, postgresql.Insert | sqlite.Insert):
        keys.update(tuple(each[column.key] for column in guard.key) for each in several)
        return None
    if not len(statement.exported_columns):
        statement = statement.returning(*guard.key)
    result = state.invoke_statement(statement=statement).freeze()
    keys.update(tuple(row[column.key] for column in guard.key) for row in result().mappings())
    return result()


@event.listens_for(WatchedSession, "after_flush")
def _watch_objects(session: Session, _context: UOWTransaction) -> None:
    """The same for rows that are written as objects."""
    for each in (*session.new, *session.dirty, *session.deleted):
        mapper = object_mapper(each)
        guard = GUARDS.get(getattr(mapper.local_table, "name", ""))
        if guard is not None and isinstance(session, WatchedSession):
            session.touched.setdefault(guard.name, set()).add(tuple(mapper.primary_key_from_instance(each)))


def record(session: WatchedSession, now: Callable[[], datetime]) -> None:
    """The events of what the transaction did to guarded rows; the last thing it does."""
    session.flush()  # what was changed as an object is written, and seen, only then
    drafts = []
    for name in GUARDS:  # one order for all
        keys = session.touched.get(name)
        if keys:
            drafts += _drafts(session, GUARDS[name], sorted(keys), session.erasing)
    append(session, drafts, now())
    session.touched.clear()
    session.erasing.clear()


def append(connection: Executor, drafts: Iterable[Draft], at: datetime) -> list[Event]:
    """Chain events to the log's end. Nothing else may be locked afterwards in this transaction."""
    drafts = list(drafts)
    if not drafts:
        return []
    if _dialect(connection) == "postgresql":  # on SQLite the transaction is alone
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    newest = select(EVENTS.c.sequence, EVENTS.c.hash).order_by(EVENTS.c.sequence.desc()).limit(1)
    sequence, previous = connection.execute(newest).one_or_none() or (0, FIRST_PREVIOUS)
    events = []
    for draft in drafts:
        sequence += 1
        events.append(chained(draft, sequence=sequence, previous=previous, at=at))
        previous = events[-1].hash
    connection.execute(insert(EVENTS), [_values(each) for each in events])
    return events


def attest(connection: Executor, table: str, keys: Iterable[Key], kinds: tuple[str, str]) -> list[Draft]:
    """Drafts for rows that the log does not know (of the first kind) or knows otherwise (of the second)."""
    guard = GUARDS[table]
    return _drafts(connection, guard, list(keys), {}, kinds)


def new_salt(connection: Executor, table: str, subject: str, personal: str | None = None) -> str:
    salt = os.urandom(_SALT_BYTES).hex()
    connection.execute(insert(SALTS).values(about=table, subject=subject, salt=salt, text=personal))
    return salt


def _drafts(
    connection: Executor,
    guard: Guard,
    keys: Sequence[Key],
    erasing: Mapping[tuple[str, str], Sequence[str]],
    kinds: tuple[str, str] = ("added", "changed"),
) -> list[Draft]:
    subjects = {key: guard.subject(key) for key in keys}
    known = committed.latest(connection, guard.name, subjects.values())
    rows = committed.rows(connection, guard, keys)
    personal = [subjects[key] for key, row in rows.items() if committed.personal_columns(guard, row)]
    salts = committed.salts(connection, guard.name, personal)
    drafts = []
    for key, subject in subjects.items():
        last, row, erased = known.get(subject), rows.get(key), erasing.get((guard.name, subject), ())
        if row is None:
            if last is not None and last.digest is not None:
                drafts.append(Draft("removed", guard.name, subject))
        elif erased and last is not None:
            drafts.append(_erased(connection, guard, subject, last, erased))
        else:
            salt = salts.get(subject)
            if salt is None and _needs_salt(guard, row, last):
                salt = new_salt(connection, guard.name, subject)
            made = committed.commitments(guard, row, salt, last)
            digest = committed.digest(guard, row, made)
            if last is None or last.digest != digest:
                kind = kinds[0] if last is None or last.digest is None else kinds[1]
                body = committed.told(guard, row) | _still_erased(guard, row, last)
                drafts.append(Draft(kind, guard.name, subject, digest, made, body))
    return drafts


def _needs_salt(guard: Guard, row: Mapping[str, Any], last: committed.Last | None) -> bool:
    return len(committed.commitments(guard, row, None, last)) < len(committed.personal_columns(guard, row))


def _erased(connection: Executor, guard: Guard, subject: str, last: committed.Last, erased: Sequence[str]) -> Draft:
    """The commitments stay, and with them the digest; what could open them goes."""
    connection.execute(delete(SALTS).where(SALTS.c.about == guard.name, SALTS.c.subject == subject))
    columns = sorted({*last.erased, *erased})
    return Draft("erased", guard.name, subject, last.digest, last.commitments, {"erased": columns})


def _still_erased(guard: Guard, row: Mapping[str, Any], last: committed.Last | None) -> dict[str, Any]:
    made = committed.commitments(guard, row, None, last)  # without a salt only the erased ones have any
    return {"erased": sorted(made)} if made else {}


def _values(each: Event) -> dict[str, Any]:
    draft = each.draft
    return {
        "sequence": each.sequence,
        "at": each.at,
        "kind": draft.kind,
        "about": draft.about,
        "subject": draft.subject,
        "digest": draft.digest,
        "commitments": dict(draft.commitments),
        "body": dict(draft.body),
        "previous": each.previous,
        "hash": each.hash,
    }


def _dialect(connection: Executor) -> str:
    return (connection.get_bind() if isinstance(connection, Session) else connection).dialect.name
