"""When and where a campaign's pictures may be public, as its brief says it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from colophon.domain.brief import Brief


class Standing(StrEnum):
    """``embargo`` and ``early``: not yet public, by the embargo or by the rights; ``ended``: not any more."""

    OPEN = "open"
    EMBARGO = "embargo"
    EARLY = "early"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Window:
    """``opens`` is the first moment that is allowed, ``closes`` the first that is not any more; None: no such limit.
    ``territories`` are the brief's own words for where the pictures may be shown; none: no limit was stated."""

    embargo: datetime | None = None
    valid_from: datetime | None = None
    closes: datetime | None = None
    territories: tuple[str, ...] = ()

    @property
    def opens(self) -> datetime | None:
        return max((moment for moment in (self.embargo, self.valid_from) if moment), default=None)

    def standing(self, now: datetime) -> Standing:
        """An end that has passed counts more than a beginning that has not come."""
        if self.closes is not None and now >= self.closes:
            return Standing.ENDED
        if self.embargo is not None and now < self.embargo:
            return Standing.EMBARGO
        if self.valid_from is not None and now < self.valid_from:
            return Standing.EARLY
        return Standing.OPEN


def window_of(brief: Brief) -> Window:
    rights = brief.rights
    return Window(brief.embargo, rights.valid_from, rights.valid_until, rights.territories)
