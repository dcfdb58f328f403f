"""What an event commits to of a guarded row: told the same way to who writes the log and to who checks it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, func, select, tuple_
from sqlalchemy.orm import Session

from colophon.catalog.event_tables import EventRow, PersonalTextRow
from colophon.catalog.guards import Guard
from colophon.domain.event import ERASED, Draft, Event, canonical_value, commitment, row_digest

Executor = Session | Connection
Key = tuple[Any, ...]
Content = dict[str, Any]  # a row, by column
EVENTS = EventRow.__table__  # type: ignore[attr-defined]
SALTS = PersonalTextRow.__table__  # type: ignore[attr-defined]
PART = 500  # rows asked for at once: SQLite takes 32766 values in one statement
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Last:
    """What the newest event about a row says. ``erased`` are columns whose text and salt are gone for good."""

    sequence: int
    digest: str | None
    commitments: Mapping[str, str]
    erased: Sequence[str]


def as_event(row: Any) -> Event:
    draft = Draft(row.kind, row.about, row.subject, row.digest, row.commitments, row.body)
    return Event(row.sequence, row.at, draft, row.previous, row.hash)


def latest(connection: Executor, table: str, subjects: Iterable[str]) -> dict[str, Last]:
    """By subject; one that no event is about is left out."""
    found: dict[str, Last] = {}
    for part in parts(subjects):
        newest = (
            select(func.max(EVENTS.c.sequence))
            .where(EVENTS.c.about == table, EVENTS.c.subject.in_(part))
            .group_by(EVENTS.c.subject)
        )
        columns = (EVENTS.c.subject, EVENTS.c.sequence, EVENTS.c.digest, EVENTS.c.commitments, EVENTS.c.body)
        for row in connection.execute(select(*columns).where(EVENTS.c.sequence.in_(newest))):
            found[row.subject] = _last(row)
    return found


def salts(connection: Executor, table: str, subjects: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(subjects):
        statement = select(SALTS.c.subject, SALTS.c.salt).where(SALTS.c.about == table, SALTS.c.subject.in_(part))
        found.update((row.subject, row.salt) for row in connection.execute(statement))
    return found


def rows(connection: Executor, guard: Guard, keys: Iterable[Key]) -> dict[Key, Content]:
    """The rows as they stand, past whatever a session remembers of them."""
    found: dict[Key, Content] = {}
    for part in parts(keys):
        for row in connection.execute(select(guard.table).where(among(guard, part))).mappings():
            found[tuple(row[column] for column in guard.key)] = {str(name): value for name, value in row.items()}
    return found


def vanished(connection: Executor, guard: Guard) -> Iterator[str]:
    """Subjects of rows that are gone, though the newest event about them says that they are there."""
    after = ""
    while True:
        newest = (
            select(EVENTS.c.subject, func.max(EVENTS.c.sequence).label("sequence"))
            .where(EVENTS.c.about == guard.name, EVENTS.c.subject > after)
            .group_by(EVENTS.c.subject)
            .order_by(EVENTS.c.subject)
            .limit(PART)
            .subquery()
        )
        statement = select(EVENTS.c.subject, EVENTS.c.digest).join(newest, EVENTS.c.sequence == newest.c.sequence)
        page = connection.execute(statement.order_by(EVENTS.c.subject)).all()
        if not page:
            return
        subjects = [row.subject for row in page if row.digest is not None]
        there = _there(connection, guard, subjects)
        yield from (subject for subject in subjects if subject not in there)
        after = page[-1].subject


def among(guard: Guard, keys: Sequence[Key]) -> ColumnElement[bool]:
    """Whether a row's key is one of these."""
    if len(guard.key) == 1:
        return guard.key[0].in_([key[0] for key in keys])
    return tuple_(*guard.key).in_(keys)


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Lists of at most `PART`."""
    rest = iter(items)
    while part := list(islice(rest, PART)):
        yield part


def personal_columns(guard: Guard, row: Mapping[str, Any]) -> list[str]:
    return [name for name in guard.personal if row[name] is not None]


def commitments(guard: Guard, row: Mapping[str, Any], salt: str | None, last: Last | None) -> dict[str, str]:
    """For each personal text of the row. One that was erased keeps the commitment it had; without a salt the others
    have none that could be right."""
    made: dict[str, str] = {}
    for name in personal_columns(guard, row):
        if last is not None and name in last.erased and row[name] == ERASED:
            made[name] = last.commitments.get(name, "")
        elif salt is not None:
            made[name] = commitment(salt, name, str(row[name]))
    return made


def digest(guard: Guard, row: Mapping[str, Any], committed: Mapping[str, str]) -> str:
    content = {name: value for name, value in row.items() if name not in guard.passing}
    for name in personal_columns(guard, row):
        content[name] = {"commitment": committed.get(name)}
    return row_digest(guard.name, content)


def told(guard: Guard, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: canonical_value(row[name]) for name in guard.tells if row[name] is not None}


def _there(connection: Executor, guard: Guard, subjects: Sequence[str]) -> set[str]:
    keys: list[Key] = []
    for subject in subjects:
        try:
            keys.append(guard.key_of(subject))
        except ValueError:  # no key of this table: no row can have it
            continue
    if not keys:
        return set()
    statement = select(*guard.key).where(among(guard, keys))
    return {guard.subject(tuple(row)) for row in connection.execute(statement)}


def _last(row: Any) -> Last:
    erased = row.body.get("erased", ()) if isinstance(row.body, dict) else ()
    return Last(row.sequence, row.digest, row.commitments, erased)


def length(session: Session) -> int:
    """How many events the log has: the number of its newest."""
    return session.scalar(select(func.max(EVENTS.c.sequence))) or 0
