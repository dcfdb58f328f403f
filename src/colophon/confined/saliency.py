"""Where the subject of a picture is, found in the confined child on a small thumbnail.

What belongs to the ground of a picture is joined to its edges without a strong change on the way, and has the colours
found there. Two measures of that, as in J. Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS" (ICCV
2015), written from the paper: the minimum barrier distance of each pixel to the edges, and how far its colour is from
those of the four borders, of which the one that differs most is left out since a subject may touch it.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

Map = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]
Place = tuple[slice, slice]

SIDE = 64  # pixels of the longer side of the thumbnail
_FAINT = 24  # of 765 levels in three channels: a picture whose strongest barrier is lower shows nothing
_BORDER = 0.1  # of the shorter side
_NOISE = 16.0  # variance, in levels, that even a flat border is taken to have
_STANDS_OUT = 0.4  # of the strongest saliency: what is weaker is ground
_STRAY = 0.02  # of what stands out, at each side, that the subject's box leaves out
_WINDOW = 0.5  # of the thumbnail's shorter side: where most of the subject lies is looked for at this size

_ALL, _LATER, _EARLIER = slice(None), slice(1, None), slice(None, -1)
_STEPS: tuple[tuple[Place, Place], ...] = (
    ((_LATER, _ALL), (_EARLIER, _ALL)),
    ((_EARLIER, _ALL), (_LATER, _ALL)),
    ((_ALL, _LATER), (_ALL, _EARLIER)),
    ((_ALL, _EARLIER), (_ALL, _LATER)),
)


def subject(picture: Image.Image) -> dict[str, int] | None:
    """Box and focal point in pixels of an upright picture without transparency (mode L or RGB); None where nothing
    stands out."""
    colours = np.asarray(_thumbnail(picture).convert("YCbCr")).astype(np.int64)
    barriers = sum((_barrier(colours[..., channel]) for channel in range(3)), np.zeros(colours.shape[:2], np.int64))
    if barriers.max() < _FAINT:
        return None
    foreign = _foreign(colours.astype(np.float64))
    saliency = barriers / barriers.max() + foreign / max(float(foreign.max()), 1e-9)
    mass = np.where(saliency >= _STANDS_OUT * saliency.max(), saliency, 0.0)
    return _in_pixels(_extent(mass), _densest(mass), mass.shape, picture.size)


def _thumbnail(picture: Image.Image) -> Image.Image:
    scale = SIDE / max(picture.size)
    size = max(4, round(picture.width * scale)), max(4, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _barrier(levels: Levels) -> Levels:
    """The minimum barrier distance to the edges: over all paths there, the least difference between the highest and
    the lowest level on the way. Relaxed from all sides at once until nothing improves, a few dozen rounds."""
    far = 1 << 20
    distance = np.full(levels.shape, far)
    distance[0, :] = distance[-1, :] = distance[:, 0] = distance[:, -1] = 0
    highest, lowest = levels.copy(), levels.copy()
    for _ in range(2 * sum(levels.shape)):
        improved = False
        for to, source in _STEPS:
            high, low = np.maximum(highest[source], levels[to]), np.minimum(lowest[source], levels[to])
            better = (high - low < distance[to]) & (distance[source] < far)
            improved |= bool(better.any())
            for kept, new in ((distance, high - low), (highest, high), (lowest, low)):
                kept[to] = np.where(better, new, kept[to])
        if not improved:
            break
    return distance


def _foreign(colours: Map) -> Map:
    """How unlike the borders' colours each pixel is: Mahalanobis distances to three of the four, each scaled to 1."""
    thick = max(2, round(_BORDER * min(colours.shape[:2])))
    strips = (colours[:thick], colours[-thick:], colours[:, :thick], colours[:, -thick:])
    distances = np.stack([_unlike(colours, strip.reshape(-1, 3)) for strip in strips])
    kept: Map = distances.sum(axis=0) - distances.max(axis=0)
    return kept


def _unlike(colours: Map, ground: Map) -> Map:
    inverse = np.linalg.inv(np.cov(ground.T) + _NOISE * np.eye(3))
    apart = colours - ground.mean(axis=0)
    distance: Map = np.sqrt(np.einsum("hwi,ij,hwj->hw", apart, inverse, apart))
    return distance / max(float(distance.max()), 1e-9)


def _extent(mass: Map) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the box around the mass but for strays."""
    ends = []
    for axis in (0, 1):
        reached = np.cumsum(mass.sum(axis=axis)) / mass.sum()
        ends.append((int(np.searchsorted(reached, _STRAY)), int(np.searchsorted(reached, 1 - _STRAY)) + 1))
    (left, right), (top, bottom) = ends
    return left, top, min(right, mass.shape[1]), min(bottom, mass.shape[0])


def _densest(mass: Map) -> tuple[float, float]:
    """The middle of the mass inside the window that has the most of it: between two things, the greater one."""
    side = max(2, round(_WINDOW * min(mass.shape)))
    sums = np.lib.stride_tricks.sliding_window_view(mass, (side, side)).sum(axis=(2, 3))
    top, left = divmod(int(np.argmax(sums)), sums.shape[1])
    window = mass[top : top + side, left : left + side]
    rows, columns = np.indices(window.shape)
    total = window.sum()
    return left + 0.5 + float((columns * window).sum() / total), top + 0.5 + float((rows * window).sum() / total)


def _in_pixels(
    box: tuple[int, int, int, int], focus: tuple[float, float], small: tuple[int, ...], size: tuple[int, int]
) -> dict[str, int]:
    across, down = size[0] / small[1], size[1] / small[0]
    left, top = int(box[0] * across), int(box[1] * down)
    right, bottom = max(left + 1, int(box[2] * across)), max(top + 1, int(box[3] * down))
    x, y = min(int(focus[0] * across), size[0] - 1), min(int(focus[1] * down), size[1] - 1)
    return {"left": left, "top": top, "width": right - left, "height": bottom - top, "x": x, "y": y}
