"""Frames between a process and its confined child: one bounded JSON header, then raw blobs; never pickled objects.

A frame is four bytes of header length (big endian), the header, and the blobs one after the other. The header is a JSON
object whose member ``blobs`` lists their sizes. Both sides refuse what is larger than stated here before reading it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_HEADER = 8 * 2**20
MAX_BLOBS = 1024
MAX_BLOB_BYTES = 512 * 2**20  # of all blobs of one frame
_LENGTH = 4

Header = dict[str, Any]
Read = Callable[[int], bytes]


class FrameError(Exception):
    """The other side sent something that is not a frame, or sent too much."""


def pack(header: Mapping[str, object], blobs: Sequence[bytes]) -> list[bytes]:
    """The pieces of a frame in the order they are written. Raises `FrameError` when it is over the limits."""
    sizes = [len(blob) for blob in blobs]
    if len(sizes) > MAX_BLOBS or sum(sizes) > MAX_BLOB_BYTES:
        raise FrameError(f"{len(sizes)} blobs of {sum(sizes)} bytes are more than a frame may carry")
    text = json.dumps({**header, "blobs": sizes}, separators=(",", ":"), allow_nan=False).encode()
    if len(text) > MAX_HEADER:
        raise FrameError(f"a header of {len(text)} bytes is more than a frame may carry")
    return [len(text).to_bytes(_LENGTH, "big") + text, *blobs]


def unpack(read: Read) -> tuple[Header, list[bytes]]:
    """Read one frame. ``read(n)`` gives exactly n bytes. Raises `FrameError`, and what ``read`` raises."""
    length = int.from_bytes(read(_LENGTH), "big")
    if length > MAX_HEADER:
        raise FrameError(f"a header of {length} bytes is more than a frame may carry")
    header = _parse(read(length))
    sizes = header.pop("blobs", None)
    if not isinstance(sizes, list) or len(sizes) > MAX_BLOBS or not all(type(s) is int and s >= 0 for s in sizes):
        raise FrameError("the header does not list the sizes of its blobs")
    if sum(sizes) > MAX_BLOB_BYTES:
        raise FrameError(f"{sum(sizes)} bytes are more than a frame may carry")
    return header, [read(size) for size in sizes]


def _parse(text: bytes) -> Header:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("the header is not JSON") from error
    if not isinstance(header, dict):
        raise FrameError("the header is not a JSON object")
    return header
