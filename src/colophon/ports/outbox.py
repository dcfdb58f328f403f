"""What is to be told to other programs, and who carries it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.delivery import Delivery, DeliveryState, Sent, Target, TargetStanding
from colophon.domain.message import Message


class Outbox(Protocol):
    """The catalog's memory of messages and of their deliveries."""

    def enrol(self, names: Iterable[str], *, now: datetime) -> None:
        """Targets that are new here are told of what happens from now on."""

    def collect(self, target: Target, *, now: datetime) -> int:
        """Make a delivery of every event since the last time that this target wants to hear of; how many. Events of
        one target are collected once, whoever does it. Nothing for a target that was stopped or is not enrolled."""

    def claim(self, target: str, *, now: datetime, until: datetime) -> Delivery | None:
        """The next delivery that is due, its attempt counted; others leave it alone until then. None: nothing is due,
        or the target was stopped or rests."""

    def record(self, delivery: Delivery, sent: Sent, *, again_at: datetime | None, now: datetime) -> None:
        """What came of the attempt that was claimed: taken, to be sent ``again_at``, or given up (None). Changes
        nothing when somebody else has claimed it since."""

    def rest(self, target: str, *, until: datetime) -> None:
        """Leave a target alone until then."""

    def stop(self, target: str, *, why: str, now: datetime) -> None:
        """Send it nothing more until it is resumed."""

    def resume(self, target: str) -> None:
        """Go on with a target where it was stopped. Raises `NotFound`."""

    def again(self, *, message: str | None, target: str | None, now: datetime) -> Sequence[tuple[str, str]]:
        """Make deliveries due now, with all their attempts before them: a message's, or every dead one (``message``
        None), to one target or to all. Returns (message, target) of each."""

    def page(
        self, *, state: DeliveryState | None = None, target: str | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        """The newest first."""

    def standings(self) -> Sequence[TargetStanding]: ...

    def forget(self, *, before: datetime) -> int:
        """Delete what was delivered before then; how many deliveries."""


class Courier(Protocol):
    """Carries messages to one target."""

    address: str
    """For people: scheme, host and port; the rest of an address may be a secret."""

    def send(self, message: Message, *, at: datetime) -> Sent:
        """One attempt, at this time; never raises over what the target does."""
