"""When to ask for a picture: what the questions of this process have shown lately, by route and model.

A question that is answered "not yet" and the next one that is answered "ready" enclose the moment the vendor was done.
The catalog's own figures do not serve for that: they hold the time that passed until somebody asked.
"""

import math
import threading
from collections import deque

# Enough to see a vendor's spread, few enough to follow when it becomes slower or faster.
_REMEMBERED = 32
_ENOUGH = 3
# A first question comes when a tenth of the pictures are ready: who waits longer blocks places at the vendor.
_EARLY, _LATE = 0.1, 0.9
_TOO_LATE = 0.9
_STEPS = 8
_SHORTEST = 0.1


class Pace:
    """Ages in seconds since submit. Safe for several threads; in this process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], deque[tuple[float, float]]] = {}

    def ready(self, route: str, model: str, *, after: float | None, by: float) -> None:
        """A picture was not there at the age ``after`` (None: it was not asked for before) and was there at ``by``."""
        # Ready at the first question says that it came too late, not by how much: the next ones come earlier.
        seen = (_TOO_LATE * by if after is None else after, by)
        with self._lock:
            self._seen.setdefault((route, model), deque(maxlen=_REMEMBERED)).append(seen)

    def first(self, route: str, model: str) -> float | None:
        """The age at which to ask first; None: too little was seen to say."""
        known = self._known(route, model)
        return known[0] if known else None

    def step(self, route: str, model: str, age: float, longest: float) -> float | None:
        """Seconds from a question at ``age`` to the next, at most ``longest``; None: too little was seen, or the
        picture takes longer than others do and nothing seen says when it will come."""
        known = self._known(route, model)
        if known is None or age > 1.5 * known[1]:
            return None
        early, late = known
        return max(early - age, min(longest, max(_SHORTEST, (late - early) / _STEPS)))

    def _known(self, route: str, model: str) -> tuple[float, float] | None:
        """Before the first age few pictures are ready, at the second most are."""
        with self._lock:
            seen = list(self._seen.get((route, model), ()))
        if len(seen) < _ENOUGH:
            return None
        return _nearest([after for after, _ in seen], _EARLY), _nearest([by for _, by in seen], _LATE)


def _nearest(values: list[float], share: float) -> float:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
