"""What the core asks of the part of the catalog that knows what each may spend."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from colophon.domain.money import Money


class Limits(Protocol):
    """Of people by the names they order with, for each calendar month in UTC. Reservations are held to them inside
    their own transaction, see `colophon.ports.Orders.begin_attempt`."""

    def set(self, account: str, limit: Money | None, *, currency: str, by: str, now: datetime) -> None:
        """None: what the settings say for everybody. Nothing that is booked changes. Raises `NotFound`."""

    def of(self, name: str) -> Money | None:
        """Somebody's own limit; None: they have none."""

    def every(self) -> Mapping[str, Money]:
        """The limits people have of their own, by `colophon.domain.purse.person_key`."""

    def spending(self, name: str, currency: str, *, now: datetime) -> tuple[Money, Money]:
        """Spent and reserved this month."""
