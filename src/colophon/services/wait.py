"""Wait for an ordered picture and keep it: one question at a time, so that one thread can wait for many.

What was paid for is not lost: the original is in the store before the catalog says so, and a wait that was broken off
goes on from the catalog.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from colophon.domain.generation import GenerationState, Job, JobStatus
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, Progress
from colophon.errors import Conflict, ObjectCorrupt, ProviderError, ProviderUnavailable
from colophon.services.buyer import Buyer
from colophon.services.order import refusal_text
from colophon.services.pace import Pace

# So often may a vendor name the same dead address before the picture counts as lost.
_SAME_ADDRESS = 3


@dataclass(slots=True)
class Waiting:
    """One order that is waited for. ``due`` is when it is asked next, ``wait`` the seconds between questions,
    ``silent`` how many questions in a row had no answer, ``dead`` the last
    addresses of the picture that were no longer served. ``not_yet`` is the age, in seconds since submit, at which it
    was last not ready; ``paced`` says whether its end tells others when to ask."""

    progress: Progress
    job: Job
    started: datetime
    due: datetime
    wait: float
    pace: Pace
    paced: bool
    not_yet: float | None = None
    silent: int = 0
    dead: list[str | None] = field(default_factory=list)
    hinted_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.progress.generation.id


def waiting(progress: Progress, buyer: Buyer, pace: Pace | None = None) -> Waiting:
    """Begin to wait. Where this process has seen lately, or our own measurements say, how long such pictures take, the
    first question comes shortly before that; from then on the steps are short, since a finished task that nobody
    fetches blocks the next one."""
    now, patience, wanted = buyer.clock.now(), buyer.patience, progress.generation
    pace = pace or Pace()
    usual, seen = buyer.expected(wanted.route, wanted.model), pace.first(wanted.route, wanted.model)
    age = _age(progress, now)
    if seen is not None:
        first = max(0.0, seen - age)
    else:
        first = patience.first_wait if usual is None else max(patience.first_wait / 2, 0.9 * usual - age)
    late = age > (usual or 0.0) + patience.first_wait  # another worker's order: when it became ready nobody has seen
    due = now if late else now + timedelta(seconds=min(first, patience.deadline))
    return Waiting(
        progress, _job(progress), now, due, patience.first_wait, pace, not late, hinted_at=progress.hinted_at
    )


def ask(order: Waiting, *, buyer: Buyer) -> GenerationState | None:
    """Ask once, and fetch and keep the picture when it is there. Returns where the generation then stands; None:
    still to come, at ``order.due`` again.

    Raises `ProviderUnavailable` when the deadline passed or the provider is out of reach, `ProviderError` when it
    names an address that is not allowed: the order stays on record and a later wait goes on.
    """
    try:
        state = _ask(order, buyer)
    except Conflict as error:
        if error.reason != "stale":
            raise
        return buyer.orders.progress(order.id).state  # another worker went on with it: what it reached counts
    if state is None:
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
    if order.job.status is not JobStatus.READY:
        order.not_yet = _age(progress, asked_at)
        return _ended(progress, order.job, buyer)
    _keep_pace(order, buyer.clock.now())
    try:
        content = order.job.content or provider.fetch(order.job)
    except ProviderError as error:
        if error.reason == "forbidden":
            raise  # our own list of hosts says so: a change of settings can still bring the picture home
        if error.reason == "expired" and not _named_too_often(order):
            order.job = replace(order.job, status=JobStatus.PENDING)  # only a later poll names a new address
        elif not error.transient:
            return _lose(progress, order.job, error.reason or "delivery", error.message, buyer)
        return None
    digest = buyer.store.put(content, "application/octet-stream")
    buyer.orders.record_original(order.id, progress.attempt, digest, order.job, now=buyer.clock.now())
    return GenerationState.DELIVERED


def _keep_pace(order: Waiting, now: datetime) -> None:
    """Once for each picture; a second answer "ready" says nothing new."""
    if order.paced or order.not_yet is not None:
        wanted = order.progress.generation
        order.pace.ready(wanted.route, wanted.model, after=order.not_yet, by=_age(order.progress, now))
    order.paced, order.not_yet = False, None


def _named_too_often(order: Waiting) -> bool:
    """A vendor that names the same dead address again and again has no other."""
    order.dead = [*order.dead, order.job.delivery_url][-_SAME_ADDRESS:]
    return len(order.dead) == _SAME_ADDRESS and len(set(order.dead)) == 1


def _ended(progress: Progress, job: Job, buyer: Buyer) -> GenerationState | None:
    """The state of an order that will never bring a picture; None while it still may."""
    if job.status is JobStatus.REFUSED:
        message = refusal_text(job.reason, job.message)
        return _end(progress, job, GenerationState.REFUSED, job.reason or "refused", message, buyer)
    if job.status is JobStatus.FAILED:
        return _end(progress, job, GenerationState.FAILED, job.reason or "failed", job.message, buyer)
    if job.status is JobStatus.MISSING and _age(progress, buyer.clock.now()) > buyer.patience.grace:
        message = "the provider does not know this order any more; whether it was billed is not known"
        return _lose(progress, job, "not_found", message, buyer)
    return None


def _later(order: Waiting, buyer: Buyer) -> None:
    """When to ask again. Raises `ProviderUnavailable` once the deadline has passed."""
    now, patience = buyer.clock.now(), buyer.patience
    if (now - order.started).total_seconds() + order.wait > patience.deadline:
        raise ProviderUnavailable(
            f"the picture was not ready after {patience.deadline:.0f} s; it stays ordered, run again to go on waiting",
            reason="timeout",
            where=order.id,
        )
    age, wanted = _age(order.progress, now), order.progress.generation
    if not order.silent and (step := order.pace.step(wanted.route, wanted.model, age, patience.first_wait)) is not None:
        order.due = now + timedelta(seconds=step)
        return
    order.due = now + timedelta(seconds=order.wait)
    usual = buyer.expected(wanted.route, wanted.model)
    if usual is None or age > 2 * usual:
        order.wait = min(order.wait * 1.5, patience.longest_wait)


def _job(progress: Progress) -> Job:
    if progress.request_id is None:
        raise ObjectCorrupt(f"generation {progress.generation.id} is submitted without a task id")
    return Job(
        progress.request_id,
        JobStatus.PENDING,
        polling_url=progress.polling_url,
        delivery_url=progress.delivery_url,
        cost=progress.cost,
        cost_settled=progress.cost_basis is CostBasis.SETTLED,
    )


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


def _age(progress: Progress, now: datetime) -> float:
    return (now - progress.submitted_at).total_seconds() if progress.submitted_at else 0.0
