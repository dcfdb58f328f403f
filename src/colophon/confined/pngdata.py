"""Whether a PNG's compressed data holds all of its rows, which decoders do not insist on: they leave the rest black.

Rules of the W3C's PNG specification, third edition: clause 7.2 (rows), 8.1 (Adam7 interlacing), 10 (compression).
"""

import zlib
from collections.abc import Iterator

from colophon.errors import PictureError

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 2**20


def require_all_rows(content: bytes) -> None:
    """Raises `PictureError` when data is damaged or short. Call it after the pixel cap: it inflates once, in pieces."""
    expected, found = _expected(content), 0
    try:
        for size in _inflated(content):
            found += size
            if found >= expected:
                return
    except zlib.error as error:
        raise PictureError("the PNG data is damaged and cannot be decoded", reason="undecodable") from error
    raise PictureError("the PNG data ends before the last row of pixels; fetch it again", reason="undecodable")


def _expected(content: bytes) -> int:
    """Bytes of all rows, each with its filter byte."""
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    bits = content[24] * _CHANNELS.get(content[25], 1)
    passes = _ADAM7 if content[28] else ((0, 0, 1, 1),)
    return sum(_pass_bytes(width, height, bits, *steps) for steps in passes)


def _pass_bytes(width: int, height: int, bits: int, left: int, top: int, across: int, down: int) -> int:
    columns, rows = -(-(width - left) // across), -(-(height - top) // down)
    return rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0


def _inflated(content: bytes) -> Iterator[int]:
    stream = zlib.decompressobj()
    for data in _data_chunks(content):
        while data and not stream.eof:
            yield len(stream.decompress(data, _PIECE))
            data = stream.unconsumed_tail


def _data_chunks(content: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IDAT":
            yield content[at + 8 : at + 8 + length]
        at += 12 + length
