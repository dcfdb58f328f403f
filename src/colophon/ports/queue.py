"""The catalog's answer to who reviews: what stands beside a picture, and what waits after it."""

from collections.abc import Sequence
from typing import Protocol

from colophon.domain.asset import Asset


class ReviewQueue(Protocol):
    """A campaign's pictures in the order people review them: by visual, by variant, by id; those from outside, which
    have neither, by id."""

    def variants(self, asset: Asset, *, limit: int) -> Sequence[Asset]:
        """Of its visual, itself among them, in that order; of a picture from outside only itself."""

    def waiting_after(self, asset: Asset, *, limit: int, back: bool = False) -> Sequence[Asset]:
        """Those of its campaign that wait for a person after it, or with ``back`` before it, the nearest first. It need
        not wait itself: where a queue goes on does not depend on what was decided meanwhile."""

    def first_waiting(self, campaign: str) -> Asset | None:
        """Where its queue begins; None: nothing of it waits."""
