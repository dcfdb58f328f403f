"""A small copy of a picture as it is seen, for measuring its look in the confined child."""

from PIL import Image

from colophon.confined.decode import plain, to_srgb

SIDE = 512  # of the longer side, at most; finer detail is taken together, coarser is never made up
_KEEPS_COLOUR = {"L", "LA", "RGB", "RGBA", "CMYK"}  # modes that can be made smaller before the profile is applied


def seen(picture: Image.Image, side: int = SIDE) -> Image.Image:
    """An upright picture made small, in sRGB, mode RGBA. Pixels are averaged, not picked out."""
    source = picture if picture.mode in _KEEPS_COLOUR else plain(picture)
    small = source.resize(within(source.size, side), Image.Resampling.BOX, reducing_gap=2.0)
    small.info = dict(source.info)
    return to_srgb(small)[0].convert("RGBA")


def within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size that fits a square of ``side`` pixels and keeps the shape; never larger, never empty."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
