"""Ids of things made at a moment: opaque, URL-safe, and sorted by that moment."""

import os
import re
from datetime import UTC, datetime, timedelta

# Crockford's base 32 (no i, l, o, u), in lower case so that an id survives file systems that fold case.
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BYTES = 10
_LENGTH = 26
_PREFIX = re.compile(r"[a-z]{1,16}")


def new_id(prefix: str, now: datetime) -> str:
    """``prefix_`` and a ULID (https://github.com/ulid/spec): 48 bits of milliseconds, then 80 random bits.

    Ids of different milliseconds sort by time; those of one millisecond sort by chance. Raises ``ValueError`` for a
    time without zone or before 1970, and for a prefix that is not 1 to 16 letters a-z.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"an id's prefix is 1 to 16 letters a-z, not {prefix!r}")
    if now.tzinfo is None:
        raise ValueError("an id is made from a time with a zone")
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    if milliseconds < 0:
        raise ValueError("an id is made from a time after 1970")
    number = milliseconds << (8 * _RANDOM_BYTES) | int.from_bytes(os.urandom(_RANDOM_BYTES), "big")
    digits = (_DIGITS[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    return f"{prefix}_{''.join(digits)}"
