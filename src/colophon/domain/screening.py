"""Finds concepts in a prompt before money is spent on it: whole words, however they are disguised.

A word is compared without case, diacritics, invisible characters and look-alike letters, with digits and signs read as
each of the letters they resemble (w3ap0n, chi1d), drawn-out letters as one (weaaapon), and letter by letter where it is
spelled out (w e a p o n). Inside another word it is not found. Meaning is not judged: "no weapons" is a hit, a synonym
is none.
"""

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from colophon.domain.concepts import Concept, Pattern, concept
from colophon.domain.folding import (
    MORE_SIGNS,
    SIGNS,
    Folded,
    Word,
    also_letters,
    as_letters,
    fold,
    readings,
    unleet,
    words,
)

_JOINTS = frozenset(
    " \t\n-_/'\u2019&+"
)  # may stand between the words of one concept; a full stop or comma ends a thought
_SPELLING = frozenset(" .-_*·•/|~")
_STRAY = frozenset("ai")  # one-letter words that may stand before a spelled-out one
_FEWEST_LETTERS = 3  # of a spelled-out word

Span = tuple[int, int]
Row = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept in a text: ``text[start:end]`` is ``found``."""

    concept: str
    found: str
    start: int
    end: int


def screen(text: str, banned: Sequence[str]) -> list[Hit]:
    """Every banned concept found in ``text``, in the order of the text; overlapping finds of one concept are one."""
    return _lexicon(tuple(banned)).find(text) if banned else []


@lru_cache(maxsize=64)
def _lexicon(banned: tuple[str, ...]) -> "Lexicon":
    return Lexicon(concept(name) for name in dict.fromkeys(banned))


class Lexicon:
    """Concepts by the words they may begin with, so that a text is read once however many there are. ``stems`` are
    pairs of a stem, found in every word that begins with it, and the concept's name."""

    def __init__(self, concepts: Iterable[Concept], stems: Iterable[tuple[str, str]] = ()) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)
        self._rows: defaultdict[str, set[tuple[str, Pattern]]] = defaultdict(set)
        self._literals: list[tuple[str, str]] = []
        for each in concepts:
            self._add(each)
        self._stems: defaultdict[str, set[str]] = defaultdict(set)
        for stem, name in stems:
            self._stems[fold(stem).text.strip()].add(name)
        self._lengths = sorted({len(stem) for stem in self._stems})

    def _add(self, each: Concept) -> None:
        for pattern in each.patterns:
            for form in pattern.whole:
                self._whole[form].add(each.name)
            if len(pattern.parts) > 1:
                for form in pattern.parts[0]:
                    self._rows[form].add((each.name, pattern))
        if each.literal is not None:
            self._literals.append((each.literal, each.name))

    def find(self, text: str) -> list[Hit]:
        """Everything found, in the order of the text; overlapping finds of one concept are one, the longest."""
        folded = fold(text)
        spans: defaultdict[str, set[Span]] = defaultdict(set)
        for row in _views(folded.text):
            for name, span in self._in_row(folded.text, row):
                spans[name].add(span)
        for word in words(folded.text, MORE_SIGNS):
            for reading in readings(word):
                for name, span in self._in_row(folded.text, (reading,)):
                    spans[name].add(span)
        for literal, name in self._literals:
            spans[name].update(_literally(folded.text, literal))
        found = sorted((*span, name) for name, own in spans.items() for span in _longest(own))
        return [_hit(text, folded, *entry) for entry in found]

    def _in_row(self, text: str, row: Row) -> Iterator[tuple[str, Span]]:
        for at, word in enumerate(row):
            for name in (*self._whole.get(word.text, ()), *self._stemmed(word.text)):
                yield name, (word.start, word.end)
            for name, pattern in self._rows.get(word.text, ()):
                if (end := _row_end(text, row, at, pattern)) is not None:
                    yield name, (word.start, end)

    def _stemmed(self, word: str) -> Iterator[str]:
        for length in self._lengths:
            if length <= len(word):
                yield from self._stems.get(word[:length], ())


def _hit(text: str, folded: Folded, start: int, end: int, name: str) -> Hit:
    first, last = folded.origin[start], folded.origin[end - 1] + 1
    return Hit(name, text[first:last], first, last)


def _views(text: str) -> Iterable[Row]:
    """A text as written; with digits and signs as letters, the likelier ones and the others; and with spelled-out
    letters of all these joined."""
    written, signed = tuple(words(text)), tuple(words(text, SIGNS))
    leet, letters = tuple(map(unleet, signed)), tuple(map(as_letters, signed))
    more = tuple(words(text, MORE_SIGNS))
    also = tuple(map(also_letters, more))
    spelled = (tuple(_spelled_out(text, row)) for row in (written, letters, tuple(map(as_letters, more)), also))
    rows = (written, leet, tuple(_some_letter(more, also)), *spelled)
    return dict.fromkeys(rows)


def _some_letter(written: Sequence[Word], read: Sequence[Word]) -> Iterator[Word]:
    """As read where a letter is written, else as written: numbers stay numbers."""
    for word, reading in zip(written, read, strict=True):
        yield reading if any(char.isalpha() for char in word.text) else word


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


def _row_end(text: str, row: Row, at: int, pattern: Pattern) -> int | None:
    """Where the concept's words end that begin here one after the other, each in one of its forms."""
    found = row[at : at + len(pattern.parts)]
    if len(found) < len(pattern.parts):
        return None
    if any(word.text not in part for word, part in zip(found, pattern.parts, strict=True)):
        return None
    gaps = (text[one.end : other.start] for one, other in itertools.pairwise(found))
    if any(gap != own and not _JOINTS.issuperset(gap) for gap, own in zip(gaps, pattern.gaps, strict=True)):
        return None
    return found[-1].end


def _literally(text: str, literal: str) -> Iterator[Span]:
    """As it stands, in a script without spaces. A mark behind it makes its last letter another one."""
    at = -1
    while (at := text.find(literal, at + 1)) != -1:
        end = at + len(literal)
        if not (end < len(text) and unicodedata.category(text[end])[0] == "M"):
            yield at, end


def _longest(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
