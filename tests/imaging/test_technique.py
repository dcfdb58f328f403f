"""Sharpness and exposure as measured in the confined child."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from colophon.domain.measures import Measures
from colophon.imaging import ConfinedImaging
from colophon.sandbox.draw import draw


def measured(imaging: ConfinedImaging, image: Image.Image) -> Measures:
    sink = io.BytesIO()
    image.save(sink, "PNG", compress_level=1)
    found = imaging.inspect(sink.getvalue()).measures
    assert found is not None
    return found


def grainy(image: Image.Image, strength: float) -> Image.Image:
    noise = np.random.default_rng(2).normal(0, strength, (image.height, image.width, 1))
    return Image.fromarray((np.asarray(image, dtype=float) + noise).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def image() -> Image.Image:
    return draw("A mug and a bottle on a kitchen table", 3, 800, 600)


def test_the_more_blurred_the_less_sharp(imaging: ConfinedImaging, image: Image.Image) -> None:
    blurred = [image.filter(ImageFilter.GaussianBlur(radius)) for radius in (2, 4, 8)]
    found = [measured(imaging, picture).sharpness for picture in (image, *blurred)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 8
    assert found[2] < 4


def test_a_subject_in_focus_before_a_blurred_ground_is_sharp(imaging: ConfinedImaging, image: Image.Image) -> None:
    ground = image.filter(ImageFilter.GaussianBlur(10))
    ground.paste(image.crop((300, 200, 500, 400)), (300, 200))
    assert measured(imaging, ground).sharpness > 8


def test_grain_does_not_make_a_blurred_picture_sharp(imaging: ConfinedImaging, image: Image.Image) -> None:
    assert measured(imaging, grainy(image.filter(ImageFilter.GaussianBlur(8)), 2.2)).sharpness < 4


def test_shares_of_black_and_white_are_told(imaging: ConfinedImaging, image: Image.Image) -> None:
    picture = image.copy()
    picture.paste("black", (0, 0, 200, 600))
    picture.paste("white", (200, 0, 280, 600))
    found = measured(imaging, picture)
    assert found.shadows == pytest.approx(0.25, abs=0.01)
    assert found.highlights == pytest.approx(0.10, abs=0.01)
    assert measured(imaging, Image.new("RGB", (50, 50), "#FFFF00")).highlights == 0  # a bright colour is not white


def test_the_brightest_says_how_dark_a_picture_is(imaging: ConfinedImaging, image: Image.Image) -> None:
    dark = image.point([value // 4 for value in range(256)] * 3)
    assert measured(imaging, image).brightest > 150
    assert measured(imaging, dark).brightest < 64


def test_transparent_parts_are_neither_black_nor_white(imaging: ConfinedImaging, image: Image.Image) -> None:
    cut = image.convert("RGBA")
    cut.paste((0, 0, 0, 0), (0, 0, 400, 600))
    assert measured(imaging, cut).shadows == pytest.approx(0, abs=0.01)
    assert measured(imaging, Image.new("RGBA", (9, 9))).brightest == 255


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3, 2), (2000, 1)])
def test_the_smallest_pictures_are_measured_too(imaging: ConfinedImaging, size: tuple[int, int]) -> None:
    assert measured(imaging, Image.new("RGB", size, "red")).sharpness == 0


def test_what_more_light_took_is_told_and_a_white_ground_is_not_counted(
    imaging: ConfinedImaging, image: Image.Image
) -> None:
    lit = image.point([min(255, value * 2) for value in range(256)] * 3)
    ground = Image.new("RGB", (1600, 1200), "white")
    ground.paste(image, (400, 300))
    assert measured(imaging, image).blown < 0.03
    assert measured(imaging, ground).blown < 0.03
    assert measured(imaging, lit).blown > 0.2
    ground.paste(lit, (400, 300))
    assert measured(imaging, ground).blown > 0.2
    assert measured(imaging, Image.new("RGBA", (9, 9))).blown == 0
