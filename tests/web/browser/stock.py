"""What there is to see: a campaign with pictures in several states, one that is public and one that was taken down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colophon.domain.asset import Asset
from colophon.services.halt import halt, lift
from colophon.services.publish import publish
from colophon.services.review import comment_on, decide_asset
from colophon.services.withdraw import unpublish
from tests.services.conftest import SMALL, World

_OF_ONE = 50
DOUBTED = {"FEMALE_BREAST_COVERED": 0.9}  # what the shipped profile asks a person about


@dataclass(frozen=True)
class Stock:
    """``hero``: three variants of ``spring``, the last one held. ``public`` and ``gone`` are of campaigns of their own,
    published and withdrawn."""

    hero: Sequence[Asset]
    public: Asset
    gone: Asset


def stock(world: World) -> Stock:
    hero = variants(world, "spring", 3, doubted={2: DOUBTED}, title="Spring on the terrace", copy={"headline": "Fresh"})
    comment_on(hero[0].id, by="Bo Ek", text="The handle is lovely.\nMore of the table?", desk=world.rt.desk)
    public, _ = world.approved("posters", title="Posters", placements=[SMALL])
    publish("posters", press=world.rt.press)
    gone, _ = world.approved("winter", title="Winter sale", placements=[SMALL])
    publish("winter", press=world.rt.press)
    unpublish("winter", press=world.rt.press)
    told: dict[str, Any] = {"halts": world.rt.catalog.halts, "orders": world.rt.catalog.orders, "clock": world.clock}
    halt("posters", by="Bo Ek", reason="The colours are being decided anew.", **told)
    lift("posters", by="Bo Ek", **told)
    return Stock(hero, public, gone)


def variants(
    world: World, name: str, count: int, *, doubted: Mapping[int, Mapping[str, float]] | None = None, **members: Any
) -> list[Asset]:
    """The pictures of a campaign, examined, at most 50 of one visual; ``doubted`` are scores by their place."""
    prompt = members.pop("prompt", "A mug on an oak table")
    more = {"alt": members.pop("alt")} if "alt" in members else {}
    rows = [min(_OF_ONE, count - begun) for begun in range(0, count, _OF_ONE)]
    visuals = [{"id": f"hero{n or ''}", "prompt": prompt, "variants": many, **more} for n, many in enumerate(rows)]
    world.register(name, visuals=visuals, **members)
    found = []
    for place, progress in enumerate(world.rt.catalog.orders.wanted(name)):
        world.engine.scores = dict((doubted or {}).get(place, {}))
        for step in (world.submit, world.collect, world.ingest):
            step(progress.generation.id)
        asset = world.progress(progress.generation.id).asset_id
        assert asset is not None, world.progress(progress.generation.id).problem
        found.append(world.rt.catalog.assets.get(asset))
    world.engine.scores = {}
    return found


def approve(asset: Asset, world: World) -> Asset:
    return decide_asset(asset.id, "approve", by="Bo Ek", reason="", desk=world.rt.desk)
