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
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_PLACE_BITS = 12  # places within a millisecond


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


def place_at(moment: datetime) -> int:
    """The first place of this moment's millisecond, at least 0: no thing made at the moment or later stands before."""
    return max(0, (moment - _EPOCH) // timedelta(milliseconds=1)) << _PLACE_BITS


def place_of(identity: str, made: datetime) -> int:
    """A whole number below 2**60 that sorts as the ids do, except those of one millisecond that begin with the same
    bits: its milliseconds and 12 of its random bits. ``made`` counts for an id that is not one of `new_id`."""
    digits = [_VALUES.get(digit) for digit in identity.rpartition("_")[2]]
    if len(digits) != _LENGTH:
        return place_at(made)
    number = 0
    for value in digits:
        if value is None:
            return place_at(made)
        number = number << 5 | value
    place = number >> (8 * _RANDOM_BYTES - _PLACE_BITS)
    return place if place < 1 << (48 + _PLACE_BITS) else place_at(made)
