"""Draws the reference pictures of the example campaigns: a mug and the front of a small hotel. Same pixels every time.

Run it as ``python examples/make_references.py``; it writes beside the briefs that name the pictures.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
SCALE = 3  # everything is drawn this much larger and then reduced, which smooths the edges

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

LINEN, SAGE, SHADOW = (238, 232, 222), (138, 158, 135), (96, 88, 76)
SKY_HIGH, SKY_LOW, SEA, QUAY = (186, 211, 224), (240, 236, 224), (74, 124, 140), (176, 166, 150)
WALL, SHADE, SLATE, SHUTTER, DOOR, GLASS = (
    (246, 242, 233),
    (214, 207, 194),
    (84, 94, 106),
    (43, 87, 122),
    (201, 106, 66),
    (120, 146, 158),
)


def main() -> None:
    """Draw and write both pictures."""
    mug().save(HERE / "northwind-mugs" / "mug.jpg", quality=90, optimize=True)
    hotel().save(HERE / "harbour-house" / "front.png", optimize=True)


def mug(side: int = 896) -> Image.Image:
    """A matte stoneware mug with a wide handle, seen slightly from above, on linen."""
    size = (side, side)
    picture = _gradient(size, (247, 243, 236), LINEN)
    _shadow(picture, (0.22, 0.77, 0.84, 0.89))
    body = _mask(size, [("ellipse", (0.26, 0.70, 0.64, 0.86)), ("rectangle", (0.26, 0.27, 0.64, 0.78))])
    handle = _ring(size, (0.53, 0.36, 0.82, 0.70), 0.052)
    picture.paste(_cylinder(size, SAGE, 0.50, 0.86), mask=handle)
    picture.paste(_cylinder(size, SAGE, 0.26, 0.64), mask=body)
    _ellipse(picture, (0.26, 0.19, 0.64, 0.35), _tint(SAGE, 1.22))
    _ellipse(picture, (0.274, 0.202, 0.626, 0.338), _tint(SAGE, 0.55))
    _ellipse(picture, (0.285, 0.232, 0.615, 0.338), (70, 46, 33))
    return picture


def hotel(width: int = 1120, height: int = 840) -> Image.Image:
    """The front of a white house of three storeys under a slate roof, at a quay."""
    size = (width * SCALE, height * SCALE)
    picture = _gradient(size, SKY_HIGH, SKY_LOW)
    draw = _Elevation(ImageDraw.Draw(picture), size)
    draw.box((0, 0.70, 1, 0.83), SEA)
    draw.box((0, 0.83, 1, 1), QUAY)
    draw.box((0, 0.83, 1, 0.84), _tint(QUAY, 0.85))
    _house(draw)
    for row, y in enumerate((0.335, 0.495, 0.665)):
        for column, x in enumerate((0.295, 0.3975, 0.5, 0.6025, 0.705)):
            if (row, column) != (2, 2):
                _window(draw, x, y)
    _entrance(draw)
    reduced = picture.resize((width, height), Image.Resampling.LANCZOS)
    return reduced.quantize(192, dither=Image.Dither.NONE).convert("RGB")


class _Elevation:
    """Draws in shares of width and height, so that the picture's size is chosen in one place."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
        self._draw = draw
        self._width, self._height = size

    def box(self, box: Box, colour: Colour) -> None:
        left, top, right, bottom = box
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([(x * self._width, y * self._height) for x, y in points], fill=colour)


def _house(draw: _Elevation) -> None:
    draw.box((0.24, 0.25, 0.76, 0.86), WALL)
    draw.box((0.70, 0.25, 0.76, 0.86), _tint(WALL, 0.96))
    draw.shape([(0.215, 0.26), (0.275, 0.12), (0.725, 0.12), (0.785, 0.26)], SLATE)
    for left in (0.30, 0.66):
        draw.box((left, 0.065, left + 0.045, 0.16), SHADE)
        draw.box((left - 0.006, 0.058, left + 0.051, 0.072), _tint(SHADE, 0.8))
    for x in (0.3975, 0.6025):
        draw.shape([(x - 0.045, 0.205), (x, 0.135), (x + 0.045, 0.205)], _tint(SLATE, 1.4))
        draw.box((x - 0.032, 0.175, x + 0.032, 0.245), WALL)
        draw.box((x - 0.022, 0.185, x + 0.022, 0.237), GLASS)
    for y in (0.25, 0.415, 0.58):
        draw.box((0.232, y, 0.768, y + 0.012), SHADE)
    draw.box((0.24, 0.80, 0.76, 0.86), _tint(SHADE, 0.93))


def _window(draw: _Elevation, x: float, y: float) -> None:
    draw.box((x - 0.022, y - 0.046, x + 0.022, y + 0.056), SHADE)
    draw.box((x - 0.018, y - 0.041, x + 0.018, y + 0.048), GLASS)
    draw.box((x - 0.0015, y - 0.041, x + 0.0015, y + 0.048), WALL)
    draw.box((x - 0.018, y - 0.002, x + 0.018, y + 0.002), WALL)
    for left in (x - 0.043, x + 0.025):
        draw.box((left, y - 0.044, left + 0.018, y + 0.052), SHUTTER)
        for slat in range(6):
            top = y - 0.036 + slat * 0.014
            draw.box((left + 0.003, top, left + 0.015, top + 0.003), _tint(SHUTTER, 0.8))


def _entrance(draw: _Elevation) -> None:
    draw.box((0.462, 0.655, 0.538, 0.86), SHADE)
    draw.box((0.470, 0.668, 0.530, 0.86), DOOR)
    draw.box((0.478, 0.682, 0.522, 0.742), GLASS)
    for stripe in range(8):
        left = 0.448 + stripe * 0.013
        colour = SHUTTER if stripe % 2 == 0 else WALL
        draw.shape([(left, 0.645), (left + 0.013, 0.645), (left + 0.013, 0.600), (left, 0.600)], colour)
    draw.box((0.448, 0.645, 0.552, 0.650), _tint(SHUTTER, 0.8))
    draw.box((0.445, 0.86, 0.555, 0.875), SHADE)
    for x in (0.415, 0.585):
        draw.box((x - 0.016, 0.825, x + 0.016, 0.862), DOOR)
        draw.shape([(x - 0.020, 0.826), (x, 0.752), (x + 0.020, 0.826)], (94, 128, 84))


def _tint(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return red, green, blue


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    column = np.linspace(top, bottom, size[1]).round().astype(np.uint8)
    return Image.fromarray(np.repeat(column[:, None, :], size[0], axis=1), "RGB")


def _cylinder(size: tuple[int, int], colour: Colour, left: float, right: float) -> Image.Image:
    """A surface lit from the upper left, bright a third of the way across and darker towards both edges."""
    across = (np.linspace(0, 1, size[0]) - left) / (right - left)
    light: NDArray[np.float64] = 1.18 - 0.62 * np.abs(np.clip(across, 0, 1) - 0.3) ** 1.4
    row = np.clip(np.outer(light, np.array(colour, dtype=np.float64)), 0, 255).round().astype(np.uint8)
    return Image.fromarray(np.repeat(row[None, :, :], size[1], axis=0), "RGB")


def _mask(size: tuple[int, int], shapes: list[tuple[str, Box]]) -> Image.Image:
    large = Image.new("L", (size[0] * SCALE, size[1] * SCALE))
    draw = ImageDraw.Draw(large)
    for kind, box in shapes:
        place = _pixels(large.size, box)
        if kind == "ellipse":
            draw.ellipse(place, fill=255)
        else:
            draw.rectangle(place, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def _ring(size: tuple[int, int], box: Box, thickness: float) -> Image.Image:
    large = Image.new("L", (size[0] * SCALE, size[1] * SCALE))
    draw = ImageDraw.Draw(large)
    width = round(thickness * large.width)
    draw.rounded_rectangle(_pixels(large.size, box), radius=width * 3, outline=255, width=width)
    return large.resize(size, Image.Resampling.LANCZOS)


def _ellipse(picture: Image.Image, box: Box, colour: Colour) -> None:
    picture.paste(colour, (0, 0, *picture.size), _mask(picture.size, [("ellipse", box)]))


def _shadow(picture: Image.Image, box: Box) -> None:
    mask = _mask(picture.size, [("ellipse", box)]).filter(ImageFilter.GaussianBlur(picture.width / 40))
    picture.paste(SHADOW, (0, 0, *picture.size), mask.point([level * 2 // 5 for level in range(256)]))


def _pixels(size: tuple[int, int], box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return left * size[0], top * size[1], right * size[0], bottom * size[1]


if __name__ == "__main__":
    main()
