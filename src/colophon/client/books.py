"""Money, the audit log, and the installation."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from colophon.client.connection import Connection, View, at, bytes_of


class Books(Connection):
    # money

    def ledger(self, *by: str, **narrowed: Any) -> View:
        """Sums by campaign, brand, route, model or day; ``campaign``, ``route``, ``since``, ``until`` narrow them."""
        return self._json("GET", "/ledger", params={"by": list(by), **narrowed})

    def spending(self) -> list[View]:
        """What everybody spent this month, and their limits."""
        return self._rows("GET", "/ledger/people", name="people")

    def unknown(self) -> list[View]:
        """Orders whose outcome nobody knows yet, and what to do about each."""
        return self._rows("GET", "/ledger/unknown", name="unknown")

    def settle(self, generation: str, *, bought: bool, reason: str, amount: str | None = None) -> View:
        """Say what became of one of them."""
        body = {"bought": bought, "reason": reason, "amount": amount}
        return self._json("POST", at("generations", generation, "outcome"), json=body)

    def reconcile(
        self,
        invoice: bytes | Path,
        *,
        routes: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
        credit: str | None = None,
        settle: bool = False,
    ) -> View:
        """Hold a vendor's invoice, CSV, against the ledger; with ``settle`` its amounts are booked as final."""
        days = {"since": since and since.isoformat(), "until": until and until.isoformat()}
        params = {"route": list(routes), **days, "credit": credit, "settle": settle}
        return self._json("POST", "/ledger/reconcile", params=params, content=bytes_of(invoice))

    def routes(self) -> list[View]:
        """What can be bought where, at what price, how fast it was lately."""
        return self._rows("GET", "/routes", name="routes")

    # the audit log

    def log(self) -> View:
        """How long it is, and how much of it is under a checkpoint."""
        return self._json("GET", "/audit")

    def events(self, *, after: int = 0, about: str | None = None) -> Iterator[View]:
        """The audit log from an event on, oldest first; ``about``: of one table, or as ``table/key`` of one row."""
        yield from self._pages("/audit/events", "events", {"cursor": after or None, "about": about})

    def checkpoint(self) -> View:
        """Sign the log as it stands."""
        return self._json("POST", "/audit/checkpoints")

    def audit(self, *, sample: int | None = None, signatures: bool = True) -> View:
        """Hold everything on record against everything else."""
        return self._json("POST", "/audit/verify", params={"sample": sample, "signatures": signatures})

    # the installation

    def system(self) -> View:
        """Certificates with days left, the trust policy in force, and brands."""
        return self._json("GET", "/system")

    def examine(self) -> list[View]:
        """What is configured, reachable, expired or missing, and what to do about it."""
        return self._rows("POST", "/system/examinations", name="parts")
