"""Things on a table before a wall, in the light of a window at one side."""

import random
from collections.abc import Callable

from colophon.sandbox.canvas import Canvas, Point
from colophon.sandbox.palette import Colour, Palette, mix

WORDS = frozenset(
    {
        "mug",
        "cup",
        "bottle",
        "vase",
        "table",
        "product",
        "jar",
        "bowl",
        "plate",
        "desk",
        "shelf",
        "can",
        "box",
        "package",
        "packaging",
        "coffee",
        "tea",
        "perfume",
        "candle",
        "sneaker",
        "shoe",
        "watch",
        "food",
        "fruit",
        "kitchen",
        "counter",
    }
)
_BLACK, _WHITE = (18, 14, 16), (255, 253, 248)


def paint(canvas: Canvas, palette: Palette, rng: random.Random, prompt: str) -> None:
    from_left = rng.random() < 0.5
    horizon = rng.uniform(0.52, 0.76)
    _room(canvas, palette, rng, horizon, from_left)
    hero = _hero(prompt, rng)
    others = rng.sample([_fruit, _box, _bowl, _bottle, _vase, _mug], rng.randint(0, 3))
    scale = rng.uniform(0.85, 1.35)
    focus = rng.uniform(0.3, 0.7)
    for thing in others:
        side = rng.choice((-1, 1))
        place = focus + side * canvas.per_x(rng.uniform(0.26, 0.42) * scale)
        base = horizon + (1 - horizon) * rng.uniform(0.10, 0.30)
        _stand(canvas, thing, (place, base), rng.uniform(0.55, 0.8) * scale, rng.choice(palette.accents[1:]), from_left)
    base = horizon + (1 - horizon) * rng.uniform(0.35, 0.6)
    _stand(canvas, hero, (focus, base), scale, palette.accents[0], from_left)
    if "steam" in prompt.lower():
        _steam(canvas, focus, base - canvas.per_y(0.36 * scale), rng)


Thing = Callable[[Canvas, Point, float, tuple[Colour, ...]], None]


def _hero(prompt: str, rng: random.Random) -> Thing:
    text = prompt.lower()
    known: dict[str, Thing] = {"mug": _mug, "cup": _mug, "bottle": _bottle, "perfume": _bottle, "vase": _vase}
    known |= {"bowl": _bowl, "box": _box, "pack": _box, "jar": _vase, "fruit": _fruit}
    named = [thing for word, thing in known.items() if word in text]
    return named[0] if named else rng.choice([_mug, _bottle, _vase, _bowl, _box])


def _room(canvas: Canvas, palette: Palette, rng: random.Random, horizon: float, from_left: bool) -> None:
    wall = mix(palette.ground, palette.accents[2], 0.30)
    bright, deep = mix(wall, _WHITE, 0.30), mix(wall, _BLACK, 0.28)
    row = [bright, wall, deep] if from_left else [deep, wall, bright]
    canvas.mesh([row, [mix(colour, wall, 0.5) for colour in row], [mix(colour, _BLACK, 0.1) for colour in row]])
    slant = rng.uniform(0.1, 0.3) * (1 if from_left else -1)
    start = rng.uniform(0.05, 0.45)
    for pane in range(rng.randint(1, 3)):
        x = start + pane * 0.17
        pane_outline = [(x, -0.05), (x + 0.13, -0.05), (x + 0.13 + slant, horizon), (x + slant, horizon)]
        canvas.soft(pane_outline, mix(bright, _WHITE, 0.6), blur=0.018, alpha=0.32)
    wood = mix(mix(palette.dark, palette.accents[1], 0.45), palette.light, rng.uniform(0.0, 0.55))
    edge, front = mix(wood, _WHITE, 0.22), mix(wood, _BLACK, 0.35)
    canvas.shape([(0, horizon), (1, horizon), (1, 1), (0, 1)], [edge, wood, front])
    canvas.soft(
        [(0, horizon - 0.01), (1, horizon - 0.01), (1, horizon + 0.01), (0, horizon + 0.01)],
        _BLACK,
        blur=0.01,
        alpha=0.22,
    )


def _stand(canvas: Canvas, thing: Thing, base: Point, scale: float, colour: Colour, from_left: bool) -> None:
    """Shadow first, then the thing, lit from one side."""
    x, y = base
    away = 1 if from_left else -1
    reach, half, flat = canvas.per_x(0.55 * scale) * away, canvas.per_x(0.15 * scale), canvas.per_y(0.045 * scale)
    cast = [(x - half, y - flat), (x + half, y + flat), (x + half + reach, y - flat), (x + reach, y - 3 * flat)]
    canvas.soft(cast, _BLACK, blur=0.03, alpha=0.38)
    canvas.soft(canvas.ring((x, y), 0.17 * scale, 0.04 * scale), _BLACK, blur=0.012, alpha=0.55)
    lit, dark = (
        (mix(colour, _WHITE, 0.14), mix(colour, _WHITE, 0.36)),
        (mix(colour, _BLACK, 0.2), mix(colour, _BLACK, 0.45)),
    )
    tones = (*lit, colour, colour, *dark)
    thing(canvas, base, scale, tones if from_left else tones[::-1])


def _turned(canvas: Canvas, base: Point, scale: float, profile: list[Point], tones: tuple[Colour, ...]) -> None:
    """A body turned on a lathe: (half width, height) pairs from foot to rim, in units."""
    x, y = base
    right = [(x + canvas.per_x(r * scale), y - canvas.per_y(h * scale)) for r, h in profile]
    left = [(x - canvas.per_x(r * scale), y - canvas.per_y(h * scale)) for r, h in reversed(profile)]
    foot = canvas.ring(base, profile[0][0] * scale, profile[0][0] * 0.24 * scale, 180, 0)
    canvas.shape([*right, *left, *foot], tones, across=True)


def _rim(canvas: Canvas, base: Point, scale: float, radius: float, height: float, tones: tuple[Colour, ...]) -> None:
    centre = (base[0], base[1] - canvas.per_y(height * scale))
    canvas.ellipse(centre, radius * scale, radius * 0.24 * scale, [mix(tones[2], _WHITE, 0.5)])
    inner = mix(tones[2], _BLACK, 0.55)
    canvas.ellipse(centre, radius * 0.91 * scale, radius * 0.20 * scale, [inner, mix(inner, tones[2], 0.4)])


def _mug(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    lit_left = sum(tones[0]) > sum(tones[-1])
    handle = (base[0] + canvas.per_x(0.15 * scale) * (1 if lit_left else -1), base[1] - canvas.per_y(0.155 * scale))
    outer = canvas.ring(handle, 0.085 * scale, 0.10 * scale)
    inner = canvas.ring(handle, 0.052 * scale, 0.065 * scale)
    canvas.shape([*outer, *reversed(inner)], [mix(tones[2], _WHITE, 0.1), mix(tones[2], _BLACK, 0.2)])
    _turned(canvas, base, scale, [(0.125, 0), (0.145, 0.03), (0.15, 0.30)], tones)
    _rim(canvas, base, scale, 0.15, 0.30, tones)


def _bottle(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    neck = [(0.11, 0), (0.12, 0.02), (0.12, 0.30), (0.105, 0.36), (0.06, 0.42), (0.042, 0.46), (0.042, 0.55)]
    _turned(canvas, base, scale, neck, tones)
    label = [(-0.12, 0.08), (0.12, 0.08), (0.12, 0.24), (-0.12, 0.24)]
    outline = [(base[0] + canvas.per_x(x * scale), base[1] - canvas.per_y(y * scale)) for x, y in label]
    canvas.shape(outline, tuple(mix(tone, _WHITE, 0.62) for tone in tones), across=True)
    cap = (base[0], base[1] - canvas.per_y(0.54 * scale))
    _turned(canvas, cap, scale, [(0.048, 0), (0.048, 0.06)], tuple(mix(tone, _BLACK, 0.45) for tone in tones))


def _vase(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    body = [
        (0.07, 0),
        (0.12, 0.06),
        (0.15, 0.14),
        (0.15, 0.20),
        (0.11, 0.29),
        (0.06, 0.35),
        (0.055, 0.39),
        (0.07, 0.42),
    ]
    _turned(canvas, base, scale, body, tones)
    _rim(canvas, base, scale, 0.07, 0.42, tones)


def _bowl(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    _turned(canvas, base, scale, [(0.07, 0), (0.12, 0.03), (0.17, 0.08), (0.20, 0.15)], tones)
    _rim(canvas, base, scale, 0.20, 0.15, tones)


def _box(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    def at(x: float, y: float) -> Point:
        return base[0] + canvas.per_x(x * scale), base[1] - canvas.per_y(y * scale)

    canvas.shape([at(-0.15, 0.0), at(0.05, -0.035), at(0.05, 0.30), at(-0.15, 0.32)], [tones[1], tones[2]])
    canvas.shape(
        [at(0.05, -0.035), at(0.17, 0.02), at(0.17, 0.32), at(0.05, 0.30)],
        [mix(tones[3], _BLACK, 0.25), mix(tones[3], _BLACK, 0.42)],
    )
    canvas.shape([at(-0.15, 0.32), at(0.05, 0.30), at(0.17, 0.32), at(-0.03, 0.345)], [mix(tones[2], _WHITE, 0.5)])


def _fruit(canvas: Canvas, base: Point, scale: float, tones: tuple[Colour, ...]) -> None:
    centre = (base[0], base[1] - canvas.per_y(0.10 * scale))
    canvas.shape(canvas.ring(centre, 0.12 * scale, 0.115 * scale), tones, across=True)
    shine = (
        centre[0] + canvas.per_x(-0.04 * scale if sum(tones[0]) > sum(tones[-1]) else 0.04 * scale),
        centre[1] - canvas.per_y(0.04 * scale),
    )
    canvas.soft(canvas.ring(shine, 0.03 * scale, 0.025 * scale), _WHITE, blur=0.012, alpha=0.5)


def _steam(canvas: Canvas, x: float, y: float, rng: random.Random) -> None:
    for _ in range(3):
        drift, start = rng.uniform(-0.05, 0.05), x + canvas.per_x(rng.uniform(-0.07, 0.07))
        left = [(start + drift * step**2 + 0.012 * step, y - 0.05 * step * 4) for step in (0, 0.3, 0.6, 1)]
        right = [(px + 0.025, py) for px, py in reversed(left)]
        canvas.soft([*left, *right], _WHITE, blur=0.012, alpha=0.30)
