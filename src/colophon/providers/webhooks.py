"""Webhooks as the vendors sign them: whether a body is theirs, and which task it speaks of.

Everything is read from the raw bytes that arrived, never from a body written anew (trap 46). There is no common scheme
(trap 48): Black Forest Labs describes two, Replicate signs by Standard Webhooks, fal with Ed25519. What a notice says
about status, result or addresses is not even read here (trap 49): it is a hint to ask the vendor.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from colophon.errors import ProviderError
from colophon.providers.answers import UnreadableAnswer, parse_json

Scheme = Literal["bfl", "standard", "fal"]
SCHEMES: Mapping[str, Scheme] = {"bfl": "bfl", "replicate": "standard", "fal": "fal"}
"""The scheme of each adapter whose vendor calls back; the others have none for pictures."""

WINDOW = timedelta(minutes=5)
"""How far a notice's own time may be from ours, either way (Standard Webhooks; fal's page says the same 300 s)."""

_ID = re.compile(r"[A-Za-z0-9._:\-]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,11}")
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11  # as seconds that would be the year 5138


@dataclass(frozen=True, slots=True)
class Notice:
    """``event`` tells one delivery's subject from another's, ``request_id`` is the vendor's task; ``at`` is the
    signed time, None where the vendor gives none."""

    event: str
    request_id: str
    at: datetime | None


class HookRefused(ProviderError):
    """A webhook that is not believed; nothing was done. ``reason`` is one of: unsigned, signature, old, unreadable
    (well signed, yet not what the vendor sends) or no_webhooks."""

    code = "hook_refused"


def verify(scheme: Scheme, raw: bytes, headers: Mapping[str, str], *, keys: Sequence[bytes], now: datetime) -> Notice:
    """Who it is from first, its content after. ``keys`` are the order's secret (bfl), the account's HMAC key
    (standard) or the vendor's public keys (fal); any one of them may fit. Raises `HookRefused`."""
    given = {name.lower(): value for name, value in headers.items()}
    return _VERIFIERS[scheme](raw, given, keys, now)


def _verify_bfl(raw: bytes, headers: Mapping[str, str], keys: Sequence[bytes], now: datetime) -> Notice:
    """The vendor's pages disagree (trap 48): one has ``X-BFL-Signature: sha256=<hex HMAC of the body>``, the other
    the secret itself in ``X-Webhook-Secret``. Either is enough, and what is there must hold. The second says nothing
    about the body; the secret belongs to one order, so it cannot speak for another."""
    signature, secret = headers.get("x-bfl-signature"), headers.get("x-webhook-secret")
    if signature is None and secret is None:
        raise HookRefused("the webhook is not signed", reason="unsigned")
    if signature is not None:
        _match(signature, ["sha256=" + hmac.new(key, raw, sha256).hexdigest() for key in keys])
    if secret is not None:
        _match(secret, [key.decode("utf-8", "replace") for key in keys])
    body = _body(raw)
    at = None if body.get("timestamp") is None else _in_window(_moment(body["timestamp"]), now)
    return Notice(sha256(raw).hexdigest(), _task(body, "id"), at)


def _verify_standard(raw: bytes, headers: Mapping[str, str], keys: Sequence[bytes], now: datetime) -> Notice:
    """HMAC-SHA256 over ``id.timestamp.body``, base64; the header may hold several signatures, since keys are changed
    (https://www.standardwebhooks.com). Other versions than v1 are not looked at."""
    event, stamp, signatures = _headers(headers, "webhook-id", "webhook-timestamp", "webhook-signature")
    signed = f"{event}.{stamp}.".encode() + raw
    expected = [base64.b64encode(hmac.new(key, signed, sha256).digest()).decode() for key in keys]
    given = [entry.removeprefix("v1,") for entry in signatures.split(" ")[:10] if entry.startswith("v1,")]
    if not any([_equal(entry, one) for entry in given for one in expected]):  # noqa: C419 - all, in constant time
        raise HookRefused("the webhook's signature is not the vendor's", reason="signature")
    at = _in_window(_seconds(stamp), now)
    return Notice(_event(event), _task(_body(raw), "id"), at)


def _verify_fal(raw: bytes, headers: Mapping[str, str], keys: Sequence[bytes], now: datetime) -> Notice:
    """Ed25519 over request id, user id, timestamp and the body's hexadecimal SHA-256, one a line. fal signs for all
    its customers with the same keys: that an order is ours is shown by the address and by asking, not by this."""
    prefix = "x-fal-webhook-"
    names = ("request-id", "user-id", "timestamp", "signature")
    event, user, stamp, signature = _headers(headers, *(prefix + name for name in names))
    signed = "\n".join((event, user, stamp, sha256(raw).hexdigest())).encode()
    if not any(_ed25519(key, signature, signed) for key in keys):
        raise HookRefused("the webhook's signature is not the vendor's", reason="signature")
    at = _in_window(_seconds(stamp), now)
    body = _body(raw)
    if event not in (body.get("request_id"), body.get("gateway_request_id")):
        raise HookRefused("the webhook's header and body name different tasks", reason="unreadable")
    return Notice(_event(event), _task(body, "request_id"), at)


_VERIFIERS: Mapping[Scheme, Callable[[bytes, Mapping[str, str], Sequence[bytes], datetime], Notice]] = {
    "bfl": _verify_bfl,
    "standard": _verify_standard,
    "fal": _verify_fal,
}


def _headers(headers: Mapping[str, str], *names: str) -> list[str]:
    if any(not headers.get(name) for name in names):
        raise HookRefused("the webhook is not signed", reason="unsigned")
    return [headers[name] for name in names]


def _match(given: str, expected: Sequence[str]) -> None:
    if not any([_equal(given, one) for one in expected]):  # noqa: C419 - all of them, in constant time
        raise HookRefused("the webhook's signature is not the vendor's", reason="signature")


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def _ed25519(key: bytes, signature: str, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(binascii.unhexlify(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _body(raw: bytes) -> dict[str, object]:
    try:
        return parse_json(raw)
    except UnreadableAnswer as error:
        raise HookRefused(f"the webhook's body is {error}", reason="unreadable") from error


def _task(body: Mapping[str, object], member: str) -> str:
    value = body.get(member)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise HookRefused("the webhook names no task", reason="unreadable")
    return value


def _event(value: str) -> str:
    """As it is when it is short and plain; else a digest, which is as good a name."""
    return value if _ID.fullmatch(value) else sha256(value.encode("utf-8", "replace")).hexdigest()


def _in_window(at: datetime, now: datetime) -> datetime:
    """A replay of an old notice is refused even where its id was forgotten (trap 47)."""
    if abs(now - at) > WINDOW:
        raise HookRefused("the webhook's time is more than 5 minutes from ours", reason="old")
    return at


def _seconds(text: str) -> datetime:
    if not _SECONDS.fullmatch(text):
        raise HookRefused("the webhook's time cannot be read", reason="unreadable")
    return _FIRST + timedelta(seconds=int(text))


def _moment(value: object) -> datetime:
    """A body's time: the vendor does not say in which form, so seconds, milliseconds and RFC 3339 are read."""
    at = None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        at = _counted(Decimal(value))
    elif isinstance(value, str) and len(value) <= 40:
        with suppress(ValueError):
            at = datetime.fromisoformat(value)
    if at is None or at.tzinfo is None:
        raise HookRefused("the webhook's time cannot be read", reason="unreadable")
    return at


def _counted(since_1970: Decimal) -> datetime | None:
    if not since_1970.is_finite() or not 0 <= since_1970 < _MILLISECONDS_FROM * 1000:
        return None
    return _FIRST + timedelta(seconds=int(since_1970 if since_1970 < _MILLISECONDS_FROM else since_1970 / 1000))
