"""Which files the newest revision of a campaign wants: the ones to make, and of those on record the ones that hold."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from colophon.domain.asset import Asset, Rendition
from colophon.domain.recipe import wanted_files
from colophon.domain.record import Progress
from colophon.domain.rendition import PlannedRendition
from colophon.ports import Assets, Orders


def wanted_of_campaign(campaign: str, *, orders: Orders, assets: Assets) -> dict[str, Mapping[str, PlannedRendition]]:
    """By asset, the files to make from it, by the digest of their recipe. Assets of generations that the newest
    revision does not want are left out. Raises `NotFound`."""
    known = {asset.id: asset for asset in assets.of_campaign(campaign)}
    pictures = [(p, known[p.asset_id]) for p in orders.wanted(campaign) if p.asset_id in known]
    return wanted_of_pictures(campaign, pictures, orders=orders)


def wanted_of_pictures(
    campaign: str, pictures: Sequence[tuple[Progress, Asset]], *, orders: Orders
) -> dict[str, Mapping[str, PlannedRendition]]:
    """The same for some of its pictures, each with the generation it came of. Raises `NotFound`."""
    brief = orders.campaign(campaign).brief
    planned: dict[tuple[str, str], list[PlannedRendition]] = defaultdict(list)
    for file in orders.planned_renditions(campaign):
        planned[file.visual, file.master].append(file)
    return {
        asset.id: wanted_files(asset, p, planned[p.generation.visual, p.generation.master], brief)
        for p, asset in pictures
    }


def current_renditions(campaign: str, *, orders: Orders, assets: Assets) -> Sequence[Rendition]:
    """The renditions on record that are as the newest revision wants them, by asset, oldest first; never one made
    for an earlier wording, cap or size, nor for a placement that is not wanted any more. Raises `NotFound`.

    The newest of a placement would not do: a brief that goes back to earlier words wants the earlier file again.
    """
    wanted = wanted_of_campaign(campaign, orders=orders, assets=assets)
    return [r for r in assets.renditions_of_campaign(campaign) if r.recipe in wanted.get(r.asset, {})]
