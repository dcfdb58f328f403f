"""What a picture looks like, computed in the confined child: perceptual hashes and ISCC Image-Codes.

An ISCC Image-Code (ISO 24138:2024) is a hash of 32 x 32 grey pixels. The standard leaves open how they come about; here
it is done as the reference implementation does it (iscc-sdk, ``image_normalize``), since others look codes up that
theirs made: upright, transparency on white, a border of one colour cut off, grey, one bicubic step to 32 x 32.
"""

import imagehash
import iscc_lib
from PIL import Image, ImageChops

_THUMBNAIL = 256
_GREY_SIDE = 32
_CODE_BITS = 256
_STRIP = 256  # rows
_KEPT = 0.9  # of a side that is cut
Box = tuple[int, int, int, int]
Colour = float | tuple[int, ...] | None


def fingerprints(picture: Image.Image) -> dict[str, object]:
    """Of an upright picture without transparency (mode L or RGB), as `colophon.domain.asset.Fingerprints` has them."""
    thumbnail = _thumbnail(picture)
    grey = picture.convert("L").crop(_inside_border(picture))
    return {
        "phash": str(imagehash.phash(thumbnail)),
        "dhash": str(imagehash.dhash(thumbnail)),
        "iscc": _code(grey.resize((_GREY_SIDE, _GREY_SIDE), Image.Resampling.BICUBIC)),
        "windows": _windows(_thumbnail(grey)),
    }


def _thumbnail(picture: Image.Image) -> Image.Image:
    scale = min(1.0, _THUMBNAIL / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _windows(grey: Image.Image) -> list[str]:
    """The codes of what is left when a tenth of the width, of the height or of both is cut away: at one side, at the
    other, or half at each."""
    codes = []
    for wide, high in ((_KEPT, _KEPT), (_KEPT, 1.0), (1.0, _KEPT)):
        for left in (0.0, 0.5, 1.0) if wide < 1 else (0.0,):
            for top in (0.0, 0.5, 1.0) if high < 1 else (0.0,):
                x, y = left * (1 - wide) * grey.width, top * (1 - high) * grey.height
                box = (x, y, x + wide * grey.width, y + high * grey.height)
                codes.append(_code(grey.resize((_GREY_SIDE, _GREY_SIDE), Image.Resampling.BICUBIC, box=box)))
    return codes


def _code(grey: Image.Image) -> str:
    """The body of the code, 64 hex digits, the lowest frequencies first."""
    unit = iscc_lib.gen_image_code_v0(grey.tobytes(), _CODE_BITS)["iscc"]
    return iscc_lib.iscc_decode(unit)[4].hex()


def _inside_border(picture: Image.Image) -> Box:
    """What remains without a border of exactly the colour of the upper left pixel; all of a picture of one colour.
    Some rows at a time, so that a large picture is never in memory twice."""
    colour = picture.getpixel((0, 0))
    if all(_other_than(edge, colour) for edge in _edges(picture)):
        return (0, 0, *picture.size)
    found: list[Box] = []
    for top in range(0, picture.height, _STRIP):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP, picture.height)))
        box = _other_than(strip, colour)
        if box is not None:
            found.append((box[0], box[1] + top, box[2], box[3] + top))
    if not found:
        return (0, 0, *picture.size)
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _edges(picture: Image.Image) -> list[Image.Image]:
    """Each as a picture one pixel thin: nearly always it is seen from them that there is no border."""
    right, bottom = picture.size
    sides = ((0, 0, right, 1), (0, bottom - 1, right, bottom), (0, 0, 1, bottom), (right - 1, 0, right, bottom))
    return [picture.crop(side) for side in sides]


def _other_than(picture: Image.Image, colour: Colour) -> Box | None:
    """Where it has another colour; None: nowhere."""
    return ImageChops.difference(picture, Image.new(picture.mode, picture.size, colour)).getbbox()
