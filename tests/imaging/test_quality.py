"""The smallest file that looks as asked, within its budget, found in few encodes and measured with the same ruler."""

import io
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageFilter

from colophon.confined import Confined
from colophon.confined.search import Aim, Candidate, Scale, search
from colophon.confined.similarity import IDENTICAL, Likeness
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Encoded, Recipe
from colophon.domain.subject import Box
from colophon.imaging import ConfinedImaging

SIDES = (480, 320)
LOSSY = [PictureFormat.JPEG, PictureFormat.WEBP, PictureFormat.AVIF]
KINDS = ("photo-like", "flat", "gradient", "transparent", "wide gamut", "rotated")
SCALE = Scale(10, 95, ((10, 45.0), (95, 87.5)))


def whole(form: PictureFormat, *, floor: float = 80.0, budget: int | None = None) -> Recipe:
    return Recipe(Box(0, 0, *SIDES), *SIDES, form, budget, "", floor)


@pytest.fixture(scope="module")
def originals(six: Callable[[int, int], dict[str, bytes]]) -> dict[str, bytes]:
    return six(*SIDES)


@pytest.fixture(scope="module")
def made(imaging: ConfinedImaging, originals: dict[str, bytes]) -> dict[tuple[str, PictureFormat], Encoded]:
    recipes = [whole(form) for form in LOSSY]
    return {
        (kind, recipe.format): encoded
        for kind, content in originals.items()
        for recipe, encoded in zip(recipes, imaging.render(content, recipes), strict=True)
    }


def test_every_kind_reaches_its_floor_and_hardly_more(made: dict[tuple[str, PictureFormat], Encoded]) -> None:
    """But lossy WebP where colours meet sharply: it has them at half resolution only."""
    short = {key for key, encoded in made.items() if not encoded.reached}
    assert short == {(kind, PictureFormat.WEBP) for kind in KINDS if kind != "gradient"}
    over = {k: e.similarity - 80 for k, e in made.items() if e.similarity is not None and k not in short}
    assert {key: points for key, points in over.items() if not 0 <= points < 8} == {}
    assert statistics.median(over.values()) < 2


def test_colour_has_full_resolution_where_half_would_be_seen(made: dict[tuple[str, PictureFormat], Encoded]) -> None:
    assert {kind: layers(made[kind, PictureFormat.JPEG]) for kind in KINDS} == {
        kind: (2, 2) if kind == "gradient" else (1, 1) for kind in KINDS
    }


def layers(encoded: Encoded) -> tuple[int, int]:
    with Image.open(io.BytesIO(encoded.content)) as picture:
        sampling: tuple[int, int] = picture.layer[0][1:3]  # type: ignore[attr-defined]
        return sampling


def test_few_encodes_are_needed(made: dict[tuple[str, PictureFormat], Encoded]) -> None:
    tries = [encoded.tries for encoded in made.values()]
    assert max(tries) <= 10
    assert statistics.mean(tries) <= 5


def test_kinds_of_pictures_get_qualities_of_their_own(made: dict[tuple[str, PictureFormat], Encoded]) -> None:
    for form in LOSSY:
        qualities = [encoded.quality for (_, own), encoded in made.items() if own is form and encoded.quality]
        assert max(qualities) - min(qualities) >= 5


@pytest.mark.parametrize("form", LOSSY)
def test_a_lower_floor_makes_a_smaller_file(imaging: ConfinedImaging, originals: dict[str, bytes], form: PictureFormat):  # type: ignore[no-untyped-def]
    low, high = imaging.render(originals["photo-like"], [whole(form, floor=60), whole(form, floor=80)])
    assert len(low.content) < 0.8 * len(high.content)
    assert low.similarity is not None
    assert 60 <= low.similarity < 70


def test_what_is_measured_is_what_is_in_the_file(
    originals: dict[str, bytes], made: dict[tuple[str, PictureFormat], Encoded]
) -> None:
    with Image.open(io.BytesIO(originals["flat"])) as picture:
        likeness = Likeness(picture)
    for form in LOSSY:
        encoded = made["flat", form]
        with Image.open(io.BytesIO(encoded.content)) as copy:
            assert likeness.of_picture(copy) == pytest.approx(encoded.similarity)


def test_a_picture_of_few_colours_is_a_palette_without_loss(imaging: ConfinedImaging) -> None:
    random = np.random.default_rng(7)
    colours = random.integers(0, 256, (256, 3), dtype=np.uint8)
    pixels = colours[random.integers(0, 256, (SIDES[1], SIDES[0]))]
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    [made] = imaging.render(sink.getvalue(), [whole(PictureFormat.PNG)])
    with Image.open(io.BytesIO(made.content)) as picture:
        assert picture.mode == "P"
        assert (np.asarray(picture.convert("RGB")) == pixels).all()
    assert (made.quality, made.similarity, made.changes) == (0, IDENTICAL, ())


def test_a_palette_for_the_cap_is_measured(imaging: ConfinedImaging, originals: dict[str, bytes]) -> None:
    [full] = imaging.render(originals["photo-like"], [whole(PictureFormat.PNG)])
    [made] = imaging.render(originals["photo-like"], [whole(PictureFormat.PNG, budget=len(full.content) // 3)])
    assert made.fits
    assert made.similarity is not None
    assert 0 < made.similarity < IDENTICAL


def test_other_processes_make_the_same_bytes(imaging: ConfinedImaging, originals: dict[str, bytes]) -> None:
    recipes = [whole(form, floor=floor) for form in PictureFormat for floor in (60, 80)]
    another = Confined(1)
    try:
        for kind in ("photo-like", "transparent"):
            theirs = ConfinedImaging(another).render(originals[kind], recipes)
            assert theirs == imaging.render(originals[kind], recipes)
    finally:
        another.close()


def test_likeness_falls_with_every_loss(draw: Callable[..., Image.Image]) -> None:
    picture = draw(*SIDES)
    likeness = Likeness(picture)
    blurred = [likeness.of_picture(picture.filter(ImageFilter.GaussianBlur(radius))) for radius in (1, 2, 4, 8)]
    assert likeness.of_picture(picture.copy()) == IDENTICAL
    assert blurred == sorted(blurred, reverse=True)
    red, green, blue = picture.split()
    assert likeness.of_picture(Image.merge("RGB", (red, blue, green))) < 60


def test_one_bad_region_is_not_lost_among_good_ones() -> None:
    picture = Image.new("RGB", SIDES, "#f4ead8")
    spoilt = picture.copy()
    noise = np.random.default_rng(1).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    spoilt.paste(Image.fromarray(noise), (200, 100))
    assert Likeness(picture).of_picture(spoilt) < 60


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (120, 20), (7, 9), (17, 33)])
def test_the_smallest_pictures_are_measured(size: tuple[int, int]) -> None:
    likeness = Likeness(Image.new("RGB", size, "white"))
    assert likeness.of_picture(Image.new("RGB", size, "white")) == IDENTICAL
    assert likeness.of_picture(Image.new("RGB", size, "black")) < 60


def curve(points: Callable[[int], float], size: Callable[[int], int]) -> tuple[list[int], Callable[[int], Candidate]]:
    asked: list[int] = []

    def make(quality: int) -> Candidate:
        asked.append(quality)
        return Candidate(quality, b"x" * size(quality), points(quality))

    return asked, make


@pytest.mark.parametrize("border", range(5, 100, 3))
def test_the_border_is_found_wherever_it_is(border: int) -> None:
    asked, make = curve(lambda quality: 80 + (quality - border) * 0.7, lambda quality: 1000 + 90 * quality)
    found = search(make, SCALE, Aim(80, None, 1.0))
    assert 0 <= found.quality - min(max(border, 10), 95) <= 1
    assert len(asked) <= 4


@pytest.mark.parametrize("budget", range(1_900, 9_500, 400))
def test_below_the_floor_the_budget_is_filled(budget: int) -> None:
    asked, make = curve(lambda quality: quality * 0.8, lambda quality: 1000 + 90 * quality)
    found = search(make, SCALE, Aim(79, budget, 1.0))
    assert 0.9 * budget <= found.size <= budget
    assert len(asked) <= 8
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("budget", [1, 500, 1_890])
def test_a_budget_nothing_fits_ends_with_the_least(budget: int) -> None:
    asked, make = curve(lambda quality: quality * 0.8, lambda quality: 1000 + 90 * quality)
    found = search(make, SCALE, Aim(79, budget, 1.0))
    assert found.quality == SCALE.least
    assert len(set(asked)) == len(asked)


def test_a_curve_that_jumps_and_falls_still_ends() -> None:
    for seed in range(200):
        random = np.random.default_rng(seed)
        points, sizes = random.uniform(0, 100, 101), random.integers(1, 10_000, 101)
        asked, make = curve(lambda q, own=points: float(own[q]), lambda q, own=sizes: int(own[q]))  # type: ignore[misc]
        search(make, SCALE, Aim(80, 5_000, 0.5))
        assert len(set(asked)) == len(asked) <= 12


def test_a_file_does_not_depend_on_what_else_is_asked_for(
    imaging: ConfinedImaging, originals: dict[str, bytes]
) -> None:
    """Equal wishes are encoded once and others find what was encoded before, on either of two threads."""
    picture = originals["transparent"]
    for form in (PictureFormat.JPEG, PictureFormat.PNG):
        [alone] = imaging.render(picture, [whole(form)])
        tight = whole(form, budget=len(alone.content) * 2 // 3)
        roomy = whole(form, budget=len(alone.content) + 1)
        apart = [alone, *(made for wish in (tight, roomy) for made in imaging.render(picture, [wish]))]
        others = [whole(other) for other in PictureFormat if other is not form]
        together = imaging.render(picture, [whole(form), tight, roomy, whole(form, floor=60), *others])
        assert [one.content for one in together[:3]] == [one.content for one in apart]
        assert [one.tries for one in together[:3]] == [one.tries for one in apart]


def test_a_search_ends_where_no_better_file_is_of_use() -> None:
    asked: list[int] = []

    def make(quality: int) -> Candidate:
        asked.append(quality)
        return Candidate(quality, bytes(quality * 100), quality / 2 + 40)

    found = search(make, SCALE, Aim(80.0, None, 0.5), 50, lambda one: one.size >= 5000)
    assert (asked, found.quality) == ([50], 50)
