"""Words read in a picture beside the words that are meant: how many letters differ, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colophon.domain.folding import fold, words
from colophon.domain.inflection import forms

_LETTERS_PER_SLIP = 4  # a word of eight letters with two wrong ones is still that word
_SHORTEST = 5  # letters; shorter words are near to too many others


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of text that was read: how sure the reader is (0 to 1), and its height as a share of the picture's
    shorter side. ``box`` is where: left, top, right, bottom as shares of the picture; None: not told."""

    text: str
    score: float
    height: float
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Slip:
    """``read`` stands where ``meant`` was meant: ``letters`` of them differ, 0 when it is right."""

    read: str
    meant: str
    letters: int


def find_phrase(phrase: str, lines: Sequence[str]) -> Slip | None:
    """Where a phrase stands in these lines, rightly or with slips; None: nowhere. Case, accents and spaces do not
    count: readers lose them, and a phrase may be set in two lines."""
    meant, text = _letters(phrase), "\n".join(lines)
    folded = fold(text)
    kept = [place for place, char in enumerate(folded.text) if char.isalnum()]
    if not meant or not kept:
        return None
    slips, first, last = _nearest(meant, "".join(folded.text[place] for place in kept))
    if slips > _allowed(meant):
        return None
    read = _whole_words(text, folded.origin[kept[first]], folded.origin[kept[last - 1]] + 1)
    return Slip(read, phrase, slips)


def misspelt(line: str, known: Sequence[str]) -> Iterator[Slip]:
    """Words of a line that are nearly, but not quite, one of the words of ``known``: a form of one is no slip."""
    meant = {word.text for text in known for word in words(fold(text).text)}
    right = {form for word in meant for form in forms(word)}
    folded = fold(line)
    for word in words(folded.text):
        if word.text in right or len(word.text) < _SHORTEST:
            continue
        slips, nearest = min(((distance(word.text, other), other) for other in meant), default=(99, ""))
        if len(nearest) >= _SHORTEST and slips <= _allowed(nearest):
            read = line[folded.origin[word.start] : folded.origin[word.end - 1] + 1]
            yield Slip(read, nearest, slips)


def distance(one: str, other: str) -> int:
    """Letters to put in, take out or change (Levenshtein); two that changed places count as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        last, row, older = row, [i], before
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


def _nearest(meant: str, text: str) -> tuple[int, int, int]:
    """(differing letters, start, end) of the part of the text that is nearest (Sellers' algorithm, 1980)."""
    row = [(0, place) for place in range(len(text) + 1)]  # (cost, where the part begins)
    for i, letter in enumerate(meant, start=1):
        above, row = row, [(i, 0)]
        for j, found in enumerate(text, start=1):
            steps = (
                (above[j - 1][0] + (letter != found), above[j - 1][1]),
                (above[j][0] + 1, above[j][1]),
                (row[j - 1][0] + 1, row[j - 1][1]),
            )
            row.append(min(steps, key=lambda step: step[0]))
    end = min(range(1, len(row)), key=lambda place: row[place][0])
    return row[end][0], min(row[end][1], end - 1), end


def _whole_words(text: str, start: int, end: int) -> str:
    """What stands there, with the rest of the words it begins and ends in."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return " ".join(text[start:end].split())


def _letters(text: str) -> str:
    return "".join(char for char in fold(text).text if char.isalnum())


def _allowed(meant: str) -> int:
    return len(meant) // _LETTERS_PER_SLIP
