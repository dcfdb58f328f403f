"""Keep what was paid for: the task id and the picture, and say it again when a database or a store is away.

Nothing here buys. A write is repeated while its error may pass, since what it holds is nowhere else.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from colophon.domain.generation import GenerationState, Job
from colophon.domain.record import Progress
from colophon.errors import ColophonError, Conflict, StoreUnavailable
from colophon.ports import Clock
from colophon.services.buyer import Buyer

_LOG = logging.getLogger("colophon.buying")
_FIRST, _LONGEST = 0.2, 5.0
T = TypeVar("T")


def insist(action: Callable[[], T], *, clock: Clock, what: str, seconds: float = 60.0) -> T:
    """The action's result, tried for ``seconds`` while its error is one that may pass. Then the error itself, with
    ``what`` in the log: a person may need it. The action must be safe to repeat."""
    end, pause = clock.now() + timedelta(seconds=seconds), _FIRST
    while True:
        try:
            return action()
        except ColophonError as error:
            if not error.transient:
                raise
            if clock.now() + timedelta(seconds=pause) > end:
                _LOG.error("%s could not be put on record: %s", what, error.message)
                raise
        clock.sleep(pause)
        pause = min(pause * 2, _LONGEST)


def keep_answer(
    progress: Progress, attempt: int, job: Job, parameters: dict[str, object], provider: str, buyer: Buyer
) -> GenerationState:
    """The task id, whatever it takes; and the picture, where the answer is the picture: it is nowhere else."""
    generation = progress.generation.id
    what = f"the answer to attempt {attempt} of {generation}, task {job.request_id} at {provider},"
    digest = _kept(job, buyer)

    def record_job() -> None:
        buyer.orders.record_job(
            generation, attempt, job, provider=provider, parameters=parameters, now=buyer.clock.now()
        )

    try:
        insist(record_job, clock=buyer.clock, what=what)
        if job.content is None:
            return GenerationState.SUBMITTED
        digest = digest or insist(lambda: _put(job, buyer), clock=buyer.clock, what=what)
        return keep_original(progress, attempt, digest, job, buyer)
    except Conflict as error:
        if error.reason != "stale":
            raise
        return buyer.orders.progress(generation).state  # another worker went on with it meanwhile


def keep_original(progress: Progress, attempt: int, digest: str, job: Job, buyer: Buyer) -> GenerationState:
    """Put on record that the original is in the store. Raises `Conflict` for a stale attempt."""
    generation = progress.generation.id
    insist(
        lambda: buyer.orders.record_original(generation, attempt, digest, job, now=buyer.clock.now()),
        clock=buyer.clock,
        what=f"the picture {digest} of {generation}",
    )
    return GenerationState.DELIVERED


def _kept(job: Job, buyer: Buyer) -> str | None:
    """The digest of an answered picture, stored before anything else; None: none came, or the store is away and the
    task id goes first."""
    if job.content is None:
        return None
    try:
        return _put(job, buyer)
    except StoreUnavailable:
        return None


def _put(job: Job, buyer: Buyer) -> str:
    return buyer.store.put(job.content or b"", "application/octet-stream")


def noted(write: Callable[[], None], generation: str, buyer: Buyer) -> None:
    """A write that changes nothing when another worker went on with the generation meanwhile."""
    try:
        insist(write, clock=buyer.clock, what=f"the outcome of {generation}")
    except Conflict as error:
        if error.reason != "stale":
            raise
