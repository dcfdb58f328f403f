"""Guarded rows held against the log: each row against the newest event about it, each event's row against the table."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_

from colophon.catalog import committed
from colophon.catalog.committed import EVENTS, PART, SALTS, Content, Key, Last, as_event
from colophon.catalog.events import BY, LOG
from colophon.catalog.guards import GUARDS, Guard
from colophon.domain.audit import Disagreement
from colophon.domain.event import Event, commitment

# What a driver or a column type raises over a value that cannot be one of the column.
UNREADABLE = (ValueError, TypeError, OverflowError)
_UNKNOWN_TEXT = "the log commits to another text, or to none"


def compare(
    connection: Connection, guards: Iterable[Guard] = GUARDS.values()
) -> Iterator[tuple[int, Sequence[Disagreement]]]:
    """See `colophon.ports.AuditedCatalog.rows`."""
    for guard in guards:
        for keys, rows, damaged in pages(connection, guard):
            yield len(keys), [*damaged, *_differing(connection, guard, rows)]
        for subjects in committed.parts(committed.vanished(connection, guard)):
            gone = "the log says that it is there"
            yield 0, [Disagreement("row_missing", guard.name, subject, gone) for subject in subjects]


def pages(connection: Connection, guard: Guard) -> Iterator[tuple[list[Key], dict[Key, Content], list[Disagreement]]]:
    """All rows in the order of their keys: the keys, the rows that can be read, and what is wrong with the others."""
    after: Key | None = None
    while True:
        statement = select(*guard.key).order_by(*guard.key).limit(PART)
        if after is not None:
            statement = statement.where(tuple_(*guard.key) > after)
        keys = [tuple(row) for row in connection.execute(statement)]
        if not keys:
            return
        yield keys, *_read(connection, guard, keys)
        after = keys[-1]


def events(connection: Connection) -> Iterator[Event | Disagreement]:
    """See `colophon.ports.AuditedCatalog.events`."""
    after: int | None = None
    while True:
        numbers = select(EVENTS.c.sequence).order_by(EVENTS.c.sequence).limit(PART)
        found = list(connection.scalars(numbers if after is None else numbers.where(EVENTS.c.sequence > after)))
        if not found:
            return
        page = select(EVENTS).where(EVENTS.c.sequence.in_(found)).order_by(EVENTS.c.sequence)
        try:
            yield from [as_event(row) for row in connection.execute(page)]
        except UNREADABLE:
            for number in found:
                yield _event(connection, number)
        after = found[-1]


def texts(connection: Connection) -> Iterator[Disagreement]:
    """See `colophon.ports.AuditedCatalog.texts`."""
    said = {}
    for row in connection.execute(select(EVENTS).where(EVENTS.c.about == LOG, EVENTS.c.kind != "erased")):
        if isinstance(row.body, dict) and "text" in row.body:
            said[row.body["text"]] = row.commitments.get(BY)
    erased = set(connection.scalars(select(EVENTS.c.subject).where(EVENTS.c.about == LOG, EVENTS.c.kind == "erased")))
    for row in connection.execute(select(SALTS).where(SALTS.c.about == LOG).order_by(SALTS.c.subject)):
        made = _commitment(row.salt, row.text)
        if row.subject in erased or said.pop(row.subject, None) != made:
            yield Disagreement("text_differs", "personal_texts", f"{LOG}/{row.subject}", _UNKNOWN_TEXT)
    for subject in sorted(set(said) - erased):
        gone = "the log commits to a text that is gone, and does not say that it was erased"
        yield Disagreement("text_missing", "personal_texts", f"{LOG}/{subject}", gone)


def _commitment(salt: Any, text: Any) -> str | None:
    try:
        return commitment(salt, BY, text)
    except UNREADABLE:
        return None


def _event(connection: Connection, number: int) -> Event | Disagreement:
    try:
        return as_event(connection.execute(select(EVENTS).where(EVENTS.c.sequence == number)).one())
    except UNREADABLE as error:
        return Disagreement("event_unreadable", "event", str(number), f"cannot be read: {str(error)[:200]}")


def _read(connection: Connection, guard: Guard, keys: list[Key]) -> tuple[dict[Key, Content], list[Disagreement]]:
    try:
        return committed.rows(connection, guard, keys), []
    except UNREADABLE:
        rows: dict[Key, Content] = {}
        damaged = []
        for key in keys:
            try:
                rows |= committed.rows(connection, guard, [key])
            except UNREADABLE as error:
                what = f"cannot be read: {str(error)[:200]}"
                damaged.append(Disagreement("row_unreadable", guard.name, guard.subject(key), what))
        return rows, damaged


def _differing(connection: Connection, guard: Guard, rows: dict[Key, Content]) -> Iterator[Disagreement]:
    subjects = {key: guard.subject(key) for key in rows}
    try:
        known = committed.latest(connection, guard.name, subjects.values())
    except UNREADABLE:  # the events are damaged; what can be read of them one by one is
        known = dict(_one_by_one(connection, guard, list(subjects.values())))
    salts = committed.salts(connection, guard.name, subjects.values()) if guard.personal else {}
    for key, row in rows.items():
        code = _disagreement(guard, row, salts.get(subjects[key]), known.get(subjects[key]))
        if code is not None:
            yield Disagreement(code[0], guard.name, subjects[key], code[1])


def _one_by_one(connection: Connection, guard: Guard, subjects: list[str]) -> Iterator[tuple[str, Last]]:
    for subject in subjects:
        try:
            yield from committed.latest(connection, guard.name, [subject]).items()
        except UNREADABLE:
            continue  # the row has then no event that says what it is, and is told so


def _disagreement(guard: Guard, row: Content, salt: str | None, last: Last | None) -> tuple[str, str] | None:
    if last is None:
        return "row_unlogged", "no event of the log is about it"
    if last.digest is None:
        return "row_returned", f"event {last.sequence} says that it was removed"
    try:
        same = committed.digest(guard, row, committed.commitments(guard, row, salt, last)) == last.digest
    except UNREADABLE:
        same = False
    return None if same else ("row_differs", f"its content is not what event {last.sequence} committed to")
