"""The port of neighbours: which catalogued pictures are the same as, or close to, a given one."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, literal, select, union
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from colophon.catalog import bits, pictures
from colophon.catalog.asset_tables import AssetRow, RenditionRow
from colophon.catalog.database import Database
from colophon.domain.asset import Asset, Fingerprints
from colophon.errors import InvalidInput

# Random pictures give about 70 candidates a band at a million assets. Pictures without structure (blank, one
# gradient) all share their bands: beyond this many candidates of one band the oldest are left out, so that a search
# stays short, and pictures of such a cluster may then be missed.
CANDIDATES = 4096
RESULTS = 200
WIDEST = 11


class SqlNeighbours:
    """Implements `colophon.ports.Neighbours`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def same_bytes(self, sha256: str) -> Sequence[Asset]:
        """Oldest first."""
        return self._where(col(AssetRow.sha256) == sha256)

    def rendered_as(self, sha256: str) -> Sequence[Asset]:
        """Oldest first."""
        made = select(col(RenditionRow.asset)).where(col(RenditionRow.sha256) == sha256)
        return self._where(col(AssetRow.id).in_(made))

    def same_pixels(self, pixels_sha256: str) -> Sequence[Asset]:
        """Oldest first."""
        return self._where(col(AssetRow.pixels_sha256) == pixels_sha256)

    def near(self, fingerprints: Fingerprints, within: int) -> Sequence[tuple[Asset, tuple[int, int]]]:
        """The nearest first, at most `RESULTS`; none is missed while no band has over `CANDIDATES` candidates.

        Raises `InvalidInput` for a distance under 0 or over `WIDEST`.
        """
        if not 0 <= within <= WIDEST:
            raise InvalidInput(f"pictures are compared within 0 to {WIDEST} bits, not {within}")
        phash, dhash = bits.signed(fingerprints.phash), bits.signed(fingerprints.dhash)
        with self._database.reading() as session:
            found = [
                (bits.distance(phash, row.phash), bits.distance(dhash, row.dhash), row.id)
                for row in session.execute(candidates(fingerprints.phash, within))
            ]
            nearest = sorted(entry for entry in found if entry[0] <= within)[:RESULTS]
            assets = _by_id(session, [asset_id for _, _, asset_id in nearest])
        return [(assets[asset_id], (first, second)) for first, second, asset_id in nearest]

    def _where(self, condition: ColumnElement[bool]) -> Sequence[Asset]:
        with self._database.reading() as session:
            rows = session.scalars(select(AssetRow).where(condition).order_by(col(AssetRow.id)))
            return [pictures.asset(row) for row in rows]


def candidates(phash: str, within: int) -> Select[tuple[str, int, int]]:
    """Ids and fingerprints of everything that shares a band closely enough, each band answered by its own index."""
    columns = (col(AssetRow.b0), col(AssetRow.b1), col(AssetRow.b2), col(AssetRow.b3))
    bands = zip(columns, bits.bands(phash), strict=True)
    parts = [_candidates_of(column, bits.probes(band, within)) for column, band in bands]
    together = union(*parts).subquery()
    return select(together.c.id, together.c.phash, together.c.dhash)


def _candidates_of(column: Mapped[int], probes: list[int]) -> Select[tuple[str, int, int]]:
    part = (
        select(col(AssetRow.id), col(AssetRow.phash), col(AssetRow.dhash))
        .where(column.in_(probes))
        # The newest first. An expression, not the column: a planner that sees an order it has an index for may
        # rather walk the whole table in that order than look up the band.
        .order_by((col(AssetRow.id) + literal("")).desc())
        .limit(CANDIDATES)
        .subquery()
    )
    return select(part.c.id, part.c.phash, part.c.dhash)


def _by_id(session: Session, ids: Sequence[str]) -> dict[str, Asset]:
    rows = session.scalars(select(AssetRow).where(col(AssetRow.id).in_(ids)))
    return {row.id: pictures.asset(row) for row in rows}
