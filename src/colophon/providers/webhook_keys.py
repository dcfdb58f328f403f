"""The keys that webhooks are verified with: asked of the vendor over the guarded client, and kept for a day."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urljoin, urlsplit

import httpx

from colophon.errors import ProviderError, ProviderUnavailable
from colophon.providers.answers import UnreadableAnswer, explain, parse_json, question_error
from colophon.providers.http import exchange
from colophon.providers.webhooks import HookRefused, Notice, Scheme, verify

KEPT = timedelta(hours=24)
"""fal's page allows a day; a key that the vendor withdrew is believed no longer than that."""
PAUSE = timedelta(minutes=1)
"""Between two requests for keys: bad signatures must not become requests to the vendor."""

FAL_KEYS = "https://rest.alpha.fal.ai/.well-known/jwks.json"
_ED25519_BYTES = 32
_MOST_KEYS = 20
_SHORTEST_SECRET = 16
_ANSWER_SECONDS = 5.0  # the vendor waits for our answer meanwhile

Keys = tuple[bytes, ...]


@dataclass
class KeyRing:
    """One route's keys. ``fetch`` asks the vendor for them and raises `ProviderError` when it cannot; ``clock``
    returns the time, aware. May be used by several threads."""

    scheme: Scheme
    fetch: Callable[[], Keys]
    clock: Callable[[], datetime]
    _keys: Keys = field(default=(), repr=False)
    _fetched_at: datetime | None = None
    _asked_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """As `webhooks.verify`, with the keys at hand; a signature that none of them made is looked at once more with
        the vendor's newest. Raises `HookRefused`, and `ProviderUnavailable` when there are no keys to verify with."""
        keys = self._at_hand()
        try:
            return verify(self.scheme, raw, headers, keys=keys, now=self.clock())
        except HookRefused as error:
            newer = self._newer(keys) if error.reason == "signature" else keys
            if newer == keys:
                raise
            return verify(self.scheme, raw, headers, keys=newer, now=self.clock())

    def _at_hand(self) -> Keys:
        with self._lock:
            now = self.clock()
            if self._fetched_at is None or now - self._fetched_at > KEPT:
                if self._asked_lately(now):
                    raise ProviderUnavailable("the vendor's webhook keys are not to be had", retry_after=60.0)
                self._ask(now)
            return self._keys

    def _newer(self, known: Keys) -> Keys:
        with self._lock:
            now = self.clock()
            if self._keys == known and not self._asked_lately(now):
                try:
                    self._ask(now)
                except ProviderError:
                    return known  # the signature stays refused: the keys at hand did not make it
            return self._keys

    def _asked_lately(self, now: datetime) -> bool:
        return self._asked_at is not None and now - self._asked_at < PAUSE

    def _ask(self, now: datetime) -> None:
        self._asked_at = now
        self._keys, self._fetched_at = self.fetch(), now


def replicate_keys(client: httpx.Client, base_url: str, api_key: str) -> Keys:
    """The account's signing key, from ``GET /webhooks/default/secret``. Raises `ProviderUnavailable` when it is not
    answered, `ProviderError` when the answer holds none."""
    url = f"{base_url}/webhooks/default/secret"
    answer = _ask(client, url, {"Authorization": f"Bearer {api_key}"})
    return (standard_key(answer.get("key")),)


def standard_key(text: object) -> bytes:
    """The key behind ``whsec_`` and base64, as Standard Webhooks writes it; the text itself is never repeated in an
    error. Raises `ProviderError`."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_SECRET:
        raise ProviderError("the provider's webhook secret cannot be read", reason="upstream_permanent")
    return key


def fal_keys(client: httpx.Client, address: str) -> Keys:
    """The public keys of a JSON Web Key Set, those that are Ed25519. Raises `ProviderUnavailable` when the address
    does not answer, `ProviderError` when it holds no such key."""
    listed = _ask(client, address, {}).get("keys")
    found = [_public_key(item) for item in (listed if isinstance(listed, list) else [])[:_MOST_KEYS]]
    keys = tuple(key for key in found if key is not None)
    if not keys:
        raise ProviderError("the provider's key set holds no Ed25519 key", reason="upstream_permanent")
    return keys


def fal_keys_address(base_url: str) -> str:
    """Where the keys of a fal route are: the vendor's own place for the vendor's own host; for a stand-in beside its
    queue."""
    host = urlsplit(base_url).hostname or ""
    if host == "fal.run" or host.endswith(".fal.run"):
        return FAL_KEYS
    return urljoin(base_url.rstrip("/"), ".well-known/jwks.json")


def _public_key(item: object) -> bytes | None:
    text = item.get("x") if isinstance(item, dict) else None
    if not isinstance(text, str) or len(text) > 100:
        return None
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _ED25519_BYTES else None


def _ask(client: httpx.Client, url: str, headers: Mapping[str, str]) -> dict[str, object]:
    answer = exchange(client, "GET", url, headers=headers, deadline_s=_ANSWER_SECONDS)
    if answer.status != 200:
        raise question_error(answer.status, explain(answer.body, tuple(headers.values())), None)
    try:
        return parse_json(answer.body)
    except UnreadableAnswer as error:
        raise ProviderError(f"the provider's keys are {error}", reason="upstream_permanent") from error
