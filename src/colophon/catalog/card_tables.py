"""The table that assets are found by."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from colophon.catalog.columns import IndexedWords, RowNumber
from colophon.catalog.tables import Id, MaybeBig, MaybeName, Name, Prose, Row

Words = Annotated[str, Field(sa_type=IndexedWords)]


class CardRow(Row, table=True):
    """One for each asset: copies of what it is found by, written in the same transaction as what they are copies of.

    ``place`` sorts as the assets' ids do (`colophon.domain.identity.place_of`) and is the row's number in SQLite's word
    index, so that what is found comes newest first without sorting. ``brand`` is empty for pictures from outside.
    ``words`` are those of prompt and names; ``marks`` one word for each filter and its value
    (`colophon.catalog.marks`), so that one index answers any mixture of both."""

    __tablename__ = "cards"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        UniqueConstraint("asset"),
        Index(None, "cost_micros", "place"),
    )

    place: Annotated[int, Field(sa_type=RowNumber, primary_key=True)]
    asset: Id
    campaign: Id
    brand: Prose
    model: MaybeName = None
    route: MaybeName = None
    state: Name
    verdict: Name
    cost_micros: MaybeBig = None
    words: Words
    marks: Words
