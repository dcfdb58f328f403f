"""The port of how long publishing and withdrawing take.

Each looks at the newest rows by their ids, which sort by time, and joins along indexes: it costs the same however large
a catalog is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.publishing_tables import WithdrawalRow
from colophon.catalog.review_tables import DecisionRow
from colophon.domain.asset import AssetState
from colophon.ports.measuring import MOST_TIMED, Unpublished, Withdrawn

_APPROVE = "approve"


class SqlDelays:
    """Implements `colophon.ports.Delays`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publications(self, *, since: datetime) -> Sequence[timedelta]:
        newest = select(PublicationRow).order_by(col(PublicationRow.id).desc()).limit(MOST_TIMED).subquery()
        one, before = aliased(PublicationRow, newest), aliased(PublicationRow)
        again = exists().where(col(before.rendition) == col(one.rendition), col(before.id) < col(one.id))
        statement = (
            select(col(one.published_from), func.max(col(DecisionRow.decided_at)))
            .join(RenditionRow, col(RenditionRow.id) == col(one.rendition))
            .join(DecisionRow, col(DecisionRow.asset) == col(RenditionRow.asset))
            .where(
                col(one.published_from) >= since,
                ~again,
                col(DecisionRow.action) == _APPROVE,
                col(DecisionRow.decided_at) <= col(one.published_from),
            )
            .group_by(col(one.id), col(one.published_from))
        )
        with self._database.reading() as session:
            return [public - approved for public, approved in session.execute(statement)]

    def unpublished(self, *, since: datetime) -> Unpublished:
        newest = select(DecisionRow).order_by(col(DecisionRow.id).desc()).limit(MOST_TIMED).subquery()
        decision = aliased(DecisionRow, newest)
        statement = (
            select(func.count(col(decision.asset).distinct()), func.min(col(decision.decided_at)))
            .join(AssetRow, col(AssetRow.id) == col(decision.asset))
            .where(
                col(decision.decided_at) >= since,
                col(decision.action) == _APPROVE,
                col(AssetRow.state) == AssetState.APPROVED.value,
                ~_public(col(decision.asset)),
            )
        )
        with self._database.reading() as session:
            return Unpublished(*session.execute(statement).one())

    def withdrawals(self, *, since: datetime) -> Withdrawn:
        statement = select(WithdrawalRow).order_by(col(WithdrawalRow.id).desc()).limit(MOST_TIMED)
        with self._database.reading() as session:
            rows = session.scalars(statement).all()
        begun = [row.begun_at for row in rows]

        def took(reached: Sequence[datetime | None]) -> list[timedelta]:
            return [at - start for at, start in zip(reached, begun, strict=True) if at is not None and at >= since]

        return Withdrawn(
            off_shelf=took([row.taken_down_at for row in rows]),
            purged=took([row.purged_at for row in rows]),
            gone=took([row.gone_at for row in rows]),
        )


def _public(asset: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether a file of the picture is public, or was."""
    return exists().where(col(RenditionRow.asset) == asset, col(PublicationRow.rendition) == col(RenditionRow.id))
