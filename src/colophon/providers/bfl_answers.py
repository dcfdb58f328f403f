"""Black Forest Labs' answers as jobs: statuses, settled cost, and what the vendor says it really used."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from colophon.domain.generation import Job, JobStatus
from colophon.domain.money import Money
from colophon.providers.answers import UnreadableAnswer, plain

CREDIT = Decimal("0.01")  # US dollars, docs.bfl.ai/quick_start/pricing
MAX_CREDITS = Decimal(10_000)  # no picture costs 100 dollars: a larger number is a mistake or an attack
MAX_PROMPT = 32_000

# Status words that end a task. "Failed" is in guides only; a word that is not here means: not done yet.
_ENDS = {
    "Ready": (JobStatus.READY, ""),
    "Request Moderated": (JobStatus.REFUSED, "moderated_input"),
    "Content Moderated": (JobStatus.REFUSED, "moderated_output"),
    "Error": (JobStatus.FAILED, "upstream_permanent"),
    "Failed": (JobStatus.FAILED, "upstream_permanent"),
    "Task not found": (JobStatus.MISSING, "not_found"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def accepted(answer: Mapping[str, object]) -> Job:
    """The job of an accepted order (the webhook form has no polling address). Raises `UnreadableAnswer` without id."""
    request_id = answer.get("id")
    if not isinstance(request_id, str) or not re.fullmatch(r"[\x21-\x7e]{1,200}", request_id):
        raise UnreadableAnswer("it has no task id")
    address = answer.get("polling_url")
    cost, note = _cost(answer.get("cost"))
    return Job(
        request_id=request_id,
        status=JobStatus.PENDING,
        polling_url=address if isinstance(address, str) and 0 < len(address) <= 4000 else None,
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
    job = replace(job, status=status, reason=reason, message=_message(word, answer.get("details")))
    if status is JobStatus.MISSING:
        return job
    given = answer.get("result")
    result: Mapping[str, object] = given if isinstance(given, dict) else {}
    job = _with_cost(job, answer, result)
    return _with_result(job, result) if status is JobStatus.READY else job


def _message(word: str, details: object) -> str:
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
    sample = result.get("sample")
    if not isinstance(sample, str) or not 0 < len(sample) <= 4000:
        message = plain(f"the task is ready but has no picture. {job.message}")
        return replace(job, status=JobStatus.FAILED, reason="upstream_permanent", message=message)
    return replace(
        job,
        delivery_url=sample,
        seed_reported=_seed(result.get("seed")),
        prompt_used=_prompt(result.get("prompt")),
        ready_at=_time(result.get("end_time")),
    )


def _seed(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _prompt(value: object) -> str | None:
    return _CONTROL.sub("", value) if isinstance(value, str) and len(value) <= MAX_PROMPT else None


def _time(value: object) -> datetime | None:
    """Epoch seconds of this century, in UTC."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    seconds = Decimal(value)
    if not seconds.is_finite() or not 946_684_800 <= seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(float(seconds), UTC)
