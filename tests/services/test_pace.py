"""When a picture is asked for: what was seen of others decides, and a first question that came too late corrects it."""

import pytest

from colophon.services.pace import Pace

ROUTE = ("sandbox", "flux-2-pro")


def asked_for(pace: Pace, takes: float, pictures: int) -> list[float]:
    """The age at which each of so many pictures, one after the other, is found ready."""
    found = []
    for _ in range(pictures):
        age, after = pace.first(*ROUTE), None
        assert age is not None
        while age < takes:
            step = pace.step(*ROUTE, age, 0.5)
            assert step is not None
            after, age = age, age + step
        pace.ready(*ROUTE, after=after, by=age)
        found.append(age)
    return found


def test_too_few_pictures_say_nothing() -> None:
    pace = Pace()
    for _ in range(2):
        pace.ready(*ROUTE, after=9.0, by=10.0)
    assert pace.first(*ROUTE) is None
    assert pace.step(*ROUTE, 1.0, 0.5) is None


def test_routes_and_models_are_kept_apart() -> None:
    pace = Pace()
    for _ in range(3):
        pace.ready(*ROUTE, after=9.0, by=10.0)
    assert pace.first(*ROUTE) == 9.0
    assert pace.first("sandbox", "flux-2-max") is None
    assert pace.first("bfl", "flux-2-pro") is None


@pytest.mark.parametrize(("after", "by"), [(6.6, 10.4), (None, 14.0), (2.4, 25.0)])
def test_after_a_while_a_picture_of_ten_seconds_is_found_within_two_tenths(after: float | None, by: float) -> None:
    pace = Pace()
    for _ in range(24):
        pace.ready(*ROUTE, after=after, by=by)
    late = [age - 10.0 for age in asked_for(pace, 10.0, 200)[-50:]]
    assert sum(late) / len(late) <= 0.2


def test_a_vendor_that_becomes_faster_is_noticed() -> None:
    pace = Pace()
    for _ in range(3):
        pace.ready(*ROUTE, after=9.9, by=10.0)
    asked_for(pace, 10.0, 40)
    late = [age - 4.0 for age in asked_for(pace, 4.0, 400)[-20:]]
    assert sum(late) / len(late) <= 0.3


def test_steps_stay_within_their_bounds() -> None:
    pace = Pace()
    for by in (5.0, 10.0, 15.0):
        pace.ready(*ROUTE, after=by - 1, by=by)
    assert pace.step(*ROUTE, 6.0, 0.5) == 0.5
    assert pace.step(*ROUTE, 1.0, 0.5) == pytest.approx(3.0), "not before the first is likely to be ready"
    assert pace.step(*ROUTE, 30.0, 0.5) is None, "nothing seen took as long"
