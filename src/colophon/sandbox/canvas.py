"""Painting primitives: soft gradients, anti-aliased shapes, blurred shadows and glows, grain.

Places are shares of the picture: x and y run from 0 to 1 over width and height, ``unit`` is the shorter side in pixels.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from colophon.sandbox.palette import Colour

Point = tuple[float, float]
_SOFT = 8  # shadows and glows are painted at an eighth of the size: blur hides it


class Canvas:
    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width = width
        self.height = height
        self.unit = min(width, height)
        self.image = Image.new("RGB", (width, height), ground)

    def per_x(self, units: float) -> float:
        """A length in shares of the shorter side, as a share of the width."""
        return units * self.unit / self.width

    def per_y(self, units: float) -> float:
        return units * self.unit / self.height

    def mesh(self, rows: Sequence[Sequence[Colour]]) -> None:
        """Cover the picture with a grid of colours that melt into each other."""
        self.image.paste(_grid(rows).resize((self.width, self.height), Image.Resampling.BICUBIC))

    def shape(
        self, outline: Sequence[Point], colours: Sequence[Colour], *, across: bool = False, alpha: float = 1
    ) -> None:
        """Fill an outline with a gradient from top to bottom, or from left to right with ``across``."""
        box = self._box(outline)
        if box is None:
            return
        left, top, right, bottom = box
        size = right - left, bottom - top
        mask = Image.new("L", (size[0] * 2, size[1] * 2))
        points = [((x * self.width - left) * 2, (y * self.height - top) * 2) for x, y in outline]
        ImageDraw.Draw(mask).polygon(points, fill=round(255 * alpha))
        grid = [list(colours)] if across else [[colour] for colour in colours]
        fill = _grid(grid).resize(size, Image.Resampling.BICUBIC)
        self.image.paste(fill, (left, top), mask.reduce(2))

    def ellipse(self, centre: Point, rx: float, ry: float, colours: Sequence[Colour], *, alpha: float = 1) -> None:
        """Radii are in units of the shorter side."""
        self.shape(self.ring(centre, rx, ry), colours, alpha=alpha)

    def ring(self, centre: Point, rx: float, ry: float, start: float = 0, end: float = 360) -> list[Point]:
        """Points on an ellipse, angles in degrees clockwise from the right."""
        angles = [math.radians(start + (end - start) * step / 64) for step in range(65)]
        return [
            (centre[0] + self.per_x(rx) * math.cos(angle), centre[1] + self.per_y(ry) * math.sin(angle))
            for angle in angles
        ]

    def soft(self, outline: Sequence[Point], colour: Colour, *, blur: float, alpha: float) -> None:
        """A blurred shape (a shadow, a glow, a patch of light); ``blur`` in units of the shorter side."""
        size = max(1, self.width // _SOFT), max(1, self.height // _SOFT)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x * size[0], y * size[1]) for x, y in outline], fill=round(255 * alpha))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * min(size)))
        box = mask.getbbox()
        if box is None:
            return
        mask = mask.resize((self.width, self.height), Image.Resampling.BICUBIC)
        self.image.paste(colour, (0, 0, self.width, self.height), mask)

    def vignette(self, strength: float) -> None:
        y, x = np.mgrid[-1:1:48j, -1:1:48j]
        fall = 255 * (1 - strength * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.5)
        mask = Image.fromarray(fall.astype(np.uint8)).resize(self.image.size, Image.Resampling.BICUBIC)
        self.image = ImageChops.multiply(self.image, Image.merge("RGB", (mask, mask, mask)))

    def grain(self, seed: int, strength: float = 2.2) -> None:
        """Film grain from one tile, repeated."""
        noise = np.random.default_rng(seed).normal(0, strength, (256, 256))
        tile = np.clip(np.rint(noise), -8, 8).astype(np.int8)
        down, across = -(-self.height // 256), -(-self.width // 256)
        whole = np.tile(tile, (down, across))[: self.height, : self.width]
        lighter = Image.fromarray(np.maximum(whole, 0).astype(np.uint8))
        darker = Image.fromarray(np.maximum(-whole, 0).astype(np.uint8))
        self.image = ImageChops.add(self.image, Image.merge("RGB", (lighter,) * 3))
        self.image = ImageChops.subtract(self.image, Image.merge("RGB", (darker,) * 3))

    def _box(self, outline: Sequence[Point]) -> tuple[int, int, int, int] | None:
        """Whole pixels around an outline, inside the picture; None when nothing of it is."""
        xs, ys = [x * self.width for x, _ in outline], [y * self.height for _, y in outline]
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right, bottom = min(self.width, math.ceil(max(xs))), min(self.height, math.ceil(max(ys)))
        return (left, top, right, bottom) if right > left and bottom > top else None


def _grid(rows: Sequence[Sequence[Colour]]) -> Image.Image:
    return Image.fromarray(np.array(rows, dtype=np.uint8))
