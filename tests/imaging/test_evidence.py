"""Evidence pictures: small, drawn where the sketch says, what is to be hidden blurred, made in the confined child."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from colophon.confined import Confined
from colophon.domain.sketch import Beside, Colours, Patch, Patches, Sketch, Tiles
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging

CHECKS = np.indices((400, 1600)).sum(axis=0) // 20 % 2 * 255  # a chequered picture, nowhere flat


@pytest.fixture(scope="module")
def imaging() -> Iterator[ConfinedImaging]:
    confined = Confined(1)
    yield ConfinedImaging(confined)
    confined.close()


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def drawn(imaging: ConfinedImaging, sketch: Sketch, content: bytes, other: bytes | None = None) -> Image.Image:
    made = imaging.illustrate(content, sketch, other)
    picture = Image.open(io.BytesIO(made.content)).convert("RGB")
    assert (picture.size, made.media_type) == ((made.width, made.height), "image/webp")
    assert max(picture.size) <= 1024
    return picture


def test_what_is_to_be_hidden_is_blurred_and_framed(imaging: ConfinedImaging) -> None:
    sketch = Patches("x", (Patch(0.25, 0.2, 0.75, 0.8, "breast 0.91", blurred=True),))
    grey = np.asarray(drawn(imaging, sketch, png(CHECKS)).convert("L"), dtype=float)
    inside, outside = grey[100:150, 400:600], grey[100:150, 50:200]
    assert inside.std() < 0.3 * outside.std()
    colour = np.asarray(drawn(imaging, sketch, png(CHECKS)))[52:205, 255:259].reshape(-1, 3).mean(axis=0)
    assert colour[0] > colour[1] + 60  # the frame is red


def test_foreign_colours_stand_out_of_grey(imaging: ConfinedImaging) -> None:
    pixels = np.zeros((300, 300, 3))
    pixels[:, :150], pixels[:, 150:] = (0, 160, 60), (40, 60, 200)
    sketch = Colours("x", marked=((57.0, -56.0, 42.0),), others=((32.0, 34.0, -72.0),))
    found = np.asarray(drawn(imaging, sketch, png(pixels)), dtype=float)
    left, right = found[20:280, 20:130].reshape(-1, 3), found[20:280, 170:280].reshape(-1, 3)
    assert np.median(left[:, 1] - left[:, 0]) > 80
    assert np.abs(right[:, 0] - right[:, 2]).max() < 20


def test_two_pictures_stand_side_by_side(imaging: ConfinedImaging) -> None:
    black, white = png(np.zeros((200, 300))), png(np.full((900, 300), 240))
    found = np.asarray(drawn(imaging, Beside("x", "ab" * 32, mirrored=True), black, white).convert("L"))
    row = found[len(found) // 2]
    assert row[30] < 20
    assert row[len(row) - 40] > 220


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (1600, 3)])
def test_pictures_of_any_shape_can_be_drawn_on(imaging: ConfinedImaging, size: tuple[int, int]) -> None:
    content = png(np.zeros(size))
    patches = Patches("x", (Patch(-1.0, 0.9, 2.0, 0.1, "w" * 80, blurred=True), Patch(0.5, 0.5, 0.5, 0.5)))
    for sketch in (patches, Tiles("x", 4.0), Colours("x", ((0.0, 0.0, 0.0),), ())):
        drawn(imaging, sketch, content)
    drawn(imaging, Beside("x", "ab" * 32), content, content)


def test_bytes_that_are_no_picture_are_refused(imaging: ConfinedImaging) -> None:
    for content in (b"", b"no picture"):
        with pytest.raises(PictureError):
            imaging.illustrate(content, Tiles("x", 4.0))
