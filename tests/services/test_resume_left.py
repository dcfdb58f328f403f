"""What is left to do, asked of the catalog alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import Intent
from colophon.services.resume import Left, left_to_do
from colophon.services.review import decide_asset

if TYPE_CHECKING:
    from tests.services.conftest import World


def left(world: World) -> Left:
    catalog = world.rt.catalog
    return left_to_do("spring", orders=catalog.orders, assets=catalog.assets, clock=world.clock)


def begin(world: World, generation: str, lease: timedelta) -> None:
    """An order that some worker is placing at this moment."""
    now = world.clock.now()
    intent = Intent("sandbox", "some-key", Money(30_000), lease_until=now + lease, worker="another")
    world.rt.catalog.orders.begin_attempt(generation, intent, now=now)


def test_each_stage_is_left_until_the_next_and_nothing_at_the_end(world: World) -> None:
    generation = world.one()
    stages = {
        world.submit: "to_order",
        world.collect: "to_collect",
        world.ingest: "to_finish",
        world.render: "to_finish",
    }
    for step, part in stages.items():
        nothing: dict[str, tuple[str, ...]] = {"to_order": (), "to_collect": (), "to_finish": ()}
        assert left(world) == Left(**{**nothing, part: (generation,)}, wait=None)
        step(generation)
    assert left(world).nothing


def test_an_order_another_worker_is_placing_is_waited_for_and_then_unknown(world: World) -> None:
    generation = world.one()
    begin(world, generation, timedelta(seconds=45))
    waiting = left(world)
    assert waiting.generations == ()
    assert waiting.wait is not None
    assert 44 < waiting.wait <= 45
    assert not waiting.nothing
    world.clock.sleep(waiting.wait)
    assert left(world).nothing
    assert world.progress(generation).state is GenerationState.UNKNOWN
    assert world.spending() == ("0.00", "0.03")


def test_other_pictures_do_not_wait_for_that_order(world: World) -> None:
    world.register(visuals=[{"id": name, "prompt": f"A {name} mug"} for name in ("red", "blue")])
    red, blue = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    begin(world, red, timedelta(seconds=45))
    assert left(world).generations == (blue,)


def test_what_ended_without_a_picture_is_not_tried_again(world: World) -> None:
    world.faults("moderated_input")
    world.register()
    world.work_off("spring")
    assert left(world).nothing
    assert len(world.invoice) == 1


def test_a_new_placement_leaves_only_its_file_to_make(world: World) -> None:
    asset, _ = world.rendered(placements=["linkedin/text_ad"])
    world.register(placements=["linkedin/text_ad", "x/summary"])
    assert left(world).generations == (asset.generation,)
    world.work_off("spring")
    assert left(world).nothing
    assert len(world.invoice) == 1


@pytest.mark.parametrize("disclosure", [{"prompts": True}, {"training": "allowed"}])
def test_other_words_in_the_files_leave_them_to_make_and_nothing_to_buy(
    world: World, disclosure: dict[str, object]
) -> None:
    asset, first = world.rendered()
    world.register(disclosure=disclosure)
    assert left(world).generations == (asset.generation,)
    world.work_off("spring")
    assert left(world).nothing
    assert len(world.rt.catalog.assets.renditions(asset.id)) == len(first) + 1
    assert len(world.invoice) == 1


def test_another_cap_leaves_the_file_to_make(world: World) -> None:
    asset, [first] = world.rendered()
    rules = world.rt.rules
    lighter = replace(rules.placements[first.placement], max_bytes=first.bytes - 100)
    vars(world.rt)["rules"] = replace(rules, placements={**rules.placements, lighter.key: lighter})
    world.register()
    assert left(world).generations == (asset.generation,)
    world.work_off("spring")
    assert left(world).nothing


def test_another_version_of_the_rendering_leaves_all_files_to_make(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, _ = world.rendered()
    monkeypatch.setattr("colophon.domain.recipe.VERSION", "another")
    assert left(world).generations == (asset.generation,)
    world.work_off("spring")
    assert left(world).nothing


def test_a_changed_title_or_an_unchanged_brief_leaves_nothing(world: World) -> None:
    asset, made = world.rendered()
    for title in ("Campaign spring", "Another title"):
        world.register(title=title)
        assert left(world).nothing
        world.work_off("spring")
    assert world.rt.catalog.assets.renditions(asset.id) == made


def test_a_rejected_picture_needs_no_files(world: World) -> None:
    asset = world.bought()
    assert left(world).generations == (asset.generation,)
    decide_asset(asset.id, "reject", by="Ana", reason="no", desk=world.rt.desk)
    assert left(world).nothing


def test_a_changed_prompt_is_another_picture_and_the_old_one_stays(world: World) -> None:
    old = world.bought()
    world.register(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    [new] = left(world).generations
    assert new != old.generation
    world.work_off("spring")
    assert len(world.invoice) == 2
    assert world.rt.catalog.assets.get(old.id) == old
