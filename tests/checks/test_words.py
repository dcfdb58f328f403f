"""Verdicts of the check "words"."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from colophon.checks.profiles import WordRules, parse_profiles
from colophon.checks.words import WordsCheck
from colophon.domain.asked import Asked
from colophon.domain.finding import Verdict
from colophon.domain.words import Reading
from colophon.errors import CheckError, InvalidInput

Make = Callable[..., Any]
PASS, REVIEW, FAIL = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL
RULES = WordRules(missing=REVIEW, misspelt=REVIEW, forbidden=FAIL, stray=REVIEW)
NAMED = Asked(wanted=("Open late",), allowed=("Northwind Ceramics", "Made by hand"))
BANNED = Asked(allowed=("Northwind Ceramics",), forbidden=("casino", "cigarette"))
BARE = Asked(allowed=("Northwind Ceramics", "Made by hand"), no_text=True)


class Reader:
    name, version = "stated", "1"

    def __init__(self, *lines: str | Reading) -> None:
        self.lines = [Reading(line, 0.99, 0.1) if isinstance(line, str) else line for line in lines]
        self.asked = 0

    def read(self, content: bytes) -> Sequence[Reading]:
        self.asked += 1
        return self.lines


@pytest.mark.parametrize(
    ("asked", "lines", "verdict", "words"),
    [
        (NAMED, ["Open late"], PASS, ""),
        (NAMED, ["OPEN", "LATE"], PASS, ""),
        (NAMED, [], REVIEW, "'Open late' is wanted and was not read"),
        (NAMED, ["Opan late"], REVIEW, "'Opan late' is read, 'Open late' is wanted"),
        (NAMED, ["Open late", "Nortwind"], REVIEW, "'Nortwind' is read, 'northwind' may be meant"),
        (NAMED, ["Open late", "Northwind Ceramics"], PASS, ""),
        (NAMED, ["Open late", "Anything else"], PASS, ""),
        (BANNED, ["Grand Casino"], FAIL, "'Casino' is read: 'casino' is banned by the brand"),
        (BANNED, ["c1garettes"], FAIL, "'c1garettes' is read: 'cigarette' is banned"),
        (BANNED, ["Grand Hotel"], PASS, ""),
        (BARE, [], PASS, ""),
        (BARE, ["BIG SALE"], REVIEW, "'BIG SALE' is read where no text may be"),
        (BARE, ["Northwind"], PASS, ""),
        (BARE, ["Made by hand"], PASS, ""),
        (BARE, ["ab"], PASS, ""),
        (BARE, [Reading("a small label", 0.99, 0.04)], PASS, "noted: 'a small label' is read where no text may be"),
        (BARE, [Reading("BIG SALE", 0.7, 0.2)], PASS, ""),
        (BARE, [Reading("Nortwind", 0.99, 0.04)], PASS, "noted: 'Nortwind' is read, 'northwind' may be meant"),
    ],
)
def test_words(candidate: Make, asked: Asked, lines: list[str | Reading], verdict: Verdict, words: str) -> None:
    finding = WordsCheck(RULES, Reader(*lines))(candidate(asked=asked))
    assert finding.verdict is verdict
    assert words in " | ".join(finding.reasons)
    assert bool(finding.reasons) == bool(words)
    assert finding.parameters["reader"] == "stated 1"


@pytest.mark.parametrize("asked", [None, Asked(), Asked(allowed=("Northwind",))])
def test_nothing_is_read_where_nothing_is_asked(candidate: Make, asked: Asked | None) -> None:
    reader = Reader("BIG SALE")
    finding = WordsCheck(RULES, reader)(candidate(asked=asked))
    assert (finding.verdict, finding.score, reader.asked) == (PASS, None, 0)
    assert "nothing was read" in finding.reasons[0]
    assert WordsCheck(RULES, None)(candidate(asked=asked)).verdict is PASS


def test_without_a_reader_there_is_no_verdict(candidate: Make) -> None:
    with pytest.raises(CheckError) as caught:
        WordsCheck(RULES, None)(candidate(asked=BANNED))
    assert "colophon[ocr]" in caught.value.hint


def test_the_verdicts_are_data(candidate: Make) -> None:
    loose = WordRules(missing=PASS, misspelt=FAIL, stray=PASS, small_height=0.0)
    both = Asked(wanted=("Open late",), no_text=True)
    finding = WordsCheck(loose, Reader("BIG SALE"))(candidate(asked=both))
    assert finding.verdict is PASS
    assert len(finding.reasons) == 2
    assert WordsCheck(loose, Reader("Opan late"))(candidate(asked=both)).verdict is FAIL
    with pytest.raises(InvalidInput):
        parse_profiles("[default.words]\nmissing = 'perhaps'")


def test_hostile_text_is_quoted_and_bounded(candidate: Make) -> None:
    lines = [f"\x1b[31m{n} " + "x" * 300 for n in range(30)]
    finding = WordsCheck(RULES, Reader(*lines))(candidate(asked=BARE))
    assert len(finding.reasons) == 11
    assert finding.reasons[-1] == "and 20 more"
    assert all("\x1b" not in reason and len(reason) < 130 for reason in finding.reasons)
