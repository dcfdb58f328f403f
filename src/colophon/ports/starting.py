"""How a campaign that is on record is made to run, by whoever runs flows here."""

from typing import Protocol


class Starter(Protocol):
    def start(self, campaign: str, *, approve_as: str | None = None, publish: bool = False) -> str:
        """Begin what the campaign still lacks, or go on with it; returns at once with a name for the run. A campaign
        that runs already is left alone. Raises `ProviderUnavailable` where nothing can be started."""

    def running(self, campaign: str) -> bool:
        """Whether a run of it that was started here has not ended."""
