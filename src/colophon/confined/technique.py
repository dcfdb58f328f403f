"""Sharpness and exposure of a picture, measured on a small copy in the confined child."""

import numpy as np
import numpy.typing as npt
from PIL import Image

_TILES = 8  # a side
_CRUSHED, _BLOWN = 3, 253  # grey levels up to which a shadow, from which on a highlight has no detail left
_GRAIN = 10.0  # the most that film grain adds to a tile
_BRIGHT = 99  # percent of the area that is darker than the brightest

Floats = npt.NDArray[np.float64]


def technique(small: Image.Image) -> dict[str, float]:
    """Of a small RGBA copy (`colophon.confined.seen`): ``sharpness``, ``brightest``, ``shadows`` and ``highlights``, as
    `colophon.domain.measures.Measures` has them."""
    levels = np.asarray(small, dtype=np.float64)
    visible = levels[:, :, 3] / 255
    grey = levels[:, :, :3] @ np.array((0.299, 0.587, 0.114))
    darkest_channel = levels[:, :, :3].min(axis=2)
    return {
        "sharpness": _sharpness(_on_white(small)),
        "brightest": float(np.percentile(grey[visible > 0], _BRIGHT)) if visible.any() else 255.0,
        "shadows": _share(grey <= _CRUSHED, visible),
        "highlights": _share(darkest_channel >= _BLOWN, visible),
    }


def spread(small: Image.Image) -> list[list[float]]:
    """The deviation of the Laplacian in each tile of a small RGBA copy, row by row."""
    return _tiles(_on_white(small))


def _on_white(small: Image.Image) -> Floats:
    levels = np.asarray(small, dtype=np.float64)
    visible = levels[:, :, 3] / 255
    grey = levels[:, :, :3] @ np.array((0.299, 0.587, 0.114))
    return np.asarray(grey * visible + 255 * (1 - visible), dtype=np.float64)


def _tiles(grey: Floats) -> list[list[float]]:
    rows = np.array_split(_laplacian(grey), _TILES)
    table = [[float(tile.std()) for tile in np.array_split(row, _TILES, axis=1) if tile.size] for row in rows]
    return [row for row in table if row]


def _sharpness(grey: Floats) -> float:
    """The deviation of the Laplacian in the sharper tiles, without what the least sharp tiles have too: that is grain.
    So a subject in focus before a blurred ground is sharp, and grain over a blurred picture is not."""
    tiles = [value for row in _tiles(grey) for value in row]
    sharp, dull = np.percentile(tiles, 95), min(float(np.percentile(tiles, 10)), _GRAIN)
    return float(np.sqrt(max(0.0, sharp**2 - dull**2)))


def _laplacian(grey: Floats) -> Floats:
    wide = np.pad(grey, 1, mode="edge")
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    return np.asarray(around - 4 * grey, dtype=np.float64)


def _share(clipped: npt.NDArray[np.bool_], visible: Floats) -> float:
    total = float(visible.sum())
    return float((clipped * visible).sum()) / total if total else 0.0
