"""Pixels to files in the confined child: per format the smallest that looks as asked within a budget, and no metadata
but XMP."""

from dataclasses import dataclass

from PIL import Image, ImageChops

from colophon.confined import codecs
from colophon.confined.lossy import SLACK, smallest
from colophon.confined.search import Aim
from colophon.confined.similarity import IDENTICAL, Likeness
from colophon.domain.rendition import Change
from colophon.errors import PictureError

FULL_COLOUR = 0
PALETTES = (8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Written:
    """A file, the quality it was made with (for PNG: colours of the palette, 0 for full colour), its likeness to the
    picture in points, and how many files with these settings were encoded to find it."""

    content: bytes
    quality: int
    similarity: float
    tries: int


def encode(
    picture: Image.Image, form: str, budget: int | None, xmp: str, floor: float, likeness: Likeness | None = None
) -> Written:
    """The smallest file that is at least ``floor`` points like the picture and at most ``budget`` bytes; else the best
    one within the budget; else, over the budget, the one of the lowest quality. ``likeness`` to this very picture,
    where it was worked out before.

    Raises `PictureError` when the format cannot hold it."""
    clean = picture.copy()
    clean.info = {}  # encoders copy profiles, comments and transparency from here
    try:
        if form == "png":
            return _png(clean, budget, xmp)
        if form == "jpg" and clean.mode != "RGB":
            clean, likeness = flatten(clean), None
        found, tries = smallest(clean, likeness or Likeness(clean), form, Aim(floor, budget, SLACK), xmp.encode())
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot be written as {form}: {error}", reason="limits") from error
    return Written(found.content, found.quality, found.similarity, tries)


def changed_by_writing(picture: Image.Image, form: str, quality: int) -> list[Change]:
    """What `encode` did to the picture beside compressing it."""
    if form == "jpg" and picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        return [Change.FLATTENED]
    return [Change.REDUCED] if form == "png" and quality != FULL_COLOUR else []


def flatten(picture: Image.Image) -> Image.Image:
    """Without transparency, on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _png(picture: Image.Image, budget: int | None, xmp: str) -> Written:
    """Without loss: as a palette where the picture has no more colours than one holds. Over the budget, with the most
    colours of a palette that fit."""
    content = codecs.png(_indexed(picture), xmp)
    if budget is None or len(content) <= budget:
        return Written(content, FULL_COLOUR, IDENTICAL, 1)
    low, high, tries, best = 0, len(PALETTES) - 1, 1, None
    while low <= high:
        middle = (low + high + 1) // 2
        reduced = _quantised(picture, PALETTES[middle])
        content, tries = codecs.png(reduced, xmp), tries + 1
        if len(content) <= budget or (best is None and middle == 0):
            best, low = (content, PALETTES[middle], reduced), middle + 1
        else:
            high = middle - 1
    assert best is not None  # noqa: S101 - the search ends at the smallest palette when none fits
    return Written(best[0], best[1], Likeness(picture).of_picture(best[2]), tries)


def _indexed(picture: Image.Image) -> Image.Image:
    """The same pixels by number where they have few colours: a fraction of the bytes."""
    if picture.mode != "RGB" or picture.getcolors(256) is None:
        return picture
    indexed = picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return picture if ImageChops.difference(indexed.convert("RGB"), picture).getbbox() else indexed


def _quantised(picture: Image.Image, colours: int) -> Image.Image:
    # Only the octree keeps transparency; without it median cut gives the better palette.
    transparent = picture.mode == "RGBA"
    return picture.quantize(colours, Image.Quantize.FASTOCTREE if transparent else Image.Quantize.MEDIANCUT)
