"""Labelled pictures: a subject drawn at a known place, off the middle, on six kinds of ground."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from colophon.domain.subject import Box

Random = np.random.Generator
_SIZES = ((1248, 736), (1024, 1024), (736, 1248), (1536, 864))


def labelled(kind: str, seed: int) -> tuple[Image.Image, Box]:
    """A picture of this kind and where its subject is: a shape of an eighth to two fifths of the shorter side."""
    random = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    width, height = _SIZES[seed % len(_SIZES)]
    picture = KINDS[kind](width, height, random)
    across, down = (int(min(width, height) * random.uniform(0.12, 0.4)) for _ in range(2))
    left = int(random.integers(12, width - across - 12))
    top = int(random.integers(12, height - down - 12))
    _draw_subject(picture, random, Box(left, top, across, down))
    return (_grainy(picture, random) if picture.mode == "RGB" else picture), Box(left, top, across, down)


def _scene(width: int, height: int, random: Random) -> Image.Image:
    """Soft shapes of many sizes, as in an unsharp background."""
    levels = np.zeros((height, width, 3))
    for octave in range(6):
        grid = random.integers(0, 256, (2 + 2**octave, 2 + 2**octave, 3), dtype=np.uint8)
        levels += np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)) / 2 ** (
            octave + 1
        )
    mixed = random.integers(60, 180, 3) + (levels - 128) * 0.55
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3))


def _flat(width: int, height: int, random: Random) -> Image.Image:
    return Image.new("RGB", (width, height), _colour(random))


def _gradient(width: int, height: int, random: Random) -> Image.Image:
    above, below = np.array(_colour(random)), np.array(_colour(random))
    share = np.linspace(0, 1, height)[:, None, None] * np.ones((1, width, 1))
    return Image.fromarray((above * (1 - share) + below * share).astype(np.uint8))


def _table(width: int, height: int, random: Random) -> Image.Image:
    """A wall and a table, as in a picture of a product."""
    picture = _gradient(width, height, random)
    ImageDraw.Draw(picture).rectangle((0, int(height * random.uniform(0.5, 0.75)), width, height), _colour(random))
    return picture.filter(ImageFilter.GaussianBlur(2))


def _pattern(width: int, height: int, random: Random) -> Image.Image:
    one, other, side = np.array(_colour(random)), np.array(_colour(random)), int(random.integers(20, 60))
    rows, columns = np.indices((height, width)) // side
    odd = ((rows + columns) % 2)[..., None]
    return Image.fromarray((one * (1 - 0.35 * odd) + other * 0.35 * odd).astype(np.uint8))


def _clear(width: int, height: int, random: Random) -> Image.Image:
    return Image.new("RGBA", (width, height), (0, 0, 0, 0))


KINDS: dict[str, Callable[[int, int, Random], Image.Image]] = {
    "scene": _scene,
    "flat": _flat,
    "gradient": _gradient,
    "table": _table,
    "pattern": _pattern,
    "transparent": _clear,
}


def _colour(random: Random) -> tuple[int, int, int]:
    red, green, blue = (int(level) for level in random.integers(40, 230, 3))
    return red, green, blue


def _draw_subject(picture: Image.Image, random: Random, box: Box) -> None:
    """A shape with a mark on it, of a colour that the ground as a whole has not."""
    ground = np.asarray(picture.convert("RGB").resize((1, 1), Image.Resampling.BOX), dtype=int)[0, 0]
    colour = _colour(random)
    while np.abs(np.array(colour) - ground).sum() < 150:
        colour = _colour(random)
    draw, corners = ImageDraw.Draw(picture), (box.left, box.top, box.right, box.bottom)
    shape = random.integers(3)
    if shape == 0:
        draw.ellipse(corners, colour)
    elif shape == 1:
        draw.rounded_rectangle(corners, min(box.width, box.height) // 5, colour)
    else:
        draw.polygon([(box.left + box.width // 2, box.top), corners[2:], (box.left, box.bottom)], colour)
    x, y, mark = box.left + box.width // 2, box.top + box.height * 2 // 3, min(box.width, box.height) // 6
    draw.ellipse((x - mark, y - mark, x + mark, y + mark), tuple(level * 3 // 5 for level in colour))


def _grainy(picture: Image.Image, random: Random) -> Image.Image:
    grain = random.normal(0, 3, (picture.height, picture.width, 1))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))
