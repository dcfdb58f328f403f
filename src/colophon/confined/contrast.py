"""Contrast as WCAG 2.2 defines it, of one colour against every pixel of a region."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colophon.domain.lettering import luminance

Rgb = tuple[int, int, int]
Edges = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are the first outside."""

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def worst_contrast(ink: str, ground: Image.Image, edges: Edges) -> float:
    """The lowest contrast, 1 to 21, of a colour to any pixel of a part of an RGB picture."""
    levels = luminances(np.asarray(ground.crop(edges)))
    return against(luminance(ink), float(levels.min()), float(levels.max()))


def against(ink: float, darkest: float, lightest: float) -> float:
    """The lowest contrast of a luminance to any between two others."""
    nearest = min(max(ink, darkest), lightest)
    return (max(ink, nearest) + 0.05) / (min(ink, nearest) + 0.05)


def luminances(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    linear: NDArray[np.float64] = _LINEAR[pixels] @ _WEIGHTS
    return linear


def needed_cover(ink: str, cover: str, ground: Image.Image, edges: Edges, least: float) -> float | None:
    """How opaque ``cover`` has to lie over a part of a picture for the ink to reach a contrast on all of it, 0 to 1 in
    steps of a fiftieth; None: not even alone. The part's extremes of each channel are taken together, which no pixel
    is worse than, so it may be a little more than needed."""
    pixels = np.asarray(ground.crop(edges)).reshape(-1, 3)
    extremes = np.array([pixels.min(axis=0), pixels.max(axis=0)], dtype=np.float64)
    over, level = np.array(rgb(cover), dtype=np.float64), luminance(ink)
    for step in range(51):
        share = step / 50
        mixed = np.rint(extremes * (1 - share) + over * share).astype(np.uint8)
        low, high = luminances(mixed)
        if against(level, float(low), float(high)) >= least:
            return share
    return None
