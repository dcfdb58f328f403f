"""Orders of unknown outcome or overdue: what is on record about each, and a person's word on what became of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from colophon.domain.generation import GenerationState, Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.domain.record import Attempt, CostBasis, Progress
from colophon.errors import Conflict, InvalidInput, NotFound, ProviderRefused
from colophon.ports import Clock, Orders, Provider, Store
from colophon.services.review import check_name
from colophon.services.times import time_text

View = dict[str, Any]
_UNKNOWN, _SUBMITTED = GenerationState.UNKNOWN, GenerationState.SUBMITTED
# No route makes a picture for that long; what is still out by then wants a person's eye.
OVERDUE = timedelta(hours=2)
_TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")  # it becomes part of an address


@dataclass(frozen=True, slots=True)
class Word:
    """Who says what became of an order, and how they know."""

    by: str
    reason: str

    @classmethod
    def of(cls, by: str, reason: str) -> "Word":
        """Raises `InvalidInput` without a name or a reason."""
        if not reason.strip():
            raise InvalidInput("say how you know", where="--reason", hint='--reason "what you saw"')
        return cls(check_name(by), reason.strip())


def unknown_view(campaign: str | None, *, orders: Orders, clock: Clock) -> list[View]:
    """Oldest first: what went out when and on which route, what is known of it, and what stays reserved; of unknown
    outcomes, and of orders whose picture is not here after `OVERDUE`. Raises `NotFound` for a campaign that is not
    there."""
    if campaign is not None:
        orders.campaign(campaign)
    held = [*orders.unknown(campaign), *orders.late(campaign, before=clock.now() - OVERDUE)]
    found = [(progress, _attempt(progress, orders)) for progress in held]
    found.sort(key=lambda pair: (pair[1].started_at, pair[0].generation.id))
    return [_unknown(progress, attempt, orders, clock) for progress, attempt in found]


def not_bought(generation: str, word: Word, *, orders: Orders, clock: Clock) -> Progress:
    """Nothing was ordered: the reservation is released and the next run buys it. Raises `NotFound`, `Conflict` when
    its outcome is not unknown."""
    progress = _held(generation, orders, _UNKNOWN)
    orders.not_taken(generation, progress.attempt, by=word.by, problem=word.reason, now=clock.now())
    return orders.progress(generation)


def lost(generation: str, word: Word, *, amount: str | None, orders: Orders, clock: Clock) -> Progress:
    """It was bought and its picture cannot be had: its outcome is unknown, or it is submitted and never comes (its
    route is gone, the account closed). ``amount`` is what the vendor billed, in the reservation's currency; None: the
    price that the vendor said counts as spent, else all that was reserved, as an estimate. Raises `NotFound`,
    `Conflict` when it is neither unknown nor submitted, `InvalidInput` for what is no amount."""
    progress = _held(generation, orders, _UNKNOWN, _SUBMITTED)
    reserved = _reserved(progress, _attempt(progress, orders), orders)
    charge, basis = _said(progress, reserved) if amount is None else (_amount(amount, reserved), CostBasis.SETTLED)
    orders.end(
        generation,
        progress.attempt,
        GenerationState.FAILED,
        code="lost",
        problem=word.reason,
        charge=charge,
        basis=basis,
        now=clock.now(),
        by=word.by,
    )
    return orders.progress(generation)


def found_task(
    generation: str,
    task: str,
    *,
    polling_url: str | None = None,
    provider: Callable[[str], Provider],
    store: Store,
    orders: Orders,
    clock: Clock,
) -> Progress:
    """It is this task of the vendor: the next run waits for its picture. ``provider`` opens a route; ``polling_url`` is
    where the task lives, for a vendor whose clusters do not know each other's tasks.

    The vendor is asked whether it knows the task. Raises `NotFound` when it does not, `Conflict` when the outcome is
    not unknown, the task belongs to another order of ours or reports another seed than this one's, `InvalidInput` for
    what is no task id or a route that has none, `ProviderUnavailable` when it does not answer, `ProviderError` for an
    address that is not the route's.
    """
    if not _TASK.fullmatch(task):
        raise InvalidInput("not a task id", where="--task-id")
    progress = _held(generation, orders, _UNKNOWN)
    attempt = _attempt(progress, orders)
    for other in orders.holders(attempt.route, [task]):
        if (other.generation, other.number) != (generation, attempt.number):
            raise Conflict(f"task {task} belongs to {other.generation}", reason="foreign", where=generation)
    port = provider(attempt.route)
    job = _asked(port, Job(task, JobStatus.PENDING, polling_url=polling_url), attempt)
    if job.seed_reported not in (None, progress.generation.seed):
        raise Conflict(
            f"task {task} was made with seed {job.seed_reported}, this order with {progress.generation.seed}",
            reason="foreign",
            where=generation,
        )
    references = tuple(store.get(use.sha256) for use in progress.generation.references)
    orders.record_job(
        generation,
        attempt.number,
        job,
        provider=port.name,
        parameters=port.wire_parameters(Order(progress.generation, references)),
        now=clock.now(),
    )
    return orders.progress(generation)


def _asked(provider: Provider, job: Job, attempt: Attempt) -> Job:
    try:
        found = provider.poll(job)
    except ProviderRefused as error:
        hint = "a route that answers with the picture itself has no tasks: say --lost or --not-bought"
        raise InvalidInput(
            f"route {attempt.route} cannot be asked: {error.message}", where="--task-id", hint=hint
        ) from error
    if found.status is JobStatus.MISSING:
        hint = "" if job.polling_url else "where it lives in another cluster, say --polling-url URL"
        raise NotFound(f"route {attempt.route} does not know the task {job.request_id}", where="--task-id", hint=hint)
    return found


def _held(generation: str, orders: Orders, *states: GenerationState) -> Progress:
    progress = orders.progress(generation)
    if progress.state not in states:
        allowed = " or ".join(state.value for state in states)
        raise Conflict(
            f"generation {generation} is {progress.state.value}; a person can say this only of one that is {allowed}",
            reason="not_unknown",
            where=generation,
            hint="`colophon ledger unknown` lists them",
        )
    return progress


def _attempt(progress: Progress, orders: Orders) -> Attempt:
    return next(a for a in orders.attempts(progress.generation.id) if a.number == progress.attempt)


def _reserved(progress: Progress, attempt: Attempt, orders: Orders) -> Money:
    """What this very attempt reserved: on a fallback route that is not what the plan's choice was estimated at."""
    day = attempt.started_at.astimezone(UTC).date()
    rows = orders.ledger(progress.generation.campaign, since=day, until=day)
    key = (progress.generation.id, attempt.number, "reservation")
    return next(row.amount for row in rows if (row.generation, row.attempt, row.kind) == key)


def _said(progress: Progress, reserved: Money) -> tuple[Money, CostBasis]:
    """As for a picture that is lost on its way: the vendor's own price where there is a usable one."""
    cost, basis = progress.cost, progress.cost_basis
    if cost is not None and basis is not None and cost.currency == reserved.currency and cost.micros >= 0:
        return cost, basis
    return reserved, CostBasis.ESTIMATED


def _amount(text: str, reserved: Money) -> Money:
    try:
        return Money.of(text, reserved.currency)
    except ValueError as error:
        raise InvalidInput(str(error), where="--amount") from None


def _unknown(progress: Progress, attempt: Attempt, orders: Orders, clock: Clock) -> View:
    generation, reserved = progress.generation, _reserved(progress, attempt, orders)
    late = progress.state is _SUBMITTED
    hours = (clock.now() - attempt.started_at) // timedelta(hours=1)
    known = f"ordered and not here for {hours} h" if late else attempt.problem or progress.problem
    return {
        "generation": generation.id,
        "state": progress.state.value,
        "campaign": generation.campaign,
        "visual": generation.visual,
        "variant": generation.variant,
        "attempt": attempt.number,
        "route": attempt.route,
        "model": attempt.model,
        "seed": generation.seed,
        "submitted_at": time_text(attempt.started_at),
        "request_id": attempt.request_id,
        "known": known or "no answer is on record",
        "reserved": str(reserved),
        "currency": reserved.currency,
        "do": _advice_late(progress) if late else _advice(attempt),
    }


def _advice_late(progress: Progress) -> str:
    return (
        f"run {progress.generation.campaign} again to ask for task {progress.request_id}; where its route or account "
        "is gone, resolve it with --lost"
    )


def _advice(attempt: Attempt) -> str:
    if attempt.request_id is not None:
        return f"a task was named for it late: resolve it with --task-id {attempt.request_id}"
    return (
        f"look for a task of {attempt.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC in the account behind route "
        f"{attempt.route}; then resolve it with --task-id, --lost or --not-bought"
    )
