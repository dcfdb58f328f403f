"""Waiting for many pictures at once, taking over from dead workers, and settling what nobody knows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from colophon.domain.generation import GenerationState
from colophon.errors import ColophonError, PictureError, ProviderRefused, ProviderUnavailable
from colophon.services.ingest import ingest
from colophon.services.order import submit
from colophon.services.render import render_generation
from colophon.services.stopped import only_its_files, together
from colophon.services.sweep import Sweep, sweep_until_done
from colophon.services.unknowns import LIST_DELAY, ask_about_unknown
from colophon.services.upkeep import UNEXAMINED_FOR, look_after
from colophon.services.workoff import Crew, work_off

if TYPE_CHECKING:
    from tests.services.conftest import World

T = TypeVar("T")
ROUTES = {
    "fal": {"base_url": "http://sandbox.invalid/fal/queue"},
    "replicate": {"base_url": "http://sandbox.invalid/replicate/v1"},
}


class Inline(Executor):
    """Runs a step where it is started, so that a virtual clock tells the whole time."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


def many(world: World, count: int, name: str = "spring", **members: object) -> list[str]:
    visuals = [{"id": f"v{n}", "prompt": f"Mug number {n}"} for n in range(count)]
    world.register(name, visuals=visuals, budget={"cap": "50"}, **members)
    return [p.generation.id for p in world.rt.catalog.orders.wanted(name)]


def sweep(world: World, worker: str = "one", campaign: str | None = None) -> Sweep:
    return Sweep(replace(world.buyer(), worker=worker), Inline(), campaign=campaign)


def buy_as(world: World, worker: str, generation: str) -> None:
    submit(generation, buyer=replace(world.buyer(), worker=worker))


def run(world: World, campaign: str = "spring", **limits: int) -> ColophonError | None:
    """The campaign flow's loop, without Prefect."""
    inline, buyer = Inline(), world.buyer()

    def finish(generation: str) -> str:
        state = ingest(generation, bench=world.rt.bench_of(generation))
        render_generation(generation, workshop=world.rt.workshop)
        return state.value

    crew = Crew(
        submit=lambda generation: inline.submit(lambda: submit(generation, buyer=buyer).value),
        finish=lambda generation: inline.submit(finish, generation),
        submits=limits.get("submits", 4),
        unfinished=limits.get("unfinished", 24),
        finishing=limits.get("finishing", 8),
    )
    made = Sweep(buyer, inline, campaign=campaign)
    return work_off(campaign, buyer=buyer, assets=world.rt.catalog.assets, crew=crew, sweep=made)


def states(world: World, campaign: str = "spring") -> list[str]:
    return [p.state.value for p in world.rt.catalog.orders.wanted(campaign)]


@pytest.fixture
def vendors(tmp_path: Path, finished_home: Path, open_world: Callable[..., World]) -> World:
    shutil.copytree(finished_home, tmp_path / "home")
    return open_world(tmp_path, routes=ROUTES)


def test_one_sweep_brings_home_what_many_orders_wait_for(world: World) -> None:
    generations = many(world, 6)
    world.faults("slow:2")
    for generation in generations:
        buy_as(world, "one", generation)
    seen = sweep_until_done(sweep(world), world.buyer(), seconds=60)
    assert {s.generation for s in seen} == set(generations)
    assert {s.state for s in seen} == {GenerationState.DELIVERED}
    assert len(world.invoice) == 6


def test_a_picture_another_worker_waits_for_is_left_to_it_until_its_claim_ends(world: World) -> None:
    [generation] = many(world, 1)
    buy_as(world, "one", generation)
    first, second = sweep(world, "one"), sweep(world, "two")
    first.claim(again=True)
    second.claim(again=True)
    assert (len(first), len(second)) == (1, 0)
    world.clock.sleep(world.patience.claim + 1)  # the first one is dead
    second.claim(again=True)
    assert len(second) == 1
    [seen] = sweep_until_done(second, world.buyer(), seconds=30)
    assert seen.state is GenerationState.DELIVERED


def test_a_sweep_that_closes_lets_others_have_what_is_left(world: World) -> None:
    [generation] = many(world, 1)
    buy_as(world, "one", generation)
    first, second = sweep(world, "one"), sweep(world, "two")
    first.claim(again=True)
    first.close()
    second.claim(again=True)
    assert len(second) == 1


def test_a_hint_makes_a_sweep_ask_at_once(world: World) -> None:
    [generation] = many(world, 1)
    world.faults("takes:20")
    buy_as(world, "one", generation)
    waiting = sweep(world)
    for _ in range(12):
        waiting.round()
        world.clock.sleep(max(0.1, waiting.idle_for()))
    assert world.progress(generation).state is GenerationState.DELIVERED

    other = many(world, 1, "autumn")[0]
    world.faults("takes:1")
    buy_as(world, "one", other)
    waiting.add(other)
    waiting.round()
    world.clock.sleep(1.1)
    world.rt.catalog.orders.hint(other, 1, now=world.clock.now())
    waiting.claim(again=True)
    [seen] = [*waiting.round(), *waiting.round()]
    assert seen.state is GenerationState.DELIVERED


def test_the_key_never_has_more_unfinished_tasks_than_the_vendor_allows(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    """Trap 44."""
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, routes={"sandbox": {"active_limit": 3}})
    generations = many(world, 8)
    world.faults("slow:1")
    placed = [world.submit(generation) for generation in generations]
    assert placed.count(GenerationState.SUBMITTED) == 3
    assert placed.count(GenerationState.PLANNED) == 5
    assert run(world) is None
    assert states(world) == ["asset"] * 8
    assert len(world.invoice) == 8


def test_a_campaign_is_worked_off_and_doing_it_again_changes_nothing(world: World) -> None:
    many(world, 5)
    assert run(world) is None
    assert states(world) == ["asset"] * 5
    before = world.invoice, world.ledger()
    assert run(world) is None
    assert (world.invoice, world.ledger()) == before


def test_an_outage_passes_and_nothing_is_ordered_twice(world: World) -> None:
    many(world, 4)
    world.faults({"fault": "unavailable:3", "times": 2})
    assert run(world) is None
    assert states(world) == ["asset"] * 4
    assert len(world.invoice) == 4


def test_an_outage_that_lasts_stops_the_campaign_with_everything_kept(world: World) -> None:
    many(world, 3)
    world.faults("unavailable")
    stopped = run(world)
    assert isinstance(stopped, ProviderUnavailable)
    assert states(world) == ["planned"] * 3
    assert world.spending() == ("0.00", "0.00")
    world.faults()
    assert run(world) is None
    assert states(world) == ["asset"] * 3


def test_an_empty_account_stops_at_once_and_what_is_ordered_comes_home(world: World) -> None:
    many(world, 4)
    world.faults({"fault": "slow:3", "times": 2}, "out_of_funds")
    stopped = run(world, submits=1)
    assert isinstance(stopped, ProviderRefused)
    assert sorted(states(world)) == ["asset", "asset", "planned", "planned"]


def test_one_picture_that_takes_too_long_does_not_stop_the_others(world: World) -> None:
    many(world, 3)
    world.faults({"fault": "takes:4000", "times": 1})
    stopped = run(world, submits=1)
    assert isinstance(stopped, ProviderUnavailable)
    assert sorted(states(world)) == ["asset", "asset", "submitted"]


def test_a_picture_the_vendor_has_is_found_in_its_list_and_waited_for(vendors: World) -> None:
    for name in ("replicate", "fal"):
        [generation] = many(vendors, 1, f"spring-{name}", model={"routes": [name]})
        vendors.faults({"fault": "answer_lost", "times": 1})
        assert vendors.submit(generation) is GenerationState.UNKNOWN
        assert run(vendors, f"spring-{name}") is None
        progress = vendors.progress(generation)
        assert (progress.state, progress.attempt) == (GenerationState.ASSET, 1)
        assert progress.request_id == vendors.invoice[-1]["id"]
    assert len(vendors.invoice) == 2


def test_an_order_the_vendors_list_does_not_have_is_ordered_again_once_it_would_show(vendors: World) -> None:
    [generation] = many(vendors, 1, model={"routes": ["replicate"]})
    vendors.faults({"fault": "server_error", "times": 1})
    assert vendors.submit(generation) is GenerationState.UNKNOWN
    [answer] = ask_about_unknown(buyer=vendors.buyer())
    assert answer.outcome == "later"
    assert vendors.spending()[1] == "0.03"
    vendors.clock.sleep(LIST_DELAY.total_seconds())
    [answer] = ask_about_unknown(buyer=vendors.buyer())
    assert answer.outcome == "not_taken"
    assert vendors.spending() == ("0.00", "0.00")
    assert run(vendors) is None
    assert states(vendors) == ["asset"]
    assert len(vendors.invoice) == 1


def test_what_cannot_be_asked_is_held_for_a_person(world: World) -> None:
    [generation] = many(world, 1)
    world.faults("answer_lost")
    world.submit(generation)
    for _ in range(3):
        [answer] = ask_about_unknown(buyer=world.buyer())
        assert answer.outcome == "held"
        world.clock.sleep(3600)
    assert world.progress(generation).state is GenerationState.UNKNOWN
    assert len(world.invoice) == 1


def test_upkeep_takes_over_from_dead_workers_and_orders_nothing(world: World) -> None:
    waited, begun, arrived, planned = many(world, 4)
    buy_as(world, "dead", waited)
    buy_as(world, "dead", arrived)
    world.collect(arrived)

    class Killed(BaseException):
        pass

    def die(_: object) -> None:
        raise Killed

    dying = replace(world.buyer(), worker="dead")
    provider = dying.provider("sandbox")
    original, provider.submit = provider.submit, die  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        submit(begun, buyer=dying)
    provider.submit = original  # type: ignore[method-assign]
    world.clock.sleep(max(UNEXAMINED_FOR.total_seconds(), dying.lease("sandbox")) + 1)
    done = look_after(buyer=world.buyer(), sweep=sweep(world, "upkeep"), seconds=30)
    assert done.expired == (begun,)
    assert done.held == (begun,)
    assert set(done.to_finish) == {waited, arrived}
    assert world.progress(planned).state is GenerationState.PLANNED
    assert len(world.invoice) == 2
    again = look_after(buyer=world.buyer(), sweep=sweep(world, "upkeep"), seconds=30)
    assert (again.expired, again.seen) == ((), ())


def test_steps_in_threads_do_the_same(world: World) -> None:
    """The loop as it runs in a flow: answers in any order."""
    generations = many(world, 10)
    buyer = world.buyer()

    def finish(generation: str) -> str:
        state = ingest(generation, bench=world.rt.bench_of(generation))
        render_generation(generation, workshop=world.rt.workshop)
        return state.value

    world.rt.open()
    with ThreadPoolExecutor(6) as steps, ThreadPoolExecutor(3) as asking:
        crew = Crew(
            submit=lambda g: steps.submit(lambda: submit(g, buyer=buyer).value),
            finish=lambda g: steps.submit(finish, g),
            submits=3,
            unfinished=5,
            finishing=2,
        )
        made = Sweep(buyer, asking, campaign="spring")
        assert work_off("spring", buyer=buyer, assets=world.rt.catalog.assets, crew=crew, sweep=made) is None
    assert {world.progress(g).state for g in generations} == {GenerationState.ASSET}
    assert len(world.invoice) == 10


def test_files_that_cannot_be_made_stop_nothing_else_and_are_all_told(world: World) -> None:
    """Two of three visuals have words in no font there is; orders are placed one at a time, so the second and third
    come after the first one's files failed."""
    words = ("Made กาแฟ", "Made for mornings", "Ready กาแฟ")
    visuals = [{"id": f"v{n}", "prompt": f"Mug {n}", "copy": {"headline": line}} for n, line in enumerate(words)]
    place = "google_display_uploaded/small_square"
    world.register(visuals=visuals, placements=[{"placement": place, "formats": ["png"]}, "x/summary"])
    error = run(world, unfinished=1, submits=1, finishing=1)
    assert isinstance(error, PictureError)
    assert len(world.invoice) == 3
    assets = world.rt.catalog.assets.of_campaign("spring")
    made = {asset.visual: {r.placement for r in world.rt.catalog.assets.renditions(asset.id)} for asset in assets}
    assert made == {"v0": {"x/summary"}, "v1": {place, "x/summary"}, "v2": {"x/summary"}}
    of_visual = {asset.visual: asset.id for asset in assets}
    assert {problem.path for problem in error.problems} == {of_visual["v0"], of_visual["v2"]}
    assert {problem.code for problem in error.problems} == {"copy.missing_glyphs"}
    assert "2 generations were not finished" in error.message


def test_what_ended_several_generations_is_told_once_each() -> None:
    away = ProviderUnavailable("away", where="one")
    assert together([away]) is away
    refused = ProviderRefused("no funds", where="two")
    told = together([away, refused, ProviderRefused("no funds", where="two"), PictureError("too heavy", where="x")])
    assert isinstance(told, ProviderRefused)  # what another try cannot mend comes first
    assert [(p.message, p.path) for p in told.problems] == [("no funds", "two"), ("away", "one"), ("too heavy", "x")]
    many_wrong = together([PictureError(f"file {n}", reason="too_large") for n in range(150)])
    assert len(many_wrong.problems) == 101
    assert "50 more problems" in many_wrong.problems[-1].message
    assert only_its_files(PictureError("heavy", reason="too_large"))
    assert not only_its_files(PictureError("dead", reason="limits"))
    assert not only_its_files(ProviderRefused("no funds"))
