"""Sweeps over many ordered pictures: a few threads ask for all that are due, so waiting costs no thread a picture.

A sweep waits for the orders it has claimed in the catalog; the claim is renewed while it runs, and when its process
dies another sweep takes them over once the claim has ended.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from colophon.domain.generation import GenerationState
from colophon.domain.record import Progress
from colophon.errors import ColophonError, ProviderError
from colophon.services.buyer import Buyer
from colophon.services.pace import Pace
from colophon.services.wait import ask
from colophon.services.waiting import Waiting, waiting

_LOG = logging.getLogger("colophon.buying")
_CLAIM_EVERY, _CLAIM_NEW = 5.0, 0.5  # seconds; far less than a claim holds
# With more orders than this due at once, the rest waits for the next round.
_MOST_AT_ONCE = 64
# Fetches take long and questions do not; `THREADS` leave room for questions beside the fetches.
_FETCHES = 4
THREADS = _FETCHES + 3


@dataclass(frozen=True, slots=True)
class Seen:
    """What one question came to: a state that is no longer ``submitted``, or an error that ends this wait."""

    generation: str
    state: GenerationState | None = None
    error: ColophonError | None = None


class Sweep:
    """The orders this worker waits for. Not safe for several threads: one loop owns it and asks through ``threads``."""

    def __init__(self, buyer: Buyer, threads: Executor, *, campaign: str | None = None) -> None:
        self._buyer = buyer
        self._threads = threads
        self._campaign = campaign
        self._pace = Pace()
        self._waiting: dict[str, Waiting] = {}
        self._asked: dict[Future[Seen | None], str] = {}
        self._given_up: set[str] = set()
        self._claimed_at: datetime | None = None
        self._unclaimed = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def unfinished(self) -> int:
        """Orders whose vendor is not known to be done; the others are being fetched."""
        return sum(not order.done for order in self._waiting.values())

    def claim(self, *, again: bool = False) -> None:
        """Take on orders nobody else waits for, renew the claim on our own, and see what webhooks said of them;
        ``again`` without waiting for the next time."""
        now, patience = self._buyer.clock.now(), self._buyer.patience
        every = _CLAIM_NEW if self._unclaimed else _CLAIM_EVERY
        if not again and self._claimed_at and now < self._claimed_at + timedelta(seconds=every):
            return
        self._claimed_at, self._unclaimed = now, False
        until = now + timedelta(seconds=patience.claim)
        for progress in self._buyer.orders.claim(self._buyer.worker, until=until, now=now, campaign=self._campaign):
            self._take(progress)

    def widen(self) -> None:
        """Wait for what any campaign's dead workers ordered as well: their tasks take places of the same key."""
        self._campaign = None
        self.claim(again=True)

    def add(self, generation: str) -> None:
        """An order this worker has just placed."""
        if generation not in self._waiting:
            self._unclaimed = True  # until then the lease of its submit holds, which is longer
            self._take(self._buyer.orders.progress(generation))

    def round(self) -> list[Seen]:
        """Ask for what is due, without waiting for the answers; returns what earlier questions came to."""
        self.claim()
        now = self._buyer.clock.now()
        busy = set(self._asked.values())
        due = [w for w in self._waiting.values() if w.due <= now and w.id not in busy]
        due.sort(key=lambda w: (w.fetchable, w.due))
        fetching = sum(self._waiting[generation].fetchable for generation in busy if generation in self._waiting)
        for order in due[: max(0, _MOST_AT_ONCE - len(busy))]:
            if order.fetchable and fetching >= _FETCHES:
                break
            fetching += order.fetchable
            self._asked[self._threads.submit(self._look, order)] = order.id
        return self._answers()

    def idle_for(self) -> float:
        """Seconds until the next question is due."""
        now = self._buyer.clock.now()
        soonest = min((w.due for w in self._waiting.values()), default=now + timedelta(seconds=1))
        return max(0.0, (soonest - now).total_seconds())

    def close(self) -> None:
        """Wait for questions on their way, and let others have what is left."""
        for future in list(self._asked):
            future.exception()
        self._asked.clear()
        self._buyer.orders.let_go(self._buyer.worker)

    def _take(self, progress: Progress) -> None:
        known = self._waiting.get(progress.generation.id)
        if progress.state is not GenerationState.SUBMITTED or progress.generation.id in self._given_up:
            return
        if known is None:
            self._waiting[progress.generation.id] = waiting(progress, self._buyer, self._pace)
        elif progress.hinted_at and progress.hinted_at != known.hinted_at:
            known.hinted_at, known.due = progress.hinted_at, self._buyer.clock.now()

    def _look(self, order: Waiting) -> Seen | None:
        try:
            state = ask(order, buyer=self._buyer)
        except ColophonError as error:
            return Seen(order.id, error=error)
        except Exception as error:  # noqa: BLE001 - one order's fault must not keep the others waiting
            _LOG.exception("waiting for %s failed in a way nobody foresaw", order.id)
            unforeseen = ProviderError(f"waiting failed: {type(error).__name__}", reason="unforeseen", where=order.id)
            return Seen(order.id, error=unforeseen)
        return None if state is None else Seen(order.id, state)

    def _answers(self) -> list[Seen]:
        seen: list[Seen] = []
        for future in [future for future in self._asked if future.done()]:
            generation = self._asked.pop(future)
            answer = future.result()
            if answer is None:
                continue
            del self._waiting[generation]
            if answer.error is not None:
                self._given_up.add(generation)  # a later run asks again
            seen.append(answer)
        return seen


def sweep_until_done(
    sweep: Sweep, buyer: Buyer, *, seconds: float, told: Callable[[Seen], None] = lambda seen: None
) -> Sequence[Seen]:
    """Sweep what can be claimed until nothing is waited for or ``seconds`` have passed."""
    end = buyer.clock.now() + timedelta(seconds=seconds)
    all_seen: list[Seen] = []
    sweep.claim(again=True)
    while len(sweep) and buyer.clock.now() < end:
        for seen in sweep.round():
            all_seen.append(seen)
            told(seen)
        buyer.clock.sleep(min(0.1, max(0.01, sweep.idle_for())))
    return all_seen
