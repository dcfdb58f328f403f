"""Webhooks composed: the key behind their addresses, the verifier of each route, and the desk that receives them."""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import httpx

from colophon.bootstrap.buying import api_key
from colophon.bootstrap.runtime import Runtime
from colophon.domain.generation import Generation, Hook, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.record import Progress
from colophon.domain.route import Route
from colophon.errors import InvalidInput, NotFound
from colophon.providers.http import guarded_client
from colophon.providers.webhook_keys import KeyRing, Keys, fal_keys, fal_keys_address, replicate_keys, standard_key
from colophon.providers.webhooks import SCHEMES, HookRefused, Notice, verify
from colophon.services.hooks import HookDesk, hook_for
from colophon.settings import Settings

_SHORTEST_KEY = 16
_ANSWER_SECONDS = 5.0  # a vendor's keys: its webhook waits for them
_SPACE = re.compile(r"[\x00-\x20\x7f]")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def webhook_key(settings: Settings) -> bytes:
    """The secret behind webhook addresses: the one configured, or one made once in the home for its owner alone.
    Every process that orders or receives must hold the same. Raises `InvalidInput`, and `NotFound` without a home."""
    given = settings.webhook_key
    if given is not None:
        return _long_enough(given.get_secret_value().encode(), "COLOPHON_WEBHOOK_KEY")
    if not settings.home.is_dir():
        raise NotFound("there is no home here yet", where=str(settings.home), hint="run `colophon init`")
    file = settings.pki_folder / "webhook.key"
    try:
        if not file.exists():
            _make_key(file)
        return _long_enough(file.read_bytes().strip(), str(file))
    except OSError as error:
        raise InvalidInput(f"the webhook key cannot be used: {error.strerror or error}", where=str(file)) from error


def check_hooks(settings: Settings) -> str | None:
    """The address under which vendors may report; None when there is none to give. Makes the key where one is needed
    and missing. Raises `InvalidInput` for an address that vendors cannot call and for a key that cannot be used,
    `NotFound` where the key would belong into a home that is not there."""
    base = settings.webhook_url
    if base or settings.webhook_key is not None:
        webhook_key(settings)
    return f"{_checked(base).rstrip('/')}/hooks" if base else None


def hook_of_attempt(generation: Generation, attempt: int, settings: Settings) -> Hook | None:
    """Where the vendor may report on this attempt; None when no public address is configured. ``generation.route`` is
    the route of this attempt. Raises `InvalidInput` for an address that vendors cannot call."""
    base = settings.webhook_url
    return hook_for(generation, attempt, base=_checked(base), key=webhook_key(settings)) if base else None


def hook_desk(rt: Runtime) -> HookDesk:
    """The ports that receiving needs, opened. Raises what opening the catalog or the key raises."""
    return HookDesk(
        orders=rt.catalog.orders,
        provider_of=rt.provider,
        order_of=partial(_order_of, rt),
        verify=RouteVerifier(rt),
        clock=rt.clock,
        key=webhook_key(rt.settings),
    )


class RouteVerifier:
    """Verifies by the scheme of the route's adapter. Each route's keys are asked for when they are first needed."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._rings: dict[str, KeyRing] = {}
        self._lock = Lock()

    def __call__(self, route: str, raw: bytes, headers: Mapping[str, str], *, secret: str) -> Notice:
        found = self._rt.market.routes.get(route)
        scheme = SCHEMES.get(found.adapter) if found else None
        if found is None or scheme is None:
            raise HookRefused(f"no webhooks are taken on route {route}", reason="no_webhooks")
        if scheme == "bfl":
            return verify("bfl", raw, headers, keys=(secret.encode(),), now=self._rt.clock.now())
        return self._ring(found).verify(raw, headers)

    def _ring(self, route: Route) -> KeyRing:
        with self._lock:
            if route.name not in self._rings:
                fetch = partial(_fetch_keys, route, self._rt)
                self._rings[route.name] = KeyRing(SCHEMES[route.adapter], fetch, self._rt.clock.now)
            return self._rings[route.name]


def _fetch_keys(route: Route, rt: Runtime) -> Keys:
    given = _given_secret(route, rt.settings)
    if given is not None and SCHEMES[route.adapter] == "standard":
        return (standard_key(given),)
    with _client(route, rt) as client:
        if SCHEMES[route.adapter] == "fal":
            return fal_keys(client, fal_keys_address(route.base_url))
        return replicate_keys(client, route.base_url, api_key(route, rt.settings))


@contextmanager
def _client(route: Route, rt: Runtime) -> Iterator[httpx.Client]:
    if route.embedded:
        yield guarded_client(transport=rt.sandbox)  # never closed here: the sandbox is the whole process's
        return
    with guarded_client(allow_private=route.allow_private, answer_seconds=_ANSWER_SECONDS) as client:
        client.timeout = httpx.Timeout(_ANSWER_SECONDS)
        yield client


def _given_secret(route: Route, settings: Settings) -> str | None:
    for written, members in settings.routes.items():
        secret = members.webhook_secret
        if written.replace("_", "-") == route.name and secret is not None:
            return secret.get_secret_value()
    return None


def _order_of(rt: Runtime, progress: Progress) -> Order:
    """What was sent for a generation, built again from the catalog and the store."""
    references = tuple(rt.store.get(use.sha256) for use in progress.generation.references)
    return Order(progress.generation, references, PictureFormat.PNG)


def _checked(base: str) -> str:
    if not _callable(base):
        raise InvalidInput(
            "the address for webhooks is https://host[/path], or http on this machine",
            where="COLOPHON_WEBHOOK_URL",
        )
    return base


def _callable(base: str) -> bool:
    try:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in _LOOPBACK
    more = parts.query or parts.fragment or parts.username or parts.password or port == 0
    return bool(host) and (plain or parts.scheme == "https") and not more and base.isascii() and not _SPACE.search(base)


def _make_key(file: Path) -> None:
    """Complete and readable for the owner alone from its first moment; of two processes the first one's stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".webhook.{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(32).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < _SHORTEST_KEY:
        raise InvalidInput(f"the webhook key has fewer than {_SHORTEST_KEY} characters", where=where)
    return key
