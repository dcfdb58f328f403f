"""Halts: an order that nothing more is bought, for one campaign or for all."""

from dataclasses import dataclass
from datetime import datetime

from colophon.errors import Halted, InvalidInput

EVERYTHING = "everything"
LONGEST_REASON = 1000  # characters
_CAMPAIGN = "campaign/"


@dataclass(frozen=True, slots=True)
class Halt:
    """``scope`` is ``everything`` or ``campaign/SLUG``. In force until ``lifted_at``; kept for ever."""

    id: str
    scope: str
    by: str
    reason: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    @property
    def of_everything(self) -> bool:
        return self.scope == EVERYTHING

    def __str__(self) -> str:
        what = "all orders are stopped" if self.of_everything else "its orders are stopped"
        return f"{what} by {self.by} since {self.at:%Y-%m-%d %H:%M} UTC: {self.reason}"


def scope_of(campaign: str | None) -> str:
    """None: everything."""
    return EVERYTHING if campaign is None else _CAMPAIGN + campaign


def campaign_of(scope: str) -> str | None:
    """None for everything."""
    return None if scope == EVERYTHING else scope.removeprefix(_CAMPAIGN)


def halted(halt: Halt, campaign: str) -> Halted:
    """The error that says who stopped a campaign's orders, why, and what lets them go on."""
    again = "colophon resume" if halt.of_everything else f"colophon resume {campaign}"
    return Halted(str(halt), reason="halted", where=campaign, hint=f"`{again} --as NAME` lets orders go on")


def checked_reason(reason: str) -> str:
    """Without the space around it. Raises `InvalidInput` for none, or one that is too long."""
    reason = reason.strip()
    if not reason:
        raise InvalidInput("a stop needs a reason", where="--reason", hint="--reason TEXT: others read it")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"the reason has over {LONGEST_REASON} characters", where="--reason")
    return reason
