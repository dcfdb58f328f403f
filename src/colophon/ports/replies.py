"""What the API asks of the catalog about writes that carry an ``Idempotency-Key``."""

from datetime import datetime
from typing import Protocol

from colophon.domain.reply import Reply


class Replies(Protocol):
    """A claim is known by the moment it was begun or renewed at last: ``held``. Who lost one to another asker, having
    been silent for too long, neither renews nor answers it."""

    def begin(self, key: str, request_sha256: str, *, now: datetime) -> Reply | None:
        """None: nobody asked under this key lately, and it is the caller's to do, held since ``now``. Otherwise what
        was asked under it, with the answer if there is one. ``key`` is a digest of who asks and the key they sent."""

    def renew(self, key: str, *, held: datetime, now: datetime) -> bool:
        """It is still being worked on, and held since ``now``; False: it is not the caller's any more."""

    def finish(self, key: str, reply: Reply, *, held: datetime) -> None: ...

    def give_up(self, key: str, *, held: datetime) -> None:
        """It came to nothing that is worth remembering."""

    def forget(self, *, before: datetime) -> int:
        """How many were begun before and are forgotten."""
