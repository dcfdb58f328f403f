"""Fingerprints: the ISCC Image-Code as the reference implementation makes it, and of what copies are the same."""

import io
from collections.abc import Callable

import iscc_lib
import pytest
from PIL import Image, ImageChops, ImageOps

from colophon.domain.asset import Fingerprints
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Recipe
from colophon.domain.soft_binding import iscc_text
from colophon.domain.subject import Box
from colophon.imaging import ConfinedImaging
from colophon.sandbox.draw import draw


def _file(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def _reference(content: bytes) -> str:
    """What iscc-sdk does with a picture, in its own order, on the whole picture at once."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened)
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, (255, 255, 255))
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    picture = picture.convert("RGB")
    colour = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    difference = ImageChops.difference(picture, colour)
    box = ImageChops.add(difference, difference).getbbox()
    grey = picture.crop(box).convert("L").resize((32, 32), Image.Resampling.BICUBIC)
    return str(iscc_lib.gen_image_code_v0(grey.tobytes(), 256)["iscc"])


def _bits(one: str | None, other: str | None) -> int:
    assert one is not None
    assert other is not None
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.fixture(scope="module")
def drawn() -> Image.Image:
    return draw("a ceramic mug on an oak table", 7, 720, 540)


def _turned(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _file(picture, "JPEG", exif=exif.tobytes())


def _transparent(picture: Image.Image) -> bytes:
    mask = Image.linear_gradient("L").resize(picture.size)
    picture = picture.copy()
    picture.putalpha(mask)
    return _file(picture)


CASES: dict[str, Callable[[Image.Image], bytes]] = {
    "plain": _file,
    "JPEG": lambda picture: _file(picture, "JPEG"),
    "grey": lambda picture: _file(picture.convert("L")),
    "palette": lambda picture: _file(picture.quantize(64)),
    "turned by EXIF": _turned,
    "transparent": _transparent,
    "bordered": lambda picture: _file(ImageOps.expand(picture, (40, 300, 5, 700), fill=(12, 200, 40))),
    "of one colour": lambda picture: _file(Image.new("RGB", (90, 60), (1, 2, 3))),
    "one pixel": lambda picture: _file(picture.crop((0, 0, 1, 1))),
}


@pytest.mark.parametrize("case", CASES)
def test_the_code_is_the_one_that_others_make(imaging: ConfinedImaging, drawn: Image.Image, case: str) -> None:
    content = CASES[case](drawn)
    found = imaging.inspect(content).fingerprints.iscc
    assert found is not None
    assert iscc_text(found) == _reference(content)


def test_the_library_makes_the_codes_of_the_standard() -> None:
    assert iscc_lib.conformance_selftest()


def test_copies_that_platforms_make_differ_in_few_bits(imaging: ConfinedImaging, drawn: Image.Image) -> None:
    original = imaging.inspect(_file(drawn)).fingerprints
    copies = [_file(drawn, "JPEG", quality=50), _file(drawn, "WEBP", quality=60), _file(drawn.resize((360, 270)))]
    for copy in copies:
        assert _bits(imaging.inspect(copy).fingerprints.iscc, original.iscc) <= 16


@pytest.mark.parametrize(
    "box", [(36, 27, 684, 513), (0, 0, 648, 486), (72, 0, 720, 486), (36, 0, 684, 540), (0, 54, 720, 540)]
)
def test_a_copy_that_lost_a_tenth_is_near_a_window(
    imaging: ConfinedImaging, drawn: Image.Image, box: tuple[int, int, int, int]
) -> None:
    original = imaging.inspect(_file(drawn)).fingerprints
    cut = imaging.inspect(_file(drawn.crop(box))).fingerprints.iscc
    assert len(original.windows) == 15
    assert min(_bits(cut, window) for window in original.windows) <= 16
    assert _bits(cut, original.iscc) > 40


def test_renditions_have_fingerprints_of_their_own_pixels(imaging: ConfinedImaging, drawn: Image.Image) -> None:
    crops = [Box(0, 0, 720, 540), Box(100, 0, 400, 540)]
    recipes = [Recipe(crop, 200, 150, PictureFormat.PNG, None, "") for crop in crops]
    made = imaging.render(_file(drawn), recipes)
    found = [one.fingerprints for one in made]
    assert found == [imaging.inspect(one.content).fingerprints for one in made]
    assert found[0] != found[1]
    assert all(isinstance(one, Fingerprints) and one.iscc for one in found)
