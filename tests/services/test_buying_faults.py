"""Every way a provider can fail, seen in the catalog, the ledger and the provider's own invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colophon.domain.generation import GenerationState
from colophon.errors import ProviderRefused, ProviderUnavailable

if TYPE_CHECKING:
    from tests.services.conftest import World

RESERVED = ("reservation", "0.03", "estimated")
RELEASED = ("release", "0.03", "estimated")


def test_a_picture_is_bought_once_and_charged_as_settled(world: World) -> None:
    generation = world.one()
    assert world.submit(generation) is GenerationState.SUBMITTED
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.ledger() == [("charge", "0.03", "settled"), RELEASED, RESERVED]
    assert world.spending() == ("0.03", "0.00")
    [line] = world.invoice
    progress = world.progress(generation)
    assert line["id"] == progress.request_id
    assert line["seed"] == progress.generation.seed == progress.seed_reported
    assert line["prompt"] == progress.generation.prompt == progress.prompt_used
    assert (line["width"], line["height"], line["format"]) == (512, 512, "png")
    assert progress.parameters["seed"] == progress.generation.seed
    assert progress.provider == "Colophon Sandbox"
    assert progress.original_sha256 is not None
    assert world.rt.store.exists(progress.original_sha256)


def test_nothing_is_ordered_or_fetched_twice(world: World) -> None:
    generation = world.one()
    states = [world.submit(generation) for _ in range(3)]
    assert states == [GenerationState.SUBMITTED] * 3
    first = world.collect(generation), world.progress(generation)
    assert (world.collect(generation), world.progress(generation)) == first
    assert world.submit(generation) is GenerationState.DELIVERED
    assert len(world.invoice) == 1
    assert len(world.ledger()) == 3


@pytest.mark.parametrize(
    ("fault", "reason", "wait"),
    [
        ("rate_limited:7", "rate_limited", 7.0),
        ("rate_limited", "rate_limited", None),
        ("unavailable", "upstream_transient", None),
    ],
)
def test_an_order_that_was_not_taken_goes_back_to_planned(
    world: World, fault: str, reason: str, wait: float | None
) -> None:
    generation = world.one()
    world.faults({"fault": fault, "times": 1})
    with pytest.raises(ProviderUnavailable) as raised:
        world.submit(generation)
    assert (raised.value.reason, raised.value.retry_after) == (reason, wait)
    progress = world.progress(generation)
    assert (progress.state, progress.problem_code) == (GenerationState.PLANNED, reason)
    assert progress.problem == f"route sandbox: {raised.value.message}"
    assert world.spending() == ("0.00", "0.00")
    assert world.invoice == []

    assert world.submit(generation) is GenerationState.SUBMITTED
    assert world.collect(generation) is GenerationState.DELIVERED
    progress = world.progress(generation)
    assert (progress.attempt, progress.problem) == (2, None)
    assert len(world.invoice) == 1
    assert world.spending() == ("0.03", "0.00")


@pytest.mark.parametrize(("fault", "reason"), [("out_of_funds", "payment"), ("forbidden", "auth")])
def test_a_refusal_of_the_account_leaves_the_picture_wanted(world: World, fault: str, reason: str) -> None:
    generation = world.one()
    world.faults(fault)
    with pytest.raises(ProviderRefused) as raised:
        world.submit(generation)
    assert raised.value.reason == reason
    assert world.progress(generation).state is GenerationState.PLANNED
    assert world.progress(generation).problem == f"route sandbox: {raised.value.message}"
    assert world.spending() == ("0.00", "0.00")
    assert world.invoice == []


def test_an_invalid_order_fails_without_cost(world: World) -> None:
    generation = world.one()
    world.faults("invalid")
    assert world.submit(generation) is GenerationState.FAILED
    progress = world.progress(generation)
    assert progress.problem_code == "validation"
    assert "422" in (progress.problem or "")
    assert "ordered by a fault" in (progress.problem or "")
    assert world.ledger() == [("charge", "0.00", "estimated"), RELEASED, RESERVED]
    assert world.invoice == []


@pytest.mark.parametrize(
    ("fault", "lines"), [("server_error", 0), ("bad_gateway", 0), ("gateway_timeout", 0), ("answer_lost", 1)]
)
def test_an_unclear_answer_is_never_followed_by_a_second_order(world: World, fault: str, lines: int) -> None:
    generation = world.one()
    world.faults({"fault": fault, "times": 1})
    assert world.submit(generation) is GenerationState.UNKNOWN
    for _ in range(2):
        assert world.submit(generation) is GenerationState.UNKNOWN
        assert world.collect(generation) is GenerationState.UNKNOWN
    world.work_off("spring")
    assert len(world.invoice) == lines
    progress = world.progress(generation)
    assert (progress.attempt, progress.problem_code) == (1, "outcome_unknown")
    assert "may have been taken" in (progress.problem or "")
    assert world.ledger() == [RESERVED]
    assert world.spending() == ("0.00", "0.03")


@pytest.mark.parametrize(
    ("fault", "state", "code", "said"),
    [
        ("moderated_input", GenerationState.REFUSED, "moderated_input", "change them and run again"),
        ("moderated_output", GenerationState.REFUSED, "moderated_output", "withheld the picture"),
        ("task_error", GenerationState.FAILED, "upstream_permanent", "the model failed"),
    ],
)
def test_an_order_that_ends_without_picture_is_charged_what_was_settled(
    world: World, fault: str, state: GenerationState, code: str, said: str
) -> None:
    generation = world.one()
    world.faults(fault)
    assert world.submit(generation) is GenerationState.SUBMITTED
    assert world.collect(generation) is state
    progress = world.progress(generation)
    assert progress.problem_code == code
    assert said in (progress.problem or "")
    assert world.ledger() == [("charge", "0.00", "settled"), RELEASED, RESERVED]
    assert [line["amount"] for line in world.invoice] == ["0.00"]


def test_a_task_the_provider_lost_is_asked_for_until_the_grace_ends(world: World) -> None:
    generation = world.one()
    world.faults("task_lost")
    world.submit(generation)
    assert world.collect(generation) is GenerationState.FAILED
    assert world.patience.grace < world.clock.slept < world.patience.grace + world.patience.longest_wait + 1
    progress = world.progress(generation)
    assert progress.problem_code == "not_found"
    assert "billed is not known" in (progress.problem or "")
    assert world.ledger() == [("charge", "0.03", "reported"), RELEASED, RESERVED]
    assert len(world.invoice) == 1


@pytest.mark.parametrize("fault", ["slow:6", "unknown_status:3", "poll_error:4"])
def test_a_wait_ends_with_the_picture(world: World, fault: str) -> None:
    generation = world.one()
    world.faults(fault)
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.clock.slept > 0
    assert world.spending() == ("0.03", "0.00")


def test_waits_grow_to_the_longest(world: World) -> None:
    generation = world.one()
    world.faults("slow:12")
    world.submit(generation)
    world.collect(generation)
    pauses = [0.5 * 1.5**n for n in range(12)]
    assert world.clock.slept == pytest.approx(sum(min(p, 10.0) for p in pauses), abs=0.5)


def test_a_provider_out_of_reach_is_not_asked_for_ever(world: World) -> None:
    generation = world.one()
    world.faults("poll_error:1000")
    world.submit(generation)
    with pytest.raises(ProviderUnavailable):
        world.collect(generation)
    assert world.progress(generation).state is GenerationState.SUBMITTED
    assert world.spending() == ("0.00", "0.03")


def test_after_the_deadline_the_next_call_goes_on_waiting_for_the_same_picture(world: World) -> None:
    generation = world.one()
    world.faults("slow:40")
    world.submit(generation)
    with pytest.raises(ProviderUnavailable) as raised:
        world.collect(generation)
    assert raised.value.reason == "timeout"
    assert "run again" in raised.value.message
    assert world.clock.slept <= world.patience.deadline
    request = world.progress(generation).request_id
    assert world.progress(generation).state is GenerationState.SUBMITTED

    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.progress(generation).request_id == request
    assert len(world.invoice) == 1
    assert world.spending() == ("0.03", "0.00")


@pytest.mark.parametrize("code", ["403", "404", "410"])
def test_an_expired_address_is_renewed_once(world: World, code: str) -> None:
    generation = world.one()
    world.faults(f"expired_delivery:{code}")
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.spending() == ("0.03", "0.00")


@pytest.mark.parametrize(
    ("fault", "charged", "basis"),
    [
        ("settle_differs:7", "0.07", "settled"),
        ("settle_differs:0", "0.00", "settled"),
        ("settle_differs", "0.015", "settled"),
        ("cost_missing", "0.03", "estimated"),
        ("cost_nan", "0.03", "estimated"),
    ],
)
def test_the_charge_is_the_best_known_price_and_says_how_sure_it_is(
    world: World, fault: str, charged: str, basis: str
) -> None:
    generation = world.one()
    world.faults(fault)
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.ledger() == [("charge", charged, basis), RELEASED, RESERVED]
    assert world.spending() == (charged, "0.00")
    assert str(world.progress(generation).cost) == charged


def test_a_seed_the_provider_changed_is_on_record_beside_ours(world: World) -> None:
    generation = world.one()
    world.faults("seed_differs")
    world.submit(generation)
    world.collect(generation)
    progress = world.progress(generation)
    assert progress.seed_reported == progress.generation.seed + 1
