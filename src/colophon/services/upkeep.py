"""Look after what dead workers left: leases that ended, unknown outcomes, pictures that were ordered and never fetched.

Nothing is ordered here. What a worker still waits for is left to it; its claim ends soon after it does.
"""

from dataclasses import dataclass
from datetime import timedelta

from colophon.domain.generation import GenerationState
from colophon.services.buyer import Buyer
from colophon.services.sweep import Seen, Sweep, sweep_until_done
from colophon.services.unknowns import Answer, ask_about_unknown

# A live worker examines a picture within seconds of its arrival, minutes where many wait in line.
UNEXAMINED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What one pass did. ``expired`` became unknown because their worker stopped between request and record;
    ``answers`` are what asking about unknown outcomes brought; ``seen`` what became of orders taken over;
    ``left_behind`` are pictures that arrived long ago and that nobody examined."""

    expired: tuple[str, ...]
    answers: tuple[Answer, ...]
    seen: tuple[Seen, ...]
    left_behind: tuple[str, ...]

    @property
    def to_finish(self) -> tuple[str, ...]:
        """Pictures that now wait for examination."""
        arrived = (s.generation for s in self.seen if s.state is GenerationState.DELIVERED)
        return tuple(dict.fromkeys((*self.left_behind, *arrived)))

    @property
    def held(self) -> tuple[str, ...]:
        """Unknown outcomes that only a person can settle."""
        return tuple(a.generation for a in self.answers if a.outcome == "held")


def look_after(*, buyer: Buyer, sweep: Sweep, seconds: float) -> Upkeep:
    """One pass over all campaigns, waiting at most ``seconds`` for pictures."""
    expired = buyer.orders.expire_leases(now=buyer.clock.now())
    answers = ask_about_unknown(buyer=buyer)
    try:
        seen = sweep_until_done(sweep, buyer, seconds=seconds)
    finally:
        sweep.close()
    left = buyer.orders.unexamined(before=buyer.clock.now() - UNEXAMINED_FOR)
    return Upkeep(tuple(expired), tuple(answers), tuple(seen), tuple(left))
