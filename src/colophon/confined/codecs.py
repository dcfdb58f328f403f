"""The encoders of the confined child: pixels to one file at one quality. No metadata but XMP."""

import io

from PIL import AvifImagePlugin, Image
from PIL.PngImagePlugin import PngInfo

NAMES = {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}
HALF, FULL = "4:2:0", "4:4:4"
# Two threads of ours read candidates already; more of the decoder's own cost a tenth more work, and memory each.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def jpeg(picture: Image.Image, quality: int, colour: str, xmp: bytes) -> bytes:
    """Progressive, which is the smallest. Pillow gives the encoder a buffer of a guessed size for that, which noise at
    full colour outgrows; such a file is written in pieces, as a baseline one of the same pixels."""
    sink = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    try:
        picture.save(sink, "JPEG", quality=quality, progressive=True, optimize=True, subsampling=colour, **extra)
    except OSError:
        return jpeg_quick(picture, quality, colour, xmp)
    return sink.getvalue()


def jpeg_quick(picture: Image.Image, quality: int, colour: str, xmp: bytes = b"") -> bytes:
    """The same pixels as `jpeg` in a third of the time, and about a tenth more bytes."""
    sink = io.BytesIO()
    extra = {"xmp": xmp} if xmp else {}
    picture.save(sink, "JPEG", quality=quality, subsampling=colour, **extra)
    return sink.getvalue()


def webp(picture: Image.Image, quality: int, xmp: bytes) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=quality, method=4, xmp=xmp)
    return sink.getvalue()


def avif(picture: Image.Image, quality: int, colour: str, xmp: bytes, speed: int) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "AVIF", quality=quality, speed=speed, max_threads=1, subsampling=colour, xmp=xmp)
    return sink.getvalue()


def png(picture: Image.Image, xmp: str) -> bytes:
    sink, metadata = io.BytesIO(), PngInfo()
    if xmp:
        metadata.add_itxt("XML:com.adobe.xmp", xmp)
    picture.save(sink, "PNG", optimize=True, pnginfo=metadata)
    return sink.getvalue()
