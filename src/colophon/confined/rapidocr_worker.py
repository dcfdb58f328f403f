"""The program that runs RapidOCR, apart from the rest: pictures in by frames, lines of text out.

Started as ``python -m colophon.confined.rapidocr_worker MEMORY_BYTES``. Its models are in the wheel: no network.
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
_LONGEST_SIDE = 1280  # letters under a hundredth of the side are not read anyway
_MOST_LINES, _LONGEST_LINE = 200, 300
_SETTINGS = {
    "Global.log_level": "error",
    "Global.use_cls": False,  # lines upside down are not looked for: half the mistakes and a third of the time
    "Det.limit_type": "max",  # larger pictures are made smaller, small ones are not blown up
    "Det.limit_side_len": 736,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # with more it waits busily for cores others use
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


@functools.cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params=_SETTINGS)


def read(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The lines of text in ``blobs[0]``, from top to bottom: [text, score, height as a share of the shorter side,
    its left, top, right and bottom as shares of the picture]."""
    _, picture = decode(blobs[0], _MAX_PIXELS)
    picture = flatten(to_srgb(upright(picture))[0])
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    found = _reader()(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))  # blue, green, red, as its file reader
    if found.txts is None:
        return {"lines": []}, []
    boxes = [np.asarray(box, dtype=float) for box in found.boxes]
    lines: list[tuple[float, list[object]]] = []
    for box, text, score in zip(boxes, found.txts, found.scores, strict=True):
        told = [text[:_LONGEST_LINE], min(1.0, float(score)), _height(box) / min(picture.size)]
        lines.append((float(box[:, 1].mean()), [*told, _place(box, picture.size)]))
    return {"lines": [line for _, line in sorted(lines, key=lambda line: line[0])[:_MOST_LINES]]}, []


def _height(box: Any) -> float:
    """Of a line of any slope, its corners given from the upper left one clockwise."""
    return float(min(np.hypot(*(box[3] - box[0])), np.hypot(*(box[2] - box[1]))))


def _place(box: Any, size: tuple[int, int]) -> list[float]:
    shares = np.clip(box / np.array(size), 0.0, 1.0)
    return [float(shares[:, 0].min()), float(shares[:, 1].min()), float(shares[:, 0].max()), float(shares[:, 1].max())]


if __name__ == "__main__":
    serve({"read": read}, int(sys.argv[1]))
