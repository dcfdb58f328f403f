"""The program that runs NudeNet, apart from the rest: pictures in by frames, scores per class out.

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


@functools.cache
def _detector() -> Any:
    from nudenet import NudeDetector

    return NudeDetector()


def detect(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The highest score of each class found in ``blobs[0]``."""
    _, picture = decode(blobs[0], _MAX_PIXELS)
    picture = flatten(to_srgb(upright(picture))[0])
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    blue_green_red = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])  # as its own file reader gives them
    scores: dict[str, float] = {}
    for found in _detector().detect(blue_green_red):
        scores[found["class"]] = max(scores.get(found["class"], 0.0), min(1.0, float(found["score"])))
    return {"scores": scores}, []


if __name__ == "__main__":
    serve({"detect": detect}, int(sys.argv[1]))
