"""What is laid on a picture after it was generated: words, logos and label, where they may go, and what came of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.disclosure import Label
from colophon.domain.template import Shape, Side

# Changes whenever the same lettering would be drawn otherwise: the shipped fonts are part of it.
VERSION = "1"
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, https://www.w3.org/TR/WCAG22/#contrast-minimum

Hex = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
_LIGHT, _DARK = "#FFFFFF", "#141414"
_LIGHT_ENOUGH, _DARK_ENOUGH = 0.72, 0.06  # luminance; 4.5 : 1 against each other with room to spare
_RIGHT_TO_LEFT = {"ar", "he", "fa", "ur", "yi", "dv", "ps", "ckb"}


class Slot(StrEnum):
    HEADLINE = "headline"
    SUBLINE = "subline"
    CALL_TO_ACTION = "call_to_action"
    LEGAL = "legal"
    LOGO = "logo"
    LABEL = "label"


class FontFile(BaseModel):
    """A brand's font by the digest of its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    weight: Literal["regular", "bold"] = "regular"


class Inks(BaseModel):
    """Colours that words and grounds are made of; ``accents`` are for buttons, the first that stands out is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    light: Hex = _LIGHT
    dark: Hex = _DARK
    accents: tuple[Hex, ...] = ()


class Lettering(BaseModel):
    """What to lay on one rendition. ``texts`` are empty where only a label is wanted; ``shape`` None then. ``side``:
    where the visual keeps room; None: where there is most. ``fonts`` are tried in order, before those that ship."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = VERSION
    language: str
    texts: tuple[tuple[Slot, str], ...] = ()
    shape: Shape | None = None
    side: Side | None = None
    inks: Inks = Inks()
    fonts: tuple[FontFile, ...] = ()
    logos: tuple[str, ...] = ()
    label: Label | None = None

    @property
    def right_to_left(self) -> bool:
        return self.language.partition("-")[0] in _RIGHT_TO_LEFT

    @property
    def files(self) -> tuple[str, ...]:
        """Digests of the brand's files it is made with."""
        return (*(font.sha256 for font in self.fonts), *self.logos)

    def on(self, synthetic_person: bool | None) -> "Lettering | None":
        """As it is laid on one picture: without the label where only a person would call for it. None: nothing is."""
        if self.label is None or self.label.wanted(synthetic_person):
            return self
        return self.model_copy(update={"label": None}) if self.texts else None


class Laid(BaseModel):
    """One thing that was laid on: its box (left, top, width, height) in the rendition's pixels, and for words their
    size in pixels, lines, font, and the lowest contrast of their colour to any pixel under their box. ``ground`` is
    how far that was darkened or lightened for it, 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: Slot
    box: tuple[int, int, int, int]
    size: Annotated[int, Field(ge=0, le=20000)] = 0
    lines: Annotated[int, Field(ge=0, le=12)] = 0
    font: Annotated[str, Field(max_length=100)] = ""
    contrast: Annotated[float, Field(ge=0, le=21.1, allow_inf_nan=False)] = 0.0
    ground: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of ``#rrggbb``, 0 to 1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def inks_of(palette: Sequence[tuple[str, str]]) -> Inks:
    """From a brand's colours as (hex, role): its lightest and darkest where they are light and dark enough to carry
    words, and its accents, then secondary, then primary colours for buttons."""
    colours = sorted((hex_ for hex_, _ in palette), key=luminance)
    light = colours[-1] if colours and luminance(colours[-1]) >= _LIGHT_ENOUGH else _LIGHT
    dark = colours[0] if colours and luminance(colours[0]) <= _DARK_ENOUGH else _DARK
    order = ("accent", "secondary", "primary")
    accents = [hex_ for wanted in order for hex_, role in palette if role == wanted]
    return Inks(light=light, dark=dark, accents=tuple(accents))


def language_of(texts: Sequence[str]) -> str:
    """A language for words that come without one, by their script: for shaping, and for the words of a label."""
    letters = "".join(texts)
    for language, first, last in (
        ("ar", "\u0600", "\u06ff"),
        ("he", "\u0590", "\u05ff"),
        ("ko", "\uac00", "\ud7a3"),
        ("ja", "\u3040", "\u30ff"),
        ("zh-Hans", "\u4e00", "\u9fff"),
        ("el", "\u0370", "\u03ff"),
    ):
        if any(first <= letter <= last for letter in letters):
            return language
    return "en"
