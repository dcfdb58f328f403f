"""What a review goes through, in which order, on both databases."""

from dataclasses import replace
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.asset import Asset
from colophon.domain.finding import Outcome

Maker = Any
# Registered in another order than they are reviewed in.
PICTURES = (("shelf", 1), ("morning", 2), ("shelf", 2), ("morning", 1), ("morning", 10))
ORDER = [("morning", 1), ("morning", 2), ("morning", 10), ("shelf", 1), ("shelf", 2)]


@pytest.fixture
def waiting(catalog: SqlCatalog, make: Maker) -> dict[tuple[str, int], Asset]:
    ordered = [replace(make.generation("mugs"), visual=visual, variant=variant) for visual, variant in PICTURES]
    make.register(catalog, ordered)
    found: dict[tuple[str, int], Asset] = {}
    for generation in ordered:
        make.delivered(catalog, generation.id)
        asset = replace(make.asset(generation.id), visual=generation.visual, variant=generation.variant)
        found[generation.visual, generation.variant] = make.add(catalog, asset, Outcome.HOLD)
    return found


def _names(assets: Any) -> list[tuple[str, int]]:
    return [(asset.visual, asset.variant) for asset in assets]


def test_it_goes_by_visual_and_variant_both_ways(catalog: SqlCatalog, waiting: dict[tuple[str, int], Asset]) -> None:
    first = catalog.queue.first_waiting("mugs")
    assert first == waiting["morning", 1]
    assert _names(catalog.queue.waiting_after(first, limit=9)) == ORDER[1:]
    assert _names(catalog.queue.waiting_after(first, limit=2)) == ORDER[1:3]
    last = waiting["shelf", 2]
    assert _names(catalog.queue.waiting_after(last, limit=9, back=True)) == ORDER[-2::-1]
    assert catalog.queue.waiting_after(last, limit=9) == []
    assert _names(catalog.queue.variants(waiting["morning", 10], limit=9)) == ORDER[:3]
    assert catalog.queue.first_waiting("caps") is None


def test_what_was_decided_is_passed_over_and_still_says_where_it_goes_on(
    catalog: SqlCatalog, make: Maker, waiting: dict[tuple[str, int], Asset]
) -> None:
    decided = waiting["morning", 2]
    catalog.assets.decide(make.decision(decided, "reject", reason="no"))
    assert _names(catalog.queue.waiting_after(waiting["morning", 1], limit=1)) == [("morning", 10)]
    assert _names(catalog.queue.waiting_after(catalog.assets.get(decided.id), limit=1)) == [("morning", 10)]
    assert _names(catalog.queue.variants(decided, limit=9)) == ORDER[:3]


def test_pictures_from_outside_go_by_their_ids(catalog: SqlCatalog, make: Maker) -> None:
    outside = replace(make.asset(None), campaign="_outside", visual=None, variant=None, generation=None)
    third, first, second = (make.add(catalog, replace(outside, id=f"asset_0{n}"), Outcome.HOLD) for n in (3, 1, 2))
    assert catalog.queue.first_waiting("_outside") == first
    assert catalog.queue.waiting_after(first, limit=9) == [second, third]
    assert catalog.queue.waiting_after(third, limit=1, back=True) == [second]
    assert catalog.queue.variants(second, limit=9) == [second]
