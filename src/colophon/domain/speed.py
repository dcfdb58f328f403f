"""How routes did for us: nearest-rank percentiles of our own attempts, never a vendor's figures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from colophon.domain.record import Attempt

# Outcomes that say something about a route. Refusals by policy say something about the picture.
_ENDED = {"delivered", "taken_back", "failed", "unknown", "not_taken"}


@dataclass(frozen=True, slots=True)
class Speed:
    """Of ``samples`` attempts on one route with one model: seconds from submit to picture (median and 95th
    percentile), the median of seconds until a submit's answer began, and the share that brought a picture. None:
    nothing to measure."""

    route: str
    model: str
    samples: int
    p50: float | None
    p95: float | None
    first_byte: float | None
    success: float | None


def speeds(attempts: Iterable[Attempt]) -> dict[tuple[str, str], Speed]:
    """By route and model."""
    groups: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.outcome in _ENDED:
            groups[attempt.route, attempt.model].append(attempt)
    return {key: _speed(*key, group) for key, group in groups.items()}


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that ``share`` of all values do not exceed (nearest rank); None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _speed(route: str, model: str, attempts: Sequence[Attempt]) -> Speed:
    took = [a.seconds for a in attempts if a.outcome == "delivered" and a.seconds is not None]
    answered = [a.first_byte for a in attempts if a.first_byte is not None]
    return Speed(
        route,
        model,
        samples=len(attempts),
        p50=percentile(took, 0.5),
        p95=percentile(took, 0.95),
        first_byte=percentile(answered, 0.5),
        success=sum(a.outcome == "delivered" for a in attempts) / len(attempts) if attempts else None,
    )
