"""How often the checks are right on the labelled pictures; ``pytest -s`` prints the figures of docs/checks.md."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from colophon import data
from colophon.checks.palette import PaletteCheck
from colophon.checks.profiles import CheckProfile, parse_profiles
from colophon.confined import Confined
from colophon.domain.asked import Asked
from colophon.domain.finding import Verdict
from colophon.imaging import ConfinedImaging
from tests.checks.labelled_pictures import PALETTES, Score, branded, palette, score

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def profile() -> CheckProfile:
    return parse_profiles(data.text("checks.toml"))["default"]


@pytest.fixture(scope="module")
def imaging() -> Iterator[ConfinedImaging]:
    confined = Confined(2)
    yield ConfinedImaging(confined)
    confined.close()


def png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG", compress_level=1)
    return sink.getvalue()


def told(name: str, found: Score) -> Score:
    print(f"{name}: {found}")  # noqa: T201 - for those who measure
    return found


def test_palette_tells_a_brands_pictures_from_those_of_other_brands(
    imaging: ConfinedImaging, profile: CheckProfile, candidate: Make, asset: Make
) -> None:
    check = PaletteCheck(profile.palette)
    judged = []
    for drawn_for, image in branded():
        made = asset(measures=imaging.inspect(png(image)).measures)
        for brand in PALETTES:
            finding = check(replace(candidate(made), asked=Asked(palette=palette(brand))))
            judged.append((brand != drawn_for, finding.verdict is not Verdict.PASS))
    found = told("palette", score(judged))
    assert (found.right, found.wrong) == (32, 96)
    assert found.precision >= 0.95
    assert found.recall >= 0.6
