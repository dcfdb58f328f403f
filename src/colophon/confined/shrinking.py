"""A picture made small for pages, in the confined child."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from colophon.confined.decode import decode, upright
from colophon.confined.seen import seen
from colophon.errors import PictureError

_QUALITY = 82
_LARGEST_SIDE = 2048


def shrink(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """One WebP in sRGB, upright, at most ``side`` pixels a side, never larger than the picture is. Raises
    `PictureError`."""
    side = int(parameters["side"])
    if not 1 <= side <= _LARGEST_SIDE:
        raise PictureError(f"a picture of {side} pixels a side is not made for pages", reason="pixels")
    _, picture = decode(blobs[0], parameters["max_pixels"])
    small = seen(upright(picture), side)
    if small.getchannel("A").getextrema() == (255, 255):
        small = small.convert("RGB")
    file = io.BytesIO()
    small.save(file, "WEBP", quality=_QUALITY, method=4)
    return {"width": small.width, "height": small.height}, [file.getvalue()]
