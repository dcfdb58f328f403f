"""Distinct looks of assets, found by the bands of their phash: a million blank pictures are one look."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, Select, bindparam, select, tuple_, union
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import bits
from colophon.catalog.asset_tables import LookRow
from colophon.catalog.hamming import Numbers, differing, one_of
from colophon.catalog.statements import insert_if_absent
from colophon.domain.asset import Fingerprints

BANDS = ("b0", "b1", "b2", "b3")
PAGE = 200


class Look(NamedTuple):
    """How many bits of phash and dhash differ from those asked for, and both: the order in which looks are found."""

    differing_phash: int
    differing_dhash: int
    phash: int
    dhash: int

    @property
    def far(self) -> tuple[int, int]:
        return self.differing_phash, self.differing_dhash

    @property
    def key(self) -> tuple[int, int]:
        return self.phash, self.dhash


def add(session: Session, fingerprints: Fingerprints) -> None:
    """Looks are only added, as assets are."""
    phash, dhash = bits.signed(fingerprints.phash), bits.signed(fingerprints.dhash)
    banded = dict(zip(BANDS, bits.bands(fingerprints.phash), strict=True))
    insert_if_absent(session, LookRow, [{"phash": phash, "dhash": dhash, **banded}])


_PHASH, _DHASH = bindparam("phash", type_=BigInteger), bindparam("dhash", type_=BigInteger)
_AFTER = tuple_(*(bindparam(f"after_{place}", type_=BigInteger) for place in range(4)))


def _nearest(*, further: bool) -> Select[int, int, int, int]:
    """The nearest of the nearest of each band. A crowd is near in every band: taking the doubles out of all of it
    before the nearest are chosen takes PostgreSQL seconds, since it hashes numbers that are alike badly."""
    parts = [_nearest_of(name, further=further).subquery() for name in BANDS]
    found = union(*(select(*part.c) for part in parts)).subquery()
    return select(*found.c).order_by(*found.c).limit(PAGE)


def _nearest_of(name: str, *, further: bool) -> Select[int, int, int, int]:
    """By the band's own index; the database itself counts the bits of what is there."""
    phash, dhash = col(LookRow.phash), col(LookRow.dhash)
    first, second = differing(phash, _PHASH), differing(dhash, _DHASH)
    order = (first.label("first"), second.label("second"), phash, dhash)
    statement = select(*order).where(
        one_of(getattr(LookRow, name), bindparam(f"any_{name}", type_=Numbers())),
        first <= bindparam("phash_within", type_=Integer),
        second <= bindparam("dhash_within", type_=Integer),
    )
    if further:
        statement = statement.where(tuple_(first, second, phash, dhash) > _AFTER)
    return statement.order_by(*order).limit(PAGE)


# Made once: putting these statements together takes longer than answering them.
NEAREST, FURTHER = _nearest(further=False), _nearest(further=True)


def near(session: Session, prints: Fingerprints, within: tuple[int, int], after: Look | None = None) -> list[Look]:
    """The nearest first, from behind ``after``; at most `PAGE`."""
    statement = NEAREST if after is None else FURTHER
    return [Look(*row) for row in session.execute(statement, wanted(prints, within, after))]


def wanted(prints: Fingerprints, within: tuple[int, int], after: Look | None = None) -> dict[str, object]:
    """The parameters of `NEAREST`, and with ``after`` of `FURTHER`."""
    probes = zip(BANDS, bits.probes(prints.phash, within[0]), strict=True)
    values: dict[str, object] = {f"any_{name}": band for name, band in probes}
    values |= {"phash": bits.signed(prints.phash), "phash_within": within[0]}
    values |= {"dhash": bits.signed(prints.dhash), "dhash_within": within[1]}
    return values | ({} if after is None else {f"after_{place}": value for place, value in enumerate(after)})
