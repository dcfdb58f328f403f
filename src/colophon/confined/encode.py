"""Pixels to files in the confined child: per format the smallest that looks as asked within a budget, and no metadata
but XMP."""

import io
from dataclasses import dataclass, replace

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from colophon.confined.search import Aim, Candidate, Scale, search
from colophon.confined.similarity import IDENTICAL, Likeness
from colophon.domain.rendition import Change
from colophon.errors import PictureError

# The encoders' own numbers, which differ: at equal looks WebP 79 is about JPEG 64 and AVIF 52. Below the least, a file
# is not worth showing; above the most, it only grows. First and rise are what 80 points usually take (WebP: a little
# less, since above 90 libwebp 1.6.0 now and then draws hard colour edges worse than below).
SCALES = {"jpg": Scale(30, 95, 86, 0.7), "webp": Scale(25, 95, 88, 0.7), "avif": Scale(20, 90, 79, 0.45)}
_NAMES = {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}
_FULL = {"jpg", "avif"}  # lossy WebP has colour at half resolution only
FULL_COLOUR = 0
PALETTES = (8, 16, 32, 64, 128, 256)

_HARD = 6  # points of quality above the usual, from which on full colour may well be smaller
_BETTER = 3  # points of quality by which AVIF's speed 6 gets by with less than speed 9
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
    """With colour at half resolution, unless that is what keeps a file from looking as asked."""
    desk = _Desk(picture, form, xmp)
    best = desk.search(aim)
    if form in _FULL and (not aim.met(best) or best.quality > desk.usual(aim) + _HARD) and aim.fits(best):
        full = desk.search(aim, full=True)
        if aim.better(full, best):
            best = full
    if desk.exhausted and not aim.met(best) and aim.fits(best):
        # Some of what is missing cannot be had in this format; nor are its last bytes spent on trying.
        best = desk.search(replace(aim, floor=best.similarity - 1), full=desk.is_full(best))
    return Written(best.content, best.quality, best.similarity, desk.tries)


class _Desk:
    """Makes the candidates of one file, none twice."""

    def __init__(self, picture: Image.Image, form: str, xmp: bytes) -> None:
        self._picture, self._form, self._xmp = picture, form, xmp
        self._likeness = Likeness(picture)
        self._made: dict[tuple[bool, bool, int], Candidate] = {}

    @property
    def tries(self) -> int:
        return sum(not quick for quick, _, _ in self._made)

    @property
    def exhausted(self) -> bool:
        return any(quality == SCALES[self._form].most for _, _, quality in self._made)

    def usual(self, aim: Aim) -> int:
        """The quality that pictures mostly take to look as asked; that of 80 points is in the table."""
        scale = SCALES[self._form]
        return round(scale.first + (aim.floor - 80) / scale.rise)

    def is_full(self, one: Candidate) -> bool:
        return any(full for (_, full, _), made in self._made.items() if made is one)

    def search(self, aim: Aim, *, full: bool = False) -> Candidate:
        """AVIF's fastest speed takes a fifth of the time of the usual one, and a few points more of quality for the
        same looks: it says where to begin, so that the slow encoder runs twice instead of four times."""
        scale = replace(SCALES[self._form], first=self.usual(aim))
        if self._form == "avif":
            rehearsed = search(lambda quality: self._candidate(quality, full, quick=True), scale, aim)
            scale = replace(scale, first=rehearsed.quality - _BETTER)
        return search(lambda quality: self._candidate(quality, full), scale, aim)

    def _candidate(self, quality: int, full: bool, *, quick: bool = False) -> Candidate:
        key = quick, full, quality
        if key not in self._made:
            content = self._encoded(quality, "4:4:4" if full else "4:2:0", quick)
            self._made[key] = Candidate(quality, content, self._likeness.of(content, _NAMES[self._form]))
        return self._made[key]

    def _encoded(self, quality: int, colour: str, quick: bool) -> bytes:
        if self._form == "jpg":
            return _jpeg(self._picture, quality, colour, self._xmp)
        if self._form == "avif":
            return _avif(self._picture, quality, colour, self._xmp, speed=9 if quick else 6)
        return _webp(self._picture, quality, self._xmp)


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


def _jpeg(picture: Image.Image, quality: int, colour: str, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    picture.save(sink, "JPEG", quality=quality, progressive=True, optimize=True, subsampling=colour, **extra)
    return sink.getvalue()


def _webp(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=quality, method=4, xmp=xmp)
    return sink.getvalue()


def _avif(picture: Image.Image, quality: int, colour: str, xmp: bytes, speed: int) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "AVIF", quality=quality, speed=speed, max_threads=1, subsampling=colour, xmp=xmp)
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
