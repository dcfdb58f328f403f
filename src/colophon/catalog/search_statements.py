"""The statements of a search. Each reads the word index, a bounded number of cards, or a range of cards in their order.

SQLite's word index gives what it finds newest first. PostgreSQL's gives no order, so the newest cards are looked
through one by one, and then ever longer stretches are asked of the index, until the page is full: what is common is
found in the first, what is rare is little to sort.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    TextClause,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import fulltext
from colophon.catalog.card_tables import CardRow
from colophon.catalog.search_asked import Asked, Range
from colophon.domain.identity import place_at
from colophon.domain.query import AssetQuery

END = 1 << 62  # beyond every place
_FEW = 2000  # cards that are looked at one by one
_SORTABLE = 50_000  # cards that are sorted, where nothing but their price is asked
# The parts of what is left that PostgreSQL's index is asked for, one after the other. A beginning of words is looked up
# anew in each, which takes longer than sorting more.
_STRETCHES, _STRETCHES_OF_BEGINNINGS = (64, 16, 4, 1), (16, 1)
_FTS: Any = table(fulltext.TABLE, column("rowid"))
PLACE: Any = col(CardRow.place)


def found(session: Session, query: AssetQuery, limit: int, end: int) -> list[Any]:
    """Places and assets, the newest first, of at most ``limit`` cards before ``end``."""
    rows: list[Any] = []
    if query.brands == frozenset() or query.states == frozenset():
        return rows
    first = place_at(query.since) if query.since else 0
    last = min(end, place_at(query.until)) if query.until else end
    asked = Asked.of(query)
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:
        _steer(session)
    for statement in _statements(session, asked, Range(first, last), limit, postgres=postgres):
        rows += session.execute(statement).all()
        if len(rows) >= limit:
            break
    return rows[:limit]


def _statements(session: Session, asked: Asked, within: Range, limit: int, *, postgres: bool) -> Iterator[Executable]:
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


def matching(asked: Asked, within: Range, limit: int) -> TextClause:
    """SQLite: the word index in its order."""
    least, most = asked.cost
    brands = None if asked.brands is None else json.dumps(asked.brands)
    conditions = (("least", least, _LEAST), ("most", most, _MOST), ("brands", brands, _SEEN))
    more = [(name, bound, part) for name, bound, part in conditions if bound is not None]
    values = {"match": asked.match, **within._asdict(), "limit": limit, **{name: bound for name, bound, _ in more}}
    return text(_MATCHING.format(more=" ".join(part for *_, part in more))).bindparams(**values)


def newest(within: Range) -> Select[Any]:
    """PostgreSQL: the cards that are looked at one by one."""
    columns = (PLACE, *(col(getattr(CardRow, name)) for name in ("asset", "words", "marks", "brand", "cost_micros")))
    return select(*columns).where(within.holds(PLACE)).order_by(PLACE.desc()).limit(_FEW)


def stretch(asked: Asked, within: Range, limit: int) -> Select[Any]:
    """PostgreSQL: by the word index. An order that no index has keeps the planner from reading cards in theirs."""
    return (
        select(PLACE, col(CardRow.asset))
        .where(within.holds(PLACE), *asked.vectors(CardRow), *asked.costs(col(CardRow.cost_micros)))
        .order_by((PLACE + 0).desc())
        .limit(limit)
    )


def _stretches(session: Session, asked: Asked, within: Range, limit: int) -> Iterator[Select[Any]]:
    latest = newest(within).subquery()
    conditions = [*asked.vectors(latest.c), *asked.costs(latest.c.cost_micros)]
    yield select(latest.c.place, latest.c.asset).where(*conditions).order_by(latest.c.place.desc()).limit(limit)
    reached = select(PLACE).where(within.holds(PLACE)).order_by(PLACE.desc()).limit(_FEW).subquery()
    end = session.scalar(select(func.min(reached.c.place)))
    oldest = session.scalar(select(func.min(PLACE)).where(within.first <= PLACE))
    if end is None or oldest is None or end <= oldest:
        return
    below = end
    for part in _STRETCHES_OF_BEGINNINGS if asked.beginnings else _STRETCHES:
        first = end - (end - oldest) // part
        yield stretch(asked, Range(first, below), limit)
        below = first


def _of_few(asked: Asked, within: Range, limit: int, *, postgres: bool) -> Select[Any]:
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


def _by_price_alone(asked: Asked, within: Range, limit: int, *, sort: bool) -> Select[Any]:
    """``sort``: what costs so much is little enough to be sorted; else cards are looked at in their order."""
    statement = select(PLACE, col(CardRow.asset)).where(within.holds(PLACE), *asked.costs(col(CardRow.cost_micros)))
    return statement.order_by((PLACE + 0).desc() if sort else PLACE.desc()).limit(limit)


def _few(session: Session, asked: Asked, most: int) -> bool:
    part = select(PLACE).where(*asked.costs(col(CardRow.cost_micros))).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(part)) or 0) <= most


def _match(asked: Asked) -> ColumnElement[bool]:
    return literal_column(fulltext.TABLE).op("MATCH")(bindparam(None, asked.match))


def _steer(session: Session) -> None:
    """For this transaction: room for the places of a common word, and no reading of all cards where a guess at how many
    hold several words says that most do."""
    for setting in ("enable_seqscan = off", "work_mem = '64MB'", "jit = off"):
        session.execute(text(f"SET LOCAL {setting}"))
