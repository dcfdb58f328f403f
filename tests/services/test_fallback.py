"""When a route cannot take an order, and when another one must not: seen in the catalog and on the vendor's invoice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.generation import GenerationState
from colophon.errors import Conflict, InvalidInput, ProviderRefused, ProviderUnavailable
from colophon.services.buyer import Pauses
from colophon.services.order import submit
from colophon.services.show_standing import campaign_view

if TYPE_CHECKING:
    from tests.services.conftest import World

EMBEDDED = {
    "fal": {"base_url": "http://sandbox.invalid/fal/queue"},
    "replicate": {"base_url": "http://sandbox.invalid/replicate/v1"},
    "lumenfall": {"base_url": "http://sandbox.invalid/lumenfall/openai/v1"},
    "callmissed": {"base_url": "http://sandbox.invalid/callmissed/v1"},
}
TWO = {"routes": ["sandbox", "fal"]}


@pytest.fixture
def market(tmp_path: Path, finished_home: Path, open_world: Callable[..., World]) -> World:
    """A world in which several vendors' dialects are on sale, all of them at the embedded sandbox."""
    shutil.copytree(finished_home, tmp_path / "home")
    return open_world(tmp_path, routes=EMBEDDED)


def attempts(world: World, generation: str) -> list[tuple[str, str | None, str | None]]:
    return [(a.route, a.outcome, a.code) for a in world.rt.catalog.orders.attempts(generation)]


def bought_at(world: World) -> list[object]:
    return [line["provider"] for line in world.invoice]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("rate_limited:7", "rate_limited"),
        ("unavailable", "upstream_transient"),
        ("out_of_funds", "payment"),
        ("forbidden", "auth"),
    ],
)
def test_the_next_route_takes_what_the_first_certainly_did_not(market: World, fault: str, code: str) -> None:
    generation = market.one(model=TWO)
    market.faults({"fault": fault, "route": "bfl"})
    assert market.submit(generation) is GenerationState.SUBMITTED
    assert attempts(market, generation) == [("sandbox", "taken_back", code), ("fal", "submitted", None)]
    progress = market.progress(generation)
    assert (progress.generation.route, progress.generation.routes) == ("fal", ("sandbox", "fal"))
    assert market.collect(generation) is GenerationState.DELIVERED
    assert bought_at(market) == ["fal"]
    assert market.spending() == ("0.03", "0.00")
    routes = {(e.kind, e.route) for e in market.rt.catalog.orders.ledger("spring")}
    assert routes == {("reservation", "sandbox"), ("release", "sandbox"), ("reservation", "fal"), ("release", "fal"), ("charge", "fal")}  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("moderated_input", GenerationState.REFUSED),
        ("moderated_output", GenerationState.REFUSED),
        ("task_error", GenerationState.FAILED),
        ("invalid", GenerationState.FAILED),
    ],
)
def test_a_refusal_or_a_failed_order_goes_nowhere_else(market: World, fault: str, state: GenerationState) -> None:
    """Trap 39: no hop to a vendor with a laxer filter."""
    generation = market.one(model=TWO)
    market.faults({"fault": fault, "route": "bfl"})
    market.submit(generation)
    market.collect(generation)
    assert market.progress(generation).state is state
    assert [route for route, _, _ in attempts(market, generation)] == ["sandbox"]
    market.work_off("spring")
    assert set(bought_at(market)) <= {"bfl"}


def test_a_refusal_at_once_goes_nowhere_else(market: World) -> None:
    generation = market.one(model={"routes": ["lumenfall", "sandbox"]})
    market.faults({"fault": "moderated_input", "route": "lumenfall"})
    assert market.submit(generation) is GenerationState.REFUSED
    problem = market.progress(generation).problem or ""
    assert "change them and run again" in problem
    market.work_off("spring")
    assert [line["amount"] for line in market.invoice if line["provider"] == "bfl"] == []


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "gateway_timeout", "answer_lost", "html_answer"])
def test_while_an_outcome_is_unknown_nothing_else_is_ordered(market: World, fault: str) -> None:
    generation = market.one(model=TWO)
    market.faults({"fault": fault, "route": "bfl"})
    assert market.submit(generation) is GenerationState.UNKNOWN
    market.work_off("spring")
    assert market.submit(generation) is GenerationState.UNKNOWN
    assert [route for route, _, _ in attempts(market, generation)] == ["sandbox"]
    assert bought_at(market) in ([], ["bfl"])
    assert market.spending() == ("0.00", "0.03")


def test_without_fallback_the_first_route_is_the_only_one(market: World) -> None:
    generation = market.one(model={**TWO, "fallback": False})
    market.faults({"fault": "unavailable", "route": "bfl"})
    with pytest.raises(ProviderUnavailable):
        market.submit(generation)
    assert attempts(market, generation) == [("sandbox", "taken_back", "upstream_transient")]
    assert market.invoice == []


def test_when_all_routes_fail_each_reason_is_told_and_nothing_is_reserved(market: World) -> None:
    generation = market.one(model=TWO)
    market.faults({"fault": "out_of_funds", "route": "bfl"}, {"fault": "unavailable", "route": "fal"})
    with pytest.raises(ProviderUnavailable) as raised:
        market.submit(generation)
    assert "402" in raised.value.message
    assert "503" in raised.value.message
    assert market.spending() == ("0.00", "0.00")


def test_a_dearer_route_is_not_taken_beyond_the_cap(market: World) -> None:
    generation = market.one(model={"routes": ["sandbox", "callmissed"]}, budget={"cap": "0.05"})
    market.faults({"fault": "unavailable", "route": "bfl"})
    with pytest.raises(ProviderUnavailable):
        market.submit(generation)
    assert attempts(market, generation) == [("sandbox", "taken_back", "upstream_transient")]
    assert market.spending() == ("0.00", "0.00")


def test_a_route_in_trouble_is_left_alone_for_a_while(market: World) -> None:
    first, second = [
        p.generation.id
        for p in market.rt.catalog.orders.wanted(
            market.register(model=TWO, visuals=[{"id": n, "prompt": f"A {n} mug"} for n in ("red", "blue")])
        )
    ]
    market.faults({"fault": "unavailable:30", "route": "bfl", "times": 1})
    buyer = replace(market.buyer(), pauses=Pauses(market.clock))
    submit(first, buyer=buyer)
    submit(second, buyer=buyer)
    assert attempts(market, second) == [("fal", "submitted", None)]
    market.clock.sleep(31)
    third = market.one("autumn", model=TWO)
    submit(third, buyer=buyer)
    assert attempts(market, third) == [("sandbox", "submitted", None)]


def test_the_cheapest_allowed_route_is_bought_and_the_grounds_are_kept(market: World) -> None:
    generation = market.one(model={"routes": ["callmissed", "sandbox"], "policy": "cheapest"})
    assert market.progress(generation).generation.route == "sandbox"
    market.submit(generation)
    assert str(market.progress(generation).parameters["chosen"]).startswith("cheapest: 0.03 USD")


def test_the_fastest_route_is_known_from_what_was_bought_before(market: World) -> None:
    visuals = [{"id": f"v{n}", "prompt": f"Mug number {n}"} for n in range(6)]
    for name, route, slow in (("slowly", "sandbox", "slow:6"), ("quickly", "fal", "slow:0")):
        market.faults(slow)
        market.register(name, model={"routes": [route]}, visuals=visuals)
        market.work_off(name)
    generation = market.one(model={"routes": ["sandbox", "fal"], "policy": "fastest"})
    assert market.progress(generation).generation.route == "fal"
    vars(market.rt).pop("buyer")
    market.submit(generation)
    assert "of 6 attempts" in str(market.progress(generation).parameters["chosen"])


def test_a_brand_says_where_its_briefs_may_buy(market: World) -> None:
    only_eu = {"name": "Northwind", "buying": {"regions": ["eu"]}}
    with pytest.raises(InvalidInput) as raised:
        market.register(brand=only_eu)
    assert "region" in raised.value.problems[0].message
    only_fal = {"name": "Northwind", "buying": {"routes": ["fal"], "policy": "cheapest"}}
    generation = market.one(brand=only_fal, model={"routes": ["sandbox", "fal"]})
    assert market.progress(generation).generation.route == "fal"


def test_the_brands_budget_holds_over_all_its_campaigns(market: World) -> None:
    brand: dict[str, Any] = {"name": "Northwind", "buying": {"budget": {"currency": "USD", "cap": "0.05"}}}
    first, second = market.one("spring", brand=brand), market.one("autumn", brand=brand)
    market.submit(first)
    with pytest.raises(Conflict) as raised:
        market.submit(second)
    assert (raised.value.reason, raised.value.where) == ("over_cap", "brand.buying.budget")
    assert len(market.invoice) == 1


def test_the_days_cap_holds_over_all_brands_and_opens_the_next_day(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, caps={"day": "0.05"})
    first, second = world.one("spring", brand={"name": "North"}), world.one("autumn", brand={"name": "South"})
    world.submit(first)
    with pytest.raises(Conflict) as raised:
        world.submit(second)
    assert (raised.value.reason, raised.value.where) == ("over_cap", "COLOPHON_CAPS__DAY")
    world.clock.sleep(24 * 3600)
    assert world.submit(second) is GenerationState.SUBMITTED


def test_a_cap_in_another_currency_is_told_before_anything_is_ordered(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World]
) -> None:
    shutil.copytree(finished_home, tmp_path / "home")
    world = open_world(tmp_path, caps={"day": "5", "currency": "EUR"})
    with pytest.raises(InvalidInput, match="cannot be held"):
        world.register()


def test_no_route_at_all_says_why_of_each(market: World) -> None:
    with pytest.raises(InvalidInput) as raised:
        market.register(model={"routes": ["fireworks", "azure", "nowhere"]})
    said = "; ".join(problem.message for problem in raised.value.problems)
    assert "switched off" in said
    assert "has no address yet" in said
    assert "is not known" in said


def test_a_route_that_went_away_after_planning_is_refused_with_reasons(market: World) -> None:
    generation = market.one(model={"routes": ["fal"]})
    off = market.rt.market.routes["fal"].model_copy(update={"max_side": 256})
    routes = {**market.rt.market.routes, "fal": off}
    vars(market.rt)["market"] = replace(market.rt.market, routes=routes)
    with pytest.raises(ProviderRefused, match="no allowed route takes this order"):
        market.submit(generation)
    assert market.progress(generation).state is GenerationState.PLANNED


def test_the_status_tells_every_attempt_of_what_was_tried_more_than_once(market: World) -> None:
    visuals = [{"id": n, "prompt": f"A {n} mug"} for n in ("red", "blue")]
    market.register(model=TWO, visuals=visuals)
    red, blue = [p.generation.id for p in market.rt.catalog.orders.wanted("spring")]
    market.faults({"fault": "unavailable", "route": "bfl", "times": 1})
    market.submit(red)
    market.submit(blue)
    view = campaign_view("spring", catalog=market.rt.catalog, address=str)
    rows = {row["id"]: row for row in view["generations"]}
    assert [(a["route"], a["outcome"]) for a in rows[red]["tried"]] == [("sandbox", "taken_back"), ("fal", "submitted")]
    assert "503" in rows[red]["tried"][0]["problem"]
    assert "tried" not in rows[blue]
