"""Events of the audit log: what is said of one change, and how one event is chained to the one before.

A row of the catalog is committed to by the digest of its canonical content. Columns that hold personal text go in as
commitments under a salt of their row, so that text and salt may be erased later and the chain still holds.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

FIRST_PREVIOUS = "0" * 64  # what the first event names as the one before it
ERASED = "(erased)"  # stands where a personal text stood


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is not in the chain yet. ``about`` is a table of the catalog, or ``log`` for what changes no row;
    ``subject`` the row's key in it. ``digest`` is that of the row's content, None where there is none any more.
    ``commitments`` stand for personal texts by column; ``body`` is plain and must hold nothing personal."""

    kind: str
    about: str
    subject: str
    digest: str | None = None
    commitments: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log. ``sequence`` counts from 1 without gaps."""

    sequence: int
    at: datetime
    draft: Draft
    previous: str
    hash: str

    @property
    def leaf(self) -> bytes:
        """What the Merkle tree has for it."""
        return bytes.fromhex(self.hash)

    def counted_hash(self) -> str:
        """What its hash has to be."""
        said = {
            "sequence": self.sequence,
            "at": canonical_value(self.at),
            "kind": self.draft.kind,
            "about": self.draft.about,
            "subject": self.draft.subject,
            "digest": self.draft.digest,
            "commitments": dict(self.draft.commitments),
            "body": dict(self.draft.body),
            "previous": self.previous,
        }
        return hashlib.sha256(canonical_json(said)).hexdigest()


def chained(draft: Draft, *, sequence: int, previous: str, at: datetime) -> Event:
    event = Event(sequence, at, draft, previous, "")
    return replace(event, hash=event.counted_hash())


def row_digest(table: str, columns: Mapping[str, Any]) -> str:
    """SHA-256 of a row's canonical content, the same on every database. Columns without a value are left out, so
    that a column added later changes no digest while it is empty."""
    content = {name: canonical_value(value) for name, value in columns.items() if value is not None}
    return hashlib.sha256(canonical_json({"table": table, "row": content})).hexdigest()


def commitment(salt: str, column: str, text: str) -> str:
    """HMAC-SHA256 under the salt (hex, 32 bytes): says nothing about the text to who has not the salt."""
    message = f"{column}\x00{text}".encode("utf-8", "surrogatepass")
    return hmac.new(bytes.fromhex(salt), message, hashlib.sha256).hexdigest()


def canonical_value(value: Any) -> Any:
    """Times in UTC with microseconds, days as ISO 8601; bytes, which no column should hold, marked as such."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return value


def canonical_json(value: Any) -> bytes:
    """Keys sorted, no space, UTF-8; numbers as Python writes them, which is the shortest that reads back the same."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")
