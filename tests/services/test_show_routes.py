"""What `colophon routes` shows: on or off and why, today's price, limits, and our own measurements or none."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from colophon.domain.money import PriceRule
from colophon.domain.record import Attempt
from colophon.domain.route import Route
from colophon.domain.speed import speeds
from colophon.errors import InvalidInput
from colophon.services.show_routes import routes_view

TODAY = date(2026, 11, 21)


def route(name: str, **members: object) -> Route:
    plain: dict[str, object] = {
        "name": name,
        "adapter": "bfl",
        "provider": "Black Forest Labs",
        "base_url": "https://api.bfl.ai",
        "models": {"flux-2-pro": "flux-2-pro"},
        "key_variable": "BFL_API_KEY",
        "enabled": True,
    }
    return Route.model_validate({**plain, **members})


def rule(first: str, *, confirmed: bool = True, **members: object) -> PriceRule:
    plain: dict[str, object] = {
        "model": "flux-2-pro",
        "valid_from": date(2025, 11, 25),
        "first_output": first,
        "further_output": "0.015",
        "reference": "0.015",
        "megapixel_bases": (1048576, 1000000),
        "source": "the vendor's page",
        "confirmed": confirmed,
    }
    return PriceRule.model_validate({**plain, **members})


ROUTES = {
    r.name: r
    for r in (
        route("bfl", active_limit=24),
        route("bare", enabled=False, why_off="its contract is not confirmed"),
        route("quiet", enabled=False),
        route(
            "azure", base_url="https://yours.example", models={"flux-2-pro": "FLUX.2-pro", "flux-2-flex": "FLUX.2-flex"}
        ),
        route("my-gateway", key_variable=None, max_side=1440),
        route("sandbox", base_url="http://sandbox.invalid/bfl"),
    )
}


def shown(**options: Any) -> dict[str, Any]:
    prices = {
        "bfl": (rule("0.03"), rule("0.01", valid_until=date(2025, 12, 1))),
        "azure": (rule("0.05", confirmed=False),),
    }
    keyed = {"bfl", "azure", "sandbox"}
    rows = routes_view(ROUTES, prices, options.pop("speeds", {}), lambda r: r.name in keyed, TODAY, **options)
    return {row["name"]: row for row in rows}


def test_each_route_says_whether_it_can_be_used_and_why_not() -> None:
    rows = shown()
    assert {name: row["state"] for name, row in rows.items()} == {
        "bfl": "on",
        "bare": "off",
        "quiet": "off",
        "azure": "no_address",
        "my-gateway": "no_key",
        "sandbox": "on",
    }
    assert rows["bfl"]["why"] == ""
    assert rows["bare"]["why"] == "its contract is not confirmed"
    assert "COLOPHON_ROUTES__QUIET__ENABLED" in rows["quiet"]["why"]
    assert "COLOPHON_ROUTES__AZURE__BASE_URL" in rows["azure"]["why"]
    assert "COLOPHON_ROUTES__MY_GATEWAY__API_KEY" in rows["my-gateway"]["why"]


def test_prices_are_today_s_with_their_source_and_limits_are_shown() -> None:
    rows = shown()
    [bfl] = rows["bfl"]["models"]
    price = bfl["price"]
    assert (price["low"], price["high"], price["currency"], price["confirmed"]) == ("0.03", "0.045", "USD", True)
    assert (price["width"], price["height"], price["source"]) == (1024, 1024, "the vendor's page")
    assert rows["azure"]["models"][0]["price"]["confirmed"] is False
    assert rows["azure"]["models"][1]["price"] is None
    assert (rows["bfl"]["active_limit"], rows["azure"]["active_limit"]) == (24, None)
    assert rows["my-gateway"]["limits"]["max_side"] == 1440


def test_one_model_s_routes_only() -> None:
    rows = shown(model="flux-2-flex")
    assert [(name, [m["model"] for m in row["models"]]) for name, row in rows.items()] == [("azure", ["flux-2-flex"])]
    with pytest.raises(InvalidInput, match="no route sells") as caught:
        shown(model="flux-2-prop")
    assert "flux-2-pro" in caught.value.hint


def test_measurements_are_our_own_or_none() -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    ended = (moment, moment)
    tries = [
        Attempt("a", 1, "bfl", "flux-2-pro", *ended, "delivered", None, None, "t1", None, 0.2, 4.0),
        Attempt("b", 1, "bfl", "flux-2-pro", *ended, "delivered", None, None, "t2", None, 0.2, 8.0),
        Attempt("c", 1, "bfl", "flux-2-pro", *ended, "failed", None, None, "t3", None, 0.2, None),
    ]
    rows = shown(speeds=speeds(tries))
    measured = rows["bfl"]["models"][0]["measured"]
    assert (measured["samples"], measured["p50"], measured["p95"], measured["first_byte"]) == (3, 4.0, 8.0, 0.2)
    assert measured["success"] == pytest.approx(2 / 3)
    assert rows["azure"]["models"][0]["measured"] is None
