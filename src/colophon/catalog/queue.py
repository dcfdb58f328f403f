"""The port of reviewing: a campaign's pictures in their order. Each statement reads one campaign through its index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select, text, tuple_
from sqlmodel import col

from colophon.catalog import pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.database import Database
from colophon.domain.asset import Asset, AssetState

_WAITING = (AssetState.HELD.value, AssetState.CHECKED.value)
_ID: Any = col(AssetRow.id)
_PLACE: tuple[Any, ...] = (func.coalesce(col(AssetRow.visual), ""), func.coalesce(col(AssetRow.variant), 0), _ID)


class SqlReviewQueue:
    """Implements `colophon.ports.ReviewQueue`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def variants(self, asset: Asset, *, limit: int) -> Sequence[Asset]:
        if asset.visual is None:
            return [asset]
        same = col(AssetRow.visual) == asset.visual
        return self._all(_of(asset.campaign).where(same).order_by(*_PLACE).limit(limit))

    def waiting_after(self, asset: Asset, *, limit: int, back: bool = False) -> Sequence[Asset]:
        here: tuple[Any, ...]
        if asset.visual is None:  # as many as ever came from outside: along the index, no order of another kind
            place, here = _PLACE[-1:], (asset.id,)
        else:
            place, here = _PLACE, (asset.visual, asset.variant or 0, asset.id)
        beyond = tuple_(*place) < here if back else tuple_(*place) > here
        order = [part.desc() if back else part for part in place]
        return self._all(_waiting(asset.campaign).where(beyond).order_by(*order).limit(limit))

    def first_waiting(self, campaign: str) -> Asset | None:
        outside = self._all(_waiting(campaign).where(col(AssetRow.visual).is_(None)).order_by(_ID).limit(1))
        first = outside or self._all(_waiting(campaign).order_by(*_PLACE).limit(1))
        return first[0] if first else None

    def _all(self, statement: Select[AssetRow]) -> list[Asset]:
        with self._database.reading() as session:
            if session.get_bind().dialect.name == "postgresql":  # a guess at how large a campaign is reads no table
                session.execute(text("SET LOCAL enable_seqscan = off"))
            return [pictures.asset(row) for row in session.scalars(statement)]


def _of(campaign: str) -> Select[AssetRow]:
    return select(AssetRow).where(col(AssetRow.campaign) == campaign)


def _waiting(campaign: str) -> Select[AssetRow]:
    return _of(campaign).where(col(AssetRow.state).in_(_WAITING))
