"""The port of browsers that somebody signed in with before."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.account_tables import KnownBrowserRow
from colophon.catalog.database import Database


class SqlKnownBrowsers:
    """Implements `colophon.ports.KnownBrowsers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def know(
        self, digest: str, account: str, *, now: datetime, expires_at: datetime, instead_of: str | None, most: int
    ) -> None:
        with self._database.writing() as session:
            before = session.get(KnownBrowserRow, instead_of) if instead_of else None
            if before is not None and before.account == account:
                before.ended_at = before.ended_at or now
                session.flush()
            newest = _known(account).order_by(col(KnownBrowserRow.made_at).desc(), col(KnownBrowserRow.digest))
            for row in session.scalars(newest.offset(most - 1)).all():
                row.ended_at = now
            session.add(KnownBrowserRow(digest=digest, account=account, made_at=now, expires_at=expires_at))

    def account_of(self, digest: str, *, now: datetime) -> str | None:
        with self._database.reading() as session:
            row = session.get(KnownBrowserRow, digest)
            return row.account if row is not None and row.ended_at is None and row.expires_at > now else None

    def failed(self, digest: str, *, most: int, now: datetime) -> None:
        wanted = select(KnownBrowserRow).where(col(KnownBrowserRow.digest) == digest).with_for_update()
        with self._database.writing() as session:
            row = session.scalars(wanted).one_or_none()
            if row is None:
                return
            row.failed += 1
            if row.failed >= most:
                row.ended_at = row.ended_at or now


def end_browsers(session: Session, account: str, now: datetime) -> None:
    """None of them is known any more."""
    for row in session.scalars(_known(account)):
        row.ended_at = now


def _known(account: str) -> Select[KnownBrowserRow]:
    return select(KnownBrowserRow).where(
        col(KnownBrowserRow.account) == account, col(KnownBrowserRow.ended_at).is_(None)
    )
