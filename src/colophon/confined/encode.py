"""Pixels to files in the confined child: per format the smallest that looks as asked within a budget, and no metadata
but XMP."""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from colophon.confined.search import Aim, Candidate, Scale, search
from colophon.confined.similarity import IDENTICAL, Likeness
from colophon.domain.rendition import Change
from colophon.errors import PictureError

# The encoders' own numbers, which differ: at equal looks WebP 79 is about JPEG 64 and AVIF 52. Below the least, a file
# is not worth showing; above the most, it only grows. First and rise are what 80 points usually take.
SCALES = {"jpg": Scale(30, 95, 84, 0.5), "webp": Scale(25, 95, 86, 0.5), "avif": Scale(20, 85, 66, 0.45)}
Encoder = Callable[[Image.Image, int, bytes], bytes]

FULL_COLOUR = 0
PALETTES = (8, 16, 32, 64, 128, 256)

_SLACK = 1.0  # points above the floor at which another try would gain little


@dataclass(frozen=True, slots=True)
class Written:
    """A file, the quality it was made with (for PNG: colours of the palette, 0 for full colour), its likeness to the
    picture in points, and how many such files were encoded to find it."""

    content: bytes
    quality: int
    similarity: float
    tries: int


def encode(picture: Image.Image, form: str, budget: int | None, xmp: str, floor: float) -> Written:
    """The smallest file that is at least ``floor`` points like the picture and at most ``budget`` bytes; else the best
    one within the budget; else, over the budget, the one of the lowest quality.

    Raises `PictureError` when the format cannot hold it."""
    clean = picture.copy()
    clean.info = {}  # encoders copy profiles, comments and transparency from here
    try:
        if form == "png":
            return _png(clean, budget, xmp)
        ready = flatten(clean) if form == "jpg" else clean
        return _found(ready, form, Aim(floor, budget, _SLACK), xmp.encode())
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot be written as {form}: {error}", reason="limits") from error


def _found(picture: Image.Image, form: str, aim: Aim, xmp: bytes) -> Written:
    likeness, scale = Likeness(picture), SCALES[form]

    def maker(make: Encoder) -> Callable[[int], Candidate]:
        def candidate(quality: int) -> Candidate:
            content = make(picture, quality, xmp)
            return Candidate(quality, content, likeness.of(content, _NAMES[form]))

        return candidate

    if form in _REHEARSALS:
        rehearsed, _ = search(maker(_REHEARSALS[form]), scale, aim)
        scale = replace(scale, first=rehearsed.quality - _BETTER)
    best, tries = search(maker(_ENCODERS[form]), scale, aim)
    return Written(best.content, best.quality, best.similarity, tries)


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


def _jpeg(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    picture.save(sink, "JPEG", quality=quality, progressive=True, optimize=True, subsampling="4:2:0", **extra)
    return sink.getvalue()


def _webp(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=quality, method=4, xmp=xmp)
    return sink.getvalue()


def _avif(picture: Image.Image, quality: int, xmp: bytes, speed: int = 6) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "AVIF", quality=quality, speed=speed, max_threads=1, subsampling="4:2:0", xmp=xmp)
    return sink.getvalue()


def _png(picture: Image.Image, budget: int | None, xmp: str) -> Written:
    """Without loss: as a palette where the picture has no more colours than one holds. Over the budget, with the most
    colours of a palette that fit."""
    content = _png_file(_indexed(picture), xmp)
    if budget is None or len(content) <= budget:
        return Written(content, FULL_COLOUR, IDENTICAL, 1)
    low, high, tries, best = 0, len(PALETTES) - 1, 1, None
    while low <= high:
        middle = (low + high + 1) // 2
        reduced = _quantised(picture, PALETTES[middle])
        content, tries = _png_file(reduced, xmp), tries + 1
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


def _png_file(picture: Image.Image, xmp: str) -> bytes:
    sink, metadata = io.BytesIO(), PngInfo()
    if xmp:
        metadata.add_itxt("XML:com.adobe.xmp", xmp)
    picture.save(sink, "PNG", optimize=True, pnginfo=metadata)
    return sink.getvalue()


_NAMES = {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}
_ENCODERS: dict[str, Encoder] = {"jpg": _jpeg, "webp": _webp, "avif": _avif}
# AVIF's fastest speed takes a tenth of the time of speed 6, and a few points more of quality for the same looks: it
# says where to begin, so that the slow encoder runs once or twice instead of three or four times.
_REHEARSALS: dict[str, Encoder] = {"avif": functools.partial(_avif, speed=9)}
_BETTER = 3
