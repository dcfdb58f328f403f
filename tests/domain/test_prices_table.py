"""The shipped tables of routes and prices: complete, dated, sourced, and right on the published examples."""

from datetime import date

import pytest

from colophon import data
from colophon.domain.brief import Safety
from colophon.domain.money import Estimate, Money, PriceRule, rule_for
from colophon.domain.route import Route, parse_prices, parse_routes

ROUTES = parse_routes(data.text("routes.toml"))
PRICES = parse_prices(data.text("prices.toml"))
TODAY = date(2026, 11, 21)
SOLD = [(name, model) for name, route in ROUTES.items() if not route.why_off for model in route.models]
MODELS = ("flux-2-pro", "flux-2-max", "flux-2-flex", "flux-2-klein-4b", "flux-2-klein-9b")
ONE = (1024, 1024)
FOUR = (2048, 2048)

# Computed from the maker's published formula per model; a megapixel is 1,048,576 pixels, rounded up per picture.
VECTORS: list[tuple[tuple[int, int], list[tuple[int, int]], tuple[str, ...]]] = [
    ((512, 512), [], ("0.03", "0.07", "0.05", "0.014", "0.015")),
    (ONE, [], ("0.03", "0.07", "0.05", "0.014", "0.015")),
    ((1920, 1080), [], ("0.045", "0.10", "0.10", "0.015", "0.017")),
    (FOUR, [], ("0.075", "0.16", "0.20", "0.017", "0.021")),
    (ONE, [ONE], ("0.045", "0.10", "0.10", "0.015", "0.017")),
    (ONE, [FOUR, FOUR], ("0.15", "0.31", "0.45", "0.022", "0.031")),
]
LIST_PRICED = (
    "sandbox",
    "bfl",
    "bfl-eu",
    "bfl-us",
    "replicate",
    "fal",
    "lumenfall",
    "azure",
    "together",
    "openai-images",
)


def rule(route: str, model: str) -> PriceRule:
    found = rule_for(PRICES[route], model, TODAY)
    assert found is not None
    return found


@pytest.mark.parametrize(("size", "references", "amounts"), VECTORS)
@pytest.mark.parametrize("route", LIST_PRICED)
def test_routes_at_the_makers_price_cost_what_the_formula_says(
    route: str, size: tuple[int, int], references: list[tuple[int, int]], amounts: tuple[str, ...]
) -> None:
    """Trap 42: rounded up per picture, references one by one, four megapixels at most."""
    for model, amount in zip(MODELS, amounts, strict=True):
        if model in ROUTES[route].models:
            assert rule(route, model).price(*size, references).low == Money.of(amount)


@pytest.mark.parametrize(
    ("size", "references", "amount"),
    [((1472, 512), [], "0.0315"), (ONE, [ONE, (2016, 1536)], "0.0945"), (FOUR, [], "0.07875")],
)
def test_the_samples_of_the_reseller_with_a_twentieth_on_top(
    size: tuple[int, int], references: list[tuple[int, int]], amount: str
) -> None:
    """63,000 and 189,000 credits of 1/2,000,000 dollar in the vendor's own samples."""
    assert rule("aimlapi", "flux-2-pro").price(*size, references).low == Money.of(amount)


@pytest.mark.parametrize(
    ("route", "model", "amount"),
    [("callmissed", "flux-2-pro", "0.10"), ("cometapi", "flux-2-flex", "0.192"), ("cometapi", "flux-2-pro", "0.075")],
)
def test_flat_prices_know_no_megapixels(route: str, model: str, amount: str) -> None:
    flat = Estimate(Money.of(amount), Money.of(amount))
    assert {rule(route, model).price(*size, refs) for size, refs in (((512, 512), []), (FOUR, [FOUR]))} == {flat}


def test_a_picture_is_priced_at_the_size_that_is_ordered() -> None:
    """Traps 22, 42: 1920x1080 is not aligned; the aligned size is ordered and priced. Ratios that a gateway's table
    makes a little larger than a megapixel are snapped downwards, or they would cost two."""
    pro = rule("bfl", "flux-2-pro")
    assert "multiples of 16" in str(ROUTES["bfl"].obstacle("flux-2-pro", 1920, 1080, 0, "x"))
    assert ROUTES["bfl"].obstacle("flux-2-pro", 1920, 1088, 0, "x") is None
    assert pro.price(1920, 1088) == pro.price(1920, 1080)
    assert pro.price(1183, 887).low == Money.of("0.045")
    assert pro.price(1183 // 16 * 16, 887 // 16 * 16).low == Money.of("0.03")


def test_where_the_megapixel_is_not_certain_the_dearer_reading_is_reserved() -> None:
    """Trap 42: 1024x1024 is one megapixel of 1,048,576 pixels, and two of a million."""
    assert rule("fal", "flux-2-pro").price(*ONE) == Estimate(Money.of("0.03"), Money.of("0.045"))


def test_variants_are_priced_one_by_one() -> None:
    """Trap 36: two pictures of one megapixel are two orders, not one of two megapixels."""
    pro = rule("sandbox", "flux-2-pro")
    assert (pro.price(*ONE) + pro.price(*ONE)).high == Money.of("0.06")
    assert pro.price(1024, 2048).high == Money.of("0.045")


def test_every_route_that_sells_has_a_price_today() -> None:
    assert {name for name, _ in SOLD} == {name for name, route in ROUTES.items() if route.enabled} == set(PRICES)
    for name, model in SOLD:
        assert rule(name, model).price(*ONE).high > Money(0)
        assert rule(name, model).currency == "USD"


def test_no_price_is_for_a_model_that_is_not_sold() -> None:
    listed = {(name, each.model) for name, rules in PRICES.items() for each in rules}
    assert listed == set(SOLD)


def test_a_price_nobody_published_says_what_was_assumed() -> None:
    unconfirmed = {(name, each.model) for name, rules in PRICES.items() for each in rules if not each.confirmed}
    assert unconfirmed == {
        *(("replicate", model) for model in MODELS[:3]),
        *(("fal", model) for model in MODELS[3:]),
        *(("together", model) for model in MODELS[:3]),
        *(("cometapi", model) for model in ("flux-2-pro", "flux-2-flex")),
        ("aimlapi", "flux-2-max"),
        ("openai-images", "flux-2-pro"),
    }
    for name, rules in PRICES.items():
        for each in rules:
            assert each.source
            assert each.confirmed or any(word in each.source for word in ("assumed", "not known")), name


@pytest.mark.parametrize("name", ["fireworks", "llmapi"])
def test_a_route_that_is_off_says_why_and_has_no_price(name: str) -> None:
    assert not ROUTES[name].enabled
    assert len(ROUTES[name].why_off) > 20
    assert name not in PRICES


def test_the_buyers_own_addresses_are_left_for_the_buyer_to_set() -> None:
    assert {name for name, route in ROUTES.items() if route.unplaced} == {"azure", "openai-images", "llmapi"}


LIMITS: list[tuple[str, tuple[int, int], int, str | None]] = [
    ("bfl", (64, 64), 8, None),
    ("bfl", (48, 64), 0, "sides of 64"),
    ("bfl", (2064, 2048), 0, "pixels"),
    ("bfl", ONE, 9, "at most 8"),
    ("replicate", (240, 256), 0, "256 to 2048"),
    ("replicate", (2064, 512), 0, "256 to 2048"),
    ("azure", (4096, 1024), 8, None),
    ("azure", (240, 512), 0, "256 to 4096"),
    ("together", (1920, 1920), 0, None),
    ("together", (1936, 512), 0, "256 to 1920"),
    ("aimlapi", (2048, 512), 3, None),
    ("aimlapi", (496, 512), 0, "512 to 2048"),
    ("aimlapi", (1040, 1024), 0, "multiples of 32"),
    ("aimlapi", ONE, 4, "at most 3"),
    ("callmissed", ONE, 1, "at most 0"),
    ("lumenfall", ONE, 9, "at most 8"),
]


@pytest.mark.parametrize(("name", "size", "references", "message"), LIMITS)
def test_each_route_has_the_vendors_own_bounds(
    name: str, size: tuple[int, int], references: int, message: str | None
) -> None:
    """Traps 22, 23, 33: what cannot be taken is known before anything is sent."""
    reason = ROUTES[name].obstacle("flux-2-pro", *size, references, "x")
    assert (reason is None) is (message is None)
    assert (message or "") in (reason or "")


def test_small_models_and_one_reseller_take_fewer_references() -> None:
    """Trap 33."""
    assert {
        ROUTES[name].reference_limit("flux-2-klein-4b") for name in ("sandbox", "bfl", "bfl-eu", "bfl-us", "fal")
    } == {4}
    assert ROUTES["aimlapi"].reference_limit("flux-2-max") == 0


SCALES: dict[str, tuple[int | str, ...]] = {
    **dict.fromkeys(("sandbox", "bfl", "bfl-eu", "bfl-us", "azure"), (0, 2, 5)),
    **dict.fromkeys(("replicate", "lumenfall", "cometapi"), (1, 2, 5)),
    **dict.fromkeys(("fal", "aimlapi"), ("1", "2", "5")),
    **dict.fromkeys(("together", "callmissed", "openai-images", "llmapi"), ()),
    "fireworks": (0, 2),
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=list(ROUTES))
def test_the_safety_scale_is_the_vendors_in_range_and_type(route: Route) -> None:
    """Trap 28: integers or text, from 0 or from 1; stricter steps are smaller."""
    sent = [route.safety[step] for step in Safety if step in route.safety]
    assert tuple(sent) == SCALES[route.name]
    assert sent == sorted(sent, key=str)


def test_a_key_goes_to_its_vendor_and_no_route_trusts_every_host() -> None:
    """Trap 18: lists of hosts name the vendor's; nothing is a wildcard over a public suffix."""
    for route in ROUTES.values():
        hosts = (*route.poll_hosts, *route.delivery_hosts)
        assert all(host.removeprefix("*.").count(".") >= 1 for host in hosts), route.name
        assert route.key_variable or route.embedded


def test_editing_names_belong_to_models_that_are_sold() -> None:
    for route in ROUTES.values():
        assert set(route.edit_models) <= set(route.models)
        assert set(route.model_references) <= set(route.models)
    assert ROUTES["aimlapi"].vendor_model("flux-2-pro", references=True) == "blackforestlabs/flux-2-pro-edit"
    assert ROUTES["fal"].vendor_model("flux-2-max", references=True) == "fal-ai/flux-2-max/edit"
    assert ROUTES["together"].vendor_model("flux-2-pro", references=True) == "black-forest-labs/FLUX.2-pro"
