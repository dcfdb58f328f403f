"""Black Forest Labs' answers as jobs: statuses, settled cost, and what the vendor says it really used."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from colophon.domain.generation import Job, JobStatus
from colophon.domain.money import Money
from colophon.providers.answers import (
    REFUSALS,
    UnreadableAnswer,
    address,
    plain,
    reported_seed,
    reported_text,
    reported_time,
    task_id,
)
from colophon.providers.delivered import with_picture

CREDIT = Decimal("0.01")  # US dollars, docs.bfl.ai/quick_start/pricing
MAX_CREDITS = Decimal(10_000)  # no picture costs 100 dollars: a larger number is a mistake or an attack

# Status words that end a task. "Failed" is in guides only; a word that is not here means: not done yet.
_ENDS = {
    "Ready": (JobStatus.READY, ""),
    "Request Moderated": (JobStatus.REFUSED, "moderated_input"),
    "Content Moderated": (JobStatus.REFUSED, "moderated_output"),
    "Error": (JobStatus.FAILED, "upstream_permanent"),
    "Failed": (JobStatus.FAILED, "upstream_permanent"),
    "Task not found": (JobStatus.MISSING, "not_found"),
}


def accepted(answer: Mapping[str, object]) -> Job:
    """The job of an accepted order (the webhook form has no polling address). Raises `UnreadableAnswer` without id."""
    cost, note = _cost(answer.get("cost"))
    return Job(
        request_id=task_id(answer.get("id")),
        status=JobStatus.PENDING,
        polling_url=address(answer.get("polling_url")),
        cost=cost,
        message=note,
    )


def polled(job: Job, answer: Mapping[str, object]) -> Job:
    """The job as of this answer. Raises `UnreadableAnswer` when it speaks of another task or has no status."""
    word = answer.get("status")
    if not isinstance(word, str):
        raise UnreadableAnswer("it has no status")
    if answer.get("id", job.request_id) != job.request_id:
        raise UnreadableAnswer("it speaks of another task")
    status, reason = _ENDS.get(word, (JobStatus.PENDING, ""))
    job = replace(job, status=status, reason=reason, message=_message(word, reason, answer.get("details")))
    if status is JobStatus.MISSING:
        return job
    given = answer.get("result")
    result: Mapping[str, object] = given if isinstance(given, dict) else {}
    job = _with_cost(job, answer, result)
    return _with_result(job, result) if status is JobStatus.READY else job


def _message(word: str, reason: str, details: object) -> str:
    if reason in REFUSALS:
        return REFUSALS[reason]
    if word in ("Ready", "Pending"):
        return ""
    return plain(f"{word}: {details}" if details else word)


def _with_cost(job: Job, answer: Mapping[str, object], result: Mapping[str, object]) -> Job:
    """The price of a finished task is settled, 0 included; what is missing stays as it was reported before."""
    stated = answer.get("cost")
    cost, note = _cost(result.get("cost") if stated is None else stated)
    message = plain(f"{job.message} {note}") if note else job.message
    if cost is None:
        return replace(job, message=message)
    return replace(job, cost=cost, cost_settled=job.status is not JobStatus.PENDING, message=message)


def _cost(credits_stated: object) -> tuple[Money | None, str]:
    """Credits as money, or None with a note when the number is not one that can be booked."""
    if credits_stated is None:
        return None, ""
    if isinstance(credits_stated, bool) or not isinstance(credits_stated, int | Decimal):
        return None, "The reported cost is not a number and is not booked."
    amount = Decimal(credits_stated)
    if not amount.is_finite() or not 0 <= amount <= MAX_CREDITS:
        return None, "The reported cost is not an amount that can be right and is not booked."
    return Money.of(amount * CREDIT), ""


def _with_result(job: Job, result: Mapping[str, object]) -> Job:
    """Only ``sample`` is certain to be there; all else is taken when it is what it should be."""
    job = replace(
        job,
        seed_reported=reported_seed(result.get("seed")),
        prompt_used=reported_text(result.get("prompt")),
        ready_at=reported_time(result.get("end_time")),
    )
    return with_picture(job, result.get("sample"))
