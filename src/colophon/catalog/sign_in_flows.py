"""The port of sign-ins under way at an identity provider: each is asked for once, by the browser that began it."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from colophon.catalog.account_tables import FlowRow
from colophon.catalog.database import Database

_KEPT = timedelta(days=1)


class SqlSignInFlows:
    """Implements `colophon.ports.SignInFlows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, state: str, browser: str, *, back: str, now: datetime, expires_at: datetime) -> None:
        with self._database.writing() as session:
            session.execute(delete(FlowRow).where(col(FlowRow.expires_at) < now - _KEPT))
            session.add(FlowRow(state=state, browser=browser, back=back, expires_at=expires_at))

    def finish(self, state: str, browser: str, *, now: datetime) -> str | None:
        ended = (
            delete(FlowRow)
            .where(col(FlowRow.state) == state, col(FlowRow.browser) == browser, col(FlowRow.expires_at) > now)
            .returning(col(FlowRow.back))
        )
        with self._database.writing() as session:
            return session.scalars(ended.execution_options(synchronize_session=False)).one_or_none()
