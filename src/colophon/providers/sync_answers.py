"""Answers that hold the picture itself, as jobs; and what the others mean for the money."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from colophon.domain.asset import sha256
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused
from colophon.providers.answers import (
    UnreadableAnswer,
    address,
    explain,
    parse_json,
    plain,
    reported_seed,
    reported_text,
    retry_after,
    submit_error,
)
from colophon.providers.http import MAX_DOWNLOAD, Answer
from colophon.providers.sync_policy import policy_reason, policy_refusal

MAX_COST = Decimal(100)  # US dollars; no picture costs more, a larger number is a mistake or an attack
_DATA_ADDRESS = re.compile(r"data:[a-z0-9.+/-]{0,60}(;[a-z0-9=.-]{1,60})*;base64,", re.IGNORECASE)
_PICTURE = ("b64_json", "url")
_OUT_OF_FUNDS = {
    "insufficient_quota",
    "insufficient_balance",
    "insufficient_credits",
    "budget_exceeded",
    "billing_hard_limit_reached",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where one vendor's answers differ. ``id_headers`` and ``id_member`` say where it names a request; ``reasons``
    gives codes another meaning than the usual one; at ``policy_codes`` a refusal by its content rules may be told."""

    id_headers: Sequence[str] = ("x-request-id",)
    id_member: str = ""
    reasons: Mapping[int, str] = field(default_factory=dict)
    policy_codes: frozenset[int] = frozenset({400, 422})


Cost = Callable[[Answer, Mapping[str, object]], tuple[Money | None, str]]
"""What an answer says the order cost, and a note when it says something that cannot be booked."""


def bought(answer: Answer, order: Order, dialect: Dialect, *, secrets: Sequence[str], cost: Cost | None = None) -> Job:
    """The job of an answered order, ready. Raises `ProviderRefused` when it says that it was not taken or broke
    content rules, `ProviderUnavailable` when nothing was ordered, else `OutcomeUnknown`: a success without a picture
    may well be on the bill."""
    if not 200 <= answer.status < 300:
        raise _order_error(answer, order, dialect, secrets, cost)
    try:
        body = parse_json(answer.body)
    except UnreadableAnswer as error:
        raise _unknown(f"accepted, but the answer cannot be read: {error}", answer, dialect, {}) from error
    entries = body.get("data")
    pictures = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    content, url = _picture(pictures[0]) if pictures else (None, None)
    if content is None and url is None:
        raise _without_picture(body, answer, order, dialect, cost)
    job = Job(
        request_id=request_id(answer, dialect, body) or f"not-reported-{sha256(answer.body)[:32]}",
        status=JobStatus.READY,
        content=content,
        delivery_url=url,
        seed_reported=reported_seed(pictures[0].get("seed", body.get("seed"))),
        prompt_used=reported_text(pictures[0].get("revised_prompt")) or None,
        model_reported=_model(body),
        first_byte=answer.first_byte,
        message=f"The answer holds {len(pictures)} pictures; the first is kept." if len(pictures) > 1 else "",
    )
    return _with_cost(job, *cost(answer, body)) if cost else job


def request_id(answer: Answer, dialect: Dialect, body: Mapping[str, object]) -> str:
    """The vendor's name for the request, empty when it gives none that a person could read out."""
    stated = [*(answer.headers.get(name) for name in dialect.id_headers), body.get(dialect.id_member)]
    texts = (text for text in stated if isinstance(text, str))
    return next((text for text in texts if re.fullmatch(r"[\x21-\x7e]{1,200}", text)), "")


def dollars(stated: object, unit: Decimal = Decimal(1)) -> tuple[Money | None, str]:
    """A number (or, in a header, its text) of ``unit`` US dollars each; None with a note when it cannot be booked."""
    if stated is None:
        return None, ""
    if isinstance(stated, str) and re.fullmatch(r"\d{1,20}(\.\d{1,20})?", stated.strip()):
        stated = Decimal(stated.strip())
    if isinstance(stated, bool) or not isinstance(stated, int | Decimal):
        return None, "The reported cost is not a number and is not booked."
    amount = Decimal(stated)
    if not amount.is_finite() or not 0 <= amount * unit <= MAX_COST:
        return None, "The reported cost is not an amount that can be right and is not booked."
    return Money.of(amount * unit), ""


def _with_cost(job: Job, amount: Money | None, note: str) -> Job:
    """What the answer itself says is final: there is no later one."""
    message = plain(f"{job.message} {note}")
    return replace(job, cost=amount, cost_settled=amount is not None, message=message)


def _picture(entry: Mapping[str, object]) -> tuple[bytes | None, str | None]:
    """The bytes, or the address, or both. A data address is the picture itself."""
    url, inline = entry.get("url"), entry.get("b64_json")
    if isinstance(url, str) and url[:5].lower() == "data:":
        inline, url = inline or url, None
    return _decoded(inline), address(url)


def _decoded(text: object) -> bytes | None:
    if not isinstance(text, str):
        return None
    if text[:5].lower() == "data:":
        prefix = _DATA_ADDRESS.match(text)
        text = text[prefix.end() :] if prefix else ""
    if not text or len(text) > MAX_DOWNLOAD // 3 * 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _without_picture(
    body: Mapping[str, object], answer: Answer, order: Order, dialect: Dialect, cost: Cost | None
) -> ProviderRefused | OutcomeUnknown:
    reason = policy_reason(_words(body), order.generation.prompt)
    if reason:
        amount, _ = cost(answer, body) if cost else (None, "")
        return policy_refusal(reason, "" if amount else "Whether it was billed is not stated", amount)
    return _unknown("accepted, but the answer holds no picture; it may have been billed", answer, dialect, body)


def _words(body: Mapping[str, object]) -> dict[str, object]:
    """An answer without its pictures: in broken base64 any short word turns up by chance."""
    entries = body.get("data")
    kept = entries if isinstance(entries, list) else []
    words = [{name: item[name] for name in item if name not in _PICTURE} for item in kept if isinstance(item, dict)]
    return {**body, "data": words}


def _order_error(
    answer: Answer, order: Order, dialect: Dialect, secrets: Sequence[str], cost: Cost | None
) -> ProviderError:
    status, said = answer.status, explain(answer.body, secrets)
    try:
        body: Mapping[str, object] = parse_json(answer.body)
    except UnreadableAnswer:
        body = {"message": said}
    if status in dialect.policy_codes and (policy := policy_reason(body, order.generation.prompt)):
        amount, _ = cost(answer, body) if cost else (None, "")
        note = f"The answer states a cost of {amount} {amount.currency}" if amount else ""
        return policy_refusal(policy, note, amount)
    reason = "payment" if 400 <= status < 500 and _code(body) in _OUT_OF_FUNDS else dialect.reasons.get(status)
    if reason:
        return ProviderRefused(f"the provider answered {status}" + (f": {said}" if said else ""), reason=reason)
    wait = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    error = submit_error(status, said, wait)
    return _unknown(error.message, answer, dialect, body) if isinstance(error, OutcomeUnknown) else error


def _unknown(message: str, answer: Answer, dialect: Dialect, body: Mapping[str, object]) -> OutcomeUnknown:
    """With the vendor's name for the request, if it gave one: whoever settles this must ask about it."""
    name = request_id(answer, dialect, body)
    return OutcomeUnknown(message + (f" (the vendor's id: {name})" if name else ""), reason="upstream_transient")


def _code(body: Mapping[str, object]) -> str:
    error = body.get("error")
    place = error if isinstance(error, dict) else body
    stated = place.get("code") or place.get("type")
    return stated.lower() if isinstance(stated, str) else ""


def _model(body: Mapping[str, object]) -> str | None:
    """Gateways tell beside the pictures what made them."""
    metadata = body.get("metadata")
    return _name(body.get("model")) or (_name(metadata.get("model")) if isinstance(metadata, dict) else None)


def _name(value: object) -> str | None:
    return plain(value) if isinstance(value, str) and 0 < len(value) <= 200 else None
