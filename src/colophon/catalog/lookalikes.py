"""The port of lookalikes: assets and renditions by what they look like, found by the bands of their fingerprints."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BigInteger, Select, Subquery, func, literal, select, union
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from colophon.catalog import bits, prints
from colophon.catalog.asset_tables import FingerprintRow
from colophon.catalog.database import Database
from colophon.catalog.hamming import Numbers, differing, one_of
from colophon.catalog.manifests import published
from colophon.domain.likeness import Likeness

SUBJECTS = 500
WIDEST = 11
_SEARCHED = ("iscc", "phash")


class SqlLookalikes:
    """Implements `colophon.ports.Lookalikes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def alike(self, codes: Mapping[str, str], *, public: bool = False) -> Sequence[Likeness]:
        """Looks at the `SUBJECTS` nearest of those that differ from ``iscc`` or ``phash`` in at most `WIDEST` of the
        first 64 bits; of equally near ones the oldest."""
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


def nearest(alg: str, head: str, *, public: bool = False) -> Select[str, int]:
    """Subjects and their differing bits, the nearest of each band, each band answered by its own index. The database
    counts the bits, so that of a crowd that shares a band only what is near is sorted and sent."""
    columns = (col(FingerprintRow.b0), col(FingerprintRow.b1), col(FingerprintRow.b2), col(FingerprintRow.b3))
    bands = zip(columns, bits.probes(head, WIDEST), strict=True)
    parts = [_nearest_of(alg, head, column, probes, public) for column, probes in bands]
    together = union(*(select(part.c.subject, part.c.bits) for part in parts)).subquery()
    return select(together.c.subject, together.c.bits)


def _nearest_of(alg: str, head: str, column: Mapped[int], probes: list[int], public: bool) -> Subquery:
    """Grouped, since several windows of one picture may be near."""
    asset, subject = col(FingerprintRow.asset), col(FingerprintRow.subject)
    far = differing(col(FingerprintRow.bits), literal(bits.signed(head), BigInteger))
    statement = select(subject, func.min(far).label("bits")).where(
        col(FingerprintRow.alg) == alg, one_of(column, literal(probes, Numbers())), far <= WIDEST
    )
    if public:
        statement = statement.where(published(asset, subject, asset == subject))
    return statement.group_by(subject).order_by(func.min(far), subject).limit(SUBJECTS).subquery()


def _near(session: Session, alg: str, head: str, public: bool) -> Iterable[tuple[str, int]]:
    return ((row.subject, row.bits) for row in session.execute(nearest(alg, head, public=public)))


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
