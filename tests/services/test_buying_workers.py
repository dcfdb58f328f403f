"""Purchases that go wrong on our side of the wire: slow workers, budgets, references, answers at a bad moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colophon.domain.brief import Safety
from colophon.domain.conversion import Conversion
from colophon.domain.generation import GenerationState, Job, JobStatus, Order
from colophon.errors import Conflict, InvalidInput, ObjectCorrupt, OutcomeUnknown, ProviderError, ProviderUnavailable
from colophon.ports import Provider
from colophon.services.buyer import Buyer
from colophon.services.order import submit
from colophon.services.resume import left_to_do
from colophon.services.wait import collect

if TYPE_CHECKING:
    from tests.services.conftest import World


class Scripted:
    """A provider in front of another: before each call it raises what its script says next (None: nothing)."""

    def __init__(self, inner: Provider, **scripts: list[Exception | None]) -> None:
        self.name, self.can_find, self.can_hook = inner.name, inner.can_find, inner.can_hook
        self.asked: list[Job] = []
        self._inner = inner
        self._scripts: dict[str, Iterator[Exception | None]] = {name: iter(made) for name, made in scripts.items()}

    def convert(self, order: Order) -> Sequence[Conversion]:
        return self._inner.convert(order)

    def prepare(self, order: Order) -> Order:
        return self._inner.prepare(order)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        self._play("find")
        return self._inner.find(order, since)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return self._inner.wire_parameters(order)

    def submit(self, order: Order) -> Job:
        self._play("submit")
        return self._inner.submit(order)

    def poll(self, job: Job) -> Job:
        self.asked.append(job)
        self._play("poll")
        return self._inner.poll(job)

    def fetch(self, job: Job) -> bytes:
        self._play("fetch")
        return self._inner.fetch(job)

    def _play(self, method: str) -> None:
        if (error := next(self._scripts.get(method, iter(())), None)) is not None:
            raise error


def unavailable() -> ProviderUnavailable:
    return ProviderUnavailable("the line is down", reason="upstream_transient")


def expired() -> ProviderError:
    return ProviderError("the picture's address is no longer served (403)", reason="expired")


def scripted(world: World, **scripts: list[Exception | None]) -> Buyer:
    provider = Scripted(world.rt.provider("sandbox"), **scripts)
    return replace(world.buyer(), provider=lambda route: provider)


def test_a_line_that_is_down_before_the_order_buys_nothing(world: World) -> None:
    generation = world.one()
    with pytest.raises(ProviderUnavailable):
        submit(generation, buyer=scripted(world, submit=[unavailable()]))
    assert world.progress(generation).state is GenerationState.PLANNED
    assert world.spending() == ("0.00", "0.00")


def test_as_many_silent_polls_as_patience_allows_do_no_harm(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    allowed = [unavailable() for _ in range(world.patience.silences)]
    state = collect(generation, buyer=scripted(world, poll=[*allowed]))
    assert state is GenerationState.DELIVERED

    other = world.one("autumn")
    world.submit(other)
    with pytest.raises(ProviderUnavailable):
        collect(other, buyer=scripted(world, poll=[*allowed, unavailable()]))
    assert world.progress(other).state is GenerationState.SUBMITTED


def test_an_answer_between_silences_starts_the_count_again(world: World) -> None:
    generation = world.one()
    world.faults("slow:2")
    world.submit(generation)
    down = [unavailable() for _ in range(world.patience.silences)]
    state = collect(generation, buyer=scripted(world, poll=[*down, None, *down]))
    assert state is GenerationState.DELIVERED


def test_a_fetch_that_fails_for_the_moment_is_tried_again(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    state = collect(generation, buyer=scripted(world, fetch=[unavailable(), unavailable()]))
    assert state is GenerationState.DELIVERED
    assert world.spending() == ("0.03", "0.00")


def test_an_address_that_expires_is_named_anew_as_often_as_it_takes(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    state = collect(generation, buyer=scripted(world, fetch=[expired(), expired(), expired()]))
    assert state is GenerationState.DELIVERED


def test_addresses_that_never_work_leave_a_paid_picture_ordered(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    with pytest.raises(ProviderUnavailable):
        collect(generation, buyer=scripted(world, fetch=[expired()] * 500))
    assert world.progress(generation).state is GenerationState.SUBMITTED
    assert collect(generation, buyer=world.buyer()) is GenerationState.DELIVERED


def test_a_silent_poll_after_an_expired_address_does_not_lose_the_picture(world: World) -> None:
    generation = world.one()
    world.faults("expired_delivery")
    world.submit(generation)
    buyer = scripted(world, poll=[None, unavailable()])
    assert collect(generation, buyer=buyer) is GenerationState.DELIVERED


def test_a_delivery_address_that_is_not_allowed_leaves_the_order_for_a_change_of_settings(world: World) -> None:
    generation = world.one()
    world.submit(generation)
    refused = ProviderError("the provider named an address that is not on its list", reason="forbidden")
    with pytest.raises(ProviderError) as raised:
        collect(generation, buyer=scripted(world, fetch=[refused]))
    assert (raised.value.reason, raised.value.transient) == ("forbidden", False)
    assert world.spending() == ("0.00", "0.03")
    assert collect(generation, buyer=world.buyer()) is GenerationState.DELIVERED


def test_a_worker_slower_than_its_lease_still_brings_its_order_home(world: World) -> None:
    generation = world.one()
    catalog = world.rt.catalog
    inner = world.rt.provider("sandbox")

    class Slow(Scripted):
        def submit(self, order: Order) -> Job:
            job = super().submit(order)
            world.clock.sleep(world.buyer().lease("sandbox") + 1)
            left_to_do("spring", orders=catalog.orders, assets=catalog.assets, clock=world.clock)
            return job

    slow = replace(world.buyer(), provider=lambda route: Slow(inner))
    assert submit(generation, buyer=slow) is GenerationState.SUBMITTED
    assert world.progress(generation).request_id == world.invoice[0]["id"]
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.spending() == ("0.03", "0.00")


def test_a_worker_that_holds_an_older_attempt_cannot_deliver(world: World) -> None:
    generation = world.one()
    world.faults({"fault": "unavailable", "times": 1})
    with pytest.raises(ProviderUnavailable):
        world.submit(generation)
    world.submit(generation)
    job = Job("of-the-first-attempt", JobStatus.READY)
    with pytest.raises(Conflict):
        world.rt.catalog.orders.record_original(generation, 1, "0" * 64, job, now=world.clock.now())
    assert world.progress(generation).state is GenerationState.SUBMITTED


def test_of_two_workers_only_one_orders(world: World) -> None:
    generation = world.one()
    inner = world.rt.provider("sandbox")

    class Nested(Scripted):
        def submit(self, order: Order) -> Job:
            """While this order is under way, another worker tries."""
            self.seen = world.submit(generation)
            return super().submit(order)

    provider = Nested(inner)
    state = submit(generation, buyer=replace(world.buyer(), provider=lambda route: provider))
    assert (state, provider.seen) == (GenerationState.SUBMITTED, GenerationState.SUBMITTING)
    assert len(world.invoice) == 1


def test_the_cap_counts_what_is_reserved_and_what_is_unknown(world: World) -> None:
    visuals = [{"id": name, "prompt": f"A mug, {name}"} for name in ("one", "two")]
    world.register(visuals=visuals, budget={"cap": "0.06"})
    first, _ = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    before = world.rt.catalog.orders.campaign("spring").revision
    buyer = scripted(world, submit=[OutcomeUnknown("no answer came")])
    assert submit(first, buyer=buyer) is GenerationState.UNKNOWN
    with pytest.raises(InvalidInput) as raised:
        world.register(visuals=[visuals[1]], budget={"cap": "0.05"})
    assert "0.03 reserved" in raised.value.message
    assert [problem.code for problem in raised.value.problems] == ["over_cap"]
    assert world.rt.catalog.orders.campaign("spring").revision == before
    assert world.invoice == []


def test_what_is_bought_already_does_not_count_twice_against_the_cap(world: World) -> None:
    visuals = [{"id": name, "prompt": f"A mug, {name}"} for name in ("one", "two")]
    world.register(visuals=visuals[:1], budget={"cap": "0.06"})
    [first] = [p.generation.id for p in world.rt.catalog.orders.wanted("spring")]
    world.submit(first)
    world.collect(first)
    assert world.register(visuals=visuals, budget={"cap": "0.06"}) == "spring"
    with pytest.raises(InvalidInput):
        world.register(visuals=[*visuals, {"id": "three", "prompt": "A mug, three"}], budget={"cap": "0.08"})


def test_an_order_no_newer_revision_wants_is_not_placed(world: World) -> None:
    old = world.one()
    new = world.one(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    with pytest.raises(Conflict):
        world.submit(old)
    assert world.progress(old).state is GenerationState.PLANNED
    assert world.submit(new) is GenerationState.SUBMITTED
    assert len(world.invoice) == 1


def test_a_damaged_reference_is_found_before_the_order(world: World) -> None:
    (world.folder / "mug.png").write_bytes(world.rt.store.get(world.bought("source").sha256))
    generation = world.one(references=["mug.png"])
    [use] = world.progress(generation).generation.references
    stored = world.rt.store.address(use.sha256)
    with Path(stored).open("ab") as file:
        file.write(b"more")
    with pytest.raises(ObjectCorrupt):
        world.submit(generation)
    assert world.progress(generation).state is GenerationState.PLANNED
    assert len(world.invoice) == 1


def test_references_and_safety_travel_with_the_order(world: World) -> None:
    (world.folder / "mug.png").write_bytes(world.rt.store.get(world.bought("source").sha256))
    generation = world.one(references=[{"image": "mug.png", "role": "style"}], model={"safety": "loose"})
    progress = world.progress(generation)
    [use] = progress.generation.references
    assert progress.generation.safety is Safety.LOOSE
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.invoice[-1]["references"] == [use.sha256]
    assert world.progress(generation).parameters["input_image"] == use.sha256
    assert world.progress(generation).parameters["safety_tolerance"] == 5
