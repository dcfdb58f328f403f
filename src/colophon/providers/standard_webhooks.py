"""Messages carried as Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): signed, and sent once a call.

``webhook-signature`` holds one signature for each secret, so that a receiver with the old one and a receiver with the
new one both find theirs while it is changed: ``v1`` is HMAC-SHA256, ``v1a`` Ed25519, over ``id.timestamp.body``.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colophon.domain.delivery import Sent
from colophon.domain.message import Message
from colophon.errors import InvalidInput, ProviderUnavailable
from colophon.providers.answers import plain, retry_after
from colophon.providers.http import visit

SHARED, PRIVATE = "whsec_", "whsk_"
HINT = "whsec_ and base64 of 24 to 64 random bytes, or whsk_ and base64 of an Ed25519 key; several with a space between"
_SHORTEST, _LONGEST = 24, 64  # bytes: 192 to 512 bits
_ED25519 = (32, 64)  # the seed alone, or followed by the public key
_AGENT = "colophon (webhooks)"

Seal = Callable[[bytes], str]
"""Gives the signature of a content, with its version before it."""


class WebhookCourier:
    """Implements `colophon.ports.Courier`. An answer's body is not read, and a redirect is not followed: it is an
    answer like any other. ``address`` and ``seals`` are in no error and no representation beyond scheme and host."""

    def __init__(self, client: httpx.Client, url: str, seals: Sequence[Seal], *, seconds: float = 15.0) -> None:
        self._client = client
        self._url = url
        self._seals = tuple(seals)
        self._seconds = seconds
        self.address = place_of(url)

    def send(self, message: Message, *, at: datetime) -> Sent:
        body = message.body.encode()
        headers = {**signed_headers(message.id, body, self._seals, at), "User-Agent": _AGENT}
        return post(self._client, self._url, headers, body, self._seconds)


def post(client: httpx.Client, url: str, headers: dict[str, str], body: bytes, seconds: float) -> Sent:
    """One POST of JSON, and what it was answered; never raises over what the far side does."""
    sent = {"Content-Type": "application/json", "Accept": "*/*", "Accept-Encoding": "identity", **headers}
    try:
        answer = visit(client, "POST", url, headers=sent, content=body, deadline_s=seconds)
    except ProviderUnavailable as error:
        return Sent(None, plain(error.message, (url,)))
    wait = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    return Sent(answer.status, _problem(answer.status), wait)


def signed_headers(identity: str, body: bytes, seals: Sequence[Seal], at: datetime) -> dict[str, str]:
    """The three headers by which a receiver tells who sent this, that it is fresh, and whether it is a repetition."""
    seconds = str(int(at.timestamp()))
    content = f"{identity}.{seconds}.".encode() + body
    signatures = " ".join(seal(content) for seal in seals)
    return {"webhook-id": identity, "webhook-timestamp": seconds, "webhook-signature": signatures}


def read_secrets(text: str, where: str) -> tuple[Seal, ...]:
    """One or several secrets, as Standard Webhooks writes them, with spaces between. Raises `InvalidInput`, which names
    the setting ``where`` and repeats nothing of its value."""
    found = tuple(_seal(part) for part in text.split())
    seals = tuple(seal for seal in found if seal is not None)
    if not seals or len(seals) < len(found):
        raise InvalidInput("a secret for webhooks cannot be read", where=where, hint=HINT)
    return seals


def place_of(url: str) -> str:
    """Scheme, host and port of an address. Raises `InvalidInput` for what is none."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidInput("an address for messages cannot be read", hint="https://host/path") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise InvalidInput("an address for messages is https://host/path, without a name in it")
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def _seal(secret: str) -> Seal | None:
    if secret.startswith(PRIVATE):
        raw = _decoded(secret.removeprefix(PRIVATE))
        if len(raw) not in _ED25519:
            return None
        private = Ed25519PrivateKey.from_private_bytes(raw[:32])
        return lambda content: f"v1a,{_encoded(private.sign(content))}"
    key = _decoded(secret.removeprefix(SHARED)) if secret.startswith(SHARED) else b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        return None
    return lambda content: f"v1,{_encoded(hmac.digest(key, content, sha256))}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _problem(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return "a redirect, which is not followed: set the address it leads to"
    return "it wants no more messages" if status == 410 else None
