"""What monitoring counts in the catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

MOST_COUNTED = 50_000
MOST_TIMED = 1000


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Approved pictures without a public file: how many, and when the first of them was approved."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How long withdrawals took, each from its beginning: until nothing was left on the shelf, until the CDN last took
    a purge, and until the file was seen nowhere."""

    off_shelf: Sequence[timedelta]
    purged: Sequence[timedelta]
    gone: Sequence[timedelta]


class Gauges(Protocol):
    """Counts along indexes, each up to `MOST_COUNTED` and no further: asking costs the same however large a catalog
    is."""

    def generations(self) -> Mapping[str, int]:
        """By state, of all campaigns and revisions; every state is there."""

    def assets(self) -> Mapping[str, int]:
        """By state; every state is there."""

    def verdicts(self) -> Mapping[str, int]:
        """Files by the state they stand at; every state is there, ``unjudged`` and ``troubled`` too."""

    def public(self) -> int:
        """Publications that are open."""

    def newest_checkpoint(self) -> datetime | None:
        """When the newest checkpoint of the audit log on record was made."""


class Delays(Protocol):
    """How long publishing and withdrawing took lately."""

    def publications(self, *, since: datetime) -> Sequence[timedelta]:
        """Of files that became public since then for the first time: from the last approval of their picture before it
        until they were seen at their public address. Of the newest `MOST_TIMED` publications."""

    def unpublished(self, *, since: datetime) -> Unpublished:
        """Of pictures approved since then, by the newest `MOST_TIMED` decisions."""

    def withdrawals(self, *, since: datetime) -> Withdrawn:
        """Of what was reached since then by the newest `MOST_TIMED` withdrawals."""
