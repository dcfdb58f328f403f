"""What of a campaign should be public, against what is on record as public and what the shelf really serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.asset import Asset, Rendition
from colophon.domain.record import Publication
from colophon.domain.rendition import PlannedRendition
from colophon.errors import ObjectCorrupt
from colophon.ports import Assets, Orders, Publications, Reviews, Shelf
from colophon.services.admitted import admitted
from colophon.services.current import current_renditions, wanted_of_campaign
from colophon.services.public_files import Served, served


@dataclass(frozen=True, slots=True)
class Survey:
    """What a change has to do. ``kept``: served as recorded. ``broken``: on record, but other bytes are served."""

    new: Sequence[tuple[Rendition, Asset]] = ()
    removed: Sequence[Publication] = ()
    kept: Sequence[str] = ()
    broken: Sequence[ObjectCorrupt] = ()


def survey(
    campaign: str,
    *,
    orders: Orders,
    assets: Assets,
    reviews: Reviews,
    publications: Publications,
    shelf: Shelf,
    now: datetime,
) -> Survey:
    """``new`` holds what never was public and what is missing at its address; ``removed`` what is public of assets
    or placements that the newest revision does not want or whose approval does not hold ``now``. What is wanted anew
    (worded or cut in another way) and not made yet leaves its forerunner public until it is. Raises
    `StoreUnavailable`."""
    # First, so that what another publish opens meanwhile is not mistaken for something nobody planned.
    public = publications.of_campaign(campaign, only_open=True)
    approved = admitted(assets.of_campaign(campaign), reviews=reviews, now=now)
    planned = _planned(campaign, approved, orders, assets)
    planned += _forerunners(campaign, public, planned, approved, orders, assets)
    ids = {rendition.id for rendition, _ in planned}
    open_now = {p.rendition: p for p in public}
    new: list[tuple[Rendition, Asset]] = []
    kept: list[str] = []
    broken: list[ObjectCorrupt] = []
    for rendition, asset in planned:
        publication = open_now.get(rendition.id)
        found = served(publication, rendition, shelf) if publication else Served.MISSING
        if publication and found is Served.OTHER:
            broken.append(_other_bytes(publication))
        elif found is Served.INTACT:
            kept.append(rendition.id)
        else:
            new.append((rendition, asset))
    return Survey(new, [p for p in public if p.rendition not in ids], kept, broken)


def _planned(
    campaign: str, approved: Mapping[str, Asset], orders: Orders, assets: Assets
) -> list[tuple[Rendition, Asset]]:
    """Renditions of approved assets that the newest revision asks for, as it words and cuts them now."""
    current = current_renditions(campaign, orders=orders, assets=assets)
    return [(rendition, approved[rendition.asset]) for rendition in current if rendition.asset in approved]


def _forerunners(
    campaign: str,
    public: Sequence[Publication],
    planned: Sequence[tuple[Rendition, Asset]],
    approved: Mapping[str, Asset],
    orders: Orders,
    assets: Assets,
) -> list[tuple[Rendition, Asset]]:
    """Public renditions whose place the newest revision wants filled by a file that is not on record yet."""
    open_now = {publication.rendition for publication in public}
    filled = {_place(rendition.asset, rendition) for rendition, _ in planned}
    wanted = wanted_of_campaign(campaign, orders=orders, assets=assets)
    unmade = {_place(asset, file) for asset, files in wanted.items() for file in files.values()} - filled
    known = assets.renditions_of_campaign(campaign) if unmade else ()
    return [
        (rendition, approved[rendition.asset])
        for rendition in known
        if rendition.id in open_now and rendition.asset in approved and _place(rendition.asset, rendition) in unmade
    ]


def _place(asset: str, file: Rendition | PlannedRendition) -> tuple[object, ...]:
    return asset, file.placement, file.format, file.width, file.height, file.locale


def _other_bytes(publication: Publication) -> ObjectCorrupt:
    return ObjectCorrupt(
        f"rendition {publication.rendition} is on record as public, but its address serves other bytes",
        where=publication.address,
        hint=f"find out who wrote there, then `colophon unpublish {publication.rendition}` and publish again",
    )
