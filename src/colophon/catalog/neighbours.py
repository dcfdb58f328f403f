"""The port of neighbours: which catalogued pictures are the same as, or close to, a given one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from sqlalchemy import BigInteger, ColumnElement, Select, String, bindparam, select, union_all
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
_TOGETHER = 8  # looks whose members one statement reads

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
            with self._database.reading() as session:
                page = looks.near(session, fingerprints, within, after=last)
            for start in range(0, len(page), _TOGETHER):
                yield from self._members(page[start : start + _TOGETHER])
            if len(page) < looks.PAGE:
                return
            last = page[-1]

    def _members(self, part: Sequence[Look]) -> Iterator[_Near]:
        with self._database.reading() as session:
            first = _first_members(session, part)
        for look in part:
            members = first[look.key]
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


def _members_of(place: str) -> Select[int, int, str]:
    """The oldest assets of one look behind one of them; parameters end in ``place``."""
    phash, dhash = (bindparam(f"{name}{place}", type_=BigInteger) for name in ("phash", "dhash"))
    after = bindparam(f"after{place}", type_=String)
    return (
        select(col(AssetRow.phash), col(AssetRow.dhash), col(AssetRow.id))
        .where(col(AssetRow.phash) == phash, col(AssetRow.dhash) == dhash, col(AssetRow.id) > after)
        .order_by(col(AssetRow.id))
        .limit(MEMBERS)
    )


# Always of as many looks: statements that are made once and prepared once.
MEMBERS_OF = _members_of("")
_PARTS = [_members_of(f"_{place}").subquery() for place in range(_TOGETHER)]
_MEMBERS_OF_EACH = union_all(*(select(part.c.phash, part.c.dhash, part.c.id) for part in _PARTS))


def _first_members(session: Session, part: Sequence[Look]) -> dict[tuple[int, int], list[Asset]]:
    """Where fewer looks than usual are wanted, the others are of nothing."""
    values: dict[str, object] = {}
    for place, look in zip_longest(range(_TOGETHER), part):
        phash, dhash = look.key if look else (None, None)
        values |= {f"phash_{place}": phash, f"dhash_{place}": dhash, f"after_{place}": ""}
    rows = sorted(session.execute(_MEMBERS_OF_EACH, values), key=lambda row: str(row.id))
    assets = _by_id(session, [row.id for row in rows])
    found: dict[tuple[int, int], list[Asset]] = defaultdict(list)
    for row, asset in zip(rows, assets, strict=True):
        found[row.phash, row.dhash].append(asset)
    return found


def _more_members(session: Session, look: Look, after: str) -> list[Asset]:
    values = {"phash": look.phash, "dhash": look.dhash, "after": after}
    return _by_id(session, [row.id for row in session.execute(MEMBERS_OF, values)])


def _by_id(session: Session, ids: Sequence[str]) -> list[Asset]:
    """Oldest first; an asset on record stays there."""
    rows = session.scalars(select(AssetRow).where(col(AssetRow.id).in_(ids)).order_by(col(AssetRow.id)))
    return [pictures.asset(row) for row in rows]
