"""What a search asks, as the two databases read it: words and marks, a price, brands, and a range of places."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, cast
from sqlalchemy.dialects.postgresql import TSQUERY

from colophon.catalog import fulltext, marks
from colophon.domain.query import AssetQuery


class Range(NamedTuple):
    """Places from ``first`` to before ``end``."""

    first: int
    end: int

    def holds(self, place: Any) -> ColumnElement[bool]:
        return and_(place >= self.first, place < self.end)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the databases read it; ``match`` is FTS5's expression, ``words`` and ``marks`` are tsqueries. Brands
    have one mark for all spellings, and seeing one is not seeing the other: ``brands`` are held against the cards."""

    match: str | None
    words: str | None
    marks: str | None
    cost: tuple[int | None, int | None]
    beginnings: bool
    brands: tuple[str, ...] | None

    @classmethod
    def of(cls, query: AssetQuery) -> "Asked":
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
