"""The port of search: assets by their words and filters, newest first, a page at a time.

Every statement reads the word index, a bounded number of cards, or a range of cards in their order. SQLite's word
index gives what it finds newest first. PostgreSQL's gives no order, so the newest cards are looked through one by one,
and then ever longer stretches are asked of the index, until the page is full: what is common is found in the first,
what is rare is little to sort.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    TextClause,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import fulltext, marks, pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.card_tables import CardRow
from colophon.catalog.database import Database
from colophon.domain.asset import Asset
from colophon.domain.identity import place_at
from colophon.domain.query import AssetQuery, Facets
from colophon.errors import InvalidInput

_LARGEST_PAGE = 1000
_MOST_COUNTED = 3_000
_FACETS = ("brand", "campaign", "model", "route", "state", "verdict")
_END = 1 << 62  # beyond every place
_FEW = 2000  # cards that are looked at one by one
_SORTABLE = 50_000  # cards that are sorted, where nothing but their price is asked
# The parts of what is left that PostgreSQL's index is asked for, one after the other. A beginning of words is looked up
# anew in each, which takes longer than sorting more.
_STRETCHES, _STRETCHES_OF_BEGINNINGS = (64, 16, 4, 1), (16, 1)
_FTS: Any = table(fulltext.TABLE, column("rowid"))
_PLACE: Any = col(CardRow.place)


class _Range(NamedTuple):
    """Places from ``first`` to before ``end``."""

    first: int
    end: int

    def holds(self, place: Any) -> ColumnElement[bool]:
        return and_(place >= self.first, place < self.end)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as the databases read it; ``match`` is FTS5's expression, ``words`` and ``marks`` are tsqueries. Brands
    have one mark for all spellings, and seeing one is not seeing the other: ``brands`` are held against the cards."""

    match: str | None
    words: str | None
    marks: str | None
    cost: tuple[int | None, int | None]
    beginnings: bool
    brands: tuple[str, ...] | None

    @classmethod
    def of(cls, query: AssetQuery) -> "_Asked":
        found = marks.asked(query)
        return cls(
            match=fulltext.for_sqlite(query.text, found),
            words=fulltext.for_postgres(query.text),
            marks=fulltext.marks_for_postgres(query.text, found),
            cost=(query.cost_min, query.cost_max),
            beginnings=query.text is not None and any(term.prefix for term in query.text.wanted),
            brands=None if query.brands is None else tuple(sorted(query.brands)),
        )

    @property
    def priced(self) -> bool:
        return self.cost != (None, None)

    def costs(self, micros: Any) -> list[ColumnElement[bool]]:
        least, most = self.cost
        return [
            *([] if not self.priced else [micros.is_not(None)]),
            *([] if least is None else [micros >= least]),
            *([] if most is None else [micros <= most]),
        ]

    def vectors(self, row: Any) -> list[ColumnElement[bool]]:
        """Conditions on a card's vectors, and on its brand; PostgreSQL's."""
        pairs = [(row.words, self.words), (row.marks, self.marks)]
        found = [column.op("@@")(cast(bindparam(None, asked), TSQUERY)) for column, asked in pairs if asked]
        return [*found, *self.seen(row)]

    def seen(self, row: Any) -> list[ColumnElement[bool]]:
        return [] if self.brands is None else [row.brand.in_(self.brands)]


class SqlSearch:
    """Implements `colophon.ports.Search`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: AssetQuery, *, limit: int, after: str | None = None) -> Sequence[Asset]:
        """``limit`` is 1 to 1000; raises `InvalidInput` for others, and for an ``after`` that is no asset's id."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidInput(f"a page has 1 to {_LARGEST_PAGE} entries, not {limit}", where="limit")
        with self._database.reading() as session:
            end = _END if after is None else _place(session, after, query.brands)
            ids = [row.asset for row in found(session, query, limit, end)]
            rows = session.scalars(select(AssetRow).where(col(AssetRow.id).in_(ids))) if ids else ()
            assets = {row.id: pictures.asset(row) for row in rows}
        return [assets[each] for each in ids]

    def facets(self, query: AssetQuery) -> Facets:
        with self._database.reading() as session:
            places = [row.place for row in found(session, query, _MOST_COUNTED + 1, _END)]
            counted = places[:_MOST_COUNTED]
            rows = _copies(session, counted)
        columns = dict(zip(_FACETS, zip(*rows, strict=True), strict=False))  # none at all of no rows
        by = {name: dict(Counter(filter(None, columns.get(name, ()))).most_common()) for name in _FACETS}
        return Facets(counted=len(counted), more=len(places) > _MOST_COUNTED, by=by)


def found(session: Session, query: AssetQuery, limit: int, end: int) -> list[Any]:
    """Places and assets, the newest first, of at most ``limit`` cards before ``end``."""
    rows: list[Any] = []
    if query.brands == frozenset() or query.states == frozenset():
        return rows
    first = place_at(query.since) if query.since else 0
    last = min(end, place_at(query.until)) if query.until else end
    asked = _Asked.of(query)
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:
        _steer(session)
    for statement in _statements(session, asked, _Range(first, last), limit, postgres=postgres):
        rows += session.execute(statement).all()
        if len(rows) >= limit:
            break
    return rows[:limit]


def _statements(session: Session, asked: _Asked, within: _Range, limit: int, *, postgres: bool) -> Iterator[Executable]:
    """Each for places before those of the one before it."""
    if asked.match is None:
        yield _by_price_alone(asked, within, limit, sort=asked.priced and _few(session, asked, _SORTABLE))
    elif asked.priced and _few(session, asked, _FEW):
        yield _of_few(asked, within, limit, postgres=postgres)
    elif postgres:
        yield from _stretches(session, asked, within, limit)
    else:
        yield matching(asked, within, limit)


# The cross join keeps the word index outermost (https://www.sqlite.org/optoverview.html, "Manual Control Of Query Plans
# Using CROSS JOIN").
_MATCHING = """
    SELECT cards.place, cards.asset FROM cards_fts CROSS JOIN cards
    WHERE cards_fts MATCH :match AND cards_fts.rowid >= :first AND cards_fts.rowid < :end
    AND cards.place = cards_fts.rowid {more} ORDER BY cards_fts.rowid DESC LIMIT :limit
"""
_LEAST, _MOST = "AND cards.cost_micros >= :least", "AND cards.cost_micros <= :most"
_SEEN = "AND cards.brand IN (SELECT value FROM json_each(:brands))"


def matching(asked: _Asked, within: _Range, limit: int) -> TextClause:
    """SQLite: the word index in its order."""
    least, most = asked.cost
    brands = None if asked.brands is None else json.dumps(asked.brands)
    conditions = (("least", least, _LEAST), ("most", most, _MOST), ("brands", brands, _SEEN))
    more = [(name, bound, part) for name, bound, part in conditions if bound is not None]
    values = {"match": asked.match, **within._asdict(), "limit": limit, **{name: bound for name, bound, _ in more}}
    return text(_MATCHING.format(more=" ".join(part for *_, part in more))).bindparams(**values)


def newest(within: _Range) -> Select[Any]:
    """PostgreSQL: the cards that are looked at one by one."""
    columns = (_PLACE, *(col(getattr(CardRow, name)) for name in ("asset", "words", "marks", "brand", "cost_micros")))
    return select(*columns).where(within.holds(_PLACE)).order_by(_PLACE.desc()).limit(_FEW)


def stretch(asked: _Asked, within: _Range, limit: int) -> Select[Any]:
    """PostgreSQL: by the word index. An order that no index has keeps the planner from reading cards in theirs."""
    return (
        select(_PLACE, col(CardRow.asset))
        .where(within.holds(_PLACE), *asked.vectors(CardRow), *asked.costs(col(CardRow.cost_micros)))
        .order_by((_PLACE + 0).desc())
        .limit(limit)
    )


def _stretches(session: Session, asked: _Asked, within: _Range, limit: int) -> Iterator[Select[Any]]:
    latest = newest(within).subquery()
    conditions = [*asked.vectors(latest.c), *asked.costs(latest.c.cost_micros)]
    yield select(latest.c.place, latest.c.asset).where(*conditions).order_by(latest.c.place.desc()).limit(limit)
    reached = select(_PLACE).where(within.holds(_PLACE)).order_by(_PLACE.desc()).limit(_FEW).subquery()
    end = session.scalar(select(func.min(reached.c.place)))
    oldest = session.scalar(select(func.min(_PLACE)).where(within.first <= _PLACE))
    if end is None or oldest is None or end <= oldest:
        return
    below = end
    for part in _STRETCHES_OF_BEGINNINGS if asked.beginnings else _STRETCHES:
        first = end - (end - oldest) // part
        yield stretch(asked, _Range(first, below), limit)
        below = first


def _of_few(asked: _Asked, within: _Range, limit: int, *, postgres: bool) -> Select[Any]:
    """By price, and each card held against the rest."""
    columns = (col(getattr(CardRow, name)) for name in ("place", "asset", "words", "marks", "brand"))
    few = select(*columns).where(*asked.costs(col(CardRow.cost_micros))).limit(_FEW).subquery()
    rest = asked.vectors(few.c)
    if not postgres:
        rest = [
            select(literal_column("1")).select_from(_FTS).where(_match(asked), _FTS.c.rowid == few.c.place).exists(),
            *asked.seen(few.c),
        ]
    place = few.c.place
    return select(place, few.c.asset).where(within.holds(place), *rest).order_by(place.desc()).limit(limit)


def _by_price_alone(asked: _Asked, within: _Range, limit: int, *, sort: bool) -> Select[Any]:
    """``sort``: what costs so much is little enough to be sorted; else cards are looked at in their order."""
    statement = select(_PLACE, col(CardRow.asset)).where(within.holds(_PLACE), *asked.costs(col(CardRow.cost_micros)))
    return statement.order_by((_PLACE + 0).desc() if sort else _PLACE.desc()).limit(limit)


def _few(session: Session, asked: _Asked, most: int) -> bool:
    part = select(_PLACE).where(*asked.costs(col(CardRow.cost_micros))).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(part)) or 0) <= most


def _match(asked: _Asked) -> ColumnElement[bool]:
    return literal_column(fulltext.TABLE).op("MATCH")(bindparam(None, asked.match))


def _steer(session: Session) -> None:
    """For this transaction: room for the places of a common word, and no reading of all cards where a guess at how many
    hold several words says that most do."""
    for setting in ("enable_seqscan = off", "work_mem = '64MB'", "jit = off"):
        session.execute(text(f"SET LOCAL {setting}"))


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
    card = select(_PLACE).where(col(CardRow.asset) == asset)
    place = session.scalar(card if brands is None else card.where(col(CardRow.brand).in_(sorted(brands))))
    if place is None:
        raise InvalidInput(f"there is no asset {asset} to go on after", where="cursor", hint="start without a cursor")
    return int(place)
