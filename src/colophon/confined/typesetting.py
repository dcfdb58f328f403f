"""Breaking a text into lines and measuring them, in one font and size."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from budoux import (
    Parser,
    load_default_japanese_parser,
    load_default_simplified_chinese_parser,
    load_default_traditional_chinese_parser,
)
from PIL import ImageFont
from uniseg.linebreak import line_break_units

from colophon.confined.fonts import Face

_SOFT_HYPHEN = "\u00ad"
_BALANCED = 60  # units; the lines of a longer text are even enough as they fall
_TALL = {"ar": 1.25, "fa": 1.25, "ur": 1.3, "ja": 1.12, "zh": 1.12, "ko": 1.12, "he": 1.05}  # their letters fill more


@dataclass(frozen=True, slots=True)
class TextLine:
    """``left``, ``top``, ``right`` and ``bottom`` are where its ink is, from the start of its base line."""

    text: str
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Set:
    """A text set in lines. ``step`` is from one base line to the next."""

    face: Face
    size: int
    lines: tuple[TextLine, ...]
    step: int
    language: str
    right_to_left: bool

    @property
    def width(self) -> int:
        return max(line.width for line in self.lines)

    @property
    def height(self) -> int:
        """From the first line's highest ink to the last one's lowest."""
        return (len(self.lines) - 1) * self.step + self.lines[-1].bottom - self.lines[0].top


@dataclass(frozen=True, slots=True)
class Hand:
    """How a text is set: font, size in pixels, language (of its shaping, its line breaks and its height)."""

    face: Face
    size: int
    language: str
    right_to_left: bool
    leading: float

    def set(self, text: str, width: int, most: int) -> Set | None:
        """In at most ``most`` lines of at most ``width`` pixels, as few and then as even as can be; None: it does not
        fit. Lines break between phrases in Japanese and Chinese where that fits, else where Unicode allows it (UAX
        14), in Korean between words only, and at soft hyphens."""
        plain = " ".join(text.split())
        for texts in (
            *self._broken(_phrases(plain, self.language), width, most),
            *self._broken(_units(plain, self.language), width, most),
        ):
            lines = tuple(self._line(one) for one in texts)
            if all(line.width <= width for line in lines):
                return Set(self.face, self.size, lines, self._step, self.language, self.right_to_left)
        return None

    @property
    def _step(self) -> int:
        return round(self.size * self.leading * _TALL.get(self.language.partition("-")[0], 1.0))

    def _broken(self, units: Sequence[str], width: int, most: int) -> list[list[str]]:
        """Ways to break it, the best first: even lines, then as they fall."""
        if not units:
            return []
        widths = [self._length(unit) for unit in units]
        fallen = _fallen(widths, width)
        if fallen is None or len(fallen) > most:
            return []
        ways = [fallen]
        if len(fallen) > 1 and len(units) <= _BALANCED:
            ways.insert(0, _even(widths, width, len(fallen)))
        return [[_joined(units[first:last]) for first, last in way] for way in ways]

    def _length(self, unit: str) -> float:
        return self.face.length(unit.replace(_SOFT_HYPHEN, ""), self.size, self._direction, self.language)

    def _line(self, text: str) -> TextLine:
        box = self._font.getbbox(text, direction=self._direction, language=self.language, anchor="ls")
        return TextLine(text, *(int(edge) for edge in box))

    @property
    def _font(self) -> ImageFont.FreeTypeFont:
        return self.face.sized(self.size)

    @property
    def _direction(self) -> str:
        return "rtl" if self.right_to_left else "ltr"


def _phrases(text: str, language: str) -> list[str]:
    """The parts a reader of Japanese or Chinese would keep together; empty for other languages."""
    parser = _parser(language)
    return [] if parser is None else [unit for part in parser.parse(text) for unit in _at_spaces(part)]


def _at_spaces(text: str) -> list[str]:
    return [piece for piece in re.split(r"(?<= )", text) if piece]


@lru_cache(maxsize=8)
def _parser(language: str) -> Parser | None:
    if language.startswith("ja"):
        return load_default_japanese_parser()
    if language.startswith("zh"):
        traditional = any(part in language for part in ("Hant", "TW", "HK"))
        return load_default_traditional_chinese_parser() if traditional else load_default_simplified_chinese_parser()
    return None


@lru_cache(maxsize=256)
def _units(text: str, language: str) -> tuple[str, ...]:
    """The parts between which a line may break; kept, since finding them takes longer than all the rest."""
    units: list[str] = []
    for unit in line_break_units(text):
        if units and language.startswith("ko") and _korean(units[-1][-1]) and _korean(unit[0]):
            units[-1] += unit
        else:
            units.append(unit)
    return tuple(units)


def _korean(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"


def _joined(units: Sequence[str]) -> str:
    text = "".join(units).rstrip()
    hyphen = "-" if text.endswith(_SOFT_HYPHEN) else ""
    return text.replace(_SOFT_HYPHEN, "") + hyphen


_Spans = list[tuple[int, int]]


def _fallen(widths: Sequence[float], width: int) -> _Spans | None:
    """Each line takes what it holds; None: one part alone is too wide."""
    spans: _Spans = []
    start, taken = 0, 0.0
    for place, one in enumerate(widths):
        if one > width * 1.02:  # trailing space and rounding; the set lines are measured again
            return None
        if taken and taken + one > width:
            spans.append((start, place))
            start, taken = place, 0.0
        taken += one
    return [*spans, (start, len(widths))]


def _even(widths: Sequence[float], width: int, count: int) -> _Spans:
    """In ``count`` lines, of which the sum of the squares of what is left free is smallest."""
    total = len(widths)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(count):
        row: dict[int, tuple[float, int]] = {}
        for start, (cost, _) in best[-1].items():
            taken = 0.0
            for end in range(start + 1, total + 1):
                taken += widths[end - 1]
                if taken > width * 1.02 and end > start + 1:
                    break
                found = cost + (width - taken) ** 2
                if end not in row or found < row[end][0]:
                    row[end] = (found, start)
        best.append(row)
    spans: _Spans = []
    end = total
    for row in reversed(best[1:]):
        if end not in row:
            return _fallen(widths, width) or []
        start = row[end][1]
        spans.insert(0, (start, end))
        end = start
    return spans
