"""What waits for a person, and decisions."""

from collections.abc import Iterator, Sequence

from colophon.client.connection import Connection, View, at


class Reviewing(Connection):
    def today(self) -> View:
        """What waits for the asker by their roles: a few of each kind."""
        return self._json("GET", "/today")

    def waiting(self, *, campaign: str | None = None) -> Iterator[View]:
        """What waits for a person, newest first."""
        yield from self._pages("/review", "assets", {"campaign": campaign})

    def waiting_campaigns(self) -> View:
        """How many of each campaign wait."""
        return self._json("GET", "/review/campaigns")

    def light_table(self, asset: str) -> View:
        """All that is looked at to decide about a picture, with its variants and what waits before and after it."""
        return self._json("GET", at("assets", asset, "review"))

    def comment(self, asset: str, text: str) -> View:
        return self._json("POST", at("assets", asset, "comments"), json={"text": text})

    def approve(self, asset: str, *, reason: str = "") -> View:
        return self._json("POST", at("assets", asset, "approve"), json={"reason": reason})

    def reject(self, asset: str, *, reason: str) -> View:
        return self._json("POST", at("assets", asset, "reject"), json={"reason": reason})

    def approve_many(self, assets: Sequence[str], *, reason: str = "") -> list[View]:
        """Up to 200, each by itself: of each whether it was decided, and why not."""
        return self._many("approve", assets, reason)

    def reject_many(self, assets: Sequence[str], *, reason: str) -> list[View]:
        return self._many("reject", assets, reason)

    def _many(self, action: str, assets: Sequence[str], reason: str) -> list[View]:
        return self._rows("POST", at("review", action), json={"assets": list(assets), "reason": reason}, name="assets")
