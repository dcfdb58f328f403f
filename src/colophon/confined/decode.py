"""Bytes to upright pixels in the confined child: four formats by content, capped before decoding, one frame, whole."""

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms, ImageFile

from colophon.confined.headers import require_whole, sniff
from colophon.confined.pngdata import require_all_rows
from colophon.errors import PictureError

_ORIENTATION = 0x0112  # EXIF 2.32, table 4
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DIRECT = {"L", "LA", "RGB", "RGBA"}
_STRIP = 256  # rows
_UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)  # what reading and applying a damaged profile raise


def decode(content: bytes, max_pixels: int) -> tuple[str, Image.Image]:
    """The format's name and the decoded picture, as stored (not yet upright). Raises `PictureError`."""
    form = sniff(content)
    require_whole(content, form)
    try:
        picture = _open(content, form, max_pixels)
        _check_frames(picture)
        whole = picture.copy()  # a file's picture keeps its decoder's canvases, as large as itself, while it lives
        if form == "PNG":
            require_all_rows(content)
    except (PictureError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(max_pixels) from error
    except Exception as error:  # decoders raise nearly anything on damaged bytes, and all of it means this
        raise PictureError(f"the {form} data is damaged and cannot be decoded", reason="undecodable") from error
    return form, whole


def _open(content: bytes, form: str, max_pixels: int) -> ImageFile.ImageFile:
    # Pillow raises by itself only above twice its number; as an error the warning holds at the number.
    Image.MAX_IMAGE_PIXELS = max_pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    picture = Image.open(io.BytesIO(content), formats=[form])
    if picture.width * picture.height > max_pixels:
        raise _too_many_pixels(max_pixels)
    return picture


def _check_frames(picture: Image.Image) -> None:
    frames = getattr(picture, "n_frames", 1)
    if frames != 1:
        raise PictureError(f"has {frames} frames; only still pictures are accepted", reason="frames")


def _too_many_pixels(max_pixels: int) -> PictureError:
    return PictureError(f"has more than {max_pixels} pixels; deliver a smaller picture", reason="pixels")


def upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation asks; an EXIF block nobody can read asks for nothing."""
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - hostile EXIF breaks the parser in many ways; the pixels are still good
        turn = None
    return picture if turn is None else picture.transpose(turn)


def plain(picture: Image.Image) -> Image.Image:
    """The same pixels in one of the modes L, LA, RGB, RGBA with 8 bits a channel."""
    if picture.mode.startswith("I"):  # 16-bit grey; keep the upper eight bits
        return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8))
    if picture.mode in _DIRECT and "transparency" not in picture.info:
        return picture
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def rgba_strips(picture: Image.Image) -> Iterator[bytes]:
    """Its RGBA bytes, some rows at a time, so that a large picture is never in memory twice."""
    for top in range(0, picture.height, _STRIP):
        box = (0, top, picture.width, min(top + _STRIP, picture.height))
        yield picture.crop(box).convert("RGBA").tobytes()


def to_srgb(picture: Image.Image) -> tuple[Image.Image, bool]:
    """An RGB or RGBA picture in sRGB, and whether its colours had to be converted for that. A profile that cannot be
    used is ignored; then sRGB is assumed."""
    icc, given = picture.info.get("icc_profile"), picture
    if icc:
        try:
            picture = _convert(picture, icc)
        except _UNUSABLE:
            picture.info.pop("icc_profile", None)
    # Grey, palette and 16-bit pixels are the same colours written otherwise; inks are another colour space.
    converted = picture is not given or picture.mode == "CMYK"
    base = plain(picture)
    base = base if base.mode in ("RGB", "RGBA") else base.convert("RGBA" if base.mode == "LA" else "RGB")
    if base.mode == "RGBA" and base.getchannel("A").getextrema() == (255, 255):
        base = base.convert("RGB")
    return base, converted


def profile_broken(picture: Image.Image) -> bool:
    """Whether it has a colour profile that cannot be used, so that its colours are taken for what they may not be."""
    icc = picture.info.get("icc_profile")
    if not icc:
        return False
    try:
        _convert(picture.crop((0, 0, 1, 1)), icc)
    except _UNUSABLE:
        return True
    return False


def _convert(picture: Image.Image, icc: bytes) -> Image.Image:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    if "sRGB" in ImageCms.getProfileDescription(profile):
        return picture
    source = picture if picture.mode in ("CMYK", "L") else plain(picture)
    if source.mode == "LA":
        return picture
    mode = "RGBA" if source.mode == "RGBA" else "RGB"
    target = ImageCms.createProfile("sRGB")
    made = ImageCms.profileToProfile(source, profile, target, outputMode=mode)
    return picture if made is None else made
