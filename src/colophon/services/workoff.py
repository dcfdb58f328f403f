"""Work a campaign off: order, wait and finish, each generation as far as it is ready for, until nothing is left.

One loop in one thread decides; the steps run elsewhere (an orchestrator's tasks, or plain threads) and report back.
Whether a step is done is asked of the catalog, so the loop may die at any point and be started again.
"""

import logging
import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from colophon.domain.generation import GenerationState
from colophon.errors import ColophonError, Conflict, ProviderUnavailable
from colophon.ports import Assets
from colophon.services.buyer import Buyer
from colophon.services.resume import left_to_do
from colophon.services.stopped import only_its_files, together
from colophon.services.sweep import Seen, Sweep
from colophon.services.unknowns import ask_about_unknown

_LOG = logging.getLogger("colophon.campaign")
# The one layer that tries an order again, and only where the provider certainly did not take it. The waits, in
# seconds, let an outage or a rate limit pass; after the last one the campaign stops and can be run again.
PAUSES = (2.0, 8.0, 20.0)
_TICK = 0.02
_AT_LIMIT = 0.25
_ANOTHER_LOOK = 5.0
_WIDEN_AFTER = 5.0


class Step(Protocol):
    """A step that was started; what a future of an executor or of an orchestrator offers."""

    def add_done_callback(self, fn: Callable[[Any], Any], /) -> None: ...
    def result(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """How steps are started and how many may be under way: ``submits`` requests at once, ``unfinished`` orders
    between submit and picture, ``finishing`` pictures in examination. ``ended`` is told of each generation that needs
    nothing more from this run."""

    submit: Callable[[str], Step]
    finish: Callable[[str], Step]
    submits: int
    unfinished: int
    finishing: int
    ended: Callable[[str], None] = lambda generation: None


def work_off(campaign: str, *, buyer: Buyer, assets: Assets, crew: Crew, sweep: Sweep) -> ColophonError | None:
    """Returns what kept it from finishing: an error another try cannot mend, or one that lasted through all pauses,
    with the problems of every generation that was not finished. All that was reached by then is kept."""
    buyer.pauses.forget()
    _ask_about_unknown(campaign, buyer)
    try:
        while True:
            left = left_to_do(campaign, orders=buyer.orders, assets=assets, clock=buyer.clock)
            if left.nothing:
                # Leases that ended meanwhile became unknown just now: their vendors have not been asked yet.
                if _ask_about_unknown(campaign, buyer):
                    continue
                return None
            shift = _Shift(buyer, crew, sweep, left.to_order, left.to_finish)
            if shift.idle:
                _LOG.info("another run is at work on what is left; looking again in a moment")
                buyer.clock.sleep(min(left.wait or _ANOTHER_LOOK, _ANOTHER_LOOK))
                continue
            errors = shift.work()
            if errors:
                return together(errors)
    finally:
        sweep.close()


def _ask_about_unknown(campaign: str, buyer: Buyer) -> bool:
    """Whether any of them is unknown no more, and something is left to do again."""
    answers = ask_about_unknown(campaign, buyer=buyer)
    for answer in answers:
        _LOG.info("%s, whose outcome was unknown: %s (%s)", answer.generation, answer.outcome, answer.message)
    return any(answer.outcome in ("found", "not_taken") for answer in answers)


class _Shift:
    """One pass over what is left; its state lives only as long as the pass."""

    def __init__(
        self, buyer: Buyer, crew: Crew, sweep: Sweep, to_order: tuple[str, ...], to_finish: tuple[str, ...]
    ) -> None:
        self._buyer = buyer
        self._crew = crew
        self._sweep = sweep
        self._orders = deque(to_order)
        self._pictures = deque(to_finish)
        self._reports: queue.SimpleQueue[tuple[str, str, Step]] = queue.SimpleQueue()
        self._ordering: set[str] = set()
        self._finishing: set[str] = set()
        self._errors: list[ColophonError] = []
        self._pauses = deque(PAUSES)
        self._held_until = buyer.clock.now()
        self._limited_since: datetime | None = None
        self._no_more_orders = False
        sweep.claim(again=True)

    @property
    def idle(self) -> bool:
        """There is nothing this worker could do."""
        return not (self._orders or self._pictures or len(self._sweep))

    def work(self) -> list[ColophonError]:
        """The errors of the steps that ended early. After one that another try cannot mend (no funds, a wrong key)
        no further orders are placed; what is already ordered is still collected. A file that cannot be made stops
        nothing else."""
        while self._under_way or self._pictures or (self._orders and not self._no_more_orders):
            self._start()
            seen = self._sweep.round()
            for one in seen:
                self._seen(one)
            if not self._reported() and not seen:
                self._buyer.clock.sleep(min(_TICK, max(0.005, self._sweep.idle_for())))
        return self._errors

    @property
    def _under_way(self) -> bool:
        return bool(self._ordering or self._finishing or len(self._sweep))

    def _start(self) -> None:
        """Pictures first: what is paid for goes before what is not ordered yet."""
        while self._pictures and len(self._finishing) < self._crew.finishing:
            generation = self._pictures.popleft()
            self._finishing.add(generation)
            self._follow("finish", generation, self._crew.finish(generation))
        while self._orders and self._may_order():
            generation = self._orders.popleft()
            self._ordering.add(generation)
            self._follow("submit", generation, self._crew.submit(generation))

    def _may_order(self) -> bool:
        return (
            not self._no_more_orders
            and self._buyer.clock.now() >= self._held_until
            and len(self._ordering) < self._crew.submits
            and len(self._ordering) + self._sweep.unfinished < self._crew.unfinished
            # Pictures that pile up unexamined are orders that would better have waited.
            and len(self._pictures) < self._crew.finishing
        )

    def _follow(self, step: str, generation: str, started: Step) -> None:
        started.add_done_callback(lambda future: self._reports.put((step, generation, future)))

    def _seen(self, seen: Seen) -> None:
        if seen.error is not None:
            self._errors.append(seen.error)
            # One picture that takes too long says nothing about the next; a vendor out of reach does.
            self._no_more_orders |= getattr(seen.error, "reason", "") != "timeout"
        if seen.state is GenerationState.DELIVERED:
            self._pictures.append(seen.generation)
        else:
            self._crew.ended(seen.generation)

    def _reported(self) -> int:
        """How many steps have ended since the last look."""
        count = 0
        while True:
            try:
                step, generation, future = self._reports.get_nowait()
            except queue.Empty:
                return count
            count += 1
            if step == "finish":
                self._ended(generation, future)
            else:
                self._ordered(generation, future)

    def _ended(self, generation: str, future: Step) -> None:
        self._finishing.discard(generation)
        try:
            future.result()
        except ColophonError as error:
            self._errors.append(error)
            self._no_more_orders |= not only_its_files(error)
        self._crew.ended(generation)

    def _ordered(self, generation: str, future: Step) -> None:
        self._ordering.discard(generation)
        try:
            state = GenerationState(future.result())
        except ColophonError as error:
            self._not_ordered(generation, error)
            return
        if state is GenerationState.SUBMITTED:
            self._sweep.add(generation)
        elif state is GenerationState.DELIVERED:
            self._pictures.append(generation)
        elif state is GenerationState.PLANNED:
            self._at_limit(generation)
        elif state.settled:
            self._crew.ended(generation)
        if state is not GenerationState.PLANNED:
            self._pauses, self._limited_since = deque(PAUSES), None

    def _at_limit(self, generation: str) -> None:
        """The key has as many unfinished tasks as the vendor allows: wait for a place. Where none of them is ours,
        they may be a dead worker's of another campaign, which this one then waits for in its stead."""
        now = self._buyer.clock.now()
        if self._limited_since is None:
            self._limited_since = now
            _LOG.info("the key has as many unfinished tasks as its vendor allows; waiting for a place")
        waited = (now - self._limited_since).total_seconds()
        if waited > self._buyer.patience.deadline:
            message = f"no place for another task of this key became free in {waited:.0f} s; run again later"
            self._errors.append(ProviderUnavailable(message, reason="rate_limited", where=generation))
            self._no_more_orders = True
            return
        if not len(self._sweep) and waited > _WIDEN_AFTER:
            self._sweep.widen()
        self._orders.append(generation)
        self._hold(_AT_LIMIT)

    def _not_ordered(self, generation: str, error: ColophonError) -> None:
        """Try again after the next pause; errors that come together share one."""
        if isinstance(error, Conflict) and error.reason == "not_planned":
            _LOG.info("%s is no longer wanted: a newer revision of the campaign is on record", generation)
            self._crew.ended(generation)
            return
        if error.transient and (self._pauses or self._buyer.clock.now() < self._held_until):
            self._orders.append(generation)
            if self._buyer.clock.now() >= self._held_until:
                pause = max(self._pauses.popleft(), min(60.0, getattr(error, "retry_after", None) or 0.0))
                _LOG.warning("%s; trying again in %.0f s", error.message, pause)
                self._hold(pause)
            return
        self._errors.append(error)
        self._no_more_orders = True
        self._crew.ended(generation)

    def _hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._buyer.clock.now() + timedelta(seconds=seconds))
