"""What the web asks of whatever runs campaigns."""

from typing import Protocol


class Starter(Protocol):
    def start(self, campaign: str, *, approve_as: str | None = None, publish: bool = False) -> str:
        """Have a registered campaign worked on, without waiting for it. Returns the run's id; one that is under way is
        not started again, and is returned. Raises `ProviderUnavailable` while nothing can run it."""

    def running(self, campaign: str) -> bool:
        """Whether a run of it is under way."""
