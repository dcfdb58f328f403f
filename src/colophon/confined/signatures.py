"""Who signed each manifest of a store: the certificates beside its signature, read from the boxes themselves.

The library tells names, but no certificates, and judges them by the clock of the machine alone. The boxes are those of
JUMBF (ISO 19566-5): length, type, content; a superbox (``jumb``) begins with its description (``jumd``), which has the
label. The signature is a COSE_Sign1 (RFC 9052) whose headers hold the chain, leaf first (C2PA 2.4, section 13.2).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import cbor2

MAX_BOXES = 20_000
MAX_CHAIN = 8
_MAX_DEPTH = 8
_X5CHAIN = (33, "x5chain")
_SIGNATURE = "c2pa.signature"
_COSE_SIGN1 = 18


class StoreError(Exception):
    """The boxes are not what the specification says; nobody is named from such a store."""


def chains(store: bytes) -> dict[str, list[bytes]]:
    """The certificates (DER, leaf first) of each manifest, by label; one whose signature cannot be read has none.

    Raises `StoreError` where boxes are broken or a label stands twice: then it would not be clear who signed what.
    """
    found: dict[str, list[bytes]] = {}
    [(top, _)] = list(_boxes(memoryview(store))) or [(memoryview(b""), b"")]
    for label, manifest in _superboxes(top):
        if label in found:
            raise StoreError("two manifests have one label")
        found[label] = _chain(manifest)
    return found


def _chain(manifest: memoryview) -> list[bytes]:
    signatures = [content for label, content in _superboxes(manifest) if label == _SIGNATURE]
    if len(signatures) != 1:
        return []
    boxes = [bytes(content) for content, kind in _boxes(signatures[0]) if kind == b"cbor"]
    return _certificates(boxes[0]) if len(boxes) == 1 else []


def _certificates(signature: bytes) -> list[bytes]:
    """From the protected header of today, or the unprotected one of the first versions. Both, or both names of the
    header, are refused: the library checks the signature with the first chain it meets, and it need not be ours."""
    message = _decoded(signature)
    if isinstance(message, cbor2.CBORTag) and message.tag == _COSE_SIGN1:
        message = message.value
    if not isinstance(message, list | tuple) or len(message) != 4 or not isinstance(message[0], bytes):
        return []
    headers = (_decoded(message[0]), message[1])
    if not all(isinstance(header, Mapping) for header in headers):
        return []
    found = [header[name] for header in headers for name in _X5CHAIN if name in header]
    return _listed(found[0]) if len(found) == 1 else []


def _listed(chain: object) -> list[bytes]:
    listed = [chain] if isinstance(chain, bytes) else list(chain) if isinstance(chain, list | tuple) else []
    return listed if len(listed) <= MAX_CHAIN and all(isinstance(c, bytes) for c in listed) else []


def _decoded(content: bytes) -> Any:
    try:
        return cbor2.loads(content, max_depth=_MAX_DEPTH, allow_duplicate_keys=False)
    except (cbor2.CBORDecodeError, ValueError, TypeError, RecursionError):
        return None


def _superboxes(content: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Label and content of the superboxes inside one; a description without a label is passed over."""
    for number, (inner, kind) in enumerate(_boxes(content)):
        if number and kind == b"jumb":
            described = next(_boxes(inner), None)
            label = _label(described[0]) if described and described[1] == b"jumd" else None
            if label is not None:
                yield label, inner


def _label(description: memoryview) -> str | None:
    """After 16 bytes of type and one of toggles, of which bit 1 says that a label follows, ended by a zero."""
    content = bytes(description)
    if len(content) < 18 or not content[16] & 2:
        return None
    text, zero, _ = content[17:].partition(b"\0")
    try:
        return text.decode() if zero else None
    except UnicodeDecodeError:
        return None


def _boxes(content: memoryview) -> Iterator[tuple[memoryview, bytes]]:
    """Content and type of each box. Only plain lengths: the library writes no others in stores of this size."""
    start, count = 0, 0
    while start < len(content):
        length, kind = int.from_bytes(content[start : start + 4]), bytes(content[start + 4 : start + 8])
        count += 1
        if length < 8 or start + length > len(content) or count > MAX_BOXES:
            raise StoreError("a box has a length that cannot be")
        yield content[start + 8 : start + length], kind
        start += length
