"""Replicate's predictions as jobs, also where another vendor answers in their form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.domain.generation import Job, JobStatus
from colophon.providers.answers import (
    REFUSALS,
    UnreadableAnswer,
    address,
    moderation,
    plain,
    reported_seed,
    reported_text,
    reported_time,
    task_id,
)
from colophon.providers.delivered import with_picture

# Words that end a prediction; one that is not here means: not done yet.
_ENDS = {
    "succeeded": (JobStatus.READY, ""),
    "failed": (JobStatus.FAILED, "upstream_permanent"),
    "canceled": (JobStatus.FAILED, "cancelled"),
    "aborted": (JobStatus.FAILED, "cancelled"),
}


def accepted(answer: Mapping[str, object]) -> Job:
    """The job of a created prediction. Raises `UnreadableAnswer` without id."""
    return Job(task_id(answer.get("id")), JobStatus.PENDING)


def polled(job: Job, answer: Mapping[str, object]) -> Job:
    """The job as of this answer. Raises `UnreadableAnswer` when it speaks of another prediction or has no status."""
    word = answer.get("status")
    if not isinstance(word, str):
        raise UnreadableAnswer("it has no status")
    if answer.get("id") != job.request_id:
        raise UnreadableAnswer("it speaks of another prediction")
    status, reason = _ENDS.get(word, (JobStatus.PENDING, ""))
    job = replace(job, status=status, reason=reason, message=_message(word, answer.get("error")))
    if status is JobStatus.READY:
        return _ready(job, answer)
    refused = moderation((), str(answer.get("error") or "")[:4000]) if word == "failed" else None
    if refused:
        return replace(job, status=JobStatus.REFUSED, reason=refused, message=REFUSALS[refused])
    return job


def _message(word: str, error: object) -> str:
    if word in ("starting", "processing", "succeeded"):
        return ""
    return plain(f"{word}: {error}" if error else word)


def _ready(job: Job, answer: Mapping[str, object]) -> Job:
    """Output is one address, or a list of them. The echoed input is what the vendor says it used; the prompt in it
    is the one sent, so it says nothing about rewriting."""
    given = answer.get("input")
    echo: Mapping[str, object] = given if isinstance(given, dict) else {}
    job = replace(
        job,
        seed_reported=reported_seed(echo.get("seed")),
        model_reported=reported_text(answer.get("model"), 200),
        ready_at=reported_time(answer.get("completed_at")),
    )
    if not answer.get("output") and answer.get("data_removed") is True:
        # An hour after the end the vendor removes input and output.
        message = "the vendor has removed the picture"
        return replace(job, status=JobStatus.FAILED, reason="expired", message=message)
    return with_picture(job, answer.get("output"))


@dataclass(frozen=True, slots=True)
class Sought:
    """An order as it can be known again in a list: the vendor's model, the earliest time, and what says of an input
    whether it is the order's (None: it does not show enough)."""

    model: str
    since: datetime
    ours: Callable[[object], bool | None]

    def like(self, entry: Mapping[str, object]) -> bool | None:
        if str(entry.get("model")).lower() != self.model.lower():
            return False
        return self.ours(entry.get("input"))


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of the list says: the predictions looked for, whether one was seen that cannot be told, and where
    the list goes on (None: there is nothing more that is new enough)."""

    found: tuple[Job, ...] = ()
    unclear: bool = False
    following: str | None = None


def look(page: Mapping[str, object], sought: Sought) -> Page:
    """The list is newest first. Raises `UnreadableAnswer`: no list is not an empty list, and without times of
    creation the search has no end."""
    results = page.get("results")
    if not isinstance(results, list) or not all(isinstance(entry, dict) for entry in results):
        raise UnreadableAnswer("it has no list of predictions")
    found: list[Job] = []
    unclear = False
    for entry in results:
        created = reported_time(entry.get("created_at"))
        if created is None:
            raise UnreadableAnswer("a prediction has no time of creation")
        if created < sought.since:
            return Page(tuple(found), unclear)
        like = sought.like(entry)
        if like:
            found.append(accepted(entry))
        unclear = unclear or like is None
    return Page(tuple(found), unclear, address(page.get("next")))
