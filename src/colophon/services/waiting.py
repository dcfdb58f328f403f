"""One ordered picture that is waited for, and when it is asked about first."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colophon.domain.generation import Job, JobStatus
from colophon.domain.record import CostBasis, Progress
from colophon.errors import ObjectCorrupt
from colophon.services.buyer import Buyer
from colophon.services.pace import Pace


@dataclass(slots=True)
class Waiting:
    """One order that is waited for. ``due`` is when its next step comes, ``wait`` the seconds between questions,
    ``done`` whether the vendor is done, ``silent`` and ``missing`` how many questions in a row had no answer, or "not
    found"; ``dead`` are the last addresses of the picture that were no longer served. ``not_yet`` is the age, in
    seconds since submit, at which it was last not ready; ``paced`` says whether its end tells others when to ask."""

    progress: Progress
    job: Job
    started: datetime
    due: datetime
    wait: float
    pace: Pace
    paced: bool
    done: bool = False
    not_yet: float | None = None
    silent: int = 0
    missing: int = 0
    missing_since: datetime | None = None
    dead: list[str | None] = field(default_factory=list)
    dead_since: datetime | None = None
    hinted_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.progress.generation.id

    @property
    def fetchable(self) -> bool:
        """The next step is to fetch; else to ask."""
        return self.job.status is JobStatus.READY


def waiting(progress: Progress, buyer: Buyer, pace: Pace | None = None) -> Waiting:
    """Begin to wait. Where this process has seen lately, or our own measurements say, how long such pictures take, the
    first question comes shortly before that; from then on the steps are short, since a finished task that nobody
    fetches blocks the next one."""
    now, patience, wanted = buyer.clock.now(), buyer.patience, progress.generation
    pace = pace or Pace()
    usual, seen = buyer.expected(wanted.route, wanted.model), pace.first(wanted.route, wanted.model)
    age = age_of(progress, now)
    if seen is not None:
        first = max(0.0, seen - age)
    else:
        first = patience.first_wait if usual is None else max(patience.first_wait / 2, 0.9 * usual - age)
    late = age > (usual or 0.0) + patience.first_wait  # another worker's order: when it became ready nobody has seen
    due = now if late else now + timedelta(seconds=min(first, patience.deadline))
    return Waiting(
        progress, _job(progress), now, due, patience.first_wait, pace, not late, hinted_at=progress.hinted_at
    )


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


def age_of(progress: Progress, now: datetime) -> float:
    return (now - progress.submitted_at).total_seconds() if progress.submitted_at else 0.0
