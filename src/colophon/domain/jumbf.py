"""The boxes of a manifest store (JUMBF, ISO 19566-5), as far as taking one manifest out of it needs."""

from collections.abc import Iterator
from dataclasses import dataclass

from colophon.errors import ObjectCorrupt

_SUPERBOX, _DESCRIPTION = b"jumb", b"jumd"
_LABELLED = 0x02  # of a description's toggles
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    whole: bytes
    payload: bytes


def only_manifest(store: bytes, label: str) -> bytes:
    """A manifest store with this manifest alone. Its ingredients' manifests are then missing from it. Raises
    `ObjectCorrupt` where the store is none, or has no manifest of this label."""
    outer = next(_boxes(store), None)
    if outer is None or outer.kind != _SUPERBOX:
        raise _no_store()
    description, *manifests = _boxes(outer.payload)
    for box in manifests:
        if box.kind == _SUPERBOX and _label(box) == label:
            content = description.whole + box.whole
            return (8 + len(content)).to_bytes(4, "big") + _SUPERBOX + content
    raise ObjectCorrupt("the kept manifest store has no manifest of its label", where=label)


def _label(box: _Box) -> str | None:
    description = next(_boxes(box.payload), None)
    if description is None or description.kind != _DESCRIPTION:
        return None
    toggles, text = description.payload[_UUID_BYTES : _UUID_BYTES + 1], description.payload[_UUID_BYTES + 1 :]
    if not toggles or not toggles[0] & _LABELLED:
        return None
    return text.partition(b"\0")[0].decode("utf-8", "replace")


def _boxes(content: bytes) -> Iterator[_Box]:
    at = 0
    while at < len(content):
        length, kind, header = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8], 8
        if length == 1:  # the true one follows in eight bytes
            length, header = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        elif length == 0:  # to the end
            length = len(content) - at
        if length < header or at + length > len(content):
            raise _no_store()
        yield _Box(kind, content[at : at + length], content[at + header : at + length])
        at += length


def _no_store() -> ObjectCorrupt:
    return ObjectCorrupt("the kept bytes are no manifest store")
