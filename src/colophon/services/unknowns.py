"""Orders whose outcome is unknown: ask the vendor where it can be asked, leave the rest to a person.

Nothing here orders again. An unknown outcome ends in one of three ways: the vendor has the task (we go on waiting for
it), its own list shows that it never arrived (it may be ordered again), or a person says what happened.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.record import Attempt, Progress
from colophon.errors import ColophonError, Conflict, ProviderRefused
from colophon.services.buyer import Buyer

_LOG = logging.getLogger("colophon.buying")
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
    try:
        attempt = next(a for a in buyer.orders.attempts(generation) if a.number == progress.attempt)
        return _by_task_id(progress, attempt, buyer) or _by_list(progress, attempt, buyer)
    except Conflict:
        return Answer(generation, "later", "another worker settled it meanwhile")
    except ProviderRefused as error:  # its list cannot tell
        return Answer(generation, "held", error.message)
    except ColophonError as error:
        return Answer(generation, "later", error.message)
    except Exception:  # noqa: BLE001 - one order's fault must not keep the others from being asked about
        _LOG.exception("asking about %s failed in a way nobody foresaw", generation)
        return Answer(generation, "later", "asking failed in a way nobody foresaw; the log has it")


def _by_task_id(progress: Progress, attempt: Attempt, buyer: Buyer) -> Answer | None:
    """A webhook, or an answer that came too late to count, may have left a task id on record."""
    if attempt.request_id is None:
        return None
    job = buyer.provider(attempt.route).poll(Job(attempt.request_id, JobStatus.PENDING))
    if job.status is JobStatus.MISSING or job.seed_reported not in (None, progress.generation.seed):
        message = f"task {attempt.request_id} was named for it, and the vendor does not confirm that; a person decides"
        return Answer(progress.generation.id, "held", message)
    return _found(progress, job, buyer)


def _by_list(progress: Progress, attempt: Attempt, buyer: Buyer) -> Answer:
    generation, provider = progress.generation, buyer.provider(attempt.route)
    if not provider.can_find:
        return Answer(generation.id, "held", f"{provider.name} cannot be asked for it; a person decides")
    jobs = provider.find(_order(progress, buyer), attempt.started_at - CLOCK_SKEW)
    taken = {
        other.request_id
        for other in buyer.orders.holders(attempt.route, [job.request_id for job in jobs])
        if (other.generation, other.number) != (generation.id, attempt.number)
    }
    if free := [job for job in jobs if job.request_id not in taken]:
        return _found(progress, free[0], buyer)
    if jobs:
        message = "the vendor lists it only as tasks that other orders hold; a person decides"
        return Answer(generation.id, "held", message)
    # Its worker may be alive and slow: until its lease has ended its request may still leave.
    certain_at = attempt.started_at + max(LIST_DELAY, timedelta(seconds=buyer.lease(attempt.route)))
    if buyer.clock.now() < certain_at:
        return Answer(generation.id, "later", "it may still show up in the vendor's list")
    buyer.orders.not_taken(
        generation.id,
        attempt.number,
        by=provider.name,
        problem="the vendor's own list does not have this order: it was not bought",
        now=buyer.clock.now(),
    )
    return Answer(generation.id, "not_taken", "not in the vendor's list; the next run orders it")


def _order(progress: Progress, buyer: Buyer) -> Order:
    references = tuple(buyer.store.get(use.sha256) for use in progress.generation.references)
    return Order(progress.generation, references, PictureFormat.PNG)


def _found(progress: Progress, job: Job, buyer: Buyer) -> Answer:
    provider, now = buyer.provider(progress.generation.route), buyer.clock.now()
    parameters = {**provider.wire_parameters(_order(progress, buyer)), "chosen": "found by asking the vendor"}
    buyer.orders.record_job(
        progress.generation.id, progress.attempt, job, provider=provider.name, parameters=parameters, now=now
    )
    return Answer(progress.generation.id, "found", "the vendor has it; its picture is waited for")
