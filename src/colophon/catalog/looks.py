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


def _banded(name: str) -> Select[int, int]:
    phash, dhash = col(LookRow.phash), col(LookRow.dhash)
    return select(phash, dhash).where(
        one_of(getattr(LookRow, name), bindparam(f"any_{name}", type_=Numbers())),
        differing(phash, _PHASH) <= bindparam("phash_within", type_=Integer),
        differing(dhash, _DHASH) <= bindparam("dhash_within", type_=Integer),
    )


_FOUND = union(*(_banded(name) for name in BANDS)).subquery()
_ORDER = (differing(_FOUND.c.phash, _PHASH), differing(_FOUND.c.dhash, _DHASH), _FOUND.c.phash, _FOUND.c.dhash)
# Made once: putting these statements together takes longer than answering them. Every band is answered by its own
# index, and the database itself counts the bits of what is there.
NEAREST = select(*_ORDER).order_by(*_ORDER).limit(PAGE)
_FURTHER = NEAREST.where(
    tuple_(*_ORDER) > tuple_(*(bindparam(f"after_{place}", type_=BigInteger) for place in range(4)))
)


def near(session: Session, prints: Fingerprints, within: tuple[int, int], after: Look | None = None) -> list[Look]:
    """The nearest first, from behind ``after``; at most `PAGE`."""
    statement = NEAREST if after is None else _FURTHER
    return [Look(*row) for row in session.execute(statement, wanted(prints, within, after))]


def wanted(prints: Fingerprints, within: tuple[int, int], after: Look | None = None) -> dict[str, object]:
    """The parameters of `NEAREST`."""
    probes = zip(BANDS, bits.probes(prints.phash, within[0]), strict=True)
    values: dict[str, object] = {f"any_{name}": band for name, band in probes}
    values |= {"phash": bits.signed(prints.phash), "phash_within": within[0]}
    values |= {"dhash": bits.signed(prints.dhash), "dhash_within": within[1]}
    return values | ({} if after is None else {f"after_{place}": value for place, value in enumerate(after)})
