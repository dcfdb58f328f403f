"""Colours of a drawing: those named in the prompt, else those of the references, else a harmony from the digest."""

import colorsys
import io
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

Colour = tuple[int, int, int]

_HEX = re.compile(r"#([0-9A-Fa-f]{6})\b")
# Distances on the colour circle that sit well together: neighbours, opposites, thirds.
_HARMONIES = ((0.0, 0.06, 0.5), (0.0, 0.08, 0.92), (0.0, 0.33, 0.55), (0.0, 0.45, 0.55))


@dataclass(frozen=True, slots=True)
class Palette:
    """``accents`` carry the objects; ``light`` and ``dark`` are near-neutrals tinted alike. ``dim``: an evening."""

    accents: tuple[Colour, Colour, Colour]
    light: Colour
    dark: Colour
    dim: bool

    @property
    def ground(self) -> Colour:
        return self.dark if self.dim else self.light


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` 0 gives one, 1 the other."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


def palette_for(prompt: str, references: Sequence[bytes], rng: random.Random) -> Palette:
    dim = rng.random() < 0.35
    named = [_from_hex(text) for text in _HEX.findall(prompt)][:3] or [_mean(content) for content in references[:3]]
    found = _harmony(rng)
    accents = (*named, *found[len(named) :]) if named else found
    first, second, third = accents[0], accents[1], accents[2]
    light = mix(_tone(first, 0.10, 0.96), (255, 250, 242), 0.35)
    dark = _tone(second if named else first, 0.45, 0.20)
    return Palette((first, second, third), light, dark, dim)


def _from_hex(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _mean(content: bytes) -> Colour:
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as picture:
        picture.draft("RGB", (64, 64))
        red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return _tone((red, green, blue), 0.55, 0.75)


def _tone(colour: Colour, saturation: float, value: float) -> Colour:
    hue, own, _ = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation if own > 0.02 else 0.03, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _harmony(rng: random.Random) -> tuple[Colour, Colour, Colour]:
    start = rng.random()
    turns = rng.choice(_HARMONIES)
    values = (rng.uniform(0.62, 0.86), rng.uniform(0.5, 0.72), rng.uniform(0.75, 0.92))
    colours = []
    for turn, value in zip(turns, values, strict=True):
        red, green, blue = colorsys.hsv_to_rgb((start + turn) % 1, rng.uniform(0.32, 0.62), value)
        colours.append((round(red * 255), round(green * 255), round(blue * 255)))
    return colours[0], colours[1], colours[2]
