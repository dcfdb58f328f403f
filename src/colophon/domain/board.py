"""What people see of many campaigns at once: a line for each, and where the pictures of one stand, as counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from colophon.domain.asset import AssetState
from colophon.domain.generation import GenerationState
from colophon.domain.record import Spending

Brands = frozenset[str] | None
"""The brands somebody may see; None: all."""


class CampaignState(StrEnum):
    """unfinished; incomplete (a picture ended badly, or was rejected); waiting (for a person); approved. The first that
    holds."""

    UNFINISHED = "unfinished"
    INCOMPLETE = "incomplete"
    WAITING = "waiting"
    APPROVED = "approved"


ENDED_BADLY = (
    GenerationState.REFUSED,
    GenerationState.REJECTED,
    GenerationState.FAILED,
    GenerationState.UNKNOWN,
)
WAITS = (AssetState.HELD, AssetState.CHECKED)


@dataclass(frozen=True, slots=True)
class CampaignFilter:
    """All that is given must hold; ``text`` is part of the title or the name, whatever its case. No ``states``: any.
    ``newest``: looked for only among so many of the newest of these brands."""

    brands: Brands = None
    brand: str | None = None
    states: frozenset[CampaignState] = frozenset()
    text: str | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One campaign. ``pictures`` is how many the newest revision wants."""

    slug: str
    title: str
    brand: str
    owner: str | None
    revision: str
    state: CampaignState
    pictures: int
    spending: Spending
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """Of the newest revision, at one moment. Two that are equal mean that nothing people would see has moved."""

    revision: str
    generations: Mapping[GenerationState, int]
    assets: Mapping[AssetState, int]
    attempts: int
    files: int
    public: int
    spending: Spending

    @property
    def settled(self) -> bool:
        return all(state.settled for state in self.generations)

    @property
    def pictures(self) -> int:
        return sum(self.generations.values())

    @property
    def state(self) -> CampaignState:
        if not self.settled:
            return CampaignState.UNFINISHED
        if any(state in self.generations for state in ENDED_BADLY) or AssetState.REJECTED in self.assets:
            return CampaignState.INCOMPLETE
        return CampaignState.WAITING if any(state in self.assets for state in WAITS) else CampaignState.APPROVED


@dataclass(frozen=True, slots=True)
class NewestOfBrand:
    """The campaign of a brand that was changed last."""

    brand: str
    campaign: str
    revision: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicCampaign:
    """A campaign with something public now."""

    slug: str
    title: str
    brand: str
    revision: str
