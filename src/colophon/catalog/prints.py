"""Fingerprints as rows: 64 bits that are searched by their bands, and the rest."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from colophon.catalog import bits
from colophon.catalog.asset_tables import FingerprintRow
from colophon.domain.asset import Fingerprints
from colophon.domain.likeness import codes

_DIGITS = 16  # of the part that is searched
BANDS = ("b0", "b1", "b2", "b3")


def add(session: Session, subject: str, asset: str, fingerprints: Fingerprints) -> None:
    rows = [_row(subject, asset, alg, view, code) for alg, view, code in _views(fingerprints)]
    session.execute(insert(FingerprintRow), rows)


def head(code: str) -> str:
    """The part that is searched: of an ISCC Image-Code the lowest frequencies."""
    return code[:_DIGITS]


def whole(row: FingerprintRow) -> str:
    return bits.unsigned(row.bits) + (row.rest or "")


def _views(fingerprints: Fingerprints) -> Iterator[tuple[str, int, str]]:
    """View 0 is the whole picture; an equal code of a further window would find nothing that it does not."""
    for alg, code in codes(fingerprints).items():
        yield alg, 0, code
    known = {fingerprints.iscc}
    for view, code in enumerate(fingerprints.windows, start=1):
        if code not in known:
            known.add(code)
            yield "iscc", view, code


def _row(subject: str, asset: str, alg: str, view: int, code: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "alg": alg,
        "view": view,
        "asset": asset,
        "bits": bits.signed(head(code)),
        "rest": code[_DIGITS:] or None,
        **dict(zip(BANDS, bits.bands(head(code)), strict=True)),
    }
