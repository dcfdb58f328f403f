"""The shipped tables of routes and prices, and what is said about bad ones."""

from datetime import date
from importlib.resources import files

import pytest

from colophon.domain.money import Money, rule_for
from colophon.domain.route import parse_prices, parse_routes
from colophon.errors import InvalidInput
from colophon.providers.addresses import host_allowed
from colophon.providers.registry import ADAPTERS
from colophon.sandbox.prices import price

DATA = files("colophon.data")
ROUTES = parse_routes((DATA / "routes.toml").read_text())
PRICES = parse_prices((DATA / "prices.toml").read_text())
DAY = date(2026, 10, 1)


MODELS = tuple(ROUTES["bfl"].models)


def test_every_route_that_is_on_prices_every_model_it_sells() -> None:
    assert {route.adapter for route in ROUTES.values()} == set(ADAPTERS)
    for name, route in ROUTES.items():
        if route.enabled:
            assert all(rule_for(PRICES[name], model, DAY) for model in route.models), name
        else:
            assert route.why_off or route.unplaced, name
    assert [name for name, route in ROUTES.items() if route.embedded] == ["sandbox"]


def test_limits_and_hosts_of_the_maker_hold_in_every_region() -> None:
    """Trap 33: four references with klein."""
    for name in ("sandbox", "bfl", "bfl-eu", "bfl-us"):
        assert ROUTES[name].reference_limit("flux-2-klein-4b") == 4
        assert ROUTES[name].reference_limit("flux-2-pro") == 8
    assert all(host_allowed("delivery-eu.bfl.ai", ROUTES[name].delivery_hosts) for name in ("bfl", "bfl-eu", "bfl-us"))


SIZES = [
    ((512, 512), ()),
    ((1024, 1024), ()),
    ((1920, 1088), ()),
    ((2048, 2048), ()),
    ((1024, 1024), ((2048, 2048),) * 2),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("size", "references"), SIZES)
def test_the_sandbox_charges_what_its_price_rule_says(
    model: str, size: tuple[int, int], references: tuple[tuple[int, int], ...]
) -> None:
    rule = rule_for(PRICES["sandbox"], model, DAY)
    assert rule is not None
    estimate = rule.price(*size, references)
    assert estimate.low == estimate.high == Money.of(price(model, size, references))


@pytest.mark.parametrize(
    ("model", "amounts"),
    [
        ("flux-2-pro", ("0.03", "0.045", "0.075", "0.15")),
        ("flux-2-max", ("0.07", "0.10", "0.16", "0.31")),
        ("flux-2-flex", ("0.05", "0.10", "0.20", "0.45")),
        ("flux-2-klein-4b", ("0.014", "0.015", "0.017", "0.022")),
        ("flux-2-klein-9b", ("0.015", "0.017", "0.021", "0.031")),
    ],
)
def test_the_vendors_published_examples(model: str, amounts: tuple[str, ...]) -> None:
    rule = rule_for(PRICES["bfl"], model, DAY)
    assert rule is not None
    examples = (SIZES[1], ((1920, 1080), ()), SIZES[3], SIZES[4])
    assert [rule.price(*size, refs).low for size, refs in examples] == [Money.of(amount) for amount in amounts]
    assert rule.price(1024, 1024).high > rule.price(1024, 1024).low


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = '[routes.x]\nadapter = "bfl"\nprovider = "X"\nbase_url = "ftp://x"\npoll_hosts = ["*"]\nextra = 1\n'
    text += "models = {}\n"
    with pytest.raises(InvalidInput) as caught:
        parse_routes(text)
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"routes.x.base_url", "routes.x.poll_hosts.0", "routes.x.extra", "routes.x.models"}


@pytest.mark.parametrize("text", ["routes = 1", "[routes]\nx = 1", "= broken", ""])
def test_a_table_of_another_shape(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_routes(text)


@pytest.mark.parametrize("amount", ["nan", "-1", "inf"])
def test_a_price_that_is_no_amount(amount: str) -> None:
    text = (DATA / "prices.toml").read_text().replace('first_output = "0.03"', f'first_output = "{amount}"', 1)
    with pytest.raises(InvalidInput):
        parse_prices(text)
