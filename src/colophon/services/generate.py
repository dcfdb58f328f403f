"""Buy a picture once: order it, wait for it, and keep the bytes.

Never pay twice and never lose what was paid for: the intent is committed before the request, the provider's task id
before anything else is done with its answer, and the original before anyone reads it. Every function asks the catalog
where the generation stands and does only what is left, so each may be repeated at any time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from colophon.domain.generation import GenerationState, Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.domain.placement import PictureFormat
from colophon.domain.record import CostBasis, Progress
from colophon.errors import (
    Conflict,
    ObjectCorrupt,
    OutcomeUnknown,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from colophon.ports import Clock, Orders, Provider, Store

# Refusals that say something about the account or the key, not about this picture: nothing was ordered, every other
# order would be refused as well, and a person must act first.
_ACCOUNT = {"auth", "forbidden", "payment"}
_MODERATED = {"moderated_input", "moderated_output"}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a submit may take before its worker counts as dead, how long to wait for a picture, how
    often to ask (growing from first to most), and how long "not found" may still mean "not found yet"."""

    lease: float = 60.0
    deadline: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 10.0
    grace: float = 20.0
    silences: int = 10  # polls in a row that may fail before the provider counts as out of reach


@dataclass(frozen=True, slots=True)
class Buyer:
    """The ports one purchase needs."""

    provider: Provider
    orders: Orders
    store: Store
    clock: Clock
    patience: Patience = Patience()


def submit(generation: str, *, buyer: Buyer) -> GenerationState:
    """Place the order, if it is still wanted. Returns where the generation then stands.

    Raises `ProviderUnavailable` when nothing was ordered and a later try may succeed, `ProviderRefused` when the
    account cannot order at all, `Conflict` (``over_cap``) when the campaign's budget does not cover it.
    """
    progress = buyer.orders.progress(generation)
    if progress.state is not GenerationState.PLANNED:
        return progress.state
    order = _order(progress, buyer.store)
    attempt = _begin(progress, buyer)
    if attempt is None:
        return buyer.orders.progress(generation).state
    try:
        parameters = buyer.provider.wire_parameters(order)
        job = buyer.provider.submit(order)
    except ProviderUnavailable as error:
        buyer.orders.take_back(generation, attempt, problem=error.message, now=buyer.clock.now())
        raise
    except OutcomeUnknown as error:
        buyer.orders.record_unknown(generation, attempt, problem=error.message, now=buyer.clock.now())
        return GenerationState.UNKNOWN
    except ProviderRefused as error:
        return _refused_at_submit(progress, attempt, error, buyer)
    try:
        buyer.orders.record_job(
            generation, attempt, job, provider=buyer.provider.name, parameters=parameters, now=buyer.clock.now()
        )
        return GenerationState.SUBMITTED if job.content is None else _keep(progress, attempt, job, job.content, buyer)
    except Conflict as error:
        return _state_after(error, generation, buyer)


def collect(generation: str, *, buyer: Buyer) -> GenerationState:
    """Wait for a submitted order, fetch the picture and store it unchanged. Returns where the generation stands.

    Raises `ProviderUnavailable` when the deadline passes or the provider is out of reach, `ProviderError` when the
    provider names an address that is not allowed: the order stays on record and the next call goes on waiting.
    """
    progress = buyer.orders.progress(generation)
    if progress.state is not GenerationState.SUBMITTED:
        return progress.state
    try:
        return _wait_for(progress, buyer)
    except Conflict as error:
        return _state_after(error, generation, buyer)


def _state_after(error: Conflict, generation: str, buyer: Buyer) -> GenerationState:
    """Another worker went on with this generation meanwhile: what it reached is what counts."""
    if error.reason != "stale":
        raise error
    return buyer.orders.progress(generation).state


def _wait_for(progress: Progress, buyer: Buyer) -> GenerationState:
    job, patience = _job(progress), buyer.patience
    started, wait = buyer.clock.now(), patience.first_wait
    silent = 0
    while True:
        try:
            job, silent = _with_known_cost(buyer.provider.poll(job), job), 0
        except ProviderUnavailable:  # says nothing about the picture: its last known place is kept and asked again
            silent += 1
            if silent > patience.silences:
                raise
        if job.status is JobStatus.READY:
            try:
                return _keep(progress, progress.attempt, job, buyer.provider.fetch(job), buyer)
            except ProviderError as error:
                if error.reason == "forbidden":
                    raise  # our own list of hosts says so: a change of settings can still bring the picture home
                if error.reason == "expired":
                    job = replace(job, status=JobStatus.PENDING)  # only a later poll names a new address
                elif not error.transient:
                    return _lose(progress, job, error.reason or "delivery", error.message, buyer)
        elif (ended := _ended(progress, job, buyer)) is not None:
            return ended
        _check_deadline(progress, (buyer.clock.now() - started).total_seconds() + wait, patience)
        buyer.clock.sleep(wait)
        wait = min(wait * 1.5, patience.longest_wait)


def _ended(progress: Progress, job: Job, buyer: Buyer) -> GenerationState | None:
    """The state of an order that will never bring a picture; None while it still may."""
    if job.status is JobStatus.REFUSED:
        return _end(progress, job, GenerationState.REFUSED, job.reason or "refused", job.message, buyer)
    if job.status is JobStatus.FAILED:
        return _end(progress, job, GenerationState.FAILED, job.reason or "failed", job.message, buyer)
    if job.status is JobStatus.MISSING and _age(progress, buyer.clock.now()) > buyer.patience.grace:
        message = "the provider does not know this order any more; whether it was billed is not known"
        return _lose(progress, job, "not_found", message, buyer)
    return None


def _check_deadline(progress: Progress, waited: float, patience: Patience) -> None:
    if waited > patience.deadline:
        raise ProviderUnavailable(
            f"the picture was not ready after {patience.deadline:.0f} s; it stays ordered, run again to go on waiting",
            reason="timeout",
            where=progress.generation.id,
        )


def _order(progress: Progress, store: Store) -> Order:
    generation = progress.generation
    references = tuple(store.get(use.sha256) for use in generation.references)
    return Order(generation, references, PictureFormat.PNG)


def _begin(progress: Progress, buyer: Buyer) -> int | None:
    """The attempt's number, or None when another worker was faster."""
    now = buyer.clock.now()
    try:
        return buyer.orders.begin_attempt(
            progress.generation.id,
            reserve=progress.generation.cost.high,
            lease_until=now + timedelta(seconds=buyer.patience.lease),
            now=now,
        )
    except Conflict as error:
        if error.reason == "not_planned":
            return None
        raise


def _refused_at_submit(progress: Progress, attempt: int, error: ProviderRefused, buyer: Buyer) -> GenerationState:
    generation, now = progress.generation.id, buyer.clock.now()
    if error.reason in _ACCOUNT:
        buyer.orders.take_back(generation, attempt, problem=error.message, now=now)
        raise error
    state = GenerationState.REFUSED if error.reason in _MODERATED else GenerationState.FAILED
    nothing = Money(0, progress.generation.cost.high.currency)
    buyer.orders.end(
        generation,
        attempt,
        state,
        code=error.reason or "refused",
        problem=error.message,
        charge=nothing,
        basis=CostBasis.ESTIMATED,
        now=now,
    )
    return state


def _job(progress: Progress) -> Job:
    if progress.request_id is None:
        raise ObjectCorrupt(f"generation {progress.generation.id} is submitted without a task id")
    return Job(
        progress.request_id,
        JobStatus.PENDING,
        polling_url=progress.polling_url,
        cost=progress.cost,
        cost_settled=progress.cost_basis is CostBasis.SETTLED,
    )


def _with_known_cost(answer: Job, before: Job) -> Job:
    """A poll without a price does not erase the one said at submit; a settled 0 does count."""
    if answer.cost is not None or before.cost is None:
        return answer
    return replace(answer, cost=before.cost, cost_settled=before.cost_settled)


def _keep(progress: Progress, attempt: int, job: Job, content: bytes, buyer: Buyer) -> GenerationState:
    digest = buyer.store.put(content, "application/octet-stream")
    buyer.orders.record_original(progress.generation.id, attempt, digest, job, now=buyer.clock.now())
    return GenerationState.DELIVERED


def _end(
    progress: Progress, job: Job, state: GenerationState, code: str, problem: str, buyer: Buyer
) -> GenerationState:
    """The provider says no picture will come. Only a settled price is believed then; else the row says "unknown"."""
    settled = job.cost if job.cost_settled else None
    return _book(progress, state, (code, problem), (settled, _basis(settled, CostBasis.SETTLED)), buyer)


def _lose(progress: Progress, job: Job, code: str, problem: str, buyer: Buyer) -> GenerationState:
    """An order that was taken and whose picture cannot be had. It counts as paid, at the best price known: room in
    the budget that may be spent is not given back."""
    known = CostBasis.SETTLED if job.cost_settled else CostBasis.REPORTED
    charge, basis = (job.cost, known) if job.cost is not None else (progress.generation.cost.high, CostBasis.ESTIMATED)
    return _book(progress, GenerationState.FAILED, (code, problem), (charge, basis), buyer)


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


def _basis(amount: Money | None, known: CostBasis) -> CostBasis:
    return CostBasis.UNKNOWN if amount is None else known


def _age(progress: Progress, now: datetime) -> float:
    return (now - progress.submitted_at).total_seconds() if progress.submitted_at else 0.0
