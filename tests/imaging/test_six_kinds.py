"""Originals of six kinds for placements and formats of the table: size, weight, colour, transparency, metadata."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image, ImageCms

from colophon import data
from colophon.domain.placement import PictureFormat, Placement, parse_placements
from colophon.domain.rendition import Encoded, Recipe, crop_box
from colophon.imaging import ConfinedImaging

WIDTH, HEIGHT = 960, 640
PLACEMENTS = parse_placements(data.text("placements.csv"))
# Of every shape, weight and channel some; `python -m bench encoding` makes all placements of one picture.
SAMPLE = (
    "iab_display/medium_rectangle",
    "iab_display/skyscraper",
    "iab_display/feature_phone_large",
    "tiktok/carousel_1x1",
    "x/summary",
    "email/hero_1x",
    "web/card",
    "web/thumbnail",
)
PATCHES = ("#c8102e", "#2f6f5e", "#f4b71a", "#1d3f8a", "#e8e2d6", "#5c5c5c")
KINDS = ("photo-like", "flat", "gradient", "transparent", "wide gamut", "rotated")
# CIE76 in Lab, of the middle of a flat patch. 2.3 is the least difference seen (Mahy and others, Color Res. Appl. 19,
# 1994); JPEG's steps of colour are a little coarser at 75 points.
DELTA_E = {PictureFormat.PNG: 1.0, PictureFormat.JPEG: 3.0, PictureFormat.WEBP: 2.3, PictureFormat.AVIF: 2.3}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


@dataclass(frozen=True)
class Made:
    placement: Placement
    recipe: Recipe
    encoded: Encoded

    @property
    def picture(self) -> Image.Image:
        picture = Image.open(io.BytesIO(self.encoded.content))
        picture.load()
        return picture


@pytest.fixture(scope="module")
def files(imaging: ConfinedImaging, six: Callable[[int, int], dict[str, bytes]]) -> Mapping[str, list[Made]]:
    places = [(PLACEMENTS[key], form) for key in SAMPLE for form in PLACEMENTS[key].formats]
    recipes = [_recipe(place, form) for place, form in places]
    made = {kind: imaging.render(content, recipes) for kind, content in six(WIDTH, HEIGHT).items()}
    return {
        kind: [Made(place, recipe, each) for (place, _), recipe, each in zip(places, recipes, encoded, strict=True)]
        for kind, encoded in made.items()
    }


def _recipe(place: Placement, form: PictureFormat) -> Recipe:
    """Cut from the upper edge down, so that the patches stay in."""
    box = crop_box(WIDTH, HEIGHT, place.width, place.height)
    top = type(box)(box.left, 0, box.width, box.height)
    return Recipe(top, place.width, place.height, form, place.max_bytes, "", 75.0)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_formats_and_caps(files: Mapping[str, list[Made]], kind: str) -> None:
    for made in files[kind]:
        picture = made.picture
        assert picture.size == (made.placement.width, made.placement.height)
        assert picture.format == {"jpg": "JPEG"}.get(made.recipe.format.value, made.recipe.format.name)
        assert made.encoded.fits
        assert len(made.encoded.content) <= (made.placement.max_bytes or len(made.encoded.content))
        assert not {"icc_profile", "exif", "comment"} & set(picture.info)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "gradient"])
def test_flat_colours_come_out_as_they_were(files: Mapping[str, list[Made]], kind: str) -> None:
    worst: dict[PictureFormat, float] = {}
    for made in files[kind]:
        if made.encoded.changes[-1:] != ("reduced",):  # a palette for a tight cap has other colours
            form = made.recipe.format
            worst[form] = max(worst.get(form, 0.0), *_differences(made))
    assert {form: points for form, points in worst.items() if points > DELTA_E[form]} == {}
    assert set(worst) == set(PictureFormat)


def _differences(made: Made) -> list[float]:
    """Between each patch that is wide enough in this cut to have a middle, and its colour."""
    crop, picture = made.recipe.crop, made.picture.convert("RGB")
    scale, side, found = picture.width / crop.width, WIDTH / len(PATCHES), [0.0]
    for place, colour in enumerate(PATCHES):
        x, y = ((place + 0.5) * side - crop.left) * scale, HEIGHT / 10 * scale
        reach = min(side, HEIGHT / 5) * scale / 2
        if reach >= 12 and reach <= x <= picture.width - reach:
            middle = picture.crop((int(x) - 3, int(y) - 3, int(x) + 3, int(y) + 3)).resize((1, 1), Image.Resampling.BOX)
            found.append(_delta_e(middle, Image.new("RGB", (1, 1), colour)))
    return found


def _delta_e(one: Image.Image, other: Image.Image) -> float:
    return float(np.linalg.norm(_lab(one) - _lab(other)))


def _lab(pixel: Image.Image) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """CIE 1976 L*a*b* of a single sRGB pixel, under D65."""
    level = np.asarray(pixel, dtype=float).reshape(3) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.maximum(_TO_XYZ @ light / _TO_XYZ.sum(axis=1), 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_transparency_is_kept_where_the_format_has_it_and_white_elsewhere(files: Mapping[str, list[Made]]) -> None:
    for made in files["transparent"]:
        whole = made.picture.convert("RGBA")
        corner = whole.getpixel((2, whole.height - 3))
        assert isinstance(corner, tuple)
        if made.placement.name in ("card", "hero_1x", "thumbnail"):
            flattened = "flattened" in made.encoded.changes
            assert flattened == (made.recipe.format is PictureFormat.JPEG)
            assert corner[3] == 255 if flattened else corner[3] < 60
            assert not flattened or min(corner[:3]) > 180


def test_a_turned_original_is_as_the_upright_one(files: Mapping[str, list[Made]]) -> None:
    for upright, turned in zip(files["photo-like"], files["rotated"], strict=True):
        assert turned.encoded.content == upright.encoded.content
        assert turned.encoded.changes[:1] == ("turned",)


def test_a_wide_gamut_original_is_as_the_narrow_one(files: Mapping[str, list[Made]]) -> None:
    for narrow, wide in zip(files["photo-like"], files["wide gamut"], strict=True):
        assert wide.encoded.changes[:1] == ("converted",)
        if wide.recipe.format is PictureFormat.JPEG and wide.encoded.reached:
            pair = [np.asarray(made.picture.convert("RGB"), dtype=float) for made in (narrow, wide)]
            assert np.abs(pair[0] - pair[1]).mean() < 6


def test_a_corrupt_profile_is_left_out_and_the_picture_made(imaging: ConfinedImaging) -> None:
    sink = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (400, 400), PATCHES[0]).save(sink, "PNG", icc_profile=profile[:150] + bytes(len(profile) - 150))
    box = crop_box(400, 400, 300, 250)
    for made in imaging.render(sink.getvalue(), [Recipe(box, 300, 250, form, None, "") for form in PictureFormat]):
        assert "converted" not in made.changes
        with Image.open(io.BytesIO(made.content)) as picture:
            middle = picture.convert("RGB").crop((100, 100, 101, 101))
        assert _delta_e(middle, Image.new("RGB", (1, 1), PATCHES[0])) <= 2.3
