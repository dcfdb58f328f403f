"""Column types whose values mean the same on SQLite and PostgreSQL."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Float, String, Text
from sqlalchemy.types import TypeDecorator

# Byte order on both databases: PostgreSQL would otherwise sort ids by the language of the database.
IdText = String(120).with_variant(String(120, collation="C"), "postgresql")
PurseText = String(300).with_variant(String(300, collation="C"), "postgresql")
LabelText = String(300).with_variant(String(300, collation="C"), "postgresql")
SubjectText = String(500).with_variant(String(500, collation="C"), "postgresql")
Digest = String(120)
Word = String(200)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UtcTime(TypeDecorator[datetime]):
    """A moment. Goes in with any zone, comes back in UTC; a time without zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Finite(TypeDecorator[float]):
    """A number that is one: SQLite would store NaN as NULL and say nothing."""

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        if value is not None and not math.isfinite(value):
            raise ValueError("a number that is not finite cannot be stored")
        return value


class Told(TypeDecorator[str]):
    """Text of outsiders. What a database cannot hold (NUL, lone surrogates) becomes U+FFFD: an answer that was paid
    for is not lost over one character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\ufffd", value)


class ToldNumber(TypeDecorator[int]):
    """An integer of outsiders of any size (a provider's seed may take 64 bits without sign), as decimal text."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        return None if value is None else str(int(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)
