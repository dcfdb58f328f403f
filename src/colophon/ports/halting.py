"""The catalog's memory of halts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.halt import Halt


class Halts(Protocol):
    """`Orders.begin_attempt` asks for these in its own transaction, and either of the two waits for the other: an
    attempt is begun before a halt is committed, or not at all."""

    def halt(self, halt: Halt) -> Halt:
        """Put it in force. Where one of this scope is in force already: that one, and nothing is written."""

    def lift(self, scope: str, *, by: str, now: datetime) -> Halt | None:
        """End the one in force; None: there is none."""

    def active(self, campaign: str | None = None) -> Sequence[Halt]:
        """Those in force, oldest first; with a campaign only those that stop it."""

    def being_placed(self, campaign: str | None = None) -> int:
        """How many orders were begun and have no answer on record: just after a halt, those that may still reach a
        vendor."""

    def page(self, *, limit: int, before: str | None = None) -> Sequence[Halt]:
        """All of them, newest first; ``before``: older than the one with this id."""
