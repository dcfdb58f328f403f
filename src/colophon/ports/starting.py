"""Where campaigns are started without waiting for them."""

from typing import Protocol


class Starter(Protocol):
    """Starts campaigns elsewhere; may be called from any thread. A run asks the catalog what is left to do, so one too
    many would find nothing."""

    needed: bool
    """False: whoever started this server left it out on purpose, and it is ready without it."""

    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        """Begin a run of a registered campaign, for ``by``, and return its id; where one is scheduled or under way
        already, its id, and nothing is begun. Raises `ProviderUnavailable` while runs cannot be started, with a hint.
        """

    def running(self, campaign: str) -> str | None:
        """The id of the run that is scheduled or under way; None: there is none. Raises `ProviderUnavailable`."""

    def trouble(self) -> str | None:
        """Why campaigns cannot be started at this moment, in words; None: they can."""
