"""Wait for an ordered picture and keep it: one question at a time, so that one thread can wait for many.

What was paid for is not lost: the original is in the store before the catalog says so, and a wait that was broken off
goes on from the catalog.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from colophon.domain.generation import GenerationState, Job, JobStatus
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, Progress
from colophon.errors import Conflict, ProviderError, ProviderUnavailable, StoreUnavailable
from colophon.services.buyer import Buyer
from colophon.services.keep import keep_original
from colophon.services.order import refusal_text
from colophon.services.waiting import Waiting, age_of, waiting

# So often in a row must a vendor name the same dead address, or not know the task, before the picture counts as lost.
_SAME_ADDRESS = 3
_MISSING = 3


def ask(order: Waiting, *, buyer: Buyer) -> GenerationState | None:
    """One step: ask the vendor, or fetch and keep the picture of an order it is done with. Returns where the
    generation then stands; None: there is another step, at ``order.due``.

    Raises `ProviderUnavailable` when the deadline passed or the provider is out of reach, `ProviderError` when it
    names an address that is not allowed: the order stays on record and a later wait goes on.
    """
    fetching = order.fetchable
    try:
        state = _fetch(order, buyer) if fetching else _ask(order, buyer)
    except Conflict as error:
        if error.reason != "stale":
            raise
        return buyer.orders.progress(order.id).state  # another worker went on with it: what it reached counts
    if state is None and order.fetchable and not fetching:
        order.due = buyer.clock.now()
    elif state is None:
        _later(order, buyer)
    return state


def collect(generation: str, *, buyer: Buyer) -> GenerationState:
    """Wait for one submitted order to its end. Returns where the generation stands; raises as `ask` does."""
    progress = buyer.orders.progress(generation)
    if progress.state is not GenerationState.SUBMITTED:
        return progress.state
    order = waiting(progress, buyer)
    order.due = buyer.clock.now()
    while True:
        pause = (order.due - buyer.clock.now()).total_seconds()
        if pause > 0:
            buyer.clock.sleep(pause)
        if (state := ask(order, buyer=buyer)) is not None:
            return state


def _ask(order: Waiting, buyer: Buyer) -> GenerationState | None:
    progress, patience = order.progress, buyer.patience
    provider, asked_at = buyer.provider(progress.generation.route), buyer.clock.now()
    try:
        order.job, order.silent = _with_known_cost(provider.poll(order.job), order.job), 0
    except ProviderUnavailable:  # says nothing about the picture: its last known place is kept and asked again
        order.silent += 1
        if order.silent > patience.silences:
            raise
    if not order.fetchable:
        order.not_yet = age_of(progress, asked_at)
        return _ended(order, buyer)
    if not order.done:
        _keep_pace(order, buyer.clock.now())
        order.done = True
        # Fetching and storing take their time; the vendor's place for another task is free from here on. A catalog
        # that is away for the moment only keeps the place taken a little longer.
        with suppress(StoreUnavailable):
            buyer.orders.record_ready(order.id, progress.attempt, order.job, now=buyer.clock.now())
    return None


def _fetch(order: Waiting, buyer: Buyer) -> GenerationState | None:
    progress = order.progress
    try:
        content = order.job.content or buyer.provider(progress.generation.route).fetch(order.job)
    except ProviderError as error:
        if error.reason == "forbidden":
            raise  # our own list of hosts says so: a change of settings can still bring the picture home
        if error.reason == "expired" and not _named_too_often(order, buyer):
            order.job = replace(order.job, status=JobStatus.PENDING)  # only a later poll names a new address
        elif not error.transient:
            return _lose(progress, order.job, error.reason or "delivery", error.message, buyer)
        return None
    digest = buyer.store.put(content, "application/octet-stream")
    return keep_original(progress, progress.attempt, digest, order.job, buyer)


def _keep_pace(order: Waiting, now: datetime) -> None:
    """Once for each picture; a second answer "ready" says nothing new."""
    if order.paced or order.not_yet is not None:
        wanted = order.progress.generation
        order.pace.ready(wanted.route, wanted.model, after=order.not_yet, by=age_of(order.progress, now))
    order.paced, order.not_yet = False, None


def _named_too_often(order: Waiting, buyer: Buyer) -> bool:
    """A vendor that goes on naming the same dead address has no other; its storage may only be late, for a while."""
    order.dead = [*order.dead, order.job.delivery_url][-_SAME_ADDRESS:]
    order.dead_since = order.dead_since or buyer.clock.now()
    same = len(order.dead) == _SAME_ADDRESS and len(set(order.dead)) == 1
    return same and (buyer.clock.now() - order.dead_since).total_seconds() > buyer.patience.address


def _ended(order: Waiting, buyer: Buyer) -> GenerationState | None:
    """The state of an order that will never bring a picture; None while it still may."""
    progress, job = order.progress, order.job
    if job.status is not JobStatus.MISSING:
        order.missing, order.missing_since = 0, None
    if job.status is JobStatus.REFUSED:
        message = refusal_text(job.reason, job.message)
        return _end(progress, job, GenerationState.REFUSED, job.reason or "refused", message, buyer)
    if job.status is JobStatus.FAILED:
        return _end(progress, job, GenerationState.FAILED, job.reason or "failed", job.message, buyer)
    if job.status is JobStatus.MISSING and _missing_for_good(order, buyer):
        message = "the provider does not know this order any more; whether it was billed is not known"
        return _lose(progress, job, "not_found", message, buyer)
    return None


def _missing_for_good(order: Waiting, buyer: Buyer) -> bool:
    """One "not found" may come from a cluster that is behind; several in a row over a while mean it."""
    order.missing += 1
    order.missing_since = order.missing_since or buyer.clock.now()
    known_for = (buyer.clock.now() - order.missing_since).total_seconds()
    return order.missing >= _MISSING and known_for > buyer.patience.grace


def _later(order: Waiting, buyer: Buyer) -> None:
    """When to ask again. Raises `ProviderUnavailable` once the deadline has passed."""
    now, patience = buyer.clock.now(), buyer.patience
    if (now - order.started).total_seconds() + order.wait > patience.deadline:
        raise ProviderUnavailable(
            f"the picture was not ready after {patience.deadline:.0f} s; it stays ordered, run again to go on waiting",
            reason="timeout",
            where=order.id,
        )
    age, wanted = age_of(order.progress, now), order.progress.generation
    if not order.silent and (step := order.pace.step(wanted.route, wanted.model, age, patience.first_wait)) is not None:
        order.due = now + timedelta(seconds=step)
        return
    order.due = now + timedelta(seconds=order.wait)
    usual = buyer.expected(wanted.route, wanted.model)
    if usual is None or age > 2 * usual:
        order.wait = min(order.wait * 1.5, patience.longest_wait)


def _with_known_cost(answer: Job, before: Job) -> Job:
    """A poll without a price does not erase the one said at submit; a settled 0 does count."""
    if answer.cost is not None or before.cost is None:
        return answer
    return replace(answer, cost=before.cost, cost_settled=before.cost_settled)


def _end(
    progress: Progress, job: Job, state: GenerationState, code: str, problem: str, buyer: Buyer
) -> GenerationState:
    """The provider says no picture will come. Only a settled price is believed then; else the row says "unknown"."""
    settled = job.cost if job.cost_settled else None
    basis = CostBasis.UNKNOWN if settled is None else CostBasis.SETTLED
    return _book(progress, state, (code, problem), (settled, basis), buyer)


def _lose(progress: Progress, job: Job, code: str, problem: str, buyer: Buyer) -> GenerationState:
    """An order that was taken and whose picture cannot be had. It counts as paid, at the best price known, or else at
    all that was reserved: room in the budget that may be spent is not given back."""
    known = CostBasis.SETTLED if job.cost_settled else CostBasis.REPORTED
    basis = CostBasis.ESTIMATED if job.cost is None else known
    return _book(progress, GenerationState.FAILED, (code, problem), (job.cost, basis), buyer)


def _book(
    progress: Progress,
    state: GenerationState,
    why: tuple[str, str],
    price: tuple[Money | None, CostBasis],
    buyer: Buyer,
) -> GenerationState:
    code, problem = why
    charge, basis = price
    buyer.orders.end(
        progress.generation.id,
        progress.attempt,
        state,
        code=code,
        problem=problem,
        charge=charge,
        basis=basis,
        now=buyer.clock.now(),
    )
    return state
