"""Reading what a provider answered: bounded JSON, text made fit for people, waiting times, HTTP codes as errors."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable

MAX_DEPTH = 40
MAX_TEXT = 300
MAX_WAIT = 3600.0  # a provider that asks for more than an hour is asked again after one
_MAX_DIGITS = 40

# A refusal is certain: the provider says it did not take the order.
_REFUSED = {400: "validation", 401: "auth", 402: "payment", 403: "forbidden", 404: "not_found", 422: "validation"}
_BUSY = {429: "rate_limited", 503: "upstream_transient"}
_SECRET = re.compile(r"(?i)\b(bearer|x-key|key|token|authorization)(\s*[:=]\s*|\s+)[\w.\-]{8,}|\b(sk-|r8_)[\w-]{8,}")


class UnreadableAnswer(ValueError):
    """The body is not JSON within our bounds."""


def parse_json(body: bytes) -> dict[str, object]:
    """The JSON object of a body, fractions as ``Decimal``. NaN and infinities, which are not JSON but are sent,
    become decimals that no amount of money accepts. Raises `UnreadableAnswer`."""
    try:
        value = json.loads(body, parse_float=_number, parse_int=_whole, parse_constant=Decimal)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise UnreadableAnswer(f"not JSON ({type(error).__name__})") from error
    if not isinstance(value, dict):
        raise UnreadableAnswer("not a JSON object")
    if _deeper_than(value, MAX_DEPTH):
        raise UnreadableAnswer(f"nested deeper than {MAX_DEPTH}")
    return value


def _number(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number with too many digits")
    return Decimal(text)


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number with too many digits")
    return int(text)


def _deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item) if isinstance(child, dict | list)]
        if not level:
            return False
    return bool(level)


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def plain(text: str, secrets: Iterable[str] = ()) -> str:
    """Provider text for people: one line, no control characters, at most 300 characters, keys masked."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    text = _SECRET.sub("***", text[: 20 * MAX_TEXT])
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def explain(body: bytes, secrets: Iterable[str] = ()) -> str:
    """What an error body says: ``detail``, ``message`` or ``error`` in the shapes that are in use, else its text."""
    try:
        answer = parse_json(body)
    except UnreadableAnswer:
        return plain(body[: 4 * MAX_TEXT].decode("utf-8", "replace"), secrets)
    said = next((answer[name] for name in ("detail", "message", "error") if answer.get(name)), "")
    return plain(_said(said), secrets)


def _said(value: object) -> str:
    """FastAPI's list of problems as ``member: message`` pairs; anything else as it is."""
    if isinstance(value, list):
        return "; ".join(_said(item) for item in value[:5])
    if isinstance(value, dict):
        place = value.get("loc")
        where = ".".join(str(part) for part in place[-3:]) + ": " if isinstance(place, list) else ""
        return where + str(value.get("msg") or value.get("message") or value)
    return str(value)


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """A ``Retry-After`` header as seconds (0 to 3600); None without one, or when it makes no sense. Its date form is
    compared with the answer's own ``Date`` header, so that the two clocks need not agree."""
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
        return min(float(text), MAX_WAIT)
    until, now = _moment(text), _moment(date)
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), MAX_WAIT)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def submit_error(status: int, said: str, wait: float | None) -> ProviderError:
    """What an HTTP code other than 200 means for an order."""
    message = f"the provider answered {status}" + (f": {said}" if said else "")
    if status in _BUSY:
        return ProviderUnavailable(message, retry_after=wait, reason=_BUSY[status])
    if 300 <= status < 400:
        return ProviderUnavailable(
            f"{message} (a redirect, which an order does not follow)", reason="upstream_permanent"
        )
    if 400 <= status < 500 and status != 408:
        return ProviderRefused(message, reason=_REFUSED.get(status, "validation"))
    return OutcomeUnknown(f"{message}; the order may have been taken", reason="upstream_transient")


def question_error(status: int, said: str, wait: float | None) -> ProviderUnavailable:
    """What an HTTP code other than 200 means for a question that may be asked again: it says nothing about the
    order, which may be done and paid for."""
    reason = _BUSY.get(status) or _REFUSED.get(status) or "upstream_transient"
    message = f"the provider answered {status}" + (f": {said}" if said else "")
    return ProviderUnavailable(message, retry_after=wait, reason=reason)
