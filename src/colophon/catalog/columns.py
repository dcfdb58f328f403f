"""Column types whose values mean the same on SQLite and PostgreSQL."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Float, Integer, String, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeDecorator, TypeEngine

# Byte order on both databases: PostgreSQL would otherwise sort ids by the language of the database.
IdText = String(120).with_variant(String(120, collation="C"), "postgresql")
PurseText = String(300).with_variant(String(300, collation="C"), "postgresql")
LabelText = String(300).with_variant(String(300, collation="C"), "postgresql")
SubjectText = String(500).with_variant(String(500, collation="C"), "postgresql")
# A whole number of 64 bits that is the row's own number on SQLite, which only a column called INTEGER is.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
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


class IndexedWords(TypeDecorator[str]):
    """Words apart by spaces, for the word index of either database. PostgreSQL keeps them as its own vector, made here
    and not by its parser: that would take words apart in ways of its own. Written, and never read back."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return vector(value)


def vector(words: str) -> str:
    """Words as the text of a tsvector (https://www.postgresql.org/docs/current/datatype-textsearch.html), which keeps
    positions up to 16,383 and 256 of each word."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words.split(" "), start=1):
        if word:
            places.setdefault(word, []).append(str(place))
    return " ".join(f"{quoted(word)}:{','.join(at[:256])}" for word, at in places.items())


def quoted(word: str) -> str:
    """A word as PostgreSQL's text search reads it, whatever is in it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
