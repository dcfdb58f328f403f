"""Orders whose outcome is unknown: what is on record about each, and a person's word on what became of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from colophon.domain.generation import GenerationState, Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.domain.record import Attempt, CostBasis, Progress
from colophon.errors import Conflict, InvalidInput, NotFound, ProviderRefused
from colophon.ports import Clock, Orders, Provider, Store
from colophon.services.review import check_name
from colophon.services.show_asset import time_text

View = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_ATTEMPTS = 5_000_000
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


def unknown_view(campaign: str | None, *, orders: Orders) -> list[View]:
    """Oldest first: what went out when and on which route, what is known of it, and what stays reserved. Raises
    `NotFound` for a campaign that is not there."""
    if campaign is not None:
        orders.campaign(campaign)
    return [_unknown(progress, orders) for progress in orders.unknown(campaign)]


def not_bought(generation: str, word: Word, *, orders: Orders, clock: Clock) -> Progress:
    """Nothing was ordered: the reservation is released and the next run buys it. Raises `NotFound`, `Conflict` when
    its outcome is not unknown."""
    progress = _held(generation, orders)
    orders.not_taken(generation, progress.attempt, by=word.by, problem=word.reason, now=clock.now())
    return orders.progress(generation)


def lost(generation: str, word: Word, *, amount: str | None, orders: Orders, clock: Clock) -> Progress:
    """It was bought and its picture cannot be had. ``amount`` is what the vendor billed, in the reservation's
    currency; None: all that was reserved counts as spent, as an estimate. Raises `NotFound`, `Conflict` when its
    outcome is not unknown, `InvalidInput` for what is no amount."""
    progress = _held(generation, orders)
    reserved = _reserved(progress, _attempt(progress, orders), orders)
    charge, basis = (
        (reserved, CostBasis.ESTIMATED) if amount is None else (_amount(amount, reserved), CostBasis.SETTLED)
    )
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
    not unknown or the task belongs to another order of ours, `InvalidInput` for what is no task id or a route that has
    none, `ProviderUnavailable` when it does not answer, `ProviderError` for an address that is not the route's.
    """
    if not _TASK.fullmatch(task):
        raise InvalidInput("not a task id", where="--task-id")
    progress = _held(generation, orders)
    attempt = _attempt(progress, orders)
    for other in orders.recent_attempts(since=_EPOCH, limit=_MOST_ATTEMPTS):
        mine = (other.generation, other.number) == (generation, attempt.number)
        if other.request_id == task and other.route == attempt.route and not mine:
            raise Conflict(f"task {task} belongs to {other.generation}", where=generation)
    port = provider(attempt.route)
    job = _asked(port, Job(task, JobStatus.PENDING, polling_url=polling_url), attempt)
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


def _held(generation: str, orders: Orders) -> Progress:
    progress = orders.progress(generation)
    if progress.state is not GenerationState.UNKNOWN:
        raise Conflict(
            f"generation {generation} is {progress.state.value}; only an unknown outcome is resolved by a person",
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


def _amount(text: str, reserved: Money) -> Money:
    try:
        return Money.of(text, reserved.currency)
    except ValueError as error:
        raise InvalidInput(str(error), where="--amount") from None


def _unknown(progress: Progress, orders: Orders) -> View:
    generation, attempt = progress.generation, _attempt(progress, orders)
    reserved = _reserved(progress, attempt, orders)
    return {
        "generation": generation.id,
        "campaign": generation.campaign,
        "visual": generation.visual,
        "variant": generation.variant,
        "attempt": attempt.number,
        "route": attempt.route,
        "model": attempt.model,
        "seed": generation.seed,
        "submitted_at": time_text(attempt.started_at),
        "request_id": attempt.request_id,
        "known": attempt.problem or progress.problem or "no answer is on record",
        "reserved": str(reserved),
        "currency": reserved.currency,
        "do": _advice(attempt),
    }


def _advice(attempt: Attempt) -> str:
    if attempt.request_id is not None:
        return f"a task id came late: resolve it with --task-id {attempt.request_id}"
    return (
        f"look for a task of {attempt.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC in the account behind route "
        f"{attempt.route}; then resolve it with --task-id, --lost or --not-bought"
    )
