"""Finds a brand's banned concepts in a prompt before money is spent on it: whole words, however they are disguised.

A word is compared without case, diacritics, invisible characters and look-alike letters, with digits and signs read as
the letters they resemble (w3ap0n), and letter by letter where it was spelled out (w e a p o n). Inside another word it
is not found. Meaning is not judged: "no weapons" is a hit, a synonym is none.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from colophon.domain.folding import SIGNS, Folded, Word, as_letters, fold, unleet, unspaced, words
from colophon.domain.inflection import forms

_JOINTS = frozenset(
    " \t\n-_/'\u2019&+"
)  # may stand between the words of one concept; a full stop or comma ends a thought
_SPELLING = frozenset(" .-_*·•")
_STRAY = frozenset("ai")  # one-letter words that may stand before a spelled-out one
_FEWEST_LETTERS = 3  # of a spelled-out word
_LONG = 6  # letters of several words that may be written as one: "mm" is not "M&M"


@dataclass(frozen=True, slots=True)
class Hit:
    """A banned concept in a text: ``text[start:end]`` is ``found``."""

    concept: str
    found: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One reading of a concept: its words in a row with the gaps it was written with, or all in one word."""

    parts: tuple[str, ...]
    gaps: tuple[str, ...]
    last: frozenset[str]
    whole: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Concept:
    """``literal`` is looked for as it stands, in any place; None: only as words."""

    patterns: tuple[_Pattern, ...]
    literal: str | None


@dataclass(frozen=True, slots=True)
class _View:
    """One way to read a text as words, with the places of each."""

    words: tuple[Word, ...]
    places: dict[str, list[int]]


def screen(text: str, banned: Sequence[str]) -> list[Hit]:
    """Every banned concept found in ``text``, in the order of the text; overlapping finds of one concept are one."""
    if not banned:
        return []
    folded = fold(text)
    views = _views(folded.text)
    found = {
        (start, end, concept)
        for concept in dict.fromkeys(banned)
        for start, end in _longest(_spans(folded.text, views, _concept(concept)))
    }
    return [_hit(text, folded, *entry) for entry in sorted(found)]


def _hit(text: str, folded: Folded, start: int, end: int, concept: str) -> Hit:
    first, last = folded.origin[start], folded.origin[end - 1] + 1
    return Hit(concept, text[first:last], first, last)


@lru_cache(maxsize=2048)
def _concept(concept: str) -> _Concept:
    key = fold(concept).text.strip()
    written = [] if any(sign in key for sign in SIGNS) else list(words(key))
    leet = [unleet(word) for word in words(key, SIGNS)]
    patterns = [_pattern(key, row) for row in (written, leet) if row]
    one_letter = bool(patterns) and sum(map(len, patterns[0].parts)) == 1 and len(key) > 1
    if one_letter or not patterns:  # "C++": its only word is no name for it
        return _Concept((), key or None)
    return _Concept(tuple(dict.fromkeys(patterns)), key if unspaced(key) else None)


def _pattern(key: str, row: Sequence[Word]) -> _Pattern:
    joined = "".join(word.text for word in row)
    mixed = any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined)
    one_word = len(row) == 1 or len(joined) >= _LONG or mixed
    return _Pattern(
        parts=tuple(word.text for word in row),
        gaps=tuple(key[one.end : other.start] for one, other in itertools.pairwise(row)),
        last=forms(row[-1].text),
        whole=forms(joined) if one_word else frozenset(),
    )


def _views(text: str) -> list[_View]:
    """A text as written; with digits and signs as letters; and with spelled-out letters of both joined."""
    written, signed = tuple(words(text)), tuple(words(text, SIGNS))
    leet, letters = tuple(map(unleet, signed)), tuple(map(as_letters, signed))
    rows = (written, leet, tuple(_spelled_out(text, written)), tuple(_spelled_out(text, letters)))
    return [_view(row) for row in dict.fromkeys(rows)]


def _view(row: tuple[Word, ...]) -> _View:
    places: dict[str, list[int]] = {}
    for at, word in enumerate(row):
        places.setdefault(word.text, []).append(at)
    return _View(row, places)


def _spelled_out(text: str, row: Sequence[Word]) -> Iterator[Word]:
    """Three or more single letters, each one separator from the next, as the word they spell. A run may begin with a
    stray one-letter word ("a w e a p o n"); no other part of a run counts, or "c l a s s" would hold "a s s"."""
    run: list[Word] = []
    for word in [*row, Word("", -1, -1)]:
        single = len(word.text) == 1
        if single and (not run or text[run[-1].end : word.start] in _SPELLING):
            run.append(word)
            continue
        yield from _joined(text, run)
        run = [word] if single else []


def _joined(text: str, run: Sequence[Word]) -> Iterator[Word]:
    for first in range(2 if run and run[0].text in _STRAY else 1):
        letters = run[first:]
        if len(letters) < _FEWEST_LETTERS:
            continue
        if any(char.isalpha() for char in text[letters[0].start : letters[-1].end]):
            yield Word("".join(word.text for word in letters), letters[0].start, letters[-1].end)


def _spans(text: str, views: Sequence[_View], concept: _Concept) -> Iterator[tuple[int, int]]:
    for view, pattern in itertools.product(views, concept.patterns):
        for form in pattern.whole:
            yield from ((view.words[at].start, view.words[at].end) for at in view.places.get(form, ()))
        if len(pattern.parts) > 1:
            yield from _rows(text, view, pattern)
    if concept.literal is not None:
        at = -1
        while (at := text.find(concept.literal, at + 1)) != -1:
            yield at, at + len(concept.literal)


def _rows(text: str, view: _View, pattern: _Pattern) -> Iterator[tuple[int, int]]:
    """Where the concept's words stand one after the other, the last one in any form."""
    for at in view.places.get(pattern.parts[0], ()):
        row = view.words[at : at + len(pattern.parts)]
        if len(row) < len(pattern.parts) or row[-1].text not in pattern.last:
            continue
        same = all(word.text == part for word, part in zip(row, pattern.parts[:-1], strict=False))
        gaps = (text[one.end : other.start] for one, other in itertools.pairwise(row))
        if same and all(gap == own or _JOINTS.issuperset(gap) for gap, own in zip(gaps, pattern.gaps, strict=True)):
            yield row[0].start, row[-1].end


def _longest(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
