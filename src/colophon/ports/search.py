"""The catalog's answer to a search."""

from collections.abc import Sequence
from typing import Protocol

from colophon.domain.asset import Asset
from colophon.domain.query import AssetQuery, Facets


class Search(Protocol):
    def find(self, query: AssetQuery, *, limit: int, after: str | None = None) -> Sequence[Asset]:
        """Assets for which all of the query holds, newest first; ``after`` is the last id of the page before. What was
        registered meanwhile changes no later page."""

    def facets(self, query: AssetQuery) -> Facets:
        """How often each value occurs among the newest 10,000 assets that match."""
