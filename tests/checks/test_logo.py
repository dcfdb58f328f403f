"""The brand's logo drawn by the model: found, told from other things, and said whether it is distorted."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from colophon import data
from colophon.checks.logo import LogoCheck
from colophon.checks.logo_finder import StoredLogos
from colophon.checks.profiles import CheckProfile, LogoRules, parse_profiles
from colophon.confined import Confined
from colophon.domain.asked import Asked
from colophon.domain.finding import Finding, Verdict
from colophon.domain.logo_sight import LogoSight
from colophon.domain.sketch import Patches
from colophon.errors import CheckError, InvalidInput, NotFound
from tests.checks.labelled_logos import LOGOS, logos_in_pictures
from tests.checks.labelled_pictures import Score, score

Make = Callable[..., Any]
PASS, REVIEW, FAIL = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL
ASKED = Asked(logos=(("mark.png", "a" * 64),))


@pytest.fixture(scope="module")
def profile() -> CheckProfile:
    return parse_profiles(data.text("checks.toml"))["default"]


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    children = Confined(1)
    yield children
    children.close()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


class Finds:
    """Implements `colophon.ports.LogoFinder`."""

    name, version = "finds", "1"

    def __init__(self, *sights: LogoSight | None) -> None:
        self.sights, self.looks = sights, 0

    def find(self, content: bytes, logos: Sequence[str]) -> Sequence[LogoSight | None]:
        self.looks += 1
        return self.sights


def sight(likeness: float, stretch: float = 1.0) -> LogoSight:
    return LogoSight(likeness, stretch, 0.0, (0.1, 0.2, 0.3, 0.4))


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        (sight(0.56), PASS, ""),
        (sight(0.57), FAIL, "something near to the logo 'mark.png', distorted"),
        (sight(0.76), REVIEW, "itself shows the logo 'mark.png': likeness 0.76"),
        (sight(0.9, 1.2), FAIL, "1.20 times as wide as it should be"),
        (sight(0.9, 0.8), FAIL, "0.80 times as wide as it should be"),
        (None, PASS, "noted: 'mark.png' has no shape"),
    ],
)
def test_verdicts(candidate: Make, found: LogoSight | None, verdict: Verdict, words: str) -> None:
    finding = LogoCheck(LogoRules(distorted=FAIL), Finds(found))(candidate(asked=ASKED))
    assert finding.verdict is verdict
    assert words in " ".join(finding.reasons)
    assert (finding.sketch is not None) == (verdict is not PASS)


def test_nothing_is_looked_for_where_nothing_is_asked(candidate: Make) -> None:
    finds = Finds()
    off = LogoRules(copied=PASS, distorted=PASS)
    for rules, asked in ((LogoRules(), None), (LogoRules(), Asked()), (off, ASKED)):
        assert LogoCheck(rules, finds)(candidate(asked=asked)).verdict is PASS
    assert finds.looks == 0
    with pytest.raises(CheckError, match="finds logos"):
        LogoCheck(LogoRules(), None)(candidate(asked=ASKED))


def test_rules_out_of_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match="above true"):
        parse_profiles("[default.logo]\nseen = 0.9\ntrue = 0.8")


def judged_by_child(confined: Confined, profile: CheckProfile, made: Any, name: str, image: Image.Image) -> Finding:
    finder = StoredLogos(confined, {name: png(LOGOS[name])}.__getitem__)
    return LogoCheck(profile.logo, finder)(replace(made, content=png(image), asked=Asked(logos=((name, name),))))


def test_logos_are_found_and_told_from_other_things(confined: Confined, profile: CheckProfile, candidate: Make) -> None:
    seen, shape = [], []
    for name, label, _, image in logos_in_pictures(names=("kite", "words")):  # docs/checks.md has all, of three seeds
        finding = judged_by_child(confined, profile, candidate(), name, image)
        found = finding.verdict is not PASS
        seen.append((label != "none", found))
        if found and label != "none":
            shape.append((label == "distorted", "distorted" in finding.reasons[0]))
        if found:
            assert isinstance(finding.sketch, Patches)
    for what, counted in (("logo", told := score(seen)), ("logo: distorted, of those found", score(shape))):
        print(f"{what}: {counted}")  # noqa: T201 - for those who measure
    assert (told.right, told.wrong) == (8, 18)
    assert told.precision >= 0.95
    assert told.recall >= 0.8
    distorted: Score = score(shape)
    assert distorted.precision >= 0.7
    assert distorted.recall >= 0.7


def test_a_logo_without_transparency_is_found_by_what_differs_from_its_ground(
    confined: Confined, profile: CheckProfile, candidate: Make
) -> None:
    _, _, _, picture = next(each for each in logos_in_pictures() if each[:3] == ("kite", "copied", "flat"))
    flat = Image.new("RGB", (500, 500), "#FFD54A")
    flat.paste(LOGOS["kite"].convert("RGB"), (50, 50), LOGOS["kite"].getchannel("A"))
    files = {"flat": png(flat), "plain": png(Image.new("RGB", (60, 60), "red"))}
    finder = StoredLogos(confined, files.__getitem__)
    found, nothing = finder.find(png(picture), ["flat", "plain"])
    assert found is not None
    assert found.score >= profile.logo.true
    assert nothing is None


def test_logos_that_cannot_be_read_or_answers_without_sense_give_no_verdict(confined: Confined) -> None:
    picture = png(Image.new("RGB", (60, 60), "red"))
    with pytest.raises(CheckError, match="no logo was looked for"):
        StoredLogos(confined, lambda _: b"no picture").find(picture, ["x"])

    def gone(digest: str) -> bytes:
        raise NotFound("there is no such object", where=digest)

    with pytest.raises(CheckError, match="no such object"):
        StoredLogos(confined, gone).find(picture, ["x"])

    class Lies:
        def __init__(self, *found: object) -> None:
            self.found = found

        def call(self, *_: object, **__: object) -> tuple[dict[str, object], list[bytes]]:
            return {"found": list(self.found)}, []

    good = {"score": 0.5, "stretch": 1.0, "turn": 0.0, "box": [0, 0, 1, 1]}
    assert StoredLogos(Lies(good), lambda _: b"x").find(b"x", ["x"])[0] is not None
    for lie in ([], [good, good], [{**good, "score": 2}], [{**good, "box": [0, 0, 9, 1]}]):
        with pytest.raises(CheckError, match="makes no sense"):
            StoredLogos(Lies(*lie), lambda _: b"x").find(b"x", ["x"])
