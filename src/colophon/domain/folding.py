"""Text made comparable: without case, diacritics, vowel signs, invisible characters and letters that look alike."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SIGNS = "@$"  # signs that stand for letters inside words
MORE_SIGNS = SIGNS + "!|€"  # and those that end, divide or price as often: only a further reading takes them so
_LEET = str.maketrans("0134578@$!|€", "oieastbasile")
_ALSO = {"1": "l", "!": "l", "|": "i"}  # the other letter that one resembles
_MOST_READINGS = 32  # of a word: five signs that can be two letters each
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
# Letters of Cyrillic and Greek that look like Latin ones (a selection of the Unicode confusables of UTS #39), and Latin
# letters that Unicode does not decompose.
_LOOKALIKES = str.maketrans(
    dict(zip("аеіјорсухѕһԁѵαειкορτυν", "aeijopcyxshdvaeikoptuv", strict=True))
    | dict(zip("вмтнԛԝκχβη", "bmthqwkxbn", strict=True))
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɡɑ", "abcdefghijklmnoprstuvwyzga", strict=True))
    | {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"}
    | {"\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643"}  # Persian yeh and keheh, alef maksura
)
# Combining marks, Arabic vowel signs and hamzas (names leave them out as often as not), and the stretching tatweel.
_MARKS = frozenset(map(chr, (*range(0x300, 0x370), *range(0x64B, 0x660), 0x640, 0x670)))
_UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7a3"),
)


class Word(NamedTuple):
    """A word and where it stands in the folded text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A comparable text; ``origin[i]`` is where character i came from."""

    text: str
    origin: tuple[int, ...]


def fold(text: str) -> Folded:
    pairs = [(char, place) for place, original in enumerate(text) for char in _fold_one(original)]
    return Folded("".join(char for char, _ in pairs), tuple(place for _, place in pairs))


def _fold_one(original: str) -> str:
    if "\uac00" <= original <= "\ud7a3":  # a Hangul syllable taken apart would be found inside others
        return original
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", original).casefold())
    kept = (c for c in decomposed if not _MARKS.issuperset(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).translate(_LOOKALIKES)


def words(text: str, signs: str = "") -> Iterator[Word]:
    """Runs of letters and digits, and of ``signs``. Vowel signs of Indic and other scripts are part of their word."""
    start = None
    for place, char in enumerate(f"{text}\n"):
        inside = char.isalnum() or char in signs or (start is not None and unicodedata.category(char)[0] == "M")
        if inside and start is None:
            start = place
        elif not inside and start is not None:
            yield Word(text[start:place], start, place)
            start = None


def as_letters(word: Word) -> Word:
    """Digits and signs read as the letters they resemble."""
    return word._replace(text=word.text.translate(_LEET))


def unleet(word: Word) -> Word:
    """The same in words that have a letter; numbers stay numbers."""
    return as_letters(word) if any(char.isalpha() for char in word.text) else word


def also_letters(word: Word) -> Word:
    """The same with the other letter for each digit and sign that resembles two."""
    return word._replace(text="".join(_ALSO.get(char, char) for char in word.text).translate(_LEET))


def readings(word: Word) -> Iterator[Word]:
    """What a word with a letter in it may be meant as: each digit and sign as each letter it resembles (chi1d, g!rl),
    and letters that are drawn out (nuuude) once and twice. A bounded number; the word itself is not among them."""
    if not any(char.isalpha() for char in word.text):
        return
    choices = [(char.translate(_LEET), *_ALSO.get(char, ())) for char in word.text]
    seen = {word.text}
    for letters in itertools.islice(itertools.product(*choices), _MOST_READINGS):
        read = "".join(letters)
        for text in (read, _DRAWN_OUT.sub(r"\1", read), _DRAWN_OUT.sub(r"\1\1", read)):
            if text not in seen:
                seen.add(text)
                yield word._replace(text=text)


def unspaced(text: str) -> bool:
    """Whether it is in a script that runs words together: Chinese, Japanese, Korean (particles), Thai, Lao, Burmese,
    Khmer."""
    return any(first <= char <= last for char in text for first, last in _UNSPACED)
