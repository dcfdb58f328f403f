"""The port of boards: every statement is answered from an index, or looks at a bounded number of rows."""

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, func, select
from sqlmodel import col

from colophon.catalog import campaign_lines, pictures, standing_of_campaign
from colophon.catalog.asset_tables import AssetRow, PublicationRow
from colophon.catalog.campaign_lines import narrowed
from colophon.catalog.campaigns import newest
from colophon.catalog.database import Database
from colophon.catalog.money_tables import PurseRow
from colophon.catalog.standing_of_campaign import WAITS
from colophon.catalog.tables import CampaignRow, RevisionRow
from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import Brands, CampaignCounts, CampaignFilter, CampaignLine, NewestOfBrand, PublicCampaign
from colophon.domain.record import Progress

_PART = 500


class SqlBoards:
    """Implements `colophon.ports.boards.Boards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def campaigns(self, wanted: CampaignFilter, *, limit: int, after: str | None = None) -> Sequence[CampaignLine]:
        with self._database.reading() as session:
            return campaign_lines.lines(session, wanted, limit=limit, after=after)

    def brands(self, seen: Brands, *, limit: int) -> Mapping[str, str]:
        """A brand's campaigns that were changed at the same moment: the first by name."""
        statement = narrowed(newest(col(RevisionRow.brand), func.max(col(CampaignRow.updated_at))), seen)
        statement = statement.group_by(col(RevisionRow.brand)).order_by(col(RevisionRow.brand)).limit(limit)
        latest = statement.subquery()
        named = (
            newest(latest.c[0], func.min(col(CampaignRow.slug)))
            .join(latest, (latest.c[0] == col(RevisionRow.brand)) & (latest.c[1] == col(CampaignRow.updated_at)))
            .group_by(latest.c[0])
            .order_by(latest.c[0])
        )
        with self._database.reading() as session:
            return {row[0]: row[1] for row in session.execute(named)}

    def newest_of_brands(self, seen: Brands, *, limit: int) -> Sequence[NewestOfBrand]:
        slugs, found = list(self.brands(seen, limit=limit).values()), list[NewestOfBrand]()
        columns = (col(RevisionRow.brand), col(RevisionRow.campaign), col(RevisionRow.revision))
        with self._database.reading() as session:
            for start in range(0, len(slugs), _PART):
                of_part = col(CampaignRow.slug).in_(slugs[start : start + _PART])
                rows = session.execute(newest(*columns, col(CampaignRow.updated_at)).where(of_part))
                found += [NewestOfBrand(*row) for row in rows]
        return sorted(found, key=lambda each: each.brand)

    def briefs(self, wanted: Sequence[NewestOfBrand]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        with self._database.reading() as session:
            for start in range(0, len(wanted), _PART):
                part = wanted[start : start + _PART]
                rows = session.execute(
                    select(col(RevisionRow.revision), col(RevisionRow.canonical)).where(
                        col(RevisionRow.campaign).in_([each.campaign for each in part]),
                        col(RevisionRow.revision).in_([each.revision for each in part]),
                    )
                )
                found |= dict(rows.all())
        return found

    def count(self) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(CampaignRow)) or 0

    def waiting(self, seen: Brands, *, limit: int, most: int) -> tuple[Sequence[Asset], int]:
        ids: list[str] = []
        with self._database.reading() as session:
            for state in WAITS:
                statement = select(col(AssetRow.id)).where(col(AssetRow.state) == state)
                if seen is None:
                    statement = statement.order_by(col(AssetRow.id))
                else:
                    own = narrowed(newest(col(CampaignRow.slug)), seen)
                    statement = statement.where(col(AssetRow.campaign).in_(own))
                ids += session.scalars(statement.limit(most))
            oldest = select(AssetRow).where(col(AssetRow.id).in_(sorted(ids)[:limit])).order_by(col(AssetRow.id))
            return [pictures.asset(row) for row in session.scalars(oldest)], min(len(ids), most)

    def counts(self, campaign: str) -> CampaignCounts:
        with self._database.reading() as session:
            return standing_of_campaign.counts(session, campaign)

    def pictures(self, campaign: str, *, limit: int, after: int = -1) -> Sequence[tuple[int, Progress, Asset | None]]:
        with self._database.reading() as session:
            return standing_of_campaign.pictures(session, campaign, limit=limit, after=after)

    def troubled(self, campaign: str, *, limit: int) -> Sequence[Progress]:
        with self._database.reading() as session:
            return standing_of_campaign.troubled(session, campaign, limit=limit)

    def in_state(self, campaign: str, state: AssetState, *, limit: int) -> Sequence[Asset]:
        with self._database.reading() as session:
            return standing_of_campaign.in_state(session, campaign, state, limit=limit)

    def public(self, seen: Brands, *, limit: int) -> Sequence[PublicCampaign]:
        is_open = exists().where(
            col(PublicationRow.campaign) == col(CampaignRow.slug), col(PublicationRow.published_until).is_(None)
        )
        columns = (col(RevisionRow.campaign), col(RevisionRow.title), col(RevisionRow.brand), col(RevisionRow.revision))
        statement = narrowed(newest(*columns), seen).where(is_open).order_by(col(CampaignRow.slug)).limit(limit)
        with self._database.reading() as session:
            return [PublicCampaign(*row) for row in session.execute(statement)]

    def purses(self, names: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        with self._database.reading() as session:
            for start in range(0, len(names), _PART):
                of_part = col(PurseRow.purse).in_(names[start : start + _PART])
                for row in session.scalars(select(PurseRow).where(of_part)):
                    found[row.purse] = row.spent, row.reserved
        return found
