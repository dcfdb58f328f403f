"""Leaves and stems over large quiet discs: what is drawn when the prompt names nothing else."""

import math
import random

from colophon.sandbox.canvas import Canvas, Point
from colophon.sandbox.palette import Colour, Palette, mix

WORDS = frozenset(
    {
        "leaf",
        "leaves",
        "flower",
        "flowers",
        "plant",
        "garden",
        "botanical",
        "herb",
        "herbal",
        "skincare",
        "spa",
        "bloom",
        "petal",
        "fern",
        "abstract",
        "pattern",
    }
)
_BLACK, _WHITE = (20, 22, 20), (255, 252, 246)


def paint(canvas: Canvas, palette: Palette, rng: random.Random, prompt: str) -> None:
    ground = palette.ground
    tint = mix(ground, palette.accents[2], 0.22)
    corners = [[tint, ground], [mix(ground, palette.accents[1], 0.10), mix(ground, _BLACK, 0.06)]]
    rng.shuffle(corners)
    canvas.mesh(corners)
    for _ in range(rng.randint(1, 3)):
        _disc(canvas, palette, rng)
    stems = rng.randint(3, 6)
    lean = rng.uniform(-0.25, 0.25)
    for place in range(stems):
        foot = (rng.uniform(0.08, 0.92), 1.05)
        reach = rng.uniform(0.45, 0.95)
        tip = (foot[0] + lean + rng.uniform(-0.2, 0.2), 1.05 - reach)
        depth = (place + 1) / stems
        colour = mix(rng.choice(palette.accents[:2]), ground, 0.55 * (1 - depth))
        _stem(canvas, rng, foot, tip, colour, 0.6 + 0.5 * depth)


def _disc(canvas: Canvas, palette: Palette, rng: random.Random) -> None:
    centre = (rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.7))
    radius = rng.uniform(0.12, 0.36)
    colour = mix(rng.choice(palette.accents), palette.light, 0.25)
    shadow = (centre[0] + canvas.per_x(0.02), centre[1] + canvas.per_y(0.03))
    canvas.soft(canvas.ring(shadow, radius, radius), _BLACK, blur=0.04, alpha=0.20)
    canvas.ellipse(centre, radius, radius, [mix(colour, _WHITE, 0.2), colour, mix(colour, _BLACK, 0.12)])


def _stem(canvas: Canvas, rng: random.Random, foot: Point, tip: Point, colour: Colour, scale: float) -> None:
    bend = rng.uniform(-0.18, 0.18)
    middle = ((foot[0] + tip[0]) / 2 + bend, (foot[1] + tip[1]) / 2)
    line = [_along(foot, middle, tip, step / 24) for step in range(25)]
    thick = canvas.per_x(0.004 * scale)
    outline = [(x - thick, y) for x, y in line] + [(x + thick * 0.4, y) for x, y in reversed(line)]
    canvas.shape(outline, [mix(colour, _BLACK, 0.25)])
    wide, pairs = rng.uniform(0.22, 0.45), rng.randint(4, 8)
    for place in range(pairs):
        share = 0.2 + 0.72 * place / pairs
        size = rng.uniform(0.13, 0.20) * scale * (1.15 - share * 0.6)
        for side in (-1, 1):
            tone = mix(colour, _WHITE if side < 0 else _BLACK, rng.uniform(0.05, 0.25))
            angle = -math.pi / 2 + side * rng.uniform(0.6, 1.1)
            _leaf(canvas, _along(foot, middle, tip, share), angle, size, wide, tone)
    _leaf(canvas, tip, -math.pi / 2 + bend, 0.12 * scale, wide, mix(colour, _WHITE, 0.15))


def _along(a: Point, b: Point, c: Point, t: float) -> Point:
    """A point on the quadratic Bezier curve a, b, c."""
    u = 1 - t
    return u * u * a[0] + 2 * u * t * b[0] + t * t * c[0], u * u * a[1] + 2 * u * t * b[1] + t * t * c[1]


def _leaf(canvas: Canvas, at: Point, angle: float, length: float, wide: float, colour: Colour) -> None:
    def place(along: float, beside: float) -> Point:
        x = along * math.cos(angle) - beside * math.sin(angle)
        y = along * math.sin(angle) + beside * math.cos(angle)
        return at[0] + canvas.per_x(x), at[1] + canvas.per_y(y)

    steps = [step / 20 for step in range(21)]
    swell = [math.sin(math.pi * step**0.8) * wide * length / 2 for step in steps]
    upper = [place(step * length, width) for step, width in zip(steps, swell, strict=True)]
    lower = [place(step * length, -width) for step, width in zip(steps, swell, strict=True)]
    spine = [place(step * length, 0) for step in steps]
    canvas.shape([*upper, *reversed(spine)], [colour, mix(colour, _WHITE, 0.14)])
    canvas.shape([*lower, *reversed(spine)], [mix(colour, _BLACK, 0.16), mix(colour, _BLACK, 0.06)])
