"""Reference pictures on the wire: digests for the record, base64 or data URIs for the vendor, their order kept."""

import base64
from collections.abc import Sequence

from colophon.domain.asset import sha256
from colophon.domain.generation import Order
from colophon.errors import ProviderRefused

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def digests(order: Order) -> list[str]:
    """SHA-256 of each reference in its place: of the bytes, or as planned when they are not at hand."""
    if order.references:
        return [sha256(content) for content in order.references]
    return [use.sha256 for use in order.generation.references]


def contents(order: Order) -> Sequence[bytes]:
    """The bytes to send. Raises `ProviderRefused` when some of what was planned is not at hand: without them another
    picture would be bought."""
    planned = len(order.generation.references)
    if planned and planned != len(order.references):
        text = f"the order has the bytes of {len(order.references)} references, not of {planned}"
        raise ProviderRefused(text, reason="validation")
    return order.references


def base64_text(content: bytes) -> str:
    """Without a data-URI prefix."""
    return base64.b64encode(content).decode("ascii")


def data_uri(content: bytes) -> str:
    return f"data:{media_type(content)};base64,{base64_text(content)}"


def media_type(content: bytes) -> str:
    """By the first bytes: the kinds vendors take as references."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = (kind for start, kind in _SIGNATURES if content.startswith(start))
    return next(found, "application/octet-stream")


def numbered_slots(count: int) -> list[str]:
    """``input_image``, ``input_image_2`` and so on: their order is what "image 2" in a prompt means."""
    return ["input_image" if place == 1 else f"input_image_{place}" for place in range(1, count + 1)]
