"""The port of the outbox.

A target's deliveries are made from the audit log, which is written in the transaction of each change and under one
lock: an event with a smaller number is committed earlier, so a position in the log says what was looked at, and what
was not delivered when a process died is found by the next.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import telling
from colophon.catalog.committed import EVENTS, as_event, length
from colophon.catalog.database import Database
from colophon.catalog.outbox_tables import DeliveryRow, MessageRow, TargetRow
from colophon.catalog.statements import insert_if_absent
from colophon.domain.delivery import Delivery, DeliveryState, Sent, Target, TargetStanding
from colophon.domain.message import TOLD_OF, Message, MessageType
from colophon.errors import NotFound

_PAGE = 500  # events looked at in one transaction
_UNSYNCED = {"synchronize_session": False}


class SqlOutbox:
    """Implements `colophon.ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enrol(self, names: Iterable[str], *, now: datetime) -> None:
        wanted = sorted(set(names))
        with self._database.reading() as session:
            known = set(session.scalars(select(col(TargetRow.name)).where(col(TargetRow.name).in_(wanted))))
        missing = [name for name in wanted if name not in known]
        if not missing:
            return
        with self._database.writing() as session:
            position = length(session)
            rows = [{"name": name, "position": position, "added_at": now} for name in missing]
            insert_if_absent(session, TargetRow, rows)

    def collect(self, target: Target, *, now: datetime) -> int:
        with self._database.reading() as session:  # most of the time there is nothing, and nothing is written
            row = session.get(TargetRow, target.name)
            if row is None or row.stopped_at is not None or row.position >= length(session):
                return 0
        made, more = 0, True
        while more:
            with self._database.writing() as session:
                found, more = _collect(session, target, now)
                made += found
        return made

    def claim(self, target: str, *, now: datetime, until: datetime) -> Delivery | None:
        due = (
            _deliveries()
            .join(TargetRow, col(TargetRow.name) == col(DeliveryRow.target))
            .where(
                col(DeliveryRow.target) == target,
                col(DeliveryRow.state) == DeliveryState.PENDING.value,
                col(DeliveryRow.due_at) <= now,
                col(TargetRow.stopped_at).is_(None),
                or_(col(TargetRow.rests_until).is_(None), col(TargetRow.rests_until) <= now),
            )
            .order_by(col(DeliveryRow.due_at), col(DeliveryRow.event))
            .limit(1)
        )
        with self._database.reading() as session:
            if session.execute(due).one_or_none() is None:
                return None
        with self._database.writing() as session:
            for row, message in session.execute(due.with_for_update(of=DeliveryRow, skip_locked=True)):
                row.attempts += 1
                row.due_at = until
                row.last_at = now
                return _delivery(row, message)
            return None

    def record(self, delivery: Delivery, sent: Sent, *, again_at: datetime | None, now: datetime) -> None:
        values: dict[str, Any] = {"last_at": now, "last_status": sent.status, "last_problem": sent.problem}
        if sent.taken:
            values |= {"state": DeliveryState.DELIVERED.value, "ended_at": now}
        elif again_at is None:
            values |= {"state": DeliveryState.DEAD.value, "ended_at": now}
        else:
            values["due_at"] = again_at
        statement = update(DeliveryRow).where(
            col(DeliveryRow.target) == delivery.target,
            col(DeliveryRow.message) == delivery.message.id,
            col(DeliveryRow.state) == DeliveryState.PENDING.value,
            col(DeliveryRow.attempts) == delivery.attempts,
        )
        with self._database.writing() as session:
            session.execute(statement.values(**values).execution_options(**_UNSYNCED))

    def rest(self, target: str, *, until: datetime) -> None:
        self._change(target, rests_until=until)

    def stop(self, target: str, *, why: str, now: datetime) -> None:
        self._change(target, stopped_at=now, stopped_why=why)

    def resume(self, target: str) -> None:
        if not self._change(target, stopped_at=None, stopped_why=None, rests_until=None):
            raise NotFound(f"no target {target} is known here", where=target, hint="colophon notify targets")

    def again(self, *, message: str | None, target: str | None, now: datetime) -> Sequence[tuple[str, str]]:
        which = [col(DeliveryRow.state) == DeliveryState.DEAD.value if message is None else
                 col(DeliveryRow.message) == message]  # fmt: skip
        which += [col(DeliveryRow.target) == target] if target is not None else []
        fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "due_at": now, "ended_at": None}
        statement = update(DeliveryRow).where(*which).values(**fresh)
        with self._database.writing() as session:
            changed = session.execute(
                statement.returning(col(DeliveryRow.message), col(DeliveryRow.target)).execution_options(**_UNSYNCED)
            )
            return sorted((row[0], row[1]) for row in changed)

    def page(
        self, *, state: DeliveryState | None = None, target: str | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        statement = _deliveries().order_by(col(DeliveryRow.event).desc(), col(DeliveryRow.target)).limit(limit)
        if state is not None:
            statement = statement.where(col(DeliveryRow.state) == state.value)
        if target is not None:
            statement = statement.where(col(DeliveryRow.target) == target)
        with self._database.reading() as session:
            return [_delivery(row, message) for row, message in session.execute(statement)]

    def standings(self) -> Sequence[TargetStanding]:
        counted = select(col(DeliveryRow.target), col(DeliveryRow.state), func.count()).group_by(
            col(DeliveryRow.target), col(DeliveryRow.state)
        )
        with self._database.reading() as session:
            counts = {(target, state): number for target, state, number in session.execute(counted)}
            rows = list(session.scalars(select(TargetRow).order_by(col(TargetRow.name))))
            return [_standing(row, counts) for row in rows]

    def forget(self, *, before: datetime) -> int:
        old = delete(DeliveryRow).where(
            col(DeliveryRow.state) == DeliveryState.DELIVERED.value, col(DeliveryRow.ended_at) < before
        )
        needless = delete(MessageRow).where(~exists().where(col(DeliveryRow.message) == col(MessageRow.id)))
        any_old = select(col(DeliveryRow.event)).where(
            col(DeliveryRow.state) == DeliveryState.DELIVERED.value, col(DeliveryRow.ended_at) < before
        )
        with self._database.reading() as session:
            if session.execute(any_old.limit(1)).first() is None:
                return 0
        with self._database.writing() as session:
            gone = session.execute(old.returning(col(DeliveryRow.event)).execution_options(**_UNSYNCED)).all()
            session.execute(needless.execution_options(**_UNSYNCED))
            return len(gone)

    def _change(self, target: str, **values: Any) -> bool:
        statement = update(TargetRow).where(col(TargetRow.name) == target).values(**values)
        with self._database.writing() as session:
            changed = session.execute(statement.returning(col(TargetRow.name)).execution_options(**_UNSYNCED))
            return changed.one_or_none() is not None


def _collect(session: Session, target: Target, now: datetime) -> tuple[int, bool]:
    """One page of the log; how many deliveries it made, and whether there is another page."""
    own = select(TargetRow).where(col(TargetRow.name) == target.name).with_for_update()
    row = session.scalars(own).one_or_none()
    if row is None or row.stopped_at is not None:
        return 0, False
    head = length(session)
    statement = (
        select(EVENTS)
        .where(EVENTS.c.sequence > row.position, EVENTS.c.sequence <= head, EVENTS.c.about.in_(TOLD_OF))
        .order_by(EVENTS.c.sequence)
        .limit(_PAGE)
    )
    events = [as_event(each) for each in session.execute(statement)]
    wanted = [message for message in telling.messages(session, events) if target.wants(message)]
    insert_if_absent(session, MessageRow, [_message_values(message) for message in wanted])
    insert_if_absent(session, DeliveryRow, [_delivery_values(target.name, message, now) for message in wanted])
    more = len(events) == _PAGE
    row.position = events[-1].sequence if more else head
    return len(wanted), more


def _deliveries() -> Select[DeliveryRow, MessageRow]:
    return select(DeliveryRow, MessageRow).join(MessageRow, col(MessageRow.id) == col(DeliveryRow.message))


def _message_values(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "type": message.type.value,
        "at": message.at,
        "campaign": message.campaign,
        "brand": message.brand,
        "event": message.event,
        "body": message.body,
    }


def _delivery_values(target: str, message: Message, now: datetime) -> dict[str, Any]:
    return {
        "target": target,
        "message": message.id,
        "event": message.event,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "due_at": now,
        "added_at": now,
    }


def _delivery(row: DeliveryRow, message: MessageRow) -> Delivery:
    return Delivery(
        target=row.target,
        message=_message(message),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        added_at=row.added_at,
        last_at=row.last_at,
        last_status=row.last_status,
        last_problem=row.last_problem,
        ended_at=row.ended_at,
    )


def _message(row: MessageRow) -> Message:
    return Message(row.id, MessageType(row.type), row.at, row.campaign, row.brand, row.event, row.body)


def _standing(row: TargetRow, counts: dict[tuple[str, str], int]) -> TargetStanding:
    return TargetStanding(
        name=row.name,
        position=row.position,
        added_at=row.added_at,
        rests_until=row.rests_until,
        stopped_at=row.stopped_at,
        stopped_why=row.stopped_why,
        **{state.value: counts.get((row.name, state.value), 0) for state in DeliveryState},
    )
