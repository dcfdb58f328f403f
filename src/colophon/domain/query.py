"""What a person searches assets for: words and filters, as values; and the words a text is found by."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.asset import AssetState
from colophon.domain.finding import Outcome
from colophon.domain.folding import fold, unspaced, words
from colophon.errors import InvalidInput

# Between two texts of one asset, so that no phrase is found across them. No word: it is neither letter nor digit.
GAP = "\u00b6"
MOST_WORDS = 4000  # of one asset; a prompt is at most 4,000 characters
LONGEST_WORD = 64  # characters; longer ones are found by their beginning
TROUBLED = "troubled"  # a verdict: trusted, with problems in its chain
_LONGEST_QUERY = 1000
_MOST_TERMS = 32
_SHORTEST_PREFIX = 2
_ASCII_WORDS = re.compile("[a-z0-9]+")
_TERMS = re.compile(r'(?P<sign>-?)(?:"(?P<phrase>[^"]*)"?|(?P<bare>[^\s"]+))(?P<star>\*?)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other; ``prefix``: the last of them is only the beginning of one."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class TextQuery:
    """All of ``wanted`` and none of ``unwanted``; one of both is not empty."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """What all has to hold; None asks for nothing. ``verdict`` is the state of the original's latest provenance
    verdict, or ``troubled``: trusted, with problems in its chain. ``seed`` is the one ordered or the one
    reported back. ``states``: one of them. ``brands`` are those that whoever asks may see, by these very names: of
    another brand, and of none, nothing is found. Costs are millionths in whatever currency the picture was charged
    in; ``since`` is included, ``until`` is not."""

    text: TextQuery | None = None
    brand: str | None = None
    campaign: str | None = None
    model: str | None = None
    route: str | None = None
    state: AssetState | None = None
    verdict: str | None = None
    outcome: Outcome | None = None
    seed: int | None = None
    cost_min: int | None = None
    cost_max: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    states: frozenset[AssetState] | None = None
    brands: frozenset[str] | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return self != AssetQuery()


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of the ``counted`` newest assets that match have each value, the most frequent first, by brand,
    campaign, model, route, state and verdict. ``more``: others match as well, and were not counted."""

    counted: int
    more: bool
    by: Mapping[str, Mapping[str, int]]


def words_of(texts: Iterable[str | None]) -> Iterator[str]:
    """The words the texts are found by, in their order, with `GAP` between texts. Without case, diacritics and
    look-alike letters; characters of scripts without spaces are words of their own."""
    gap = False
    for text in texts:
        if gap:
            yield GAP
        gap = False
        for word in _words(text or ""):
            yield word
            gap = True


def parse_text(text: str) -> TextQuery:
    """What people write: words that must all be there, "a phrase", ``begin*``, and ``-word`` for one that must not.
    Whatever else is written only separates words. Raises `InvalidInput` where nothing is left to search for, and for
    more than 1,000 characters or 32 terms."""
    if len(text) > _LONGEST_QUERY:
        raise InvalidInput(f"a search has at most {_LONGEST_QUERY} characters, not {len(text)}", where="text")
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for found in _TERMS.finditer(text):
        term = _term(found)
        if term is not None:
            (unwanted if found["sign"] else wanted).append(term)
    if not wanted and not unwanted:
        raise InvalidInput("there is no word to search for", where="text", hint="write letters or digits")
    if len(wanted) + len(unwanted) > _MOST_TERMS:
        raise InvalidInput(f"a search has at most {_MOST_TERMS} terms", where="text")
    return TextQuery(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))


def _term(found: re.Match[str]) -> Term | None:
    written = found["bare"] if found["phrase"] is None else found["phrase"]
    parts = tuple(_words(written))
    if not parts:
        return None
    starred = bool(found["star"]) or (found["phrase"] is None and written.endswith("*"))
    # One letter begins too many words; a character of a script without spaces is a whole one.
    prefix = starred and len(parts[-1]) >= _SHORTEST_PREFIX
    return Term(parts, prefix)


def _words(text: str) -> Iterator[str]:
    if text.isascii():
        for run in _ASCII_WORDS.findall(text.lower()):
            yield run[:LONGEST_WORD]
        return
    for word in words(fold(text).text):
        yield from _runs(word.text)


def _runs(word: str) -> Iterator[str]:
    run = ""
    for char in word:
        if not unspaced(char):
            run += char
            continue
        if run:
            yield run[:LONGEST_WORD]
        run = ""
        yield char
    if run:
        yield run[:LONGEST_WORD]
