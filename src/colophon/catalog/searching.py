"""The port of search: assets by their words and filters, newest first, a page at a time."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.card_tables import CardRow
from colophon.catalog.database import Database
from colophon.catalog.search_statements import END, PLACE, found
from colophon.domain.asset import Asset
from colophon.domain.query import AssetQuery, Facets
from colophon.errors import InvalidInput

_LARGEST_PAGE = 1000
_MOST_COUNTED = 3_000
_FACETS = ("brand", "campaign", "model", "route", "state", "verdict")


class SqlSearch:
    """Implements `colophon.ports.Search`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: AssetQuery, *, limit: int, after: str | None = None) -> Sequence[Asset]:
        """``limit`` is 1 to 1000; raises `InvalidInput` for others, and for an ``after`` that is no asset's id."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidInput(f"a page has 1 to {_LARGEST_PAGE} entries, not {limit}", where="limit")
        with self._database.reading() as session:
            end = END if after is None else _place(session, after, query.brands)
            ids = [row.asset for row in found(session, query, limit, end)]
            rows = session.scalars(select(AssetRow).where(col(AssetRow.id).in_(ids))) if ids else ()
            assets = {row.id: pictures.asset(row) for row in rows}
        return [assets[each] for each in ids]

    def facets(self, query: AssetQuery) -> Facets:
        with self._database.reading() as session:
            places = [row.place for row in found(session, query, _MOST_COUNTED + 1, END)]
            counted = places[:_MOST_COUNTED]
            rows = _copies(session, counted)
        columns = dict(zip(_FACETS, zip(*rows, strict=True), strict=False))  # none at all of no rows
        by = {name: dict(Counter(filter(None, columns.get(name, ()))).most_common()) for name in _FACETS}
        return Facets(counted=len(counted), more=len(places) > _MOST_COUNTED, by=by)


def _copies(session: Session, places: Sequence[int]) -> Sequence[Any]:
    """What these cards say for each facet; the places are one value, since a statement takes a bounded number."""
    names = ", ".join(_FACETS)
    if session.get_bind().dialect.name == "postgresql":
        statement = f"SELECT {names} FROM cards WHERE place = ANY(:places)"  # noqa: S608 - names of this module
        return session.execute(text(statement), {"places": list(places)}).all()
    statement = f"SELECT {names} FROM json_each(:places) CROSS JOIN cards ON cards.place = value"  # noqa: S608 - as above
    return session.execute(text(statement), {"places": json.dumps(list(places))}).all()


def _place(session: Session, asset: str, brands: frozenset[str] | None) -> int:
    """Raises `InvalidInput`, for an asset of a brand that is not among them as for none: whoever asks is not told
    which there are."""
    card = select(PLACE).where(col(CardRow.asset) == asset)
    place = session.scalar(card if brands is None else card.where(col(CardRow.brand).in_(sorted(brands))))
    if place is None:
        raise InvalidInput(f"there is no asset {asset} to go on after", where="cursor", hint="start without a cursor")
    return int(place)
