"""Reading what a provider answered: bounded JSON, text made fit for people, waiting times, HTTP codes as errors."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable

MAX_DEPTH = 40
MAX_TEXT = 300
MAX_WAIT = 3600.0  # a provider that asks for more than an hour is asked again after one
_MAX_DIGITS = 40

_MAX_PROMPT = 32_000
_MAX_ADDRESS = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

# A refusal is certain: the provider says it did not take the order.
_REFUSED = {400: "validation", 401: "auth", 402: "payment", 403: "forbidden", 404: "not_found", 422: "validation"}
_MODERATION_CODES = {"content_policy_violation", "moderation_blocked", "e005"}
# Gateways hide a refusal in their text; "safety_tolerance" and "enable_safety_checker" are members, not refusals.
_MODERATION_TEXT = re.compile(
    r"(?i)content[ _]policy|safety (system|filter|polic)|nsfw|\bmoderat(ed|ion)\b|\bE005\b"
    r"|flagged (as (sensitive|unsafe)|by a content)"
)
_ABOUT_INPUT = re.compile(r"(?i)\b(prompt|input|request|image_urls?|reference)\b")
_ABOUT_OUTPUT = re.compile(r"(?i)\boutput\b")
_WAIT = re.compile(r"(?i)\b(?:resets?|retry|try again|available)\b[^0-9]{0,20}(\d{1,6})(?:\.\d+)?\s*s(?:ec|\b)")
# An account without money is told as one that is locked, too.
_NO_FUNDS = re.compile(r"(?i)(exhausted|insufficient) (balance|credits?|funds|quota)|out of (credits|funds)")
# A server that has dealt with a POST may answer by pointing to its result (RFC 9110, 15.4.3 and 15.4.4).
_SEE_OTHER = (302, 303)
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
    """What an error body says: ``detail``, ``message``, ``error`` or ``title`` in the shapes that are in use, else
    its text."""
    try:
        answer = parse_json(body)
    except UnreadableAnswer:
        return plain(body[: 4 * MAX_TEXT].decode("utf-8", "replace"), secrets)
    said = next((answer[name] for name in ("detail", "message", "error", "title") if answer.get(name)), "")
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
    until, now = http_date(text), http_date(date)
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), MAX_WAIT)


def http_date(text: str | None) -> datetime | None:
    """The time of a ``Date`` header, aware."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def wait_in_text(said: str) -> float | None:
    """The seconds of "resets in ~30s", for vendors that state a wait only in words."""
    found = _WAIT.search(said)
    return min(float(found[1]), MAX_WAIT) if found else None


def submit_error(status: int, said: str, wait: float | None, reasons: Mapping[int, str] | None = None) -> ProviderError:
    """What an HTTP code that is not a success means for an order; ``reasons`` are a dialect's own meanings of codes
    below 500."""
    message = f"the provider answered {status}" + (f": {said}" if said else "")
    if status in _BUSY:
        return ProviderUnavailable(message, retry_after=wait, reason=_BUSY[status])
    if status in _SEE_OTHER:
        text = f"{message} (a redirect, which is not followed); the order may have been taken"
        return OutcomeUnknown(text, reason="upstream_transient")
    if 300 <= status < 400:
        text = f"{message} (a redirect, which an order does not follow; the route's base address is wrong)"
        return ProviderRefused(text, reason="not_found")
    if 400 <= status < 500 and status != 408:
        reason = (reasons or {}).get(status) or _REFUSED.get(status, "validation")
        if status in (402, 403) and _NO_FUNDS.search(said):
            reason = "payment"
        return ProviderRefused(message, reason=reason)
    return OutcomeUnknown(f"{message}; the order may have been taken", reason="upstream_transient")


def question_error(
    status: int, said: str, wait: float | None, reasons: Mapping[int, str] | None = None
) -> ProviderUnavailable:
    """What an HTTP code that is not a success means for a question that may be asked again: it says nothing about
    the order, which may be done and paid for."""
    reason = (reasons or {}).get(status) or _BUSY.get(status) or _REFUSED.get(status) or "upstream_transient"
    message = f"the provider answered {status}" + (f": {said}" if said else "")
    return ProviderUnavailable(message, retry_after=wait, reason=reason)


def moderation(codes: Iterable[str], text: str) -> str | None:
    """``moderated_input`` or ``moderated_output`` when an error is a refusal by policy, by its codes or its words;
    None when it is not one. Unless it speaks of the input alone it is taken to be about the picture."""
    if not (_MODERATION_CODES & {code.lower() for code in codes} or _MODERATION_TEXT.search(text)):
        return None
    about_input = _ABOUT_INPUT.search(text) and not _ABOUT_OUTPUT.search(text)
    return "moderated_input" if about_input else "moderated_output"


REFUSALS = {
    "moderated_input": "the provider's policy refused the prompt or a reference; change the wording or the reference",
    "moderated_output": "the provider's policy refused the finished picture; change the prompt and order again",
}
"""What people are told of a refusal: what they can act on, and nothing of the filter."""


def error_codes(value: object) -> set[str]:
    """The ``code``, ``type`` and ``error_type`` members of an error body, in every shape that is in use."""
    return set(_codes(value, 4))


def _codes(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, list) and depth:
        for item in value[:20]:
            yield from _codes(item, depth - 1)
    if isinstance(value, dict) and depth:
        for name in ("code", "type", "error_type"):
            if isinstance(value.get(name), str):
                yield value[name]
        for name in ("error", "detail"):
            yield from _codes(value.get(name), depth - 1)


def task_id(value: object) -> str:
    """A vendor's id of a task. Raises `UnreadableAnswer` for what cannot be one."""
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]{1,200}", value):
        raise UnreadableAnswer("it has no task id")
    return value


def address(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ADDRESS else None


def reported_seed(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def reported_text(value: object, longest: int = _MAX_PROMPT) -> str | None:
    """Text as it was reported, without control characters; None when it is absent or absurdly long."""
    return _CONTROL.sub("", value) if isinstance(value, str) and len(value) <= longest else None


def reported_time(value: object) -> datetime | None:
    """RFC 3339 text or epoch seconds of this century, in UTC."""
    if isinstance(value, str) and len(value) <= 40:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo and 2000 <= moment.year < 2100 else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    seconds = Decimal(value)
    if not seconds.is_finite() or not 946_684_800 <= seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(float(seconds), UTC)
