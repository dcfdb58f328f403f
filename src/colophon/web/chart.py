"""Charts as places on an SVG, so that they need no script and no style of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

HEIGHT, WIDTH = 120.0, 720.0
_GAP = 0.2  # of a bar's room
_MOST_BARS = 120


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. Lengths are in the chart's own units; ``sure`` stands on the ground, ``estimated`` on top of it."""

    day: date
    x: float
    width: float
    sure: float
    estimated: float
    amount: float


@dataclass(frozen=True, slots=True)
class Bars:
    bars: tuple[Bar, ...]
    highest: float

    width = WIDTH
    height = HEIGHT


def bars(amounts: Mapping[date, tuple[float, float]], first: date, last: date) -> Bars:
    """A bar a day from ``first`` to ``last``, the newest 120 days of them."""
    days = min((last - first).days + 1, _MOST_BARS)
    if days < 1:
        return Bars((), 0.0)
    room = WIDTH / days
    found = [last - timedelta(days=days - 1 - number) for number in range(days)]
    highest = max((sum(amounts.get(day, (0.0, 0.0))) for day in found), default=0.0)
    scale = HEIGHT / highest if highest else 0.0
    return Bars(
        tuple(
            Bar(
                day,
                round(number * room + room * _GAP / 2, 2),
                round(room * (1 - _GAP), 2),
                round(sure * scale, 2),
                round(estimated * scale, 2),
                sure + estimated,
            )
            for number, day in enumerate(found)
            for sure, estimated in (amounts.get(day, (0.0, 0.0)),)
        ),
        highest,
    )
