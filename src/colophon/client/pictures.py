"""Assets and their files, and any picture at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from colophon.client.connection import Connection, View, at, bytes_of


class Pictures(Connection):
    # assets

    def assets(self, **filters: Any) -> Iterator[View]:
        """Those that all filters hold for, newest first: text, brand, campaign, model, route, seed, state, verdict,
        outcome, cost_min, cost_max, since, until."""
        yield from self._pages("/assets", "assets", filters)

    def facets(self, **filters: Any) -> View:
        return self._json("GET", "/facets", params=filters)

    def asset(self, asset: str) -> View:
        """Everything on record about it."""
        return self._json("GET", at("assets", asset))

    def lineage(self, asset: str) -> View:
        return self._json("GET", at("assets", asset, "lineage"))

    def alike(self, asset: str, *, limit: int = 12) -> list[View]:
        """More like this, the nearest first."""
        return self._rows("GET", at("assets", asset, "alike"), params={"limit": limit}, name="assets")

    def asset_events(self, asset: str) -> list[View]:
        """What the audit log has about it: the newest 200, oldest first."""
        return self._rows("GET", at("assets", asset, "events"), name="events")

    def crops(self, asset: str, *, everywhere: bool = False) -> View:
        """What each placement takes from it."""
        return self._json("GET", at("assets", asset, "crops"), params={"everywhere": everywhere})

    def focus(self, asset: str, x: str, y: str) -> View:
        """Where crops are centred: two fractions such as "0.3", or two pixels such as "300"."""
        return self._json("PUT", at("assets", asset, "focus"), json={"x": x, "y": y})

    def no_focus(self, asset: str) -> None:
        """Take it back: crops follow what was found in the picture."""
        self._send("DELETE", at("assets", asset, "focus"))

    def verify_again(self, asset: str) -> View:
        """Judge its files anew under the policy in force, and put that on record."""
        return self._json("POST", at("assets", asset, "verify"))

    # bytes

    def original(self, asset: str) -> bytes:
        return self._bytes(at("assets", asset, "original"))

    def small(self, asset: str, size: str = "preview") -> bytes:
        """A small copy as WebP: ``thumbnail`` or ``preview``."""
        return self._bytes(at("assets", asset, "pictures", size))

    def evidence(self, asset: str, digest: str) -> bytes:
        """A picture that shows what one of its findings says, by the digest the finding names."""
        return self._bytes(at("assets", asset, "evidence", digest))

    def rendition(self, rendition: str) -> bytes:
        """Its signed bytes."""
        return self._bytes(at("renditions", rendition, "file"))

    def small_rendition(self, rendition: str, size: str = "preview") -> bytes:
        return self._bytes(at("renditions", rendition, "pictures", size))

    def manifest(self, rendition: str) -> bytes:
        """The manifest beside a file too small to hold it."""
        return self._bytes(at("renditions", rendition, "manifest"))

    # any picture

    def verify(self, picture: bytes | Path) -> View:
        """The provenance verdict in parts."""
        return self._json("POST", "/verify", content=bytes_of(picture))

    def identify(self, picture: bytes | Path) -> View:
        """Which catalogued assets it may be."""
        return self._json("POST", "/identify", content=bytes_of(picture))

    def ingest(self, picture: bytes | Path) -> View:
        """Bring it into the catalog; it then waits for a person."""
        return self._json("POST", "/assets", content=bytes_of(picture))
