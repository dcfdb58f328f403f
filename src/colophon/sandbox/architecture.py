"""Arcades in slanting light, and street fronts with lit windows."""

import random

from colophon.sandbox.canvas import Canvas, Point
from colophon.sandbox.palette import Colour, Palette, mix

WORDS = frozenset(
    {
        "hotel",
        "house",
        "street",
        "room",
        "library",
        "building",
        "city",
        "architecture",
        "office",
        "lobby",
        "terrace",
        "balcony",
        "arch",
        "door",
        "window",
        "museum",
        "bridge",
        "villa",
        "interior",
        "hall",
    }
)
_BLACK, _WHITE, _LAMP = (20, 16, 22), (255, 252, 245), (255, 214, 140)


def paint(canvas: Canvas, palette: Palette, rng: random.Random, prompt: str) -> None:
    text = prompt.lower()
    streets = any(word in text for word in ("street", "house", "city", "building", "villa"))
    if streets or (not any(word in text for word in WORDS) and rng.random() < 0.5):
        _street(canvas, palette, rng)
    else:
        _arcade(canvas, palette, rng)


def _arcade(canvas: Canvas, palette: Palette, rng: random.Random) -> None:
    wall = mix(palette.accents[0], palette.ground, 0.35)
    lit, shade = mix(wall, _WHITE, 0.28), mix(wall, _BLACK, 0.30)
    lit_left = rng.random() < 0.5
    row = [lit, wall, shade] if lit_left else [shade, wall, lit]
    canvas.mesh([[mix(colour, _BLACK, 0.12) for colour in row], row, row])
    floor = rng.uniform(0.72, 0.9)
    count = rng.randint(1, 4)
    margin = rng.uniform(0.06, 0.16)
    pitch = (1 - 2 * margin) / count
    half = pitch * rng.uniform(0.30, 0.42)
    spring = rng.uniform(0.30, 0.52)
    for place in range(count):
        _arch(canvas, palette, (margin + pitch * (place + 0.5), spring), half, floor, lit_left)
    ground = mix(mix(palette.accents[1], palette.light, 0.35), _BLACK, 0.40 if palette.dim else 0.08)
    canvas.shape(
        [(-0.01, floor), (1.01, floor), (1.01, 1.01), (-0.01, 1.01)],
        [mix(ground, _WHITE, 0.2), mix(ground, _BLACK, 0.3)],
    )
    drift = rng.uniform(0.2, 0.5) * (1 if lit_left else -1)
    for place in range(count):
        x = margin + pitch * (place + 0.5)
        light = [(x - half, floor), (x + half, floor), (x + half + drift, 1.02), (x - half + drift, 1.02)]
        canvas.soft(light, mix(ground, _WHITE, 0.75), blur=0.012, alpha=0.42)


def _arch(canvas: Canvas, palette: Palette, top: Point, half: float, floor: float, lit_left: bool) -> None:
    """An opening: its reveal in shadow, and the sky behind it set off to one side."""
    x, spring = top
    radius = half * canvas.width / canvas.unit
    deep = mix(palette.accents[0], _BLACK, 0.62)
    outer = [*canvas.ring((x, spring), radius, radius, 180, 360), (x + half, floor), (x - half, floor)]
    canvas.shape(outer, [mix(deep, _BLACK, 0.2), deep])
    shift = half * (0.16 if lit_left else -0.16)
    inner = half * 0.84
    sky = mix(palette.accents[2], _BLACK if palette.dim else _WHITE, 0.35)
    view = canvas.ring((x + shift, spring), radius * 0.84, radius * 0.84, 180, 360)
    canvas.shape(
        [*view, (x + shift + inner, floor), (x + shift - inner, floor)],
        [sky, mix(sky, _WHITE, 0.45), mix(sky, palette.accents[1], 0.5)],
    )


def _street(canvas: Canvas, palette: Palette, rng: random.Random) -> None:
    sky = mix(palette.accents[2], _BLACK if palette.dim else _WHITE, 0.55)
    canvas.mesh([[sky, mix(sky, palette.accents[0], 0.3)], [mix(sky, _WHITE, 0.3)] * 2, [mix(sky, _WHITE, 0.55)] * 2])
    base = rng.uniform(0.84, 0.92)
    x = -rng.uniform(0.0, 0.12)
    while x < 1:
        width = rng.uniform(0.14, 0.34)
        top = rng.uniform(0.10, 0.55)
        colour = mix(rng.choice((*palette.accents, palette.light)), palette.ground, rng.uniform(0.05, 0.4))
        _front(canvas, palette, rng, (x, top, x + width, base), colour)
        x += width
    pavement = mix(palette.dark, palette.light, 0.25 if palette.dim else 0.55)
    canvas.shape(
        [(-0.01, base), (1.01, base), (1.01, 1.01), (-0.01, 1.01)],
        [mix(pavement, _WHITE, 0.25), mix(pavement, _BLACK, 0.35)],
    )
    canvas.soft([(-0.1, base), (1.1, base), (1.1, base + 0.02), (-0.1, base + 0.02)], _BLACK, blur=0.012, alpha=0.35)


def _front(
    canvas: Canvas, palette: Palette, rng: random.Random, box: tuple[float, float, float, float], colour: Colour
) -> None:
    left, top, right, base = box
    roof = mix(palette.dark, colour, 0.25)
    gable = rng.random() < 0.5
    if gable:
        peak = top - canvas.per_y(0.09)
        canvas.shape(
            [(left - 0.008, top), ((left + right) / 2, peak), (right + 0.008, top)], [mix(roof, _WHITE, 0.1), roof]
        )
    canvas.shape(
        [(left, top), (right, top), (right, base), (left, base)],
        [mix(colour, _WHITE, 0.12), colour, mix(colour, _BLACK, 0.18)],
    )
    canvas.shape([(left, top), (right, top), (right, top + 0.012), (left, top + 0.012)], [roof])
    columns, rows = rng.randint(2, 4), max(2, round((base - top) / rng.uniform(0.11, 0.16)))
    step_x, step_y = (right - left) / columns, (base - top - 0.03) / rows
    for row in range(rows):
        for column in range(columns):
            x, y = left + step_x * (column + 0.5), top + 0.03 + step_y * (row + 0.5)
            _window(canvas, rng, (x, y), step_x * 0.26, step_y * 0.30, mix(colour, _BLACK, 0.55), palette.dim)


def _window(canvas: Canvas, rng: random.Random, at: Point, half: float, tall: float, dark: Colour, dim: bool) -> None:
    x, y = at
    frame = [
        (x - half * 1.2, y - tall * 1.14),
        (x + half * 1.2, y - tall * 1.14),
        (x + half * 1.2, y + tall * 1.14),
        (x - half * 1.2, y + tall * 1.14),
    ]
    canvas.shape(frame, [mix(dark, _WHITE, 0.72)])
    lit = rng.random() < (0.6 if dim else 0.12)
    pane = [_LAMP, mix(_LAMP, _WHITE, 0.3)] if lit else [mix(dark, _WHITE, 0.25), dark]
    canvas.shape([(x - half, y - tall), (x + half, y - tall), (x + half, y + tall), (x - half, y + tall)], pane)
