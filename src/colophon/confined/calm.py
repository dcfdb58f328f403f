"""How busy each part of a picture is, measured on a small copy in the confined child."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from colophon.domain.measures import GRID

Floats = npt.NDArray[np.float64]


def busyness(small: Image.Image) -> list[list[float]]:
    """Of a small RGBA copy (`colophon.confined.seen`): for each cell of a grid of `GRID` rows and columns, the mean
    change of grey level from a pixel to its neighbours, on a white ground. Under 1 is sky or a plain wall, grain adds
    about 2, leaves and letters are 10 and more. A picture of fewer pixels than cells has equal cells side by side."""
    levels = np.asarray(small, dtype=np.float64)
    visible = levels[:, :, 3] / 255
    grey = levels[:, :, :3] @ np.array((0.299, 0.587, 0.114))
    change = _change(grey * visible + 255 * (1 - visible))
    return [[round(_mean(change, row, column), 2) for column in range(GRID)] for row in range(GRID)]


def _change(grey: Floats) -> Floats:
    wide = np.pad(grey, 1, mode="edge")
    across = (wide[1:-1, 2:] - wide[1:-1, :-2]) / 2
    down = (wide[2:, 1:-1] - wide[:-2, 1:-1]) / 2
    return np.asarray(np.hypot(across, down), dtype=np.float64)


def _mean(change: Floats, row: int, column: int) -> float:
    top, bottom = _cell(row, change.shape[0])
    left, right = _cell(column, change.shape[1])
    return float(change[top:bottom, left:right].mean())


def _cell(number: int, side: int) -> tuple[int, int]:
    start = min(number * side // GRID, side - 1)
    return start, max(start + 1, (number + 1) * side // GRID)
