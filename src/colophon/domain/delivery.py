"""Deliveries: one message on its way to one target, when it is sent again, and when it is given up.

The pauses are those that the Standard Webhooks specification 1.0.0 gives as its example, ten attempts over three days
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Deliverability").
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from colophon.domain.message import Message, MessageType

PAUSES = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""Seconds after the first attempt, the second, and so on."""
MOST_ATTEMPTS = len(PAUSES) + 1
JITTER = 0.2
"""Each pause is longer by up to this share of it, so that what failed together is not repeated together."""

_GONE = 410
_TOO_MANY = 429


class DeliveryState(StrEnum):
    """``dead``: given up; only a person sends it again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told. ``types`` and ``brands`` None: of everything."""

    name: str
    types: Collection[MessageType] | None = None
    brands: Collection[str] | None = None

    def wants(self, message: Message) -> bool:
        typed = self.types is None or message.type in self.types
        return typed and (self.brands is None or message.brand in self.brands)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a target answered. ``status`` None: nothing, and ``problem`` says why. ``retry_after`` is its own wish in
    seconds."""

    status: int | None
    problem: str | None = None
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The target wants no more messages at all."""
        return self.status == _GONE

    @property
    def in_trouble(self) -> bool:
        """It is the target that has a problem, not this message: the next one would fare no better."""
        return self.status is None or self.status == _TOO_MANY or self.status >= 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """``attempts`` counts those begun. ``due_at`` of a pending one: when it may be sent next; while somebody sends it,
    when others may."""

    target: str
    message: Message
    state: DeliveryState
    attempts: int
    due_at: datetime
    added_at: datetime
    last_at: datetime | None = None
    last_status: int | None = None
    last_problem: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """A target as the catalog has it. All events up to ``position`` were looked at for it; ``stopped_at``: it wanted no
    more; ``rests_until``: it asked to be left alone for a while."""

    name: str
    position: int
    added_at: datetime
    rests_until: datetime | None = None
    stopped_at: datetime | None = None
    stopped_why: str | None = None
    pending: int = 0
    delivered: int = 0
    dead: int = 0


def next_attempt(attempts: int, sent: Sent, now: datetime, chance: float) -> datetime | None:
    """When a message that was not taken is sent again; None: it is given up. ``chance`` is 0 to 1."""
    if sent.gone or attempts >= MOST_ATTEMPTS:
        return None
    pause = PAUSES[attempts - 1] * (1 + JITTER * chance)
    return now + timedelta(seconds=max(pause, sent.retry_after or 0.0))
