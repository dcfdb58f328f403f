"""The port of the audit log."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from colophon.catalog import campaign_events, committed
from colophon.catalog.committed import EVENTS, SALTS, as_event, length
from colophon.catalog.database import Database
from colophon.catalog.event_tables import CheckpointRow
from colophon.catalog.guards import GUARDS, Guard
from colophon.catalog.recording import WatchedSession, append, new_salt
from colophon.domain.checkpoint import Note
from colophon.domain.event import ERASED, Draft, Event, commitment
from colophon.domain.merkle import Frontier
from colophon.errors import InvalidInput, NotFound

LOG = "log"  # what is about no table
BY = "by"
_LEAVES = 10_000
_CHECKPOINTS = CheckpointRow.__table__  # type: ignore[attr-defined]


class SqlEventLog:
    """Implements `colophon.ports.EventLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, kind: str, subject: str, *, body: Mapping[str, Any] | None = None, by: str | None = None) -> Event:
        with self._database.writing() as session:
            draft = Draft(kind, LOG, subject, body=body or {})
            if by is None:
                return append(session, [draft], self._database.now())[0]
            token = os.urandom(16).hex()  # names the text: the event has no number before it is chained
            made = {BY: commitment(new_salt(session, LOG, token, by), BY, by)}
            draft = Draft(kind, LOG, subject, commitments=made, body={**(body or {}), "text": token})
            return append(session, [draft], self._database.now())[0]

    def size(self) -> int:
        with self._database.reading() as session:
            return length(session)

    def event(self, sequence: int) -> Event:
        with self._database.reading() as session:
            found = session.execute(select(EVENTS).where(EVENTS.c.sequence == sequence)).one_or_none()
        if found is None:
            raise NotFound(f"the log has no event {sequence}", where=str(sequence))
        return as_event(found)

    def page(self, *, after: int = 0, limit: int = 1000, about: str | None = None) -> Sequence[Event]:
        with self._database.reading() as session:
            return page(session, after, limit, about)

    def of_rows(self, rows: Sequence[tuple[str, str]], *, limit: int) -> Sequence[Event]:
        found: list[Event] = []
        with self._database.reading() as session:
            for about in dict.fromkeys(table for table, _ in rows):
                for part in committed.parts(key for table, key in rows if table == about):
                    newest = EVENTS.c.sequence.desc()
                    one = select(EVENTS).where(EVENTS.c.about == about, EVENTS.c.subject.in_(part)).order_by(newest)
                    found += [as_event(row) for row in session.execute(one.limit(limit))]
        return sorted(found, key=lambda event: event.sequence)[-limit:]

    def of_campaign(self, campaign: str) -> Sequence[int]:
        with self._database.reading() as session:
            return campaign_events.numbers(session, campaign)

    def numbered(self, numbers: Sequence[int]) -> Iterator[Event]:
        for part in committed.parts(numbers):
            with self._database.reading() as session:
                yield from list(campaign_events.numbered(session, part))

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            last = min(end, start + _LEAVES)
            between = (EVENTS.c.sequence > start) & (EVENTS.c.sequence <= last)
            with self._database.reading() as session:
                found = session.scalars(select(EVENTS.c.hash).where(between).order_by(EVENTS.c.sequence)).all()
            yield from map(bytes.fromhex, found)
            start = last

    def frontier(self, at_most: int) -> Frontier:
        statement = select(_CHECKPOINTS.c.size, _CHECKPOINTS.c.nodes).where(_CHECKPOINTS.c.size <= at_most)
        with self._database.reading() as session:
            found = session.execute(statement.order_by(_CHECKPOINTS.c.size.desc()).limit(1)).one_or_none()
        return Frontier() if found is None else Frontier(found.size, tuple(map(bytes.fromhex, found.nodes)))

    def keep(self, tree: Frontier, note: Note) -> None:
        text, at = note.dump().decode(), note.checkpoint.at
        with self._database.writing() as session:
            session.execute(delete(_CHECKPOINTS).where(_CHECKPOINTS.c.size == tree.size))
            nodes = [node.hex() for node in tree.nodes]
            session.execute(insert(_CHECKPOINTS).values(size=tree.size, nodes=nodes, at=at, note=text))

    def checkpointed(self) -> tuple[int, datetime | None]:
        with self._database.reading() as session:
            size = session.scalar(select(func.max(_CHECKPOINTS.c.size))) or 0
            after = select(EVENTS.c.at).where(EVENTS.c.sequence > size).order_by(EVENTS.c.sequence).limit(1)
            return size, session.scalar(after)

    def erase(self, subject: str) -> Sequence[str]:
        about, _, key = subject.partition("/")
        with self._database.writing() as session:
            if about == LOG:
                return _erase_text(session, key, self._database.now())
            if about not in GUARDS or not GUARDS[about].personal:
                personal = ", ".join(guard.name for guard in GUARDS.values() if guard.personal)
                raise InvalidInput(f"nothing in {about!r} is personal", where=subject, hint=f"TABLE/KEY of {personal}")
            return _erase_row(session, GUARDS[about], key)

    def personal(self, name: str) -> Sequence[str]:
        found: list[str] = []
        with self._database.reading() as session:
            for guard in GUARDS.values():
                if guard.personal:
                    anywhere = or_(*(guard.table.c[column] == name for column in guard.personal))
                    rows = session.execute(select(*guard.key).where(anywhere).order_by(*guard.key))
                    found += [f"{guard.name}/{guard.subject(tuple(row))}" for row in rows]
            texts = select(SALTS.c.subject).where(SALTS.c.about == LOG, SALTS.c.text == name)
            found += [f"{LOG}/{subject}" for subject in session.scalars(texts.order_by(SALTS.c.subject))]
        return found


def page(session: Session, after: int, limit: int, about: str | None = None) -> list[Event]:
    statement = select(EVENTS).where(EVENTS.c.sequence > after).order_by(EVENTS.c.sequence).limit(limit)
    if about is not None:
        statement = statement.where(EVENTS.c.about == about)
    return [as_event(row) for row in session.execute(statement)]


def _erase_row(session: WatchedSession, guard: Guard, key: str) -> Sequence[str]:
    try:
        values = guard.key_of(key)
    except ValueError as error:
        raise InvalidInput(str(error), where=key) from error
    one = [column == value for column, value in zip(guard.key, values, strict=True)]
    row = session.execute(select(guard.table).where(*one).with_for_update()).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no {guard.name}/{key}", where=key)
    # All of a row's texts are committed to under one salt, which goes: none of them could be held against it later.
    texts = [name for name in committed.personal_columns(guard, dict(row)) if row[name] != ERASED]
    if not texts:
        return []
    session.erasing[guard.name, key] = texts
    session.execute(update(guard.row).where(*one).values(dict.fromkeys(texts, ERASED)))
    return texts


def _erase_text(session: Session, token: str, at: datetime) -> Sequence[str]:
    gone = session.execute(delete(SALTS).where(SALTS.c.about == LOG, SALTS.c.subject == token).returning(SALTS.c.text))
    if gone.one_or_none() is None:
        return []
    append(session, [Draft("erased", LOG, token)], at)
    return [BY]
