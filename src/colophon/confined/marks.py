"""Finds a brand's logo in a picture, in the confined child: by the directions of edges, whatever its colours.

A logo is moved over the picture at several sizes and turns; where most of its edges have an edge of the picture under
them that runs the same way, it is likely there. The best places are then looked at with it stretched a little.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from colophon.confined.decode import decode, to_srgb, upright
from colophon.confined.encode import flatten

_LARGEST = 640  # pixels of the picture's longer side at the finest step
_STEPS, _SHRINK = 9, 0.8  # so a logo of a tenth to six tenths of the side is met at about its own size
_ACROSS = 52.0  # pixels: the root of the area a logo is looked for at
_TURNS = (-10.0, 0.0, 10.0)  # degrees
_FINE_TURNS = (-5.0, 0.0, 5.0)
_FINE = (0.84, 0.92, 1.0, 1.09, 1.19)
_PLACES = 3  # looked at closely
_EDGE, _SHAPE_EDGE = 20.0, 60.0  # grey levels over two pixels from which on there is an edge
_PAD = 3  # pixels around a logo: its outer edge counts
_LEAST_EDGES = 40
_PLAIN = 24  # grey levels within which a picture is its ground

Grey = npt.NDArray[np.float32]
Edges = npt.NDArray[np.complex64]


class _Step(NamedTuple):
    """The picture at one size: its edges, and what they are as waves."""

    edges: Edges
    waves: Edges


class _Place(NamedTuple):
    score: float
    step: _Step
    turn: float
    top: int
    left: int
    height: int
    width: int


def find_logos(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """Where each of ``blobs[1:]`` is likeliest in the picture ``blobs[0]``: score (0 to 1), how many times too wide it
    is, its turn in degrees, and its box as shares of the sides; None for a logo that has no shape to look for. Raises
    `PictureError` unless every one is a picture."""
    most = parameters["max_pixels"]
    picture = flatten(to_srgb(upright(decode(blobs[0], most)[1]))[0]).convert("L")
    steps = list(_steps(picture))
    return {"found": [_likeliest(steps, shape_of(blob, most)) for blob in blobs[1:]]}, []


def shape_of(content: bytes, max_pixels: int) -> Image.Image | None:
    """What a logo covers, as grey levels, cut to it: its opacity, or what differs from the colour of its rim where it
    has no transparency. None: nothing."""
    logo = to_srgb(upright(decode(content, max_pixels)[1]))[0].convert("RGBA")
    logo.thumbnail((512, 512), Image.Resampling.BOX)
    shape = logo.getchannel("A")
    if min(shape.getdata()) > 255 - _PLAIN:
        levels = np.asarray(logo.convert("RGB"), dtype=np.float32)
        rim = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
        away = np.abs(levels - np.median(rim, axis=0)).max(axis=2)
        shape = Image.fromarray(np.where(away > _PLAIN, np.minimum(255, away * 2), 0).astype(np.uint8))
    seen = shape.point(lambda level: 255 if level > _PLAIN else 0).getbbox()
    return shape.crop(seen) if seen else None


def _steps(picture: Image.Image) -> Iterator[_Step]:
    longest = max(picture.size)
    for number in range(_STEPS):
        scale = _LARGEST * _SHRINK**number / longest
        if scale > 1.25:  # detail is not made up
            continue
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        edges = _spread(_edges(np.asarray(picture.resize(size, how), dtype=np.float32), _EDGE))
        yield _Step(edges, _waves(edges, edges.shape))


def _likeliest(steps: Sequence[_Step], shape: Image.Image | None) -> dict[str, object] | None:
    if shape is None:
        return None
    turned = [(turn, _edges(_drawn(shape, 1, 1, turn), _SHAPE_EDGE)) for turn in _TURNS]
    if any(np.count_nonzero(edges) < _LEAST_EDGES for _, edges in turned):
        return None
    places = [place for step in steps for turn, edges in turned if (place := _best(step, edges, turn)) is not None]
    closest = sorted(places, key=lambda place: -place.score)[:_PLACES]
    looked = [_closer(place, shape) for place in closest]
    return max(looked, key=lambda found: found["score"], default=None)


def _closer(place: _Place, shape: Image.Image) -> dict[str, Any]:
    """The same place with the logo turned and stretched a little, first in one piece, then one side at a time."""
    margin = max(place.height, place.width) // 5 + _PAD
    top, left = max(0, place.top - margin), max(0, place.left - margin)
    part = place.step.edges[top : place.top + place.height + margin, left : place.left + place.width + margin]
    around = _Step(part, _waves(part, part.shape))

    def tried(across: float, down: float, turn: float) -> tuple[float, float, float, _Place] | None:
        found = _best(around, _edges(_drawn(shape, across, down, turn), _SHAPE_EDGE), turn)
        return found and (across, down, turn, found)

    first = [tried(size, size, place.turn + turn) for size in _FINE for turn in _FINE_TURNS]
    size, _, turn, _ = _best_of(first) or (1.0, 1.0, place.turn, place)
    second = [tried(size * wide, size * high, turn) for wide in _FINE for high in _FINE]
    across, down, turn, found = _best_of([*first, *second]) or (1.0, 1.0, place.turn, place)
    high, wide = place.step.edges.shape
    return {
        "score": min(1.0, max(0.0, found.score)),
        "stretch": across / down,
        "turn": turn,
        "box": [
            min(1.0, (left + found.left) / wide),
            min(1.0, (top + found.top) / high),
            min(1.0, (left + found.left + found.width) / wide),
            min(1.0, (top + found.top + found.height) / high),
        ],
    }


def _best_of(tried: Sequence[Any]) -> Any:
    return max((one for one in tried if one is not None), key=lambda one: one[3].score, default=None)


def _drawn(shape: Image.Image, across: float, down: float, turn: float) -> Grey:
    scale = _ACROSS / float(np.sqrt(shape.width * shape.height))
    size = max(4, round(shape.width * scale * across)), max(4, round(shape.height * scale * down))
    drawn = Image.fromarray(np.pad(np.asarray(shape.resize(size, Image.Resampling.BOX)), _PAD))
    if turn:
        drawn = drawn.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
    return np.asarray(drawn, dtype=np.float32)


def _edges(grey: Grey, least: float) -> Edges:
    """Directions of edges as numbers of length 1, twice the angle, so that light on dark is as dark on light."""
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    steep = np.hypot(across, down)
    edges = np.zeros(grey.shape, np.complex64)
    there = steep > least
    edges[there] = ((across[there] + 1j * down[there]) / steep[there]) ** 2
    return edges


def _spread(edges: Edges) -> Edges:
    """Each pixel with the direction of the edges around it: a logo may lie a pixel beside where it was looked for."""
    rows, columns = edges.shape
    wide = np.pad(edges, 1)
    near = np.zeros(edges.shape, np.complex64)
    for y in range(3):
        for x in range(3):
            near += wide[y : y + rows, x : x + columns]
    length = np.maximum(np.abs(near), np.float32(1e-6))  # nothing near stays nothing
    return np.asarray(near / length, dtype=np.complex64)


def _best(step: _Step, shape: Edges, turn: float) -> _Place | None:
    """Where the most edges of a shape lie on edges of the picture that run the same way, less those across."""
    (rows, columns), (high, wide) = step.edges.shape, shape.shape
    if high > rows or wide > columns:
        return None
    meeting = np.fft.ifft2(step.waves * np.conj(np.fft.fft2(shape, step.waves.shape))).real
    count = max(_LEAST_EDGES, int(np.count_nonzero(shape)))
    scores = meeting[: rows - high + 1, : columns - wide + 1] / count
    top, left = np.unravel_index(int(scores.argmax()), scores.shape)
    return _Place(float(scores[top, left]), step, turn, int(top), int(left), high, wide)


def _waves(edges: Edges, size: tuple[int, ...]) -> Edges:
    return np.asarray(np.fft.fft2(edges, (_smooth(size[0]), _smooth(size[1]))), dtype=np.complex64)


def _smooth(length: int) -> int:
    """The next length of small factors, which is transformed fast."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
