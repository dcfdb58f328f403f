"""A campaign that is stopped while it is worked off: nothing more is ordered, and what is ordered comes home."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from colophon.bootstrap.purchasing import make_sweep
from colophon.domain.generation import GenerationState
from colophon.domain.halt import EVERYTHING
from colophon.errors import ColophonError, Halted, InvalidInput, NotFound
from colophon.services.halt import active, halt, lift
from colophon.services.show_standing import campaign_view
from colophon.services.workoff import Crew, work_off

World = Any


def worked_off(world: World) -> ColophonError | None:
    """As the flow does, with threads in place of its tasks."""
    rt = world.rt

    def finish(generation: str) -> GenerationState:
        world.ingest(generation)
        world.render(generation)
        state: GenerationState = world.progress(generation).state
        return state

    with ThreadPoolExecutor(2) as threads, ThreadPoolExecutor(2) as sweeping:
        crew = Crew(
            submit=lambda generation: threads.submit(world.submit, generation),
            finish=lambda generation: threads.submit(finish, generation),
            submits=1,
            unfinished=4,
            finishing=2,
        )
        sweep = make_sweep(rt.buyer, sweeping, "spring")
        return work_off("spring", buyer=world.buyer(), assets=rt.catalog.assets, crew=crew, sweep=sweep)


def stop(world: World, campaign: str | None, **changes: str) -> Any:
    catalog = world.rt.catalog
    said = {"by": "Ada", "reason": "a wrong price"} | changes
    return halt(campaign, halts=catalog.halts, orders=catalog.orders, clock=world.clock, **said)


def test_what_is_ordered_comes_home_and_the_rest_waits_for_resume(world: World) -> None:
    world.register(visuals=[{"id": name, "prompt": f"A {name} mug"} for name in ("red", "blue")])
    first, second = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    world.submit(first)
    stop(world, None)
    error = worked_off(world)
    assert isinstance(error, Halted)
    assert "Ada" in error.message
    assert world.progress(first).state is GenerationState.ASSET
    assert world.progress(second).state is GenerationState.PLANNED
    assert len(world.invoice) == 1
    view = campaign_view("spring", catalog=world.rt.catalog, address=str)
    assert view["state"] == "unfinished"
    first_problem = view["problems"][0]
    assert (first_problem["code"], first_problem["where"]) == ("halted", EVERYTHING)
    catalog = world.rt.catalog
    assert lift(None, by="Bo", halts=catalog.halts, orders=catalog.orders, clock=world.clock) is not None
    assert active(halts=catalog.halts) == []
    assert world.submit(second) is GenerationState.SUBMITTED
    assert "halted" not in str(campaign_view("spring", catalog=catalog, address=str)["problems"])


def test_nothing_is_prepared_for_an_order_that_is_stopped(world: World) -> None:
    generation = world.one()
    stop(world, None)
    asked: list[Any] = []

    def guard(port: Any) -> Any:
        asked.append(port)
        return port

    world.guard = guard
    with pytest.raises(Halted, match="all orders are stopped"):
        world.submit(generation)
    assert asked == []


def test_a_stop_needs_a_name_a_reason_and_a_campaign_that_is_there(world: World) -> None:
    world.register()
    for changes in ({"by": " "}, {"reason": "  "}, {"reason": "x" * 1001}):
        with pytest.raises(InvalidInput):
            stop(world, "spring", **changes)
    with pytest.raises(NotFound):
        stop(world, "winter")
    assert active(halts=world.rt.catalog.halts) == []
