"""The program that runs NudeNet, apart from the rest: pictures in by frames, scores per class out.

Started as ``python -m colophon.confined.nudenet_worker MEMORY_BYTES``.
"""

import functools
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from colophon.confined.decode import decode, to_srgb, upright
from colophon.confined.encode import flatten
from colophon.confined.worker import serve

_MAX_PIXELS = 50_000_000
_MOST_SEEN = 100
_LONGEST_SIDE = 1280  # the model sees 320; more detail than this only costs time


@functools.cache
def _detector() -> Any:
    from nudenet import NudeDetector

    return NudeDetector()


def detect(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The highest score of each class found in ``blobs[0]``."""
    scores: dict[str, float] = {}
    for found in _found(_picture(blobs[0])):
        scores[found["class"]] = max(scores.get(found["class"], 0.0), min(1.0, float(found["score"])))
    return {"scores": scores}, []


def locate(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """Everything found in ``blobs[0]``: [class, score, left, top, right, bottom], the last four as shares of it."""
    picture = _picture(blobs[0])
    seen = []
    for found in _found(picture):
        left, top, width, height = found["box"]
        box = (
            left / picture.width,
            top / picture.height,
            (left + width) / picture.width,
            (top + height) / picture.height,
        )
        seen.append(
            [found["class"], min(1.0, float(found["score"])), *(min(1.0, max(0.0, float(side))) for side in box)]
        )
    return {"seen": seen[:_MOST_SEEN]}, []


def _picture(content: bytes) -> Image.Image:
    _, picture = decode(content, _MAX_PIXELS)
    picture = flatten(to_srgb(upright(picture))[0])
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return picture


def _found(picture: Image.Image) -> Any:
    """Blue, green, red, as its own file reader gives them."""
    return _detector().detect(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))


if __name__ == "__main__":
    serve({"detect": detect, "locate": locate}, int(sys.argv[1]))
