"""A concept as what is looked for: its words in a row or written as one, in each form and reading of its spelling."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from colophon.domain.folding import SIGNS, Word, fold, unleet, unspaced, words
from colophon.domain.inflection import forms

_LONG = 6  # letters of several words that may be written as one: "mm" is not "M&M"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """One reading of a concept: the forms of its words in a row with the gaps it was written with, or all of it in one
    word."""

    parts: tuple[frozenset[str], ...]
    gaps: tuple[str, ...]
    whole: frozenset[str]


@dataclass(frozen=True, slots=True)
class Concept:
    """``literal`` is looked for as it stands, in any place; None: only as words."""

    name: str
    patterns: tuple[Pattern, ...]
    literal: str | None


@lru_cache(maxsize=8192)
def concept(name: str, language: str = "en") -> Concept:
    """What is looked for where this is written. ``language`` empty: in no other form. In English only the last of
    several words has other forms, as in "hate symbols"; elsewhere adjectives agree, and each word has."""
    read = [_read(spelling, language) for spelling in spellings(name, language)]
    patterns = tuple(dict.fromkeys(pattern for patterns, _ in read for pattern in patterns))
    return Concept(name, patterns, read[0][1])


def spellings(name: str, language: str) -> tuple[str, ...]:
    """As it is written, and in German with "ae" for "ä" as well."""
    return tuple(dict.fromkeys((name, name.translate(_UMLAUTS)))) if language == "de" else (name,)


def _read(spelling: str, language: str) -> tuple[tuple[Pattern, ...], str | None]:
    key = fold(spelling).text.strip()
    written = [] if any(sign in key for sign in SIGNS) else list(words(key))
    leet = [unleet(word) for word in words(key, SIGNS)]
    rows = [row for row in (written, leet) if row]
    one_letter = bool(rows) and sum(len(word.text) for word in rows[0]) == 1 and len(key) > 1
    if one_letter or not rows:  # "C++": its only word is no name for it
        return (), key or None
    return tuple(_pattern(key, row, language) for row in rows), key if unspaced(key) else None


def _pattern(key: str, row: Sequence[Word], language: str) -> Pattern:
    joined = "".join(word.text for word in row)
    mixed = any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined)
    one_word = len(row) == 1 or len(joined) >= _LONG or mixed
    first = [frozenset({word.text}) if language == "en" else forms(word.text, language) for word in row[:-1]]
    return Pattern(
        parts=(*first, forms(row[-1].text, language)),
        gaps=tuple(key[one.end : other.start] for one, other in itertools.pairwise(row)),
        whole=forms(joined, language) if one_word else frozenset(),
    )
