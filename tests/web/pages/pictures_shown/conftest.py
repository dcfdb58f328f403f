"""One house over one home for the tests of Review, Asset and Search: campaigns of two brands, visitors of each role.
Tests that decide something do so on pictures of their own."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from colophon.bootstrap import Runtime, initialise
from colophon.confined import Confined
from colophon.domain.account import ALL_BRANDS, Role
from colophon.domain.asset import Asset
from colophon.services.publish import publish
from colophon.services.review import comment_on
from colophon.settings import Settings
from colophon.web.app import create_web
from tests.services.conftest import SMALL, StatedEngine, VirtualClock, World, close
from tests.web.pages.campaigns.conftest import Visits

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
DOUBTED = {"FEMALE_BREAST_COVERED": 0.9}  # what the shipped profile asks a person about


@dataclass(frozen=True)
class Gallery:
    """``hero`` are three variants of Northwind's campaign ``spring``, the last of them held; ``foreign`` is of the
    brand Fabrikam, ``public`` is of ``posters``, approved and published."""

    world: World
    hero: Sequence[Asset]
    foreign: Asset
    public: Asset
    visits: Visits

    def by(self, *roles: Role, brand: str = ALL_BRANDS) -> TestClient:
        return self.visits.by(*roles, brand=brand)

    def state(self, asset: Asset) -> str:
        return self.world.rt.catalog.assets.get(asset.id).state.value

    def decided(self, asset: Asset) -> Sequence[tuple[str, str, str]]:
        return [(d.action, d.by, d.reason) for d in self.world.rt.catalog.assets.decisions(asset.id)]


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    folder = tmp_path_factory.mktemp("gallery")
    settings, clock, engine = Settings(home=folder / "home"), VirtualClock(), StatedEngine()
    initialise(settings)
    rt = Runtime(settings, clock)
    vars(rt).update(confined=Confined(1), safety_engine=engine)
    world = World(folder, settings, clock, engine, rt)
    hero = _variants(world, "spring", {2: DOUBTED})
    foreign = world.bought("foreign", brand={"name": "Fabrikam"})
    public, _ = world.approved("posters", title="Posters", placements=[SMALL])
    publish("posters", press=rt.press)
    comment_on(hero[0].id, by="Bo", text=HOSTILE, desk=rt.desk)
    yield Gallery(world, hero, foreign, public, Visits(create_web(rt), rt))
    confined = rt.confined
    close(world)
    confined.close()
    shutil.rmtree(folder, ignore_errors=True)


def _variants(world: World, name: str, doubts: Mapping[int, Mapping[str, float]]) -> list[Asset]:
    visuals = [{"id": "hero", "prompt": "A mug on an oak table", "variants": 3}]
    copy = {"headline": "Made for mornings"}
    world.register(name, visuals=visuals, copy=copy, owner="Marketing", notes=HOSTILE)
    found = []
    for place, progress in enumerate(world.rt.catalog.orders.wanted(name)):
        world.engine.scores = dict(doubts.get(place, {}))
        generation = progress.generation.id
        for step in (world.submit, world.collect, world.ingest):
            step(generation)
        asset = world.progress(generation).asset_id
        assert asset is not None, world.progress(generation).problem
        found.append(world.rt.catalog.assets.get(asset))
    world.engine.scores = {}
    return found
