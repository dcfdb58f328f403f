"""The catalog as pages read it: many campaigns or many pictures at once, always a bounded part of them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import Brands, CampaignCounts, CampaignFilter, CampaignLine, NewestOfBrand, PublicCampaign
from colophon.domain.record import Progress


class Boards(Protocol):
    def campaigns(self, wanted: CampaignFilter, *, limit: int, after: str | None = None) -> Sequence[CampaignLine]:
        """Newest first; ``after`` is the last name of the page before."""

    def brands(self, seen: Brands, *, limit: int) -> Mapping[str, str]:
        """The brands of newest revisions by name, and of each the campaign that was changed last."""

    def newest_of_brands(self, seen: Brands, *, limit: int) -> Sequence[NewestOfBrand]:
        """Of each brand the campaign that was changed last, by the brand's name."""

    def briefs(self, wanted: Sequence[NewestOfBrand]) -> Mapping[str, str]:
        """The briefs of these, as they are kept, by revision; one may be half a megabyte."""

    def count(self) -> int:
        """How many campaigns there are."""

    def waiting(self, seen: Brands, *, limit: int, most: int) -> tuple[Sequence[Asset], int]:
        """The oldest of the pictures that wait for a person, and how many do; from ``most`` on no more are counted nor
        looked at."""

    def counts(self, campaign: str) -> CampaignCounts:
        """Where a campaign stands: a few sums. Raises `NotFound`."""

    def pictures(self, campaign: str, *, limit: int, after: int = -1) -> Sequence[tuple[int, Progress, Asset | None]]:
        """The wanted generations in the plan's order, each with its place in it and what became of it; ``after`` is
        the last place of the page before."""

    def troubled(self, campaign: str, *, limit: int) -> Sequence[Progress]:
        """Wanted generations that ended badly or met a problem on their way, in the plan's order."""

    def in_state(self, campaign: str, state: AssetState, *, limit: int) -> Sequence[Asset]:
        """Assets in this state that the newest revision of a campaign wants, oldest first."""

    def public(self, seen: Brands, *, limit: int) -> Sequence[PublicCampaign]:
        """Campaigns with something public now, by name."""

    def purses(self, names: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """What is spent and what is reserved, in millionths; purses nobody used are left out."""
