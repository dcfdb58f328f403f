"""How like a picture a compressed copy of it looks: structural similarity of brightness and colour, in points.

The windows are those of SSIM (Wang, Bovik, Sheikh, Simoncelli, IEEE Trans. Image Process. 13, 2004), 8 x 8 pixels
side by side, of brightness at half size and of colour at a quarter: coarser than one pixel is what is seen at arm's
length, and a quarter of the work. Of the windows' errors a high power is averaged, so that one bad region is not lost
among many good ones. `POINTS` turns the two results into the scale of SSIMULACRA 2 (70 high quality, 80 no
difference seen side by side, 90 visually lossless), as fitted in docs/decisions/0023.
"""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.float32]

POINTS = (34.2, 1.3, 1.0)
"""Constant, and points for a decibel of brightness and of colour."""
IDENTICAL = 100.0
APART = 4.0
"""Decibels by which one of the two counts as better than the other at most, as in grey pictures, whose colour is
always right."""

_SIDE = 8
_ALIGNED = _SIDE // 2  # half a window off, since JPEG's own blocks, whose edges are to be seen, begin at the corner
_ONES = np.ones(_SIDE, dtype=np.float32)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # as in the paper
_POWERS = (8, 4)  # of brightness and of colour
_LEAST = 1e-7  # nothing is said about smaller errors


class Likeness:
    """A picture that copies are compared with; what depends on it alone is worked out once. RGB or RGBA."""

    def __init__(self, picture: Image.Image) -> None:
        self._planes = [(plane, *_moments(plane)) for plane in _planes(picture)]

    def of(self, content: bytes, form: str) -> float:
        """Points of the encoded copy ``content`` whose pixels are as many; from 0 to `IDENTICAL`."""
        with Image.open(io.BytesIO(content), formats=[form]) as copy:
            return self.of_picture(copy)

    def of_picture(self, copy: Image.Image) -> float:
        maps = [_errors(*known, plane) for known, plane in zip(self._planes, _planes(copy), strict=True)]
        brightness = _decibels(maps[0], _POWERS[0])
        both: Levels = np.divide(maps[1] + maps[2], 2, dtype=np.float32)
        colour = _decibels(both, _POWERS[1])
        brightness, colour = min(brightness, colour + APART), min(colour, brightness + APART)
        constant, per_brightness, per_colour = POINTS
        return min(max(0.0, constant + per_brightness * brightness + per_colour * colour), IDENTICAL)


def _planes(picture: Image.Image) -> list[Levels]:
    """Rows of windows (rows, 8, width) of Y at half size and of Cb and Cr at a quarter; transparent parts lie on grey,
    where light and dark fringes show alike."""
    if picture.mode != "RGB":
        whole = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", whole.size, "#808080"), whole).convert("RGB")
    y, cb, cr = picture.reduce(2).convert("YCbCr").split()
    return [_windows(y), _windows(cb.reduce(2)), _windows(cr.reduce(2))]


def _windows(plane: Image.Image) -> Levels:
    """The edges are repeated until whole windows are full."""
    levels = np.asarray(plane)
    ends = [-(side + _ALIGNED) % _SIDE for side in levels.shape]
    padded = np.pad(levels, [(_ALIGNED, end) for end in ends], mode="edge").astype(np.float32)
    return padded.reshape(-1, _SIDE, padded.shape[1])


def _mean(first: Levels, second: Levels | None = None) -> Levels:
    """Of each window, of the levels or of their products: down the columns first, which is one pass over memory."""
    down = first.sum(axis=1) if second is None else np.einsum("ijk,ijk->ik", first, second)
    mean: Levels = down.reshape(down.shape[0], -1, _SIDE) @ _ONES / _SIDE**2
    return mean


def _moments(plane: Levels) -> tuple[Levels, Levels]:
    mean = _mean(plane)
    return mean, _mean(plane, plane) - mean * mean


def _errors(plane: Levels, mean: Levels, variance: Levels, copy: Levels) -> Levels:
    """1 - SSIM of each window."""
    other_mean, other_variance = _moments(copy)
    covariance = _mean(plane, copy) - mean * other_mean
    level = (2 * mean * other_mean + _C1) / (mean**2 + other_mean**2 + _C1)
    structure = (2 * covariance + _C2) / (variance + other_variance + _C2)
    errors: Levels = np.maximum(1 - level * structure, 0)
    return errors


def _decibels(errors: Levels, power: int) -> float:
    pooled = float(np.mean(errors**power, dtype=np.float64)) ** (1 / power)
    return -10 * math.log10(max(pooled, _LEAST))
