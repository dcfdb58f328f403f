"""Other pictures that look like one, as plain data."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from colophon.domain.asset import Asset
from colophon.domain.likeness import codes
from colophon.ports import Catalog
from colophon.services.show_queue import picture_view

View = dict[str, Any]
_LOOKED_AT = 200  # neighbours that are read: a crowd of equal blank pictures is not gone through
_WITHIN = 11, 20  # differing bits of phash and dhash, of 64 each: alike in composition, no longer the same picture


def alike_views(asset_id: str, brands: frozenset[str] | None, *, limit: int, catalog: Catalog) -> list[View]:
    """The nearest first; ``same``: near enough to be called the same picture (`colophon.domain.likeness`). ``score`` is
    the share of fingerprint bits that agree. None of a brand that is not among ``brands`` (None: all). Raises
    `NotFound`."""
    asset = catalog.assets.get(asset_id)
    views: dict[str, View] = {}
    for other, score, same in _near(asset, catalog):
        if other.id not in views and other.id != asset_id and _seen(other, brands, catalog):
            views[other.id] = picture_view(other) | {"score": round(score, 3), "same": same}
        if len(views) == limit:
            break
    return list(views.values())


def _near(asset: Asset, catalog: Catalog) -> Iterator[tuple[Asset, float, bool]]:
    prints = codes(asset.facts.fingerprints)
    iscc = catalog.lookalikes.code(asset.id, "iscc")
    if iscc:
        prints["iscc"] = iscc
    for found in islice(catalog.lookalikes.alike(prints), _LOOKED_AT):
        yield catalog.assets.get(found.asset), found.score, True
    for other, distances in islice(catalog.near(asset.facts.fingerprints, _WITHIN), _LOOKED_AT):
        yield other, 1 - sum(distances) / 128, False


def _seen(asset: Asset, brands: frozenset[str] | None, catalog: Catalog) -> bool:
    if brands is None:
        return True
    return catalog.belonging.of_asset(asset.id) in brands
