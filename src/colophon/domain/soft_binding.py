"""C2PA soft bindings: a fingerprint inside the manifest by which the manifest is found again when it was stripped.

The value of algorithm ``io.iscc.v0`` (entry 3 of the C2PA soft binding algorithm list) is an ISCC-SEQ (IEP-0020): ISCC
units as bytes, one after the other, each a header (ISO 24138, 5.2) and a body of 256 bits. Ours has one unit, the
Content-Code Image.
"""

import base64
import binascii
from dataclasses import replace

from colophon.domain.asset import Fingerprints
from colophon.domain.provenance import ManifestOrder
from colophon.errors import InvalidInput

SOFT_BINDING_LABEL = "c2pa.soft-binding"
ISCC_ALG = "io.iscc.v0"

_HEADER = bytes((0x21, 0x07))  # main type CONTENT, sub type IMAGE, version 0, length 256 bits
_BODY_BYTES = 32
_MOST_UNITS = 16


def with_soft_binding(order: ManifestOrder, fingerprints: Fingerprints | None) -> ManifestOrder:
    """The order with the picture's ISCC as a soft binding over all of it; unchanged where there is none."""
    if fingerprints is None or fingerprints.iscc is None:
        return order
    # The library calls an assertion without ``pad`` or ``blocks`` malformed.
    blocks = [{"scope": {}, "value": binding_value(fingerprints.iscc)}]
    binding: dict[str, object] = {"label": SOFT_BINDING_LABEL, "data": {"alg": ISCC_ALG, "blocks": blocks, "pad": []}}
    return replace(order, assertions=(*order.assertions, binding))


def binding_value(iscc: str) -> str:
    """The body of an Image-Code (64 hex digits) as the value of a soft binding."""
    return base64.b64encode(_HEADER + bytes.fromhex(iscc)).decode("ascii")


def iscc_text(iscc: str) -> str:
    """The same as people write it: ``ISCC:`` and base32."""
    return "ISCC:" + base64.b32encode(_HEADER + bytes.fromhex(iscc)).decode("ascii").rstrip("=")


def image_code(value: str) -> str:
    """The body of the Image-Code in a soft binding's value, as 64 hex digits. Other units are passed over. Raises
    `InvalidInput` for what is no ISCC-SEQ, or one without an Image-Code of 256 bits."""
    content, at = _decoded(value), 0
    for _ in range(_MOST_UNITS):
        if at == len(content):
            break
        header, length = _unit(content, at)
        if header == _HEADER:
            return content[at + 2 : at + 2 + _BODY_BYTES].hex()
        at += 2 + length
    raise InvalidInput("the value holds no ISCC Image-Code of 256 bits", where="value", hint="see IEP-0020")


def _decoded(value: str) -> bytes:
    """Base64 in either alphabet, with or without padding: a plus sign in an address may also arrive as a space."""
    text = value.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("the value is not base64", where="value") from error


def _unit(content: bytes, at: int) -> tuple[bytes, int]:
    """Header and length of the body in bytes of the unit at this place. A header's four numbers are four bits each as
    long as they are under 8, as all of today's are."""
    header = content[at : at + 2]
    if len(header) != 2 or any(byte & 0x88 for byte in header):
        raise InvalidInput("the value is no sequence of ISCC units", where="value", hint="see IEP-0020")
    length = 4 * ((header[1] & 0x07) + 1)
    if at + 2 + length > len(content):
        raise InvalidInput("the value ends within an ISCC unit", where="value")
    return header, length
