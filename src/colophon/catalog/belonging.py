"""The port of belonging: statements by keys, and nothing of the brief's text, which may be long."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.tables import CampaignRow, RevisionRow
from colophon.errors import NotFound

_PART = 500  # a statement takes a bounded number of values
_NEWEST: ColumnElement[bool] = (col(RevisionRow.campaign) == col(CampaignRow.slug)) & (
    col(RevisionRow.revision) == col(CampaignRow.revision)
)


class SqlBelonging:
    """Implements `colophon.ports.belonging.Belonging`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_campaign(self, campaign: str) -> str:
        found = select(col(RevisionRow.brand)).join(CampaignRow, _NEWEST).where(col(CampaignRow.slug) == campaign)
        brand = self._one(found, "campaign", campaign)
        return str(brand)

    def of_asset(self, asset: str) -> str | None:
        return self._one(_of_assets().where(col(AssetRow.id) == asset), "asset", asset)

    def of_assets(self, assets: Collection[str]) -> Mapping[str, str | None]:
        names, found = sorted(assets), dict[str, str | None]()
        with self._database.reading() as session:
            for start in range(0, len(names), _PART):
                part = col(AssetRow.id).in_(names[start : start + _PART])
                statement = _of_assets().add_columns(col(AssetRow.id)).where(part)
                found |= {asset: brand for brand, asset in session.execute(statement)}
        return found

    def of_rendition(self, rendition: str) -> str | None:
        made = _of_assets().join(RenditionRow, col(RenditionRow.asset) == col(AssetRow.id))
        return self._one(made.where(col(RenditionRow.id) == rendition), "rendition", rendition)

    def _one(self, statement: Select[Any], kind: str, name: str) -> str | None:
        with self._database.reading() as session:
            found = session.execute(statement).one_or_none()
        if found is None:
            raise NotFound(f"there is no {kind} {name[:80]!r}", where=name[:80])
        brand: str | None = found[0]
        return brand


def _of_assets() -> Select[Any]:
    return (
        select(col(RevisionRow.brand))
        .select_from(AssetRow)
        .outerjoin(CampaignRow, col(CampaignRow.slug) == col(AssetRow.campaign))
        .outerjoin(RevisionRow, _NEWEST)
    )
