"""Who signed each manifest of a store: the certificates beside its signature, read from the boxes themselves.

The library tells names, but no certificates, and judges them by the clock of the machine alone. The signature is a
COSE_Sign1 (RFC 9052) over the claim, whose headers hold the chain, leaf first (C2PA 2.4, section 13.2).
"""

from collections.abc import Mapping
from typing import Any

import cbor2

from colophon.confined.cose import signed_by
from colophon.domain.jumbf import Box, boxes, manifests, superboxes

MAX_CHAIN = 8
_MAX_DEPTH = 8
_ALGORITHM = 1
_X5CHAIN = (33, "x5chain")
_SIGNATURE = "c2pa.signature"
_CLAIMS = ("c2pa.claim.v2", "c2pa.claim")
_COSE_SIGN1 = 18


def chains(store: bytes) -> dict[str, list[bytes]]:
    """The certificates (DER, leaf first) of each manifest, by label; none where the signature cannot be read, or was
    not made by the first of them over the claim.

    Raises `ObjectCorrupt` where boxes are broken or a label stands twice: then it would not be clear who signed what.
    """
    return {label: _chain(manifest) for label, manifest in manifests(store).items()}


def _chain(manifest: Box) -> list[bytes]:
    parts = list(superboxes(manifest))
    signature = _cbor([box for label, box in parts if label == _SIGNATURE])
    claim = _cbor([box for label, box in parts if label in _CLAIMS])
    return _certificates(signature, claim) if signature is not None and claim is not None else []


def _cbor(found: list[Box]) -> bytes | None:
    """The content of the one box in the one superbox; anything else is not clear enough."""
    inside = [bytes(box.content) for box in boxes(found[0].content) if box.kind == b"cbor"] if len(found) == 1 else []
    return inside[0] if len(inside) == 1 else None


def _certificates(signature: bytes, claim: bytes) -> list[bytes]:
    """From the protected header of today, or the unprotected one of the first versions. Both, or both names of the
    header, are refused: the library checks the signature with the first chain it meets, and it need not be ours."""
    message = _decoded(signature)
    if isinstance(message, cbor2.CBORTag) and message.tag == _COSE_SIGN1:
        message = message.value
    if not isinstance(message, list | tuple) or len(message) != 4:
        return []
    protected, unprotected, _, value = message
    if not isinstance(protected, bytes) or not isinstance(value, bytes):
        return []
    headers = (_decoded(protected), unprotected)
    if not all(isinstance(header, Mapping) for header in headers):
        return []
    found = [header[name] for header in headers for name in _X5CHAIN if name in header]
    chain = _listed(found[0]) if len(found) == 1 else []
    return chain if chain and signed_by(chain[0], headers[0].get(_ALGORITHM), protected, value, claim) else []


def _listed(chain: object) -> list[bytes]:
    listed = [chain] if isinstance(chain, bytes) else list(chain) if isinstance(chain, list | tuple) else []
    return listed if len(listed) <= MAX_CHAIN and all(isinstance(c, bytes) for c in listed) else []


def _decoded(content: bytes) -> Any:
    try:
        return cbor2.loads(content, max_depth=_MAX_DEPTH, allow_duplicate_keys=False)
    except (cbor2.CBORDecodeError, ValueError, TypeError, RecursionError):
        return None
