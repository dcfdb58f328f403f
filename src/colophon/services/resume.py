"""What a campaign still lacks, asked of the catalog: the only memory a restarted run needs."""

from collections import defaultdict
from dataclasses import dataclass

from colophon.domain.asset import AssetState
from colophon.domain.generation import GenerationState
from colophon.ports import Assets, Clock, Orders


@dataclass(frozen=True, slots=True)
class Left:
    """``generations`` have something left to do now. ``wait`` is how many seconds the nearest order that another
    worker is placing at this moment may still take; None: there is none."""

    generations: tuple[str, ...]
    wait: float | None

    @property
    def nothing(self) -> bool:
        return not self.generations and self.wait is None


def left_to_do(campaign: str, *, orders: Orders, assets: Assets, clock: Clock) -> Left:
    """Orders to place or to wait for, originals to examine, renditions to make. Leases that ended become ``unknown``
    first, since their worker died between request and record."""
    now = clock.now()
    orders.expire_leases(campaign, now=now)
    wanted = orders.wanted(campaign)
    unsettled = [p for p in wanted if not p.state.settled]
    leases = [p.lease_until for p in unsettled if p.state is GenerationState.SUBMITTING and p.lease_until]
    free = [p.generation.id for p in unsettled if p.state is not GenerationState.SUBMITTING]
    return Left(
        generations=(*free, *_without_renditions(campaign, orders, assets)),
        wait=max(0.1, (min(leases) - now).total_seconds()) if leases else None,
    )


def _without_renditions(campaign: str, orders: Orders, assets: Assets) -> list[str]:
    planned: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for r in orders.planned_renditions(campaign):
        planned[r.visual, r.master].add((r.placement, r.format))
    made: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for rendition in assets.renditions_of_campaign(campaign):
        made[rendition.asset].add((rendition.placement, rendition.format))
    usable = {a.id for a in assets.of_campaign(campaign) if a.state is not AssetState.REJECTED}
    return [
        p.generation.id
        for p in orders.wanted(campaign)
        if p.asset_id in usable and planned[p.generation.visual, p.generation.master] - made[p.asset_id]
    ]
