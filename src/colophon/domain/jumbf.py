"""The boxes of a manifest store (JUMBF, ISO 19566-5): length, type, content.

A superbox (``jumb``) begins with its description (``jumd``), which has the label.
"""

from collections.abc import Iterator
from typing import NamedTuple

from colophon.errors import ObjectCorrupt

MAX_BOXES = 20_000
_SUPERBOX, _DESCRIPTION = b"jumb", b"jumd"
_LABELLED = 0x02  # of a description's toggles
_UUID_BYTES = 16
_HEADER = 8


class Box(NamedTuple):
    """A box with its header (``whole``) and without (``content``)."""

    kind: bytes
    whole: memoryview
    content: memoryview


def manifests(store: bytes) -> dict[str, Box]:
    """The manifests of a store by label, in its order: the active one comes last. Raises `ObjectCorrupt`."""
    found: dict[str, Box] = {}
    for label, box in superboxes(_outer(store)):
        if label in found:
            raise _no_store("two manifests have one label")
        found[label] = box
    return found


def only_manifest(store: bytes, label: str) -> bytes:
    """A manifest store with this manifest alone; its ingredients' manifests are then missing from it. Raises
    `ObjectCorrupt` where the store is none, or has no manifest of this label."""
    outer = _outer(store)
    box = manifests(store).get(label)
    if box is None:
        raise _no_store("the store has no manifest of this label")
    content = bytes(next(boxes(outer.content)).whole) + bytes(box.whole)
    return (_HEADER + len(content)).to_bytes(4, "big") + _SUPERBOX + content


def superboxes(outer: Box) -> Iterator[tuple[str, Box]]:
    """Label and box of the superboxes inside one; a description without a label is passed over. Raises
    `ObjectCorrupt`."""
    for number, inner in enumerate(boxes(outer.content)):
        if number and inner.kind == _SUPERBOX:
            described = next(boxes(inner.content), None)
            label = _label(described.content) if described and described.kind == _DESCRIPTION else None
            if label is not None:
                yield label, inner


def boxes(content: memoryview) -> Iterator[Box]:
    """Only plain lengths: the C2PA library writes no others in stores of this size. Raises `ObjectCorrupt`."""
    start, count = 0, 0
    while start < len(content):
        length, count = int.from_bytes(content[start : start + 4], "big"), count + 1
        if length < _HEADER or start + length > len(content) or count > MAX_BOXES:
            raise _no_store("a box has a length that cannot be")
        kind, whole = bytes(content[start + 4 : start + _HEADER]), content[start : start + length]
        yield Box(kind, whole, whole[_HEADER:])
        start += length


def _outer(store: bytes) -> Box:
    found = list(boxes(memoryview(store)))
    if len(found) != 1 or found[0].kind != _SUPERBOX:
        raise _no_store("not one manifest store")
    return found[0]


def _label(description: memoryview) -> str | None:
    """After the type and the toggles, of which bit 1 says that a label follows, ended by a zero."""
    content = bytes(description)
    if len(content) <= _UUID_BYTES + 1 or not content[_UUID_BYTES] & _LABELLED:
        return None
    text, zero, _ = content[_UUID_BYTES + 1 :].partition(b"\0")
    try:
        return text.decode() if zero else None
    except UnicodeDecodeError:
        return None


def _no_store(why: str) -> ObjectCorrupt:
    return ObjectCorrupt(f"the bytes are no manifest store: {why}")
