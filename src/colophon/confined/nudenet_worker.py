"""The program that runs NudeNet, apart from the rest: pictures in by frames, what is found in them out.

Started as ``python -m colophon.confined.nudenet_worker MEMORY_BYTES``.
"""

import functools
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from colophon.confined.decode import decode, to_srgb, upright
from colophon.confined.encode import flatten
from colophon.confined.worker import serve

_MAX_PIXELS = 50_000_000
_LONGEST_SIDE = 1280  # the model sees 320; more detail than this only costs time
_MOST = 500  # things found


@functools.cache
def _detector() -> Any:
    from nudenet import NudeDetector

    return NudeDetector()


def detect(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """Each thing found in ``blobs[0]``: kind, score, and its box as fractions of the sides."""
    _, picture = decode(blobs[0], _MAX_PIXELS)
    picture = flatten(to_srgb(upright(picture))[0])
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    blue_green_red = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])  # as its own file reader gives them
    found = [
        {"kind": each["class"], "score": _share(each["score"]), "box": _fractions(each["box"], picture.size)}
        for each in _detector().detect(blue_green_red)
    ]
    return {"found": found[:_MOST]}, []


def _fractions(box: Sequence[float], size: tuple[int, int]) -> list[float]:
    """Of left, top, width and height in pixels."""
    left, top, width, height = box
    edges = (left / size[0], top / size[1], (left + width) / size[0], (top + height) / size[1])
    return [_share(edge) for edge in edges]


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))


if __name__ == "__main__":
    serve({"detect": detect}, int(sys.argv[1]))
