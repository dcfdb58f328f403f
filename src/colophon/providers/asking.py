"""One order or one question to a vendor, and its answer as a job or as the error that says what to do next."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from colophon.domain.generation import Job, JobStatus
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.providers.access import Access
from colophon.providers.answers import (
    REFUSALS,
    UnreadableAnswer,
    error_codes,
    explain,
    moderation,
    parse_json,
    question_error,
    retry_after,
    submit_error,
    wait_in_text,
)
from colophon.providers.http import MAX_PICTURE_JSON, Answer, check_address, exchange

Members = Mapping[str, object]
Read = TypeVar("Read")


def order(
    access: Access,
    url: str,
    body: Members,
    read: Callable[[Members], Job],
    *,
    headers: Mapping[str, str],
    accepted: Collection[int] = (200,),
    reasons: Mapping[int, str] | None = None,
) -> Job:
    """Order once. ``read`` makes the job of an answer whose code is among ``accepted``; ``reasons`` are what this
    vendor means by codes below 500. Raises as `colophon.ports.Provider.submit`."""
    answer = exchange(access.client, "POST", url, headers=headers, json=body, orders=True)
    if answer.status not in accepted:
        raise _not_accepted(access, answer, reasons)
    try:
        job = read(parse_json(answer.body))
    except UnreadableAnswer as error:
        reason = "upstream_transient"
        raise OutcomeUnknown(f"accepted, but the answer cannot be read: {error}", reason=reason) from error
    return replace(job, first_byte=answer.first_byte)


def _not_accepted(access: Access, answer: Answer, reasons: Mapping[int, str] | None) -> ProviderError:
    refused = refusal(answer)
    if answer.status in (400, 403, 422) and refused:
        return ProviderRefused(REFUSALS[refused], reason=refused)
    text = said(access, answer)
    return submit_error(answer.status, text, wait(answer, text), reasons)


def ask(
    access: Access,
    method: str,
    url: str,
    job: Job,
    read: Callable[[Members], Job],
    *,
    headers: Mapping[str, str],
    json: object | None = None,
    accepted: Collection[int] = (200,),
    reasons: Mapping[int, str] | None = None,
) -> Job:
    """Where a job stands; 404 is `JobStatus.MISSING`. Raises `ProviderUnavailable` for all that says nothing about
    the order."""
    # A picture may come inside the answer.
    answer = exchange(access.client, method, url, headers=headers, json=json, max_bytes=MAX_PICTURE_JSON)
    if answer.status == 404:
        text = said(access, answer) or "task not found"
        return replace(job, status=JobStatus.MISSING, reason="not_found", message=text)
    if answer.status not in accepted:
        raise unanswered(access, answer, reasons)
    return readable(answer, read)


def unanswered(access: Access, answer: Answer, reasons: Mapping[int, str] | None = None) -> ProviderUnavailable:
    text = said(access, answer)
    return question_error(answer.status, text, wait(answer, text), reasons)


def readable(answer: Answer, read: Callable[[Members], Read]) -> Read:
    """What ``read`` makes of the answer. Raises `ProviderUnavailable` when it cannot be read: asking again is free."""
    try:
        return read(parse_json(answer.body))
    except UnreadableAnswer as error:
        raise ProviderUnavailable(f"the answer cannot be read: {error}", reason="upstream_transient") from error


def refusal(answer: Answer) -> str | None:
    """``moderated_input`` or ``moderated_output`` when the answer is a refusal by policy."""
    try:
        codes = error_codes(parse_json(answer.body))
    except UnreadableAnswer:
        return None
    return moderation(codes, explain(answer.body))


def said(access: Access, answer: Answer) -> str:
    return explain(answer.body, (access.api_key,))


def wait(answer: Answer, text: str) -> float | None:
    stated = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    return wait_in_text(text) if stated is None else stated


def allowed(access: Access, url: str | None) -> bool:
    """Whether the key may go to an address the vendor named."""
    if url is None:
        return False
    try:
        check_address(url, access.poll_hosts, base_url=access.base_url)
    except ProviderError:
        return False
    return True
