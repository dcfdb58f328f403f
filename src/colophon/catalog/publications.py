"""The port of publications: what is public, where, from when to when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import col

from colophon.catalog import pictures
from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.database import Database
from colophon.domain.asset import AssetState, Rendition
from colophon.domain.record import Publication
from colophon.errors import NotFound


class SqlPublications:
    """Implements `colophon.ports.Publications`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, publication: Publication) -> Publication:
        """Raises `NotFound` for an unknown rendition."""
        rendition = select(RenditionRow).where(col(RenditionRow.id) == publication.rendition)
        same = select(PublicationRow).where(
            col(PublicationRow.rendition) == publication.rendition,
            col(PublicationRow.key) == publication.key,
            col(PublicationRow.published_until).is_(None),
        )
        with self._database.writing() as session:
            if session.scalars(rendition.with_for_update(key_share=True)).one_or_none() is None:
                raise NotFound(f"there is no rendition {publication.rendition}", where=publication.rendition)
            known = session.scalars(same).one_or_none()
            if known is not None:
                return value_of(known)
            session.execute(insert(PublicationRow).values(**_values(publication)))
            return publication

    def close(self, publication: str, *, at: datetime) -> None:
        """Closing again keeps the first time. Raises `NotFound`."""
        with self._database.writing() as session:
            if session.get(PublicationRow, publication) is None:
                raise NotFound(f"there is no publication {publication}", where=publication)
            session.execute(
                update(PublicationRow)
                .where(col(PublicationRow.id) == publication, col(PublicationRow.published_until).is_(None))
                .values(published_until=at)
                .execution_options(synchronize_session=False)
            )

    def of_campaign(self, campaign: str, *, only_open: bool = False) -> Sequence[Publication]:
        """Oldest first."""
        statement = select(PublicationRow).where(col(PublicationRow.campaign) == campaign)
        if only_open:
            statement = statement.where(col(PublicationRow.published_until).is_(None))
        with self._database.reading() as session:
            rows = session.scalars(statement.order_by(col(PublicationRow.id)))
            return [value_of(row) for row in rows]

    def campaigns(self) -> Sequence[str]:
        statement = select(col(PublicationRow.campaign)).where(col(PublicationRow.published_until).is_(None)).distinct()
        with self._database.reading() as session:
            return sorted(session.scalars(statement))

    def page(
        self, campaign: str, *, public: bool, limit: int, after: str | None = None
    ) -> Sequence[tuple[Publication, Rendition]]:
        ended = col(PublicationRow.published_until)
        statement = (
            select(PublicationRow, RenditionRow)
            .join(RenditionRow, col(RenditionRow.id) == col(PublicationRow.rendition))
            .where(col(PublicationRow.campaign) == campaign, ended.is_(None) if public else ended.is_not(None))
            .order_by(col(PublicationRow.id).desc())
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(PublicationRow.id) < after)
        with self._database.reading() as session:
            return [(value_of(row), pictures.rendition(file)) for row, file in session.execute(statement)]

    def count(self, campaign: str) -> int:
        statement = select(func.count()).select_from(PublicationRow).where(col(PublicationRow.campaign) == campaign)
        with self._database.reading() as session:
            return session.scalar(statement) or 0

    def public_though_rejected(self, campaign: str, *, limit: int) -> Sequence[tuple[str, Publication]]:
        statement = (
            select(col(RenditionRow.asset), PublicationRow)
            .select_from(AssetRow)
            .join(RenditionRow, col(RenditionRow.asset) == col(AssetRow.id))
            .join(PublicationRow, col(PublicationRow.rendition) == col(RenditionRow.id))
            .where(
                col(AssetRow.campaign) == campaign,
                col(AssetRow.state) == AssetState.REJECTED.value,
                col(PublicationRow.published_until).is_(None),
            )
            .order_by(col(PublicationRow.id))
            .limit(limit)
        )
        with self._database.reading() as session:
            return [(asset, value_of(row)) for asset, row in session.execute(statement)]

    def public_of(self, assets: Sequence[str]) -> Sequence[tuple[str, Publication]]:
        statement = (
            select(col(RenditionRow.asset), PublicationRow)
            .join(RenditionRow, col(RenditionRow.id) == col(PublicationRow.rendition))
            .where(col(RenditionRow.asset).in_(assets), col(PublicationRow.published_until).is_(None))
            .order_by(col(PublicationRow.id))
        )
        with self._database.reading() as session:
            return [(asset, value_of(row)) for asset, row in session.execute(statement)]

    def of_asset(self, asset: str) -> Sequence[Publication]:
        """Oldest first."""
        statement = (
            select(PublicationRow)
            .join(RenditionRow, col(RenditionRow.id) == col(PublicationRow.rendition))
            .where(col(RenditionRow.asset) == asset)
            .order_by(col(PublicationRow.id))
        )
        with self._database.reading() as session:
            return [value_of(row) for row in session.scalars(statement)]


def _values(publication: Publication) -> dict[str, object]:
    return {
        "id": publication.id,
        "campaign": publication.campaign,
        "rendition": publication.rendition,
        "key": publication.key,
        "address": publication.address,
        "sha256": publication.sha256,
        "published_from": publication.published_from,
        "published_until": publication.published_until,
    }


def value_of(row: PublicationRow) -> Publication:
    return Publication(
        id=row.id,
        campaign=row.campaign,
        rendition=row.rendition,
        key=row.key,
        address=row.address,
        sha256=row.sha256,
        published_from=row.published_from,
        published_until=row.published_until,
    )
