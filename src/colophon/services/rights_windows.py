"""When the rights of campaigns end, remembered by revision: a revision never says anything else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colophon.domain.board import PublicCampaign
from colophon.domain.brief import Brief
from colophon.domain.rights import Window, window_of
from colophon.ports import Orders

_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Ending:
    """A campaign with something public whose rights end at ``closes``, which may have passed."""

    campaign: PublicCampaign
    closes: datetime


@dataclass(slots=True)
class RightsWindows:
    """May be shared by threads: what two of them remember at once is the same."""

    orders: Orders
    _known: dict[str, Window] = field(default_factory=dict)

    def endings(self, public: Sequence[PublicCampaign], now: datetime, *, within: timedelta) -> list[Ending]:
        """Soonest first."""
        found = [Ending(each, closes) for each in public if (closes := self._of(each).closes)]
        return sorted((each for each in found if each.closes <= now + within), key=lambda each: each.closes)

    def _of(self, public: PublicCampaign) -> Window:
        if (known := self._known.get(public.revision)) is not None:
            return known
        record = self.orders.campaign(public.slug)
        window = window_of(Brief.model_validate_json(record.brief))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[record.revision] = window
        return window
