"""What monitoring counts in the catalog."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

MOST_COUNTED = 50_000


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
