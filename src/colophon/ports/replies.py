"""What the API asks of the catalog about writes that carry an ``Idempotency-Key``."""

from datetime import datetime
from typing import Protocol

from colophon.domain.reply import Reply


class Replies(Protocol):
    def begin(self, key: str, request_sha256: str, *, now: datetime) -> Reply | None:
        """None: nobody asked under this key lately, and it is the caller's to do. Otherwise what was asked under it,
        with the answer if there is one. ``key`` is a digest of who asks and the key they sent."""

    def finish(self, key: str, reply: Reply) -> None: ...

    def give_up(self, key: str) -> None:
        """It came to nothing that is worth remembering."""

    def forget(self, *, before: datetime) -> int:
        """How many were begun before and are forgotten."""
