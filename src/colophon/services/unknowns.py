"""Orders whose outcome is unknown: ask the vendor where it can be asked, leave the rest to a person.

Nothing here orders again. An unknown outcome ends in one of three ways: the vendor has the task (we go on waiting for
it), its own list shows that it never arrived (it may be ordered again), or a person says what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.record import Attempt, Progress
from colophon.errors import ColophonError, Conflict, ObjectCorrupt
from colophon.services.buyer import Buyer

# A task may show up in the vendor's list a little late, and its clock may differ from ours.
LIST_DELAY = timedelta(minutes=2)
CLOCK_SKEW = timedelta(minutes=90)


@dataclass(frozen=True, slots=True)
class Answer:
    """``found``: the vendor has it, its picture is waited for. ``not_taken``: it never arrived. ``held``: the vendor
    cannot be asked (or not yet), a person decides. ``later``: the question itself failed."""

    generation: str
    outcome: Literal["found", "not_taken", "held", "later"]
    message: str = ""


def ask_about_unknown(campaign: str | None = None, *, buyer: Buyer) -> Sequence[Answer]:
    """Once through all unknown outcomes. Each question costs nothing and may be repeated."""
    return [_ask(progress, buyer) for progress in buyer.orders.unknown(campaign)]


def _ask(progress: Progress, buyer: Buyer) -> Answer:
    generation = progress.generation.id
    attempt = next((a for a in buyer.orders.attempts(generation) if a.number == progress.attempt), None)
    if attempt is None:
        raise ObjectCorrupt(f"generation {generation} has no record of attempt {progress.attempt}")
    try:
        return _by_task_id(progress, attempt, buyer) or _by_list(progress, attempt, buyer)
    except Conflict:
        return Answer(generation, "later", "another worker settled it meanwhile")
    except ColophonError as error:
        return Answer(generation, "later", error.message)


def _by_task_id(progress: Progress, attempt: Attempt, buyer: Buyer) -> Answer | None:
    """An answer that came too late to count may have left a task id on record."""
    if attempt.request_id is None:
        return None
    job = buyer.provider(progress.generation.route).poll(Job(attempt.request_id, JobStatus.PENDING))
    return None if job.status is JobStatus.MISSING else _found(progress, job, buyer)


def _by_list(progress: Progress, attempt: Attempt, buyer: Buyer) -> Answer:
    generation, provider = progress.generation, buyer.provider(progress.generation.route)
    if not provider.can_find:
        return Answer(generation.id, "held", f"{provider.name} cannot be asked for it; a person decides")
    references = tuple(buyer.store.get(use.sha256) for use in generation.references)
    order = Order(generation, references, PictureFormat.PNG)
    job = provider.find(order, attempt.started_at - CLOCK_SKEW)
    earlier = {a.request_id for a in buyer.orders.attempts(generation.id) if a.number != attempt.number}
    if job is not None and job.request_id not in earlier:
        return _found(progress, job, buyer)
    if buyer.clock.now() < attempt.started_at + LIST_DELAY:
        return Answer(generation.id, "later", "it may still show up in the vendor's list")
    buyer.orders.not_taken(
        generation.id,
        attempt.number,
        by=provider.name,
        problem="the vendor's own list does not have this order: it was not bought",
        now=buyer.clock.now(),
    )
    return Answer(generation.id, "not_taken", "not in the vendor's list; the next run orders it")


def _found(progress: Progress, job: Job, buyer: Buyer) -> Answer:
    provider = buyer.provider(progress.generation.route)
    buyer.orders.record_job(
        progress.generation.id,
        progress.attempt,
        job,
        provider=provider.name,
        parameters=progress.parameters,
        now=buyer.clock.now(),
    )
    return Answer(progress.generation.id, "found", "the vendor has it; its picture is waited for")
