"""Small copies for pages: upright, in sRGB, never larger, and only of pictures."""

from io import BytesIO

import pytest
from PIL import Image

from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging
from tests.imaging.conftest import png


def _shrunk(imaging: ConfinedImaging, content: bytes, side: int) -> Image.Image:
    made = imaging.shrink(content, side)
    assert made.media_type == "image/webp"
    picture = Image.open(BytesIO(made.content))
    assert picture.size == (made.width, made.height)
    return picture


def test_a_copy_fits_the_side_and_keeps_the_shape(imaging: ConfinedImaging) -> None:
    assert _shrunk(imaging, png(Image.new("RGB", (900, 300), "red")), 300).size == (300, 100)
    assert _shrunk(imaging, png(Image.new("RGB", (90, 30), "red")), 300).size == (90, 30)


def test_it_stands_upright_without_what_the_file_says_beside_its_pixels(imaging: ConfinedImaging) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret of the camera"
    copy = _shrunk(imaging, png(Image.new("RGB", (400, 200), "blue"), exif=exif), 100)
    assert copy.size == (50, 100)
    assert not dict(copy.getexif())


def test_what_is_transparent_stays_so(imaging: ConfinedImaging) -> None:
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 32, 64))
    assert _shrunk(imaging, png(picture), 64).convert("RGBA").getpixel((60, 30))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(("content", "side"), [(b"", 100), (b"GIF89a", 100), (png(Image.new("L", (8, 8))), 0)])
def test_what_is_no_picture_or_no_size_is_refused(imaging: ConfinedImaging, content: bytes, side: int) -> None:
    with pytest.raises(PictureError):
        imaging.shrink(content, side)
