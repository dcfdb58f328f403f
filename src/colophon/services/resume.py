"""What a campaign still lacks, asked of the catalog: the only memory a restarted run needs."""

from dataclasses import dataclass

from colophon.domain.asset import AssetState
from colophon.domain.generation import GenerationState
from colophon.ports import Assets, Clock, Orders
from colophon.services.current import wanted_of_campaign


@dataclass(frozen=True, slots=True)
class Left:
    """``to_order`` are not ordered yet, ``to_collect`` are ordered and not here, ``to_finish`` have a picture that
    is not examined or lacks files. ``wait`` is how many seconds the nearest order that another worker is placing at
    this moment may still take; None: there is none."""

    to_order: tuple[str, ...]
    to_collect: tuple[str, ...]
    to_finish: tuple[str, ...]
    wait: float | None

    @property
    def generations(self) -> tuple[str, ...]:
        return (*self.to_order, *self.to_collect, *self.to_finish)

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
    # What an older revision ordered is bought all the same: it is fetched and examined before its address is gone.
    bought = {p.generation.id: p for p in (*unsettled, *orders.ordered(campaign))}.values()
    ids = {state: tuple(p.generation.id for p in bought if p.state is state) for state in GenerationState}
    return Left(
        to_order=ids[GenerationState.PLANNED],
        to_collect=ids[GenerationState.SUBMITTED],
        to_finish=(*ids[GenerationState.DELIVERED], *_without_renditions(campaign, orders, assets)),
        wait=max(0.1, (min(leases) - now).total_seconds()) if leases else None,
    )


def _without_renditions(campaign: str, orders: Orders, assets: Assets) -> list[str]:
    """A file made after another recipe than the newest revision's does not count as made."""
    wanted = wanted_of_campaign(campaign, orders=orders, assets=assets)
    made = {(r.asset, r.recipe) for r in assets.renditions_of_campaign(campaign)}
    usable = {
        a.id: a.generation
        for a in assets.of_campaign(campaign)
        if a.state is not AssetState.REJECTED and a.generation is not None
    }
    return [
        usable[asset]
        for asset, files in wanted.items()
        if asset in usable and any((asset, recipe) not in made for recipe in files)
    ]
