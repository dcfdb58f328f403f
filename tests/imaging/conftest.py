"""One pool of confined children for all imaging tests, a drawn picture with detail like a photograph's, and six
kinds of originals."""

import io
import struct
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont

from colophon.confined import Confined
from colophon.imaging import ConfinedImaging

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="session")
def confined() -> Iterator[Confined]:
    pool = Confined(2)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def imaging(confined: Confined) -> ConfinedImaging:
    return ConfinedImaging(confined)


@pytest.fixture(scope="session")
def draw() -> Draw:
    return photograph


def photograph(width: int, height: int, seed: int = 1, noise: float = 2.0) -> Image.Image:
    """Noise of many scales, as in a photograph: large shapes, some texture, sensor noise."""
    random = np.random.default_rng(seed)
    levels = np.zeros((height, width, 3))
    for octave in range(8):
        grid = random.integers(0, 256, (2 + 2**octave, 2 + 2**octave, 3), dtype=np.uint8)
        resized = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        levels += np.asarray(resized, dtype=float) / 2 ** (octave + 1)
    levels += random.normal(0, noise, levels.shape)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


# Display P3's primaries as ICC profiles hold them, adapted to D50 (SMPTE EG 432-1 with a Bradford adaptation).
_DISPLAY_P3 = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
PATCHES = ("#c8102e", "#2f6f5e", "#f4b71a", "#1d3f8a", "#e8e2d6", "#5c5c5c")
"""sRGB colours along the upper edge of every original but the gradient, a sixth of its width each, a fifth of its
height."""


def display_p3() -> bytes:
    """A Display P3 profile: the built-in sRGB profile with other primaries and another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(profile[131])}
    for name, values in _DISPLAY_P3.items():
        offset = int.from_bytes(profile[tags[name] + 4 : tags[name] + 8])
        struct.pack_into(">3i", profile, offset + 8, *(round(value * 65536) for value in values))
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "P3  ".encode("utf-16-be"))


def six_originals(width: int, height: int) -> dict[str, bytes]:
    """One PNG of each kind that asks something else of a rendition: size is that of the upright picture."""
    photo = patched(photograph(width, height))
    flat = patched(poster(width, height))
    x, y = np.linspace(0, 1, width)[None, :, None], np.linspace(0.6, 1, height)[:, None, None]
    sky = ((1 - x) * np.array([30, 60, 120.0]) + x * np.array([240, 180, 90.0])) * y
    clear = flat.convert("RGBA")
    clear.putalpha(Image.radial_gradient("L").resize((width, height)).point(lambda level: 255 - level))
    clear.paste(flat.crop((0, 0, width, height // 5)), (0, 0))
    wide = ImageCms.profileToProfile(
        photo, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    )
    assert wide is not None
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    return {
        "photo-like": png(photo),
        "flat": png(flat),
        "gradient": png(Image.fromarray(sky.round().astype(np.uint8))),
        "transparent": png(clear),
        "wide gamut": png(wide, icc_profile=display_p3()),
        "rotated": png(photo.transpose(Image.Transpose.ROTATE_90), exif=exif),
    }


def poster(width: int, height: int) -> Image.Image:
    """Flat shapes, sharp edges and words."""
    picture = Image.new("RGB", (width, height), "#f4ead8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 2 // 3, width, height), fill="#7a5230")
    draw.ellipse((width // 3, height // 3, width * 2 // 3, height * 3 // 4), fill="#2f6f5e")
    draw.polygon(
        ((width * 3 // 4, height // 3), (width * 9 // 10, height // 2), (width * 2 // 3, height // 2)), "#e4002b"
    )
    draw.text((width // 2, height * 5 // 6), "Spring mugs", "white", ImageFont.load_default(max(8, height // 10)), "mm")
    return picture


def patched(picture: Image.Image) -> Image.Image:
    """With the patches along its upper edge."""
    side = picture.width // len(PATCHES)
    for place, colour in enumerate(PATCHES):
        right = picture.width if place == len(PATCHES) - 1 else (place + 1) * side
        picture.paste(colour, (place * side, 0, right, picture.height // 5))
    return picture


def png(picture: Image.Image, **options: object) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "PNG", compress_level=1, **options)
    return sink.getvalue()


@pytest.fixture(scope="session")
def six() -> Callable[[int, int], dict[str, bytes]]:
    return six_originals
