"""The port of replies: what was answered to writes with an ``Idempotency-Key``."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.account_tables import ReplyRow
from colophon.catalog.database import Database
from colophon.domain.reply import ABANDONED, REMEMBERED, Reply
from colophon.errors import Conflict


class SqlReplies:
    """Implements `colophon.ports.Replies`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, key: str, request_sha256: str, *, now: datetime) -> Reply | None:
        try:
            return self._begin(key, request_sha256, now)
        except Conflict:  # two began at once: the other is there now
            return self._begin(key, request_sha256, now)

    def _begin(self, key: str, request_sha256: str, now: datetime) -> Reply | None:
        with self._database.writing() as session:
            row = session.scalars(select(ReplyRow).where(col(ReplyRow.key) == key).with_for_update()).one_or_none()
            if row is None:
                session.add(ReplyRow(key=key, request_sha256=request_sha256, begun_at=now))
                return None
            if row.begun_at <= now - REMEMBERED:
                row.request_sha256, row.status, row.body, row.location = request_sha256, None, "", ""
                row.begun_at = now
                return None
            if row.status is None and row.begun_at <= now - ABANDONED and row.request_sha256 == request_sha256:
                row.begun_at = now
                return None
            return Reply(row.request_sha256, row.status, row.body, row.location)

    def renew(self, key: str, *, held: datetime, now: datetime) -> bool:
        with self._database.writing() as session:
            row = _claimed(session, key, held)
            if row is None:
                return False
            row.begun_at = now
            return True

    def finish(self, key: str, reply: Reply, *, held: datetime) -> None:
        with self._database.writing() as session:
            row = _claimed(session, key, held)
            if row is not None:
                row.status, row.body, row.location = reply.status, reply.body, reply.location

    def give_up(self, key: str, *, held: datetime) -> None:
        with self._database.writing() as session:
            row = _claimed(session, key, held)
            if row is not None:
                session.delete(row)

    def forget(self, *, before: datetime) -> int:
        old = delete(ReplyRow).where(col(ReplyRow.begun_at) < before).returning(col(ReplyRow.key))
        with self._database.writing() as session:
            return len(session.scalars(old.execution_options(synchronize_session=False)).all())


def _claimed(session: Session, key: str, held: datetime) -> ReplyRow | None:
    """The row as long as it is being worked on by who holds it since then."""
    row = session.scalars(select(ReplyRow).where(col(ReplyRow.key) == key).with_for_update()).one_or_none()
    return row if row is not None and row.status is None and row.begun_at == held else None
