"""fal's answers as jobs. A queue's status never says that a job failed: the result's own HTTP code and body do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.domain.generation import Job, JobStatus
from colophon.providers.answers import (
    REFUSALS,
    UnreadableAnswer,
    error_codes,
    moderation,
    reported_seed,
    reported_text,
    reported_time,
    task_id,
)
from colophon.providers.delivered import with_picture

# The platform's own failures of a job, by ``error_type``; all others of its names begin with "runner_".
_PLATFORM = {
    "request_timeout": "timeout",
    "startup_timeout": "timeout",
    "internal_error": "upstream_transient",
    "client_disconnected": "cancelled",
    "client_cancelled": "cancelled",
    "bad_request": "validation",
}
# Codes of a result that speak of the asking, not of the job.
_ABOUT_THE_QUESTION = {401, 403, 408, 429}


def request_id(answer: Mapping[str, object]) -> str:
    return task_id(answer.get("request_id"))


def finished(answer: Mapping[str, object], job: Job) -> bool:
    """Whether there is a result to ask for. A word that is not known means: not done yet."""
    word = answer.get("status")
    if not isinstance(word, str):
        raise UnreadableAnswer("it has no status")
    if answer.get("request_id", job.request_id) != job.request_id:
        raise UnreadableAnswer("it speaks of another request")
    return word == "COMPLETED"


def delivered(job: Job, answer: Mapping[str, object]) -> Job:
    """The job of a result that came with 200. Raises `UnreadableAnswer` when it is no result at all."""
    images = answer.get("images")
    if not isinstance(images, list):
        raise UnreadableAnswer("it has no images")
    job = replace(
        job,
        status=JobStatus.READY,
        reason="",
        message="",
        seed_reported=reported_seed(answer.get("seed")),
        prompt_used=reported_text(answer.get("prompt")),
    )
    flags = answer.get("has_nsfw_concepts")
    if isinstance(flags, list) and flags[:1] == [True]:
        return _refused(job, "moderated_output")  # the vendor blackens such pictures
    return with_picture(job, [image.get("url") if isinstance(image, dict) else None for image in images])


def failed(job: Job, status: int, answer: Mapping[str, object], said: str, *, retryable: bool) -> Job | None:
    """The job of a result that came with an error; None when the error is about the question and the job may be
    fine. ``said`` is the error's text for people."""
    codes = error_codes(answer)
    known = next((reason for code in sorted(codes) if (reason := _platform(code))), None)
    if status in _ABOUT_THE_QUESTION or (status >= 500 and known is None):
        return None
    refused = moderation(codes, said)
    if status < 500 and refused:
        return _refused(job, refused)
    if status == 400 and "in progress" in said.lower():
        return replace(job, status=JobStatus.PENDING, reason="", message="")
    if status == 404:
        return replace(job, status=JobStatus.MISSING, reason="not_found", message=said or "request not found")
    reason = "upstream_transient" if retryable else known or "validation"
    return replace(job, status=JobStatus.FAILED, reason=reason, message=said or f"the result answered {status}")


def _platform(code: str) -> str | None:
    return "upstream_transient" if code.startswith("runner_") else _PLATFORM.get(code)


def _refused(job: Job, reason: str) -> Job:
    return replace(job, status=JobStatus.REFUSED, reason=reason, message=REFUSALS[reason])


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of the request list says: the requests looked for with the times they were sent, whether one was
    seen that cannot be told, and where the list goes on."""

    found: tuple[tuple[datetime, str], ...] = ()
    unclear: bool = False
    cursor: str | None = None


def look(page: Mapping[str, object], since: datetime, ours: Callable[[object], bool | None]) -> Page:
    """``ours`` says whether a payload is the order's. Raises `UnreadableAnswer`: no list is not an empty list."""
    items = page.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnreadableAnswer("it has no list of requests")
    found: list[tuple[datetime, str]] = []
    unclear = False
    for item in items:
        at = reported_time(item.get("sent_at"))
        if at is None:
            raise UnreadableAnswer("a request has no time")
        if at < since:
            continue
        like = ours(item.get("json_input"))
        if like:
            found.append((at, request_id(item)))
        unclear = unclear or like is None
    return Page(tuple(found), unclear, reported_text(page.get("next_cursor"), 1000))
