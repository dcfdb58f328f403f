"""What was paid for comes home: through a catalog or store that is away, flickering vendors, and changes of mind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.generation import GenerationState, Job, JobStatus
from colophon.errors import (
    Conflict,
    InvalidInput,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    StoreUnavailable,
)
from colophon.services.order import submit
from colophon.services.sweep import Sweep, sweep_until_done
from colophon.services.unknowns import LIST_DELAY, ask_about_unknown
from colophon.services.wait import collect
from tests.services.test_sweeps import ROUTES, Inline, many, run, states

if TYPE_CHECKING:
    from tests.services.conftest import World

AT_ONCE = {"together": {"base_url": "http://sandbox.invalid/together/v1"}}


class Flaky:
    """Any port; a method named here fails so often before it works."""

    def __init__(self, inner: Any, **failures: int) -> None:
        self._inner = inner
        self._failures = failures

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._inner, name)
        if name not in self._failures:
            return member

        def call(*values: Any, **named: Any) -> Any:
            if self._failures[name] > 0:
                self._failures[name] -= 1
                raise StoreUnavailable("away for a moment")
            return member(*values, **named)

        return call


class Told:
    """A provider whose next polls or fetches are answered as told, then as the real one does."""

    def __init__(self, inner: Any, *, polls: Sequence[Any] = (), fetches: Sequence[Any] = ()) -> None:
        self._inner = inner
        self._polls, self._fetches = list(polls), list(fetches)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def poll(self, job: Job) -> Job:
        if self._polls:
            answer = self._polls.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return replace(job, status=answer)
        answered: Job = self._inner.poll(job)
        return answered

    def fetch(self, job: Job) -> bytes:
        if self._fetches:
            raise self._fetches.pop(0)
        content: bytes = self._inner.fetch(job)
        return content


@pytest.fixture
def vendors(tmp_path: Path, finished_home: Path, open_world: Callable[..., World]) -> World:
    shutil.copytree(finished_home, tmp_path / "home")
    return open_world(tmp_path, routes={**ROUTES, **AT_ONCE})


def test_a_catalog_away_after_the_answer_does_not_lose_the_task_id(world: World) -> None:
    generation = world.one()
    buyer = world.buyer()
    orders: Any = Flaky(buyer.orders, record_job=3)
    assert submit(generation, buyer=replace(buyer, orders=orders)) is GenerationState.SUBMITTED
    assert world.progress(generation).request_id == world.invoice[0]["id"]


@pytest.mark.parametrize("failing", [{"put": 4}, {"put": 1}])
def test_a_store_away_after_the_answer_does_not_lose_an_answered_picture(
    vendors: World, failing: dict[str, int]
) -> None:
    generation = vendors.one(model={"routes": ["together"]})
    buyer = vendors.buyer()
    store: Any = Flaky(buyer.store, **failing)
    assert submit(generation, buyer=replace(buyer, store=store)) is GenerationState.DELIVERED
    assert vendors.progress(generation).original_sha256 is not None
    assert len(vendors.invoice) == 1


def test_a_catalog_away_at_the_last_step_does_not_lose_the_picture(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    buyer = world.buyer()
    orders: Any = Flaky(buyer.orders, record_original=3, record_ready=1)
    assert collect(generation, buyer=replace(buyer, orders=orders)) is GenerationState.DELIVERED


def test_a_task_that_is_not_found_for_a_moment_is_asked_for_again(world: World) -> None:
    """Trap 7: long after the submit, too."""
    generation = world.one()
    world.submit(generation)
    world.clock.sleep(3600)
    provider: Any = Told(world.rt.provider("sandbox"), polls=[JobStatus.MISSING] * 2)
    assert collect(generation, buyer=replace(world.buyer(), provider=lambda _: provider)) is GenerationState.DELIVERED


def test_an_address_that_is_dead_for_a_moment_is_tried_again(world: World) -> None:
    """Storage may be seconds behind the answer that names it."""
    generation = world.one()
    world.submit(generation)
    dead = ProviderError("no longer served (404)", reason="expired")
    provider: Any = Told(world.rt.provider("sandbox"), fetches=[dead] * 6)
    assert collect(generation, buyer=replace(world.buyer(), provider=lambda _: provider)) is GenerationState.DELIVERED


def test_a_late_answer_after_the_list_said_no_is_not_ordered_again(vendors: World) -> None:
    generation = vendors.one(model={"routes": ["replicate"]})
    provider: Any = vendors.rt.provider("replicate")
    buyer = vendors.buyer()

    class Suspended:
        """The request leaves, and its answer comes when everybody has given it up."""

        def __getattr__(self, name: str) -> Any:
            return getattr(provider, name)

        def submit(self, order: Any) -> Any:
            vendors.clock.sleep(LIST_DELAY.total_seconds() + 200)
            vendors.rt.catalog.orders.expire_leases(now=vendors.clock.now())
            [answer] = ask_about_unknown(buyer=buyer)
            assert answer.outcome == "not_taken"
            return provider.submit(order)

    suspended: Any = Suspended()
    submit(generation, buyer=replace(buyer, provider=lambda _: suspended))
    assert vendors.progress(generation).state is GenerationState.SUBMITTED
    assert run(vendors) is None
    assert states(vendors) == ["asset"]
    assert len(vendors.invoice) == 1
    assert vendors.spending() == ("0.03", "0.00")


def test_two_orders_that_differ_only_in_strictness_are_not_taken_for_each_other(vendors: World) -> None:
    model = {"routes": ["replicate"]}
    first = vendors.one("spring", model={**model, "safety": "strict"}, seeds=[77])
    second = vendors.one("spring", model={**model, "safety": "loose"}, seeds=[77])
    assert first != second
    third = vendors.one("autumn", visuals=[{"id": "hero", "prompt": "A mug on an oak table, for spring"}],
                        model={**model, "safety": "loose"}, seeds=[77])  # fmt: skip
    vendors.faults({"fault": "answer_lost", "times": 1})
    assert vendors.submit(second) is GenerationState.UNKNOWN
    vendors.faults()
    vendors.submit(third)
    [answer] = ask_about_unknown(buyer=vendors.buyer())
    assert answer.outcome == "found"
    assert vendors.progress(second).request_id == vendors.invoice[0]["id"]
    assert vendors.progress(third).request_id == vendors.invoice[1]["id"]


def test_places_taken_by_a_dead_worker_of_another_campaign_become_free(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, routes={"sandbox": {"active_limit": 1}})
    [left] = many(world, 1, "autumn")
    submit(left, buyer=replace(world.buyer(), worker="dead"))
    many(world, 2, "spring")
    assert run(world, "spring") is None
    assert states(world, "spring") == ["asset"] * 2
    assert states(world, "autumn") == ["asset"]


def test_places_that_never_become_free_end_the_run_with_a_reason(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, routes={"sandbox": {"active_limit": 1}})
    [busy] = many(world, 1, "autumn")
    world.faults("takes:100000")
    submit(busy, buyer=replace(world.buyer(), worker="alive"))
    world.rt.catalog.orders.claim("alive", until=world.clock.now().replace(year=2099), now=world.clock.now())
    many(world, 1, "spring")
    stopped = run(world, "spring")
    assert isinstance(stopped, ProviderUnavailable)
    assert "no place" in stopped.message


def test_an_address_for_webhooks_that_cannot_be_used_buys_nothing(world: World) -> None:
    generation = world.one()

    def bad(wanted: object, attempt: int) -> Any:
        raise InvalidInput("the address for webhooks is https://host[/path]", where="COLOPHON_WEBHOOK_URL")

    with pytest.raises(InvalidInput):
        submit(generation, buyer=replace(world.buyer(), hook=bad))
    assert world.progress(generation).state is GenerationState.PLANNED
    assert world.spending() == ("0.00", "0.00")
    assert world.invoice == []


def test_what_an_older_revision_ordered_is_fetched_all_the_same(world: World) -> None:
    two = [{"id": name, "prompt": f"A {name} mug"} for name in ("red", "blue")]
    world.register(visuals=two)
    red, _ = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    world.submit(red)
    world.register(visuals=two[1:])
    assert run(world) is None
    assert world.progress(red).state is GenerationState.ASSET
    assert world.spending() == ("0.06", "0.00")


def test_a_revision_that_comes_during_a_run_ends_what_it_no_longer_wants(world: World) -> None:
    two = [{"id": name, "prompt": f"A {name} mug"} for name in ("red", "blue")]
    world.register(visuals=two)
    red, blue = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    before = world.rt.catalog.orders.progress

    def revised(generation: str) -> Any:
        """While the first order is under way, somebody takes its visual out of the brief."""
        found = before(generation)
        if generation == red and world.rt.catalog.orders.campaign("spring").brief.count("mug") == 2:
            world.register(visuals=two[1:])
        return found

    orders: Any = Flaky(world.rt.catalog.orders)
    orders.progress = revised
    buyer = replace(world.buyer(), orders=orders)
    with pytest.raises(Conflict) as raised:
        submit(red, buyer=buyer)
    assert raised.value.reason == "not_planned"
    assert run(world) is None
    assert states(world) == ["asset"]
    assert world.progress(blue).state is GenerationState.ASSET
    assert len(world.invoice) == 1


def test_one_order_that_fails_in_an_unforeseen_way_does_not_keep_the_others_waiting(world: World) -> None:
    first, *others = many(world, 3)
    for generation in (first, *others):
        world.submit(generation)
    request = world.progress(first).request_id
    real = world.rt.provider("sandbox")

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def poll(self, job: Job) -> Job:
            if job.request_id == request:
                raise ZeroDivisionError("a bug")
            return real.poll(job)

    broken: Any = Broken()
    buyer = replace(world.buyer(), provider=lambda _: broken)
    seen = sweep_until_done(Sweep(buyer, Inline()), buyer, seconds=60)
    assert {s.generation for s in seen if s.state is GenerationState.DELIVERED} == set(others)
    [bad] = [s for s in seen if s.error]
    assert (bad.generation, bad.error.reason if bad.error else "") == (first, "unforeseen")
    assert world.progress(first).state is GenerationState.SUBMITTED


def test_a_route_that_cannot_make_the_format_is_passed_over(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, routes={**ROUTES, "fal": {**ROUTES["fal"], "formats": ("jpg",)}})
    generation = world.one(model={"routes": ["fal", "sandbox"]})
    assert world.submit(generation) is GenerationState.SUBMITTED
    assert world.progress(generation).generation.route == "sandbox"


def test_a_refusal_before_anything_was_sent_leaves_the_picture_wanted(world: World) -> None:
    generation = world.one()
    real = world.rt.provider("sandbox")

    class Picky:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def prepare(self, order: Any) -> Any:
            raise ProviderRefused("the references could not be put up", reason="validation")

    picky: Any = Picky()
    with pytest.raises(ProviderRefused):
        submit(generation, buyer=replace(world.buyer(), provider=lambda _: picky))
    assert world.progress(generation).state is GenerationState.PLANNED
    assert world.rt.catalog.orders.attempts(generation) == []
