"""Layered hills under a large sky, with a sun or moon, and now and then a lake."""

import math
import random

from colophon.sandbox.canvas import Canvas, Point
from colophon.sandbox.palette import Colour, Palette, mix

WORDS = frozenset(
    {
        "mountain",
        "mountains",
        "sea",
        "lake",
        "field",
        "hill",
        "hills",
        "valley",
        "forest",
        "coast",
        "beach",
        "ocean",
        "river",
        "meadow",
        "desert",
        "sky",
        "sunset",
        "sunrise",
        "landscape",
        "island",
        "outdoor",
        "trail",
    }
)
_WHITE, _NIGHT = (255, 250, 240), (16, 18, 38)
_WATER = ("sea", "lake", "ocean", "river", "coast", "beach", "island")


def paint(canvas: Canvas, palette: Palette, rng: random.Random, prompt: str) -> None:
    water = any(word in prompt.lower() for word in _WATER) or rng.random() < 0.3
    horizon = rng.uniform(0.34, 0.62)
    sky_top = mix(palette.accents[0], _NIGHT, 0.70 if palette.dim else rng.uniform(0.0, 0.25))
    sky_low = mix(palette.accents[2], _WHITE, 0.20 if palette.dim else 0.62)
    side = rng.uniform(0.15, 0.85)
    _sky(canvas, sky_top, sky_low, side, horizon)
    _sun(canvas, palette, rng, (side, horizon * rng.uniform(0.25, 0.85)))
    near = mix(palette.accents[1], _NIGHT, 0.72 if palette.dim else 0.55)
    _hills(canvas, rng, horizon, 0.70 if water else 1.02, (mix(sky_low, near, 0.18), near))
    if water:
        _lake(canvas, rng, sky_low, mix(sky_top, near, 0.4), side)


def _sky(canvas: Canvas, top: Colour, low: Colour, side: float, horizon: float) -> None:
    """Warmer and lighter near the sun; the lower rows are hidden by hills."""
    bright = mix(low, _WHITE, 0.35)
    left, right = (bright, low) if side < 0.5 else (low, bright)
    middle = mix(top, low, 0.45)
    rows = [[top, top], [mix(top, middle, 0.6), middle], [left, right], [left, right]]
    if horizon > 0.5:
        rows.insert(1, [top, mix(top, middle, 0.4)])
    canvas.mesh(rows)


def _sun(canvas: Canvas, palette: Palette, rng: random.Random, centre: Point) -> None:
    radius = rng.uniform(0.045, 0.13)
    colour = mix(palette.accents[2], _WHITE, 0.75)
    canvas.soft(canvas.ring(centre, radius * 2.6, radius * 2.6), colour, blur=0.08, alpha=0.5)
    canvas.ellipse(centre, radius, radius, [mix(colour, _WHITE, 0.4), colour])


def _hills(canvas: Canvas, rng: random.Random, horizon: float, end: float, colours: tuple[Colour, Colour]) -> None:
    """Further hills are paler: each layer steps from the far colour to the near one."""
    far, near = colours
    layers = rng.randint(3, 6)
    rough = rng.uniform(0.5, 1.7)
    for layer in range(layers):
        depth = layer / (layers - 1)
        level = horizon + (end - 0.06 - horizon) * depth**1.2
        height = canvas.per_y(rng.uniform(0.07, 0.24) * (1 - 0.45 * depth))
        colour = mix(far, near, depth)
        outline = [*_ridge(rng, level, height, rough), (1.02, max(end, 0.98)), (-0.02, max(end, 0.98))]
        canvas.shape(outline, [mix(colour, _WHITE, 0.10), colour, mix(colour, far, 0.35 * (1 - depth))])


def _ridge(rng: random.Random, level: float, height: float, rough: float) -> list[Point]:
    waves = [
        (rng.uniform(0.6, 1.6) * 2**octave, rng.uniform(0, math.tau), rough**-octave / 1.6**octave)
        for octave in range(6)
    ]
    total = sum(weight for _, _, weight in waves)
    steps = [step / 160 for step in range(-4, 165)]
    return [
        (
            x,
            level
            - height * sum(math.sin(math.tau * pace * x + phase) * weight for pace, phase, weight in waves) / total,
        )
        for x in steps
    ]


def _lake(canvas: Canvas, rng: random.Random, light: Colour, deep: Colour, side: float) -> None:
    shore = 0.70
    canvas.shape([(-0.01, shore), (1.01, shore), (1.01, 1.01), (-0.01, 1.01)], [mix(light, deep, 0.25), deep])
    for _ in range(22):
        depth = rng.random() ** 1.5
        y = shore + 0.01 + 0.28 * depth
        centre = side + rng.gauss(0, 0.05 + 0.10 * depth)
        half, thick = rng.uniform(0.02, 0.10) * (0.5 + depth), 0.0012 + 0.003 * depth
        outline = [(centre - half, y), (centre, y - thick), (centre + half, y), (centre, y + thick)]
        canvas.shape(outline, [mix(light, _WHITE, 0.6)], alpha=0.55)
