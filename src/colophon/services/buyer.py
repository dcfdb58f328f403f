"""What buying needs: ports, patience, and a memory of routes that are in trouble."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colophon.domain.choice import Ranking
from colophon.domain.generation import Generation, Hook
from colophon.domain.record import Cap, Progress
from colophon.ports import Clock, Orders, Provider, Store


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a worker's claim on ordered pictures holds, how long to wait for a picture, how often to ask
    (growing from first to most), how long "not found" may still mean "not found yet", and how long a dead address of
    a picture "not there yet"."""

    claim: float = 20.0
    deadline: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 10.0
    grace: float = 20.0
    address: float = 60.0
    silences: int = 10  # polls in a row that may fail before the provider counts as out of reach


class Pauses:
    """Routes that lately could not be reached or ordered from are left alone for a while, longer each time: hundreds
    of orders do not each wait for the same dead address. In this process only."""

    FIRST, LONGEST = 2.0, 60.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    def left(self, route: str) -> float:
        """Seconds until the route is tried again; 0.0: now."""
        with self._lock:
            until = self._until.get(route)
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def failed(self, route: str, *, wish: float | None = None, seconds: float | None = None) -> None:
        """``wish``: what the vendor asked for; ``seconds``: how long, whatever came before."""
        with self._lock:
            count = self._failures[route] = self._failures.get(route, 0) + 1
            own = min(self.LONGEST, self.FIRST * 2 ** (count - 1))
            pause = seconds if seconds is not None else max(own, wish or 0.0)
            self._until[route] = self._clock.now() + timedelta(seconds=pause)

    def forget(self) -> None:
        """A new run asks anew: a person may have mended what was wrong."""
        with self._lock:
            self._failures.clear()
            self._until.clear()

    def worked(self, route: str) -> None:
        with self._lock:
            self._failures.pop(route, None)
            self._until.pop(route, None)


@dataclass(frozen=True, slots=True)
class Terms:
    """How one campaign buys: its ranking of routes for an order, whether another route may take over, and the caps
    beside its own."""

    rank: Callable[[Progress], Ranking]
    fallback: bool
    caps: Sequence[Cap] = ()


@dataclass(frozen=True, slots=True)
class Buyer:
    """The ports of a purchase. ``worker`` names this process for leases; ``terms`` are those of a campaign;
    ``account`` stands for a route's key and ``active_limit`` for how many unfinished tasks it may have; ``lease`` is
    how many seconds a submit there may take before its worker counts as dead; ``hook`` is where a vendor may call
    back, if anywhere; ``expected`` how many seconds a picture usually takes, if that is known; ``may_order`` raises
    `Halted` where a campaign's orders are stopped, before anything is prepared for one."""

    worker: str
    orders: Orders
    store: Store
    clock: Clock
    pauses: Pauses
    provider: Callable[[str], Provider]
    terms: Callable[[str], Terms]
    account: Callable[[str], str]
    active_limit: Callable[[str], int | None]
    lease: Callable[[str], float]
    hook: Callable[[Generation, int], Hook | None] = field(default=lambda wanted, attempt: None)
    expected: Callable[[str, str], float | None] = field(default=lambda route, model: None)
    may_order: Callable[[str], None] = field(default=lambda campaign: None)
    patience: Patience = Patience()
