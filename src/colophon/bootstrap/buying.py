"""The vendors behind the routes: adapters with their keys and guarded clients."""

import hashlib
from collections.abc import Sequence

import httpx

from colophon.bootstrap.market import find_key, variable
from colophon.bootstrap.tracing import TracedTransport
from colophon.domain.conversion import Conversion
from colophon.domain.generation import Order
from colophon.domain.route import Route
from colophon.errors import InvalidInput
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import GuardedTransport, download, guarded_client
from colophon.providers.registry import ADAPTERS
from colophon.providers.sync_orders import ANSWER_SECONDS
from colophon.settings import Settings

# Pictures from a web address stay far below what a vendor takes as a reference.
_LARGEST_REFERENCE = 20 * 1024 * 1024
_ANY_HOST = ("*",)
_DOWNLOAD_SECONDS = 120.0


def make_provider(route: Route, settings: Settings, embedded: httpx.BaseTransport | None) -> Provider:
    """The adapter of a route. Raises `InvalidInput` when its key is missing or its address is not allowed."""
    if route.embedded:
        client = downloads = guarded_client(transport=TracedTransport(embedded, route.name) if embedded else None)
    else:
        _check_scheme(route)
        answer = answer_seconds(route, settings)
        client, downloads = _client(route, answer), _client(route, max(answer, _DOWNLOAD_SECONDS))
    return ADAPTERS[route.adapter](Access(route, api_key(route, settings), client, downloads))


def _client(route: Route, seconds: float) -> httpx.Client:
    network = GuardedTransport(allow_private=route.allow_private, answer_seconds=seconds)
    return guarded_client(transport=TracedTransport(network, route.name))


def answer_seconds(route: Route, settings: Settings) -> float:
    """How long the answer to an order may take. Vendors that answer with the picture itself make it meanwhile."""
    return max(settings.submit_timeout_seconds, ANSWER_SECONDS if route.answers_with_picture else 0.0)


def declare(route: Route, orders: Sequence[Order]) -> list[Sequence[Conversion]]:
    """What becomes of each order's parameters on a route; no key is needed and nothing is sent. Raises
    `ProviderRefused` for an order the route cannot take."""
    with guarded_client(transport=_Nowhere()) as client:
        adapter = ADAPTERS[route.adapter](Access(route, "not-needed", client, client))
        return [adapter.convert(order) for order in orders]


def api_key(route: Route, settings: Settings) -> str:
    """Raises `InvalidInput` saying which variable is missing."""
    key = find_key(route, settings)
    if key is None:
        raise InvalidInput(
            f"route {route.name} has no API key",
            where=route.key_variable or variable(route.name),
            hint=f"set {route.key_variable}, or use --route sandbox",
        )
    return key


def account(route: Route, settings: Settings) -> str:
    """A digest that stands for vendor and key: what the vendor counts unfinished tasks by. Regions of one vendor with
    one key are one account."""
    return hashlib.sha256(f"{route.provider}\n{find_key(route, settings) or ''}".encode()).hexdigest()[:24]


def fetch_reference(address: str) -> bytes:
    """A brief's https reference, through the guarded client. Raises `ProviderError`."""
    with guarded_client() as client:
        return download(client, address, hosts=_ANY_HOST, base_url=address, max_bytes=_LARGEST_REFERENCE, deadline_s=30)


class _Nowhere(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("declaring an order sends nothing", request=request)


def _check_scheme(route: Route) -> None:
    if not route.base_url.startswith("https://") and not route.allow_private:
        raise InvalidInput(
            f"route {route.name} would send its key over plain http",
            where=route.base_url,
            hint=f"use https, or set {variable(route.name)}__ALLOW_PRIVATE=true",
        )
