"""How often the checks are right on the labelled pictures; ``pytest -s`` prints the figures of docs/checks.md."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from colophon import data
from colophon.checks.engine_rapidocr import RapidOcrReader, available
from colophon.checks.palette import PaletteCheck
from colophon.checks.profiles import CheckProfile, PictureRules, parse_profiles
from colophon.checks.technical import PictureCheck
from colophon.checks.words import WordsCheck
from colophon.confined import Confined
from colophon.confined.blown import blown
from colophon.confined.seen import seen
from colophon.confined.technique import technique
from colophon.domain.asked import Asked
from colophon.domain.finding import Verdict
from colophon.imaging import ConfinedImaging
from tests.checks.conftest import make_candidate, make_measures
from tests.checks.labelled_pictures import PALETTES, Score, blank, branded, exposed, focused, lettered, palette, score

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


def wrong_for(imaging: ConfinedImaging, made: Make, image: Image.Image, rules: PictureRules, words: str) -> bool:
    """Whether the check "picture" gives this as a reason."""
    facts = imaging.inspect(png(image))
    asset = made(deviation=facts.deviation, measures=facts.measures)
    return any(words in reason for reason in PictureCheck(rules)(make_candidate(asset)).reasons)


def test_blurred_pictures_are_told_from_sharp_ones(
    imaging: ConfinedImaging, profile: CheckProfile, asset: Make
) -> None:
    judged = [(wrong, wrong_for(imaging, asset, image, profile.picture, "focus")) for wrong, image in focused()]
    found = told("blurred", score(judged))
    assert (found.right, found.wrong) == (8, 16)
    assert found.precision >= 0.95
    assert found.recall >= 0.75


def test_dark_and_bright_pictures_are_told_from_well_exposed_ones(profile: CheckProfile, asset: Make) -> None:
    judged: dict[str, list[tuple[bool, bool]]] = {"dark": [], "overexposed": [], "white": []}
    mistaken: set[str] = set()
    for label, kind, image in exposed():
        small = seen(image)  # measured here: there are many pictures, and the rest of an inspection takes longer
        made = make_candidate(asset(measures=make_measures((), **technique(small), blown=blown(small))))
        said = " ".join(PictureCheck(profile.picture)(made).reasons)
        wrong = {"dark": label == "dark", "overexposed": label == "bright", "white": label == "bright"}
        for name, pairs in judged.items():
            flagged = "% of the area is white" in said if name == "white" else f"it is {name}" in said
            pairs.append((wrong[name], flagged))
            if flagged and not wrong[name]:
                mistaken.add(f"{kind} ({name})")
    found = {name: told(name, score(pairs)) for name, pairs in judged.items()}
    told(f"taken for wrong: {', '.join(sorted(mistaken))}", found["overexposed"])
    assert (found["overexposed"].wrong, found["overexposed"].right) == (61, 95)
    assert found["dark"].precision >= 0.95
    assert found["dark"].recall >= 0.9
    assert found["overexposed"].precision >= 0.9
    assert found["overexposed"].recall >= 0.9
    assert found["white"].precision == 1
    assert not {kind for kind in mistaken if "white" in kind or "snow" in kind or "sun" in kind}


def test_blank_pictures_are_told_from_dark_ones(imaging: ConfinedImaging, profile: CheckProfile, asset: Make) -> None:
    judged = [(wrong, wrong_for(imaging, asset, image, profile.picture, "blank")) for wrong, image in blank()]
    found = told("blank", score(judged))
    assert (found.precision, found.recall, found.wrong) == (1, 1, 8)


@pytest.mark.skipif(not available(), reason="the extra colophon[ocr] is not installed")
def test_wrong_words_are_told_from_right_ones(profile: CheckProfile, candidate: Make) -> None:
    reader = RapidOcrReader()
    check = WordsCheck(profile.words, reader)
    judged = [
        (wrong, check(replace(candidate(asked=asked), content=png(image))).verdict is not Verdict.PASS)
        for wrong, asked, image in lettered()
    ]
    reader.close()
    found = told("words", score(judged))
    assert (found.right, found.wrong) == (11, 13)
    assert found.precision >= 0.9
    assert found.recall >= 0.9
