"""Whose a thing is: the question before every request that names one."""

from collections.abc import Collection, Mapping
from typing import Protocol


class Belonging(Protocol):
    """The brand of the newest revision of the campaign a thing is of; None: brought in from outside, of no brand. Those
    that ask for one raise `NotFound` for what is not there."""

    def of_campaign(self, campaign: str) -> str: ...

    def of_asset(self, asset: str) -> str | None: ...

    def of_assets(self, assets: Collection[str]) -> Mapping[str, str | None]:
        """Of many at once; what is not there is not in it."""

    def of_rendition(self, rendition: str) -> str | None: ...
