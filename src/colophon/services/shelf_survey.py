"""What of a campaign should be public, against what is on record as public and what the shelf really serves."""

from collections.abc import Sequence
from dataclasses import dataclass

from colophon.domain.asset import Asset, Rendition
from colophon.domain.record import Publication
from colophon.errors import ObjectCorrupt
from colophon.ports import Assets, Orders, Publications, Shelf
from colophon.services.current import current_renditions
from colophon.services.public_files import Served, served
from colophon.services.public_gate import may_be_public


@dataclass(frozen=True, slots=True)
class Survey:
    """What a change has to do. ``kept``: served as recorded. ``broken``: on record, but other bytes are served."""

    new: Sequence[tuple[Rendition, Asset]] = ()
    removed: Sequence[Publication] = ()
    kept: Sequence[str] = ()
    broken: Sequence[ObjectCorrupt] = ()


def survey(campaign: str, *, orders: Orders, assets: Assets, publications: Publications, shelf: Shelf) -> Survey:
    """``new`` holds what never was public and what is missing at its address; ``removed`` what is public of assets
    or placements that the newest revision does not want or nobody approves any more. Raises `StoreUnavailable`."""
    # First, so that what another publish opens meanwhile is not mistaken for something nobody planned.
    public = publications.of_campaign(campaign, only_open=True)
    planned = _planned(campaign, orders, assets)
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


def _planned(campaign: str, orders: Orders, assets: Assets) -> list[tuple[Rendition, Asset]]:
    """Renditions that may be public and that the newest revision asks for, as it words and cuts them now."""
    known = {asset.id: asset for asset in assets.of_campaign(campaign)}
    current = current_renditions(campaign, orders=orders, assets=assets)
    return [(r, known[r.asset]) for r in current if may_be_public(r, known[r.asset])]


def _other_bytes(publication: Publication) -> ObjectCorrupt:
    return ObjectCorrupt(
        f"rendition {publication.rendition} is on record as public, but its address serves other bytes",
        where=publication.address,
        hint=f"find out who wrote there, then `colophon unpublish {publication.rendition}` and publish again",
    )
