"""Verdicts of the check "palette"."""

from collections.abc import Callable
from typing import Any

import pytest

from colophon import data
from colophon.checks.palette import PaletteCheck
from colophon.checks.profiles import PaletteRules, parse_profiles
from colophon.domain.asked import Asked
from colophon.domain.brand import Colour
from colophon.domain.colour import lab_of_hex
from colophon.domain.finding import Finding, Verdict
from colophon.domain.measures import ColourArea
from colophon.errors import CheckError, InvalidInput

Make = Callable[..., Any]
PASS, REVIEW, FAIL = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL
PALETTE = (
    Colour(name="sage", hex="#8a9e87", tolerance=8),
    Colour(name="rust", hex="#B5583A", role="accent", tolerance=8),
)
STRICT = PaletteRules.model_validate({"foreign": {"review": 0.1, "fail": 0.5}, "brand": {"review": 0.3, "fail": 0.05}})
FAR, SHADE, GREY = "#6A1FB5", "#56644F", "#777777"


@pytest.fixture
def judge(candidate: Make, asset: Make, measures: Make) -> Callable[..., Finding]:
    def judge(colours: dict[str, float], rules: PaletteRules = STRICT) -> Finding:
        areas = tuple(ColourArea(lab_of_hex(text), share) for text, share in colours.items())
        made = candidate(asset(measures=measures(areas)), asked=Asked(palette=PALETTE))
        return PaletteCheck(rules)(made)

    return judge


@pytest.mark.parametrize(
    ("colours", "verdict", "words"),
    [
        ({"#8A9E87": 0.7, GREY: 0.3}, PASS, "70% of the area is in the brand's colours (sage #8A9E87 70%, rust"),
        ({"#8A9E87": 0.7, FAR: 0.1, GREY: 0.2}, PASS, "noted: #6A1FB5 covers 10% of the area and is foreign"),
        ({"#8A9E87": 0.7, FAR: 0.3}, REVIEW, "#6A1FB5 covers 30% of the area and is foreign: the nearest brand colour"),
        ({"#8A9E87": 0.4, FAR: 0.6}, FAIL, "delta E"),
        ({"#8A9E87": 0.2, GREY: 0.8}, REVIEW, "20% of the area is in the brand's colours"),
        ({"#8A9E87": 0.04, GREY: 0.96}, FAIL, "4% of the area"),
        ({"#8A9E87": 0.5, SHADE: 0.5}, PASS, "50% of the area"),
        ({"#8A9E87": 0.25, "#B5583A": 0.15, GREY: 0.6}, PASS, "(sage #8A9E87 25%, rust #B5583A 15%)"),
    ],
)
def test_palette(judge: Callable[..., Finding], colours: dict[str, float], verdict: Verdict, words: str) -> None:
    finding = judge(colours)
    assert finding.verdict is verdict
    assert words in " | ".join(finding.reasons)
    assert finding.score == pytest.approx(colours.get(FAR, 0.0))


def test_the_tolerance_is_each_colours_own(judge: Callable[..., Finding]) -> None:
    nearly = {"#94A891": 0.5, GREY: 0.5}  # delta E 3.9 to sage
    assert judge(nearly).reasons[0].startswith("50% of the area")
    stricter = (Colour(name="sage", hex="#8A9E87", tolerance=2),)
    assert stricter[0].tolerance < 3.9 < PALETTE[0].tolerance


def test_greys_and_shades_are_not_foreign_but_can_be_made_so(judge: Callable[..., Finding]) -> None:
    picture = {"#8A9E87": 0.4, SHADE: 0.3, GREY: 0.3}
    assert judge(picture).score == 0
    narrow = STRICT.model_copy(update={"neutral_chroma": 0.0, "foreign_delta_e": 10.0, "lightness_factor": 1.0})
    assert judge(picture, narrow).score == pytest.approx(0.6)
    assert "lightness counted" not in " ".join(judge(picture, narrow).reasons)


def test_limits_that_are_not_there_judge_nothing(judge: Callable[..., Finding]) -> None:
    finding = judge({FAR: 1.0}, PaletteRules.model_validate({"foreign": {}, "brand": {}}))
    assert (finding.verdict, finding.score) == (PASS, 1.0)


def test_many_foreign_colours_are_not_named_endlessly(judge: Callable[..., Finding]) -> None:
    many = {f"#{6 + n:X}A1FB{n:X}": 0.1 for n in range(9)} | {"#00FF00": 0.005}
    finding = judge(many)
    assert len(finding.reasons) == 7
    assert finding.reasons[-1].startswith("and ")


def test_a_picture_nothing_was_asked_of_passes_and_says_so(candidate: Make) -> None:
    for asked in (None, Asked()):
        finding = PaletteCheck(STRICT)(candidate(asked=asked))
        assert (finding.verdict, finding.score) == (PASS, None)
        assert "no palette was asked for" in finding.reasons[0]


def test_colours_that_were_not_measured_are_no_verdict(candidate: Make) -> None:
    with pytest.raises(CheckError):
        PaletteCheck(STRICT)(candidate(asked=Asked(palette=PALETTE)))


def test_the_finding_keeps_what_it_was_judged_by(judge: Callable[..., Finding]) -> None:
    parameters = judge({GREY: 1.0}).parameters
    assert parameters["foreign"] == {"review": 0.1, "fail": 0.5}
    assert parameters["palette"][0]["hex"] == "#8a9e87"  # type: ignore[index]


def test_the_shipped_profile_refuses_nothing_for_its_colours() -> None:
    rules = parse_profiles(data.text("checks.toml"))["default"].palette
    assert (rules.foreign.review, rules.foreign.fail, rules.brand.review) == (0.15, None, None)


@pytest.mark.parametrize("table", ["foreign = {review = 0.5, fail = 0.2}", "brand = {review = 0.1, fail = 0.2}"])
def test_limits_out_of_order_are_refused(table: str) -> None:
    with pytest.raises(InvalidInput):
        parse_profiles(f"[default.palette]\n{table}")
