"""The port of lookalikes: assets and renditions by what they look like, found by the bands of their fingerprints."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, literal, select, union
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from colophon.catalog import bits, prints
from colophon.catalog.asset_tables import FingerprintRow
from colophon.catalog.database import Database
from colophon.catalog.manifests import published
from colophon.domain.likeness import Likeness

# As in `colophon.catalog.neighbours`: pictures without structure share their bands, and beyond this many candidates of
# one band the oldest are left out.
CANDIDATES = 16_384
SUBJECTS = 500
WIDEST = 11
_SEARCHED = ("iscc", "phash")


class SqlLookalikes:
    """Implements `colophon.ports.Lookalikes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def alike(self, codes: Mapping[str, str], *, public: bool = False) -> Sequence[Likeness]:
        """Looks at the `SUBJECTS` nearest of those that differ from ``iscc`` or ``phash`` in at most `WIDEST` of the
        first 64 bits; none of those is missed while no band has over `CANDIDATES` candidates."""
        with self._database.reading() as session:
            nearest: dict[str, int] = {}
            for alg in (alg for alg in _SEARCHED if alg in codes):
                for subject, distance in _near(session, alg, prints.head(codes[alg]), public):
                    nearest[subject] = min(distance, nearest.get(subject, distance))
            subjects = sorted(nearest, key=lambda subject: (nearest[subject], subject))[:SUBJECTS]
            found = _distances(session, codes, subjects)
        return sorted((near for near in found if near.same), key=_rank)

    def distances(self, codes: Mapping[str, str], subjects: Sequence[str]) -> Sequence[Likeness]:
        with self._database.reading() as session:
            return _distances(session, codes, subjects)

    def code(self, subject: str, alg: str) -> str | None:
        with self._database.reading() as session:
            row = session.get(FingerprintRow, (subject, alg, 0))
            return None if row is None else prints.whole(row)


def candidates(alg: str, head: str, *, public: bool = False) -> Select[tuple[str, int]]:
    """Subjects and searched bits of everything that shares a band closely enough, each band answered by its own
    index."""
    columns = (col(FingerprintRow.b0), col(FingerprintRow.b1), col(FingerprintRow.b2), col(FingerprintRow.b3))
    bands = zip(columns, bits.probes(head, WIDEST), strict=True)
    parts = [_candidates_of(alg, column, probes, public) for column, probes in bands]
    together = union(*parts).subquery()
    return select(together.c.subject, together.c.bits)


def _candidates_of(alg: str, column: Mapped[int], probes: list[int], public: bool) -> Select[tuple[str, int]]:
    statement = select(col(FingerprintRow.subject), col(FingerprintRow.bits)).where(
        col(FingerprintRow.alg) == alg, column.in_(probes)
    )
    if public:
        asset, subject = col(FingerprintRow.asset), col(FingerprintRow.subject)
        statement = statement.where(published(asset, subject, asset == subject))
    # The newest first, by an expression: see `colophon.catalog.neighbours`.
    newest = (col(FingerprintRow.subject) + literal("")).desc()
    part = statement.order_by(newest).limit(CANDIDATES).subquery()
    return select(part.c.subject, part.c.bits)


def _near(session: Session, alg: str, head: str, public: bool) -> Iterable[tuple[str, int]]:
    wanted = bits.signed(head)
    for row in session.execute(candidates(alg, head, public=public)):
        distance = bits.distance(wanted, row.bits)
        if distance <= WIDEST:
            yield row.subject, distance


def _distances(session: Session, codes: Mapping[str, str], subjects: Sequence[str]) -> list[Likeness]:
    statement = select(FingerprintRow).where(
        col(FingerprintRow.subject).in_(subjects), col(FingerprintRow.alg).in_(list(codes))
    )
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in session.scalars(statement):
        distance = (int(codes[row.alg], 16) ^ int(prints.whole(row), 16)).bit_count()
        known = found[row.asset, row.subject]
        known[row.alg] = min(distance, known.get(row.alg, distance))
    return [
        Likeness(asset, None if subject == asset else subject, distances)
        for (asset, subject), distances in found.items()
    ]


def _rank(near: Likeness) -> tuple[float, bool, str]:
    """Of an original and a rendition equally near the rendition first: its manifest has the original's in it."""
    return -near.score, near.rendition is None, near.subject
