"""Which route gets an order: on stated grounds, and with a reason for every route that does not."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from colophon import data
from colophon.domain.brief import ReferenceRole, Safety
from colophon.domain.choice import ENOUGH_SAMPLES, Offer, RouteChoice, rank
from colophon.domain.generation import Generation, ReferenceUse
from colophon.domain.master import MasterLimits
from colophon.domain.money import Estimate, Money, PriceRule, rule_for
from colophon.domain.record import Attempt, AttemptOutcome
from colophon.domain.route import parse_prices, parse_routes
from colophon.domain.speed import Speed, percentile, speeds

ROUTES = parse_routes(data.text("routes.toml"))
PRICES = parse_prices(data.text("prices.toml"))
TODAY = date(2026, 11, 21)


def offer(name: str, model: str = "flux-2-pro") -> Offer:
    rule = rule_for(PRICES[name], model, TODAY)
    assert rule is not None
    return Offer(ROUTES[name], rule)


def choice(*names: str, **changes: Any) -> RouteChoice:
    offers = tuple(offer(name) for name in names)
    return replace(RouteChoice(names, offers, offers[0].price, bounds=tuple(o.route for o in offers)), **changes)


def wanted(width: int = 1024, height: int = 1024, **changes: Any) -> Generation:
    made = Generation(
        "gen_1", "c", "v", 1, "m", width, height, "", "flux-2-pro", 7, "a mug", "", Safety.STRICT, (),
        Estimate(Money(0), Money(0)),
    )  # fmt: skip
    return replace(made, **changes)


def names(order: Generation, among: RouteChoice) -> list[str]:
    return [candidate.route.name for candidate in rank(order, among).candidates]


def test_fixed_is_the_order_listed() -> None:
    assert names(wanted(), choice("callmissed", "bfl", "fal")) == ["callmissed", "bfl", "fal"]


def test_the_cheapest_depends_on_the_size() -> None:
    """A flat price of 0.10 beats a price by the megapixel only where many are ordered."""
    among = choice("callmissed", "bfl", policy="cheapest")
    assert names(wanted(512, 512), among) == ["bfl", "callmissed"]
    dear = offer("bfl").price.model_copy(update={"first_output": Decimal(1)})
    pricey = replace(among, offers=(among.offers[0], Offer(ROUTES["bfl"], dear)))
    assert names(wanted(512, 512), pricey) == ["callmissed", "bfl"]


def test_an_assumed_price_does_not_beat_a_confirmed_one() -> None:
    among = choice("together", "callmissed", policy="cheapest")
    assert not among.offers[0].price.confirmed
    assert rank(wanted(), among).candidates[0].route.name == "callmissed"


def test_the_grounds_are_told() -> None:
    assert rank(wanted(), choice("bfl")).candidates[0].grounds == "order listed"
    assert "cheapest: 0.03 USD" in rank(wanted(512, 512), choice("bfl", policy="cheapest")).candidates[0].grounds
    measured = {"fal": Speed("fal", "flux-2-pro", 20, 8.0, 12.0, 0.3, 0.95)}
    told = rank(wanted(), choice("bfl", "fal", policy="fastest", speeds=measured)).candidates
    assert [c.route.name for c in told] == ["fal", "bfl"]
    assert "8.0 s median, 95% delivered, of 20 attempts" in told[0].grounds
    assert "fewer than" in told[1].grounds


def test_only_enough_of_our_own_measurements_make_a_route_fast() -> None:
    few = {"fal": Speed("fal", "flux-2-pro", ENOUGH_SAMPLES - 1, 0.1, 0.1, 0.1, 1.0)}
    assert names(wanted(), choice("bfl", "fal", policy="fastest", speeds=few)) == ["bfl", "fal"]


def test_a_fast_route_that_often_fails_is_not_the_fastest() -> None:
    measured = {
        "fal": Speed("fal", "flux-2-pro", 100, 5.0, 9.0, 0.2, 0.25),
        "bfl": Speed("bfl", "flux-2-pro", 100, 10.0, 12.0, 0.2, 1.0),
    }
    assert names(wanted(), choice("fal", "bfl", policy="fastest", speeds=measured)) == ["bfl", "fal"]


def uses(count: int) -> tuple[ReferenceUse, ...]:
    return tuple(ReferenceUse(f"{i:064x}", ReferenceRole.PRODUCT, 512, 512) for i in range(count))


@pytest.mark.parametrize(
    ("order", "route", "reason"),
    [
        (wanted(references=uses(4)), "aimlapi", "at most 3 references"),
        (wanted(references=uses(1)), "callmissed", "at most 0 references"),
        (wanted(2048, 1024), "together", "sides of"),
        (wanted(1040, 1040), "aimlapi", "multiples of 32"),
        (wanted(prompt="a" * 1001), "lumenfall", "characters of prompt"),
        (wanted(model="flux-2-klein-4b"), "azure", "does not sell"),
    ],
)
def test_a_route_that_cannot_take_the_order_is_left_out_with_its_reason(
    order: Generation, route: str, reason: str
) -> None:
    """Trap 33: a limit is told before any money is spent; nothing is cut off to fit."""
    ranking = rank(order, choice("bfl", route))
    assert [c.route.name for c in ranking.candidates] == ["bfl"]
    [(name, why)] = ranking.excluded
    assert name == route
    assert reason in why


def test_a_price_in_another_currency_cannot_be_held_against_the_budget() -> None:
    rupees = PriceRule.model_validate({**offer("bfl").price.model_dump(), "currency": "INR"})
    ranking = rank(wanted(), RouteChoice(("bfl",), (Offer(ROUTES["bfl"], rupees),), rupees))
    assert ranking.candidates == ()
    assert "INR" in ranking.excluded[0][1]


def test_sizes_fit_every_route_that_was_asked_for() -> None:
    limits = choice("bfl", "aimlapi", "together").limits(MasterLimits())
    assert (limits.multiple, limits.shortest_side) == (32, 512)
    assert limits.longest_side == min(ROUTES[name].max_side for name in ("bfl", "aimlapi", "together"))
    assert choice("sandbox").limits(MasterLimits()) == MasterLimits()


def attempt(number: int, outcome: AttemptOutcome | None, seconds: float | None = None) -> Attempt:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Attempt(
        f"g{number}", 1, "fal", "flux-2-pro", at, at, outcome, None, None, None, None, first_byte=0.2, seconds=seconds
    )


def test_measurements_count_what_says_something_about_the_route() -> None:
    made = [attempt(i, "delivered", float(i)) for i in range(1, 9)]
    made += [attempt(20, "failed"), attempt(21, "taken_back"), attempt(22, "refused"), attempt(23, None)]
    speed = speeds(made)["fal", "flux-2-pro"]
    assert (speed.samples, speed.p50, speed.p95, speed.success) == (10, 4.0, 8.0, 0.8)
    assert speeds([]) == {}


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.95) == 1.0
    assert percentile([], 0.5) is None
