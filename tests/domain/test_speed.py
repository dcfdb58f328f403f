"""Our own measurements: which attempts count, and what nearest-rank percentiles say of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.domain.record import Attempt
from colophon.domain.speed import percentile, speeds

MOMENT = datetime(2026, 11, 21, tzinfo=UTC)


def attempt(outcome: Any, seconds: float | None = None, first: float | None = None, route: str = "bfl") -> Attempt:
    return Attempt("gen", 1, route, "flux-2-pro", MOMENT, MOMENT, outcome, None, None, "t", None, first, seconds)


def test_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([7.0], 0.95) == 7.0
    ten = [float(n) for n in range(10, 0, -1)]
    assert (percentile(ten, 0.5), percentile(ten, 0.95), percentile(ten, 0.0)) == (5.0, 10.0, 1.0)
    hundred = [float(n) for n in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.95)) == (50.0, 95.0)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_value_that_enough_others_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_only_delivered_pictures_say_how_long_it_takes() -> None:
    tries = [
        attempt("delivered", 4.0, 0.1),
        attempt("delivered", 6.0, 0.3),
        attempt("failed", 90.0),
        attempt("unknown"),
    ]
    speed = speeds(tries)["bfl", "flux-2-pro"]
    assert (speed.samples, speed.p50, speed.p95, speed.first_byte) == (4, 4.0, 6.0, 0.1)
    assert speed.success == pytest.approx(0.5)


def test_refusals_by_policy_and_open_orders_say_nothing_about_a_route() -> None:
    assert speeds([attempt("refused"), attempt("submitted"), attempt(None)]) == {}


def test_a_route_that_never_delivered_has_a_rate_and_no_time() -> None:
    speed = speeds([attempt("taken_back"), attempt("failed")])["bfl", "flux-2-pro"]
    assert (speed.samples, speed.success, speed.p50, speed.p95, speed.first_byte) == (2, 0.0, None, None, None)


def test_routes_are_measured_apart() -> None:
    found = speeds([attempt("delivered", 1.0), attempt("delivered", 9.0, route="bfl-eu")])
    assert {route: speed.p50 for (route, _), speed in found.items()} == {"bfl": 1.0, "bfl-eu": 9.0}
