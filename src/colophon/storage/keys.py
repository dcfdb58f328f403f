"""Where objects lie: keys made from digests, and public keys that can name nothing outside their shelf."""

import re

from colophon.domain.asset import sha256
from colophon.errors import Conflict, InvalidInput, NotFound, ObjectCorrupt

# No picture or manifest of this product is larger; whatever is, was not put here by it.
LARGEST = 128 * 1024 * 1024

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELF_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_LONGEST_KEY = 500
_LONGEST_NAME = 200  # file systems take 255 bytes, and a temporary file's name is longer than the key


def object_key(digest: str) -> str:
    """Raises `InvalidInput` for anything but a SHA-256 in lower-case hex."""
    if not _DIGEST.fullmatch(digest):
        raise InvalidInput(f"not a SHA-256 digest: {digest[:80]!r}")
    return f"sha256/{digest[:2]}/{digest}"


def shelf_key(key: str) -> str:
    """The key itself. Raises `InvalidInput` when it is absolute, hidden, climbs up, or has other characters than
    a-z 0-9 . _ - and / between its parts."""
    parts = key.split("/")
    if len(key) > _LONGEST_KEY or max(map(len, parts)) > _LONGEST_NAME or not _SHELF_KEY.fullmatch(key):
        raise InvalidInput(
            f"not a public key: {key[:80]!r}", hint="parts of a-z, 0-9, '.', '_' and '-', divided by '/'"
        )
    return key


def small_enough(content: bytes) -> bytes:
    """Raises `InvalidInput` over `LARGEST` bytes."""
    if len(content) > LARGEST:
        raise InvalidInput(f"{len(content)} bytes are more than the {LARGEST} a stored object may have")
    return content


def intact(content: bytes, digest: str, address: str) -> bytes:
    """Raises `ObjectCorrupt`."""
    found = sha256(content)
    if found != digest:
        raise ObjectCorrupt(
            f"the bytes stored for {digest} have the digest {found}",
            where=address,
            hint="restore the object from a backup; its digest says when it is the right one",
        )
    return content


def nothing_at(address: str) -> NotFound:
    return NotFound(f"nothing is stored at {address}", where=address)


def other_bytes(key: str) -> Conflict:
    return Conflict(f"other bytes are public at {key}; an address never changes its content", where=key)


def too_large(address: str) -> ObjectCorrupt:
    return ObjectCorrupt(f"the object is larger than {LARGEST} bytes", where=address)
