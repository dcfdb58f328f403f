"""Before money is spent, a plan says what was asked for before; nothing is refused for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colophon.bootstrap import Runtime
from colophon.bootstrap.planning import plan_brief, terms_by_route
from colophon.domain.money import Money
from colophon.domain.record import Intent
from colophon.services.show_plan import plan_view
from colophon.settings import Settings

if TYPE_CHECKING:
    from tests.services.conftest import World

VISUAL: dict[str, object] = {"id": "hero", "prompt": "A mug on an oak table", "seeds": [7]}
AGAIN: dict[str, object] = {"id": "main", "prompt": "a MUG, on an oak  table!", "seeds": [7]}


def _warnings(world: World, name: str, visual: dict[str, object]) -> list[str]:
    planned = plan_brief(world.brief(name, visuals=[visual]), None, world.rt)
    said = plan_view(planned.plan, terms_by_route(planned, world.rt))["warnings"]
    return [warning for warning in said if "same words" in warning]


def test_a_plan_says_that_a_picture_was_asked_for_before(world: World) -> None:
    asset = world.bought("spring", visuals=[VISUAL])
    paid = len(world.invoice)
    [warning] = _warnings(world, "summer", AGAIN)
    assert f"generation {asset.generation} of campaign spring (asset {asset.id})" in warning
    assert "(visual main, variant 1)" in warning
    assert _warnings(world, "summer", AGAIN | {"seeds": [8]}) == []
    assert _warnings(world, "summer", AGAIN | {"prompt": "A mug on a pine table"}) == []
    assert len(world.invoice) == paid


def test_the_plan_of_what_is_bought_already_is_not_warned_of_itself(world: World) -> None:
    world.bought("spring", visuals=[VISUAL])
    assert _warnings(world, "spring", VISUAL) == []


def test_what_was_asked_for_before_may_be_bought_again(world: World) -> None:
    first = world.bought("spring", visuals=[VISUAL])
    second = world.bought("summer", visuals=[AGAIN])
    assert first.generation != second.generation


def test_many_are_counted_after_the_first(world: World) -> None:
    visual = VISUAL | {"seeds": list(range(1, 31)), "variants": 30}
    campaign = world.register("spring", visuals=[visual])
    for progress in world.rt.catalog.orders.wanted(campaign):
        intent = Intent("sandbox", "key", Money.of("0.05"), world.clock.now(), "worker")
        world.rt.catalog.orders.begin_attempt(progress.generation.id, intent, now=world.clock.now())
    planned = plan_brief(world.brief("summer", visuals=[visual]), None, world.rt)
    named = [warning for warning in planned.plan.warnings if "same words" in warning]
    assert len(named) == 20
    assert planned.plan.warnings[-1] == "10 more generations were asked for before"


def test_a_catalog_out_of_reach_does_not_stop_a_plan(world: World) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    away = Runtime(Settings(home=world.settings.home, database_url=nowhere), world.clock)
    try:
        planned = plan_brief(world.brief(visuals=[VISUAL]), None, away)
    finally:
        away.close()
    assert "is not known" in planned.plan.warnings[-1]
