"""Pixels to files in the confined child: per format the smallest that looks as asked within a budget, and no metadata
but XMP."""

from dataclasses import dataclass

from PIL import Image, ImageChops

from colophon.confined import codecs
from colophon.confined.lossy import SLACK, Workpiece, smallest
from colophon.confined.memo import Memo
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
    picture: Image.Image, form: str, budget: int | None, xmp: str, floor: float, memo: Memo | None = None
) -> Written:
    """The smallest file that is at least ``floor`` points like the picture and at most ``budget`` bytes; else the best
    one within the budget; else, over the budget, the one of the lowest quality. ``memo`` has what was worked out for
    this very picture before.

    Raises `PictureError` when the format cannot hold it."""
    memo = memo or Memo()
    flat = form == "jpg" and picture.mode != "RGB"
    try:
        clean = memo.get(("clean", form), lambda: _clean(picture, flat=flat))  # Pillow notes on it what it is saved as
        if form == "png":
            return _png(clean, budget, xmp, memo)
        likeness = memo.get(("likeness", flat), lambda: Likeness(clean))
        piece = Workpiece(clean, likeness, xmp.encode(), memo)
        found, tries = smallest(piece, form, Aim(floor, budget, SLACK))
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot be written as {form}: {error}", reason="limits") from error
    return Written(found.content, found.quality, found.similarity, tries)


def _clean(picture: Image.Image, *, flat: bool) -> Image.Image:
    """Without what encoders would copy: profiles, comments and transparency."""
    clean = flatten(picture) if flat else picture.copy()
    clean.info = {}
    return clean


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


def _png(picture: Image.Image, budget: int | None, xmp: str, memo: Memo) -> Written:
    """Without loss: as a palette where the picture has no more colours than one holds. Over the budget, with the most
    colours of a palette that fit."""

    def content(colours: int) -> bytes:
        return memo.get(("png", xmp, colours), lambda: codecs.png(_with_colours(picture, colours), xmp))

    whole = content(FULL_COLOUR)
    if budget is None or len(whole) <= budget:
        return Written(whole, FULL_COLOUR, IDENTICAL, 1)
    low, high, tries, best = 0, len(PALETTES) - 1, 1, PALETTES[0]
    while low <= high:
        middle = (low + high + 1) // 2
        tries += 1
        if len(content(PALETTES[middle])) <= budget:
            best, low = PALETTES[middle], middle + 1
        else:
            high = middle - 1
    likeness = memo.get(("likeness", False), lambda: Likeness(picture))
    points = memo.get(("png likeness", best), lambda: likeness.of_picture(_quantised(picture, best)))
    return Written(content(best), best, points, tries)


def _with_colours(picture: Image.Image, colours: int) -> Image.Image:
    return _indexed(picture) if colours == FULL_COLOUR else _quantised(picture, colours)


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
