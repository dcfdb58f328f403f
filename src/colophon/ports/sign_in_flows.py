"""What the core asks of an identity provider, and of the catalog about sign-ins under way there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from colophon.domain.vouched import Trip


class SignInFlows(Protocol):
    """``state`` and ``browser`` are digests: of what the identity provider hands back, and of the cookie of the browser
    that was sent there."""

    def begin(self, state: str, browser: str, *, back: str, now: datetime, expires_at: datetime) -> None:
        """``back`` is where the visitor wanted to go. What expired long ago is forgotten."""

    def finish(self, state: str, browser: str, *, now: datetime) -> str | None:
        """Where they wanted to go; the record is used up by this. None: unknown, used, expired or another browser's."""


class IdentityProvider(Protocol):
    def address(self, trip: Trip) -> str:
        """Where to send the browser. Raises `ProviderUnavailable`, `ProviderError`."""

    def claims(self, code: str, trip: Trip) -> Mapping[str, Any]:
        """What the provider says about whoever came back with this code. Raises `NotSignedIn` for a code it does not
        take and a token that does not hold, `ProviderError`."""
