"""Pixels to files in the confined child: per format the highest quality that fits a budget, and no metadata but XMP."""

import io
import math
from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colophon.domain.rendition import Change
from colophon.errors import PictureError

Encode = Callable[[int], bytes]

# Floor and ceiling of the encoder's quality number. The scales differ: at equal visible quality WebP 80 is about
# JPEG 65 and AVIF 53.
QUALITIES = {"jpg": (30, 90), "webp": (25, 88), "avif": (20, 72)}
FULL_COLOUR = 0
PALETTES = (FULL_COLOUR, 256, 128, 64, 32, 16, 8)

_SIZE_PER_POINT = 0.04  # first guess: one point of quality changes the size by 4 %
_GUESSES = 4  # then halve what is left, so a picture that defies the guess costs few tries more


def encode(picture: Image.Image, form: str, budget: int | None, xmp: str) -> tuple[bytes, int]:
    """The file and the quality it was made with (for PNG: colours of the palette, 0 for full colour).

    When even the floor is over ``budget``, the floor's file. Raises `PictureError` when the format cannot hold it."""
    clean = picture.copy()
    clean.info = {}  # encoders copy profiles, comments and transparency from here
    packet = xmp.encode()
    try:
        if form == "png":
            return _png(clean, budget, xmp)
        floor, ceiling = QUALITIES[form]
        if form == "jpg":
            flat = flatten(clean)
            return _highest(lambda quality: _jpeg(flat, quality, packet), floor, ceiling, budget)
        make = _webp if form == "webp" else _avif
        return _highest(lambda quality: make(clean, quality, packet), floor, ceiling, budget)
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot be written as {form}: {error}", reason="limits") from error


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


def _highest(make: Encode, floor: int, ceiling: int, budget: int | None) -> tuple[bytes, int]:
    content = make(ceiling)
    if budget is None or len(content) <= budget:
        return content, ceiling
    over, under = (ceiling, len(content)), None
    low, high, best, tries = floor, ceiling, (content, ceiling), 0
    while low < high:  # all from ``high`` on are too large; all below ``low`` fit
        quality = _guess(over, under, budget) if tries < _GUESSES else (low + high) // 2
        quality, tries = min(max(quality, low), high - 1), tries + 1
        content = make(quality)
        if len(content) <= budget:
            low, under, best = quality + 1, (quality, len(content)), (content, quality)
        else:
            high, over = quality, (quality, len(content))
            best = best if under else (content, quality)
    return best


def _guess(over: tuple[int, int], under: tuple[int, int] | None, budget: int) -> int:
    """The quality whose size should be the budget, taking the size to grow by a constant factor a point."""
    excess = math.log(over[1] / max(budget, 1))
    if under is None:
        return over[0] - math.ceil(excess / _SIZE_PER_POINT)
    factor = math.log(over[1] / under[1]) / (over[0] - under[0])
    return over[0] - math.ceil(excess / factor) if factor > 0 else under[0] + 1


def _jpeg(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    picture.save(sink, "JPEG", quality=quality, progressive=True, optimize=True, subsampling="4:2:0", **extra)
    return sink.getvalue()


def _webp(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=quality, method=4, xmp=xmp)
    return sink.getvalue()


def _avif(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "AVIF", quality=quality, speed=6, max_threads=1, subsampling="4:2:0", xmp=xmp)
    return sink.getvalue()


def _png(picture: Image.Image, budget: int | None, xmp: str) -> tuple[bytes, int]:
    for colours in PALETTES:
        reduced = picture if colours == FULL_COLOUR else _quantised(picture, colours)
        content = _png_file(reduced, xmp)
        if budget is None or len(content) <= budget:
            break
    return content, colours


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
