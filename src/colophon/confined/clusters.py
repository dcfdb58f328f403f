"""The colours of a picture with their shares of its area, computed in the confined child.

A small copy of the picture is counted into cells of CIELAB; the fullest cells that are apart begin clusters, and a few
rounds of k-means settle them. Nothing is drawn by lot, so the same pixels give the same clusters.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from colophon.confined.seen import within
from colophon.domain.colour import TO_XYZ, WHITE

MOST = 32  # clusters; a picture of all colours at once is told by these, each an average of its surroundings
_SIDE = 128
_CELL = 4.0  # CIELAB units
_APART = 8.0  # CIELAB units between the beginnings of two clusters
_ROUNDS = 6

Floats = npt.NDArray[np.float64]


def clusters(seen: Image.Image) -> list[list[float]]:
    """[L*, a*, b*, share] of each cluster of a picture in sRGB, mode RGBA, the largest first; shares add up to 1,
    transparent pixels count for as much as is seen of them. Empty when nothing is seen."""
    pixels, weights = _pixels(seen)
    if not weights.sum() > 0:
        return []
    cells, counts = _cells(lab(pixels), weights)
    centres, shares = _settled(cells, counts)
    order = np.argsort(-shares, kind="stable")
    return [[*centres[at].round(2).tolist(), float(shares[at])] for at in order if shares[at] > 0]


def _pixels(seen: Image.Image) -> tuple[Floats, Floats]:
    """sRGB values (0 to 1) of a small copy, and how much of each is seen."""
    small = seen.resize(within(seen.size, _SIDE), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float64).reshape(-1, 4) / 255
    return values[:, :3], values[:, 3]


def lab(rgb: Floats) -> Floats:
    """CIELAB of sRGB values (0 to 1), a row each."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(TO_XYZ).T / np.array(WHITE)
    knee = 6 / 29
    x, y, z = np.where(xyz > knee**3, np.cbrt(xyz), xyz / (3 * knee**2) + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def _cells(lab: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean colour and share of every cell that has any, the fullest first."""
    _, cell = np.unique(np.floor(lab / _CELL).astype(np.int64), axis=0, return_inverse=True)
    totals = np.bincount(cell.ravel(), weights)
    sums = np.stack([np.bincount(cell.ravel(), weights * lab[:, axis]) for axis in range(3)], axis=1)
    seen = totals > 0
    means, shares = sums[seen] / totals[seen, None], totals[seen] / totals.sum()
    order = np.argsort(-shares, kind="stable")
    return means[order], shares[order]


def _settled(cells: Floats, shares: Floats) -> tuple[Floats, Floats]:
    centres, totals = _beginnings(cells), shares
    for _ in range(_ROUNDS):
        nearest = np.argmin(((cells[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2), axis=1)
        totals = np.bincount(nearest, shares, len(centres)).astype(np.float64)
        sums = np.stack([np.bincount(nearest, shares * cells[:, axis], len(centres)) for axis in range(3)], axis=1)
        centres = np.where(totals[:, None] > 0, sums / np.maximum(totals, 1e-12)[:, None], centres)
    return centres, totals


def _beginnings(cells: Floats) -> Floats:
    """The fullest cells of which each is apart from those before."""
    chosen = [cells[0]]
    for cell in cells[1:]:
        if len(chosen) == MOST:
            break
        if min(((cell - other) ** 2).sum() for other in chosen) >= _APART**2:
            chosen.append(cell)
    return np.array(chosen)
