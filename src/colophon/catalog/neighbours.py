"""The port of neighbours: which catalogued pictures are the same as, or close to, a given one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, String, bindparam, select, union_all
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import looks, pictures
from colophon.catalog.asset_tables import AssetRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.looks import Look
from colophon.domain.asset import Asset, Fingerprints
from colophon.errors import InvalidInput

WIDEST = 11
MEMBERS = 50  # of one look read at a time
_TOGETHER = 10  # looks whose members one statement reads

_Near = tuple[Asset, tuple[int, int]]


class SqlNeighbours:
    """Implements `colophon.ports.Neighbours`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def same_bytes(self, sha256: str) -> Iterator[Asset]:
        """Oldest first."""
        return self._where(col(AssetRow.sha256) == sha256)

    def rendered_as(self, sha256: str) -> Iterator[Asset]:
        """Oldest first."""
        made = select(col(RenditionRow.asset)).where(col(RenditionRow.sha256) == sha256)
        return self._where(col(AssetRow.id).in_(made))

    def same_pixels(self, pixels_sha256: str) -> Iterator[Asset]:
        """Oldest first."""
        return self._where(col(AssetRow.pixels_sha256) == pixels_sha256)

    def near(self, fingerprints: Fingerprints, within: tuple[int, int]) -> Iterator[_Near]:
        """None is missed, however many are alike; pictures of one look come together. Read in pages, each of its own
        moment.

        Raises `InvalidInput` for a phash distance over `WIDEST`, and for one that is no number of bits.
        """
        if not (0 <= within[0] <= WIDEST and 0 <= within[1] <= 64):
            raise InvalidInput(f"pictures are compared within 0 to {WIDEST} and 0 to 64 bits, not {within}")
        return self._near(fingerprints, within)

    def _near(self, fingerprints: Fingerprints, within: tuple[int, int]) -> Iterator[_Near]:
        last: Look | None = None
        while True:
            with self._database.reading() as session:  # most answers are of a few looks, and all of them come here
                page = looks.near(session, fingerprints, within, after=last)
                first = _first_members(session, page[:_TOGETHER])
            yield from self._all_members(first)
            for start in range(_TOGETHER, len(page), _TOGETHER):
                with self._database.reading() as session:
                    first = _first_members(session, page[start : start + _TOGETHER])
                yield from self._all_members(first)
            if len(page) < looks.PAGE:
                return
            last = page[-1]

    def _all_members(self, first: Sequence[tuple[Look, list[Asset]]]) -> Iterator[_Near]:
        for look, members in first:
            while members:
                yield from ((asset, look.far) for asset in members)
                if len(members) < MEMBERS:
                    break
                with self._database.reading() as session:
                    members = _more_members(session, look, members[-1].id)

    def _where(self, condition: ColumnElement[bool]) -> Iterator[Asset]:
        statement, last = select(AssetRow).where(condition).order_by(col(AssetRow.id)).limit(MEMBERS), ""
        while True:
            with self._database.reading() as session:
                rows = session.scalars(statement.where(col(AssetRow.id) > last))
                page = [pictures.asset(row) for row in rows]
            yield from page
            if len(page) < MEMBERS:
                return
            last = page[-1].id


def _members_of(place: str) -> Select[str]:
    """The oldest assets of one look behind one of them; parameters end in ``place``."""
    phash, dhash = (bindparam(f"{name}{place}", type_=BigInteger) for name in ("phash", "dhash"))
    after = bindparam(f"after{place}", type_=String)
    return (
        select(col(AssetRow.id))
        .where(col(AssetRow.phash) == phash, col(AssetRow.dhash) == dhash, col(AssetRow.id) > after)
        .order_by(col(AssetRow.id))
        .limit(MEMBERS)
    )


def _assets(ids: Select[str] | CompoundSelect[str]) -> Select[AssetRow]:
    return select(AssetRow).where(col(AssetRow.id).in_(ids)).order_by(col(AssetRow.id))


# Always of as many looks: statements that are made once and prepared once.
MEMBERS_OF = _members_of("")
_MORE = _assets(MEMBERS_OF)
_PARTS = [_members_of(f"_{place}").subquery() for place in range(_TOGETHER)]
_FIRST = _assets(union_all(*(select(part.c.id) for part in _PARTS)))


def _first_members(session: Session, part: Sequence[Look]) -> list[tuple[Look, list[Asset]]]:
    """The oldest of each look. Where fewer looks than usual are wanted, the others are of nothing."""
    if not part:
        return []
    values: dict[str, object] = {}
    for place, look in zip_longest(range(_TOGETHER), part):
        phash, dhash = look.key if look else (None, None)
        values |= {f"phash_{place}": phash, f"dhash_{place}": dhash, f"after_{place}": ""}
    found: dict[tuple[int, int], list[Asset]] = defaultdict(list)
    for row in session.scalars(_FIRST, values):
        found[row.phash, row.dhash].append(pictures.asset(row))
    return [(look, found[look.key]) for look in part]


def _more_members(session: Session, look: Look, after: str) -> list[Asset]:
    values = {"phash": look.phash, "dhash": look.dhash, "after": after}
    return [pictures.asset(row) for row in session.scalars(_MORE, values)]
