"""Assets and renditions: pictures known by the digest of their bytes."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from colophon.domain.measures import Measures
from colophon.domain.placement import PictureFormat
from colophon.domain.subject import Point, Subject


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a picture looks like, in hex digits. ``phash`` and ``dhash`` are imagehash's 64 bits of a 256 px thumbnail.

    ``iscc`` are the 256 bits of an ISCC Image-Code (ISO 24138:2024), None where it was not made; ``windows`` the same
    of parts of the picture that miss a tenth of it, so that a copy that was cut is found too. An asset read back from
    the catalog has neither: they are in its index, `colophon.ports.Lookalikes`."""

    phash: str
    dhash: str
    iscc: str | None = None
    windows: tuple[str, ...] = ()

    def distance(self, other: "Fingerprints") -> tuple[int, int]:
        """Differing bits (phash, dhash), 0 to 64 each."""
        return _bits(self.phash, other.phash), _bits(self.dhash, other.dhash)


def _bits(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a decoder found, whatever the name or header claimed. ``pixels_sha256`` is over upright RGBA pixels and
    the size, so it is equal for equal pictures in any lossless wrapping. ``deviation`` is the standard deviation of
    grey levels (0 to 127.5); near 0 is a blank picture. ``subject`` None: nothing stands out, or nobody looked (assets
    catalogued before that was done). ``measures`` are what checks judge; an asset read back from the catalog has none:
    their findings are there."""

    format: PictureFormat
    width: int
    height: int
    mode: str
    frames: int
    pixels_sha256: str
    fingerprints: Fingerprints
    deviation: float
    subject: Subject | None = None
    measures: Measures | None = None


class AssetState(StrEnum):
    """held: a check asks for a person. checked: all checks passed, approval is still needed."""

    HELD = "held"
    CHECKED = "checked"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Asset:
    """An accepted original. ``generation`` None: brought in from outside. ``focus`` is a person's focal point.
    ``synthetic_person``: whether it shows a person whom nobody photographed; None: not known, which rules about labels
    take as yes."""

    id: str
    sha256: str
    bytes: int
    facts: PictureFacts
    campaign: str
    visual: str | None
    variant: int | None
    generation: str | None
    state: AssetState
    focus: Point | None = None
    synthetic_person: bool | None = None


@dataclass(frozen=True, slots=True)
class Rendition:
    """A signed file made from an asset for one placement and format.

    ``recipe`` is the digest of everything that decided its pixels; ``manifest_sha256`` names a detached manifest in
    the store, None when the manifest is inside the file. ``quality`` is the encoder's own number. ``similarity`` is how
    like the picture it was measured to look, ``floor`` how like it was asked to, both in the points of
    `colophon.domain.quality`; None: made before that was measured. ``locale`` is the language of the words laid on."""

    id: str
    asset: str
    placement: str
    format: PictureFormat
    width: int
    height: int
    sha256: str
    bytes: int
    recipe: str
    quality: int | None
    signer: str
    manifest_sha256: str | None = None
    similarity: float | None = None
    floor: float | None = None
    locale: str | None = None
