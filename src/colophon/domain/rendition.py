"""Crop and size as arithmetic, before any pixel is touched."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from colophon.domain.asset import Fingerprints
from colophon.domain.lettering import Laid, Lettering
from colophon.domain.placement import PictureFormat, SafeArea
from colophon.domain.quality import SAME_SIDE_BY_SIDE
from colophon.domain.subject import Box, Spot
from colophon.errors import PictureError

# What a signature adds to a file at least, with a light vendor manifest inside and no time stamp (measured: 8,900).
LEAST_SIGNATURE = 8_500


def crop_box(width: int, height: int, target_width: int, target_height: int) -> Box:
    """The largest centred rectangle of the target's shape inside ``width`` x ``height``."""
    if width * target_height >= height * target_width:
        kept_width = max(1, round(Fraction(height * target_width, target_height)))
        return Box((width - kept_width) // 2, 0, kept_width, height)
    kept_height = max(1, round(Fraction(width * target_height, target_width)))
    return Box(0, (height - kept_height) // 2, width, kept_height)


def crop_loss(width: int, height: int, target_width: int, target_height: int) -> float:
    """The share of the picture (0 to 1) that is cut away to reach the target's shape."""
    ratio = (width * target_height) / (height * target_width)
    return 1 - min(ratio, 1 / ratio)


@dataclass(frozen=True, slots=True)
class PlannedRendition:
    """A file to make from each asset of ``visual`` drawn on ``master``. ``cut`` is the share of it cut away at least;
    ``safe`` is what the channel covers, ``focus`` the focal point the brief gives. ``locale`` is the language of its
    words; None: it has none, or the brief names none. ``lettering`` is what is laid on; None: nothing."""

    visual: str
    placement: str
    format: PictureFormat
    width: int
    height: int
    max_bytes: int | None
    master: str
    cut: float
    safe: SafeArea | None = None
    focus: Spot | None = None
    locale: str | None = None
    lettering: Lettering | None = None

    @property
    def manifest(self) -> Literal["embedded", "detached"]:
        """Where its manifest will be: detached when the cap has no room for it whatever the picture. Under a cap a
        little wider, or with a heavier manifest from the vendor, only signing shows it."""
        return "detached" if self.max_bytes is not None and self.max_bytes <= LEAST_SIGNATURE else "embedded"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one rendition is cut and encoded. ``budget`` is the most bytes the encoded file may have before it is
    signed; None: no limit. ``xmp`` is the packet written into it. ``floor`` is how like the cut picture the file has to
    look, in points (see `colophon.domain.quality`). ``lettering`` is laid on once it is cut, clear of ``safe`` and,
    where it can be, of ``subject``, which is in the file's own pixels."""

    crop: Box
    width: int
    height: int
    format: PictureFormat
    budget: int | None
    xmp: str
    floor: float = SAME_SIDE_BY_SIDE
    lettering: Lettering | None = None
    safe: SafeArea | None = None
    subject: Box | None = None


class Change(StrEnum):
    """What was done to a picture on the way to its rendition, beside writing it: said by who did it, in the order
    done, so that a manifest repeats what happened and not what was planned."""

    TURNED = "turned"  # upright, as its EXIF orientation asks
    CONVERTED = "converted"  # to sRGB from the colour space it was in
    CROPPED = "cropped"
    RESIZED = "resized"
    FLATTENED = "flattened"  # transparent parts laid on white
    LETTERED = "lettered"  # words, logo or label laid on: see `Encoded.laid`
    REDUCED = "reduced"  # to the colours of a palette


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded picture. ``fits`` False: even the lowest quality allowed is over the budget (these are its bytes).
    ``fingerprints`` are of the pixels that were encoded, before encoding changed them. ``similarity`` is the measured
    likeness to them in points, ``reached`` whether it is as much as the recipe asks, ``tries`` the encodes it took,
    ``laid`` what was laid on. ``problem`` is why words could not be laid on; there is no content then."""

    content: bytes
    quality: int | None
    fits: bool
    changes: tuple[Change, ...] = ()
    fingerprints: Fingerprints | None = None
    similarity: float | None = None
    reached: bool = True
    tries: int = 1
    laid: tuple[Laid, ...] = ()
    problem: PictureError | None = None
