"""What an adapter is made of: a route, its key, and the guarded clients."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from colophon.domain.generation import Order
from colophon.domain.route import Route
from colophon.errors import InvalidInput, ProviderRefused


@dataclass(frozen=True, slots=True)
class Access:
    """``client`` is for questions and orders, ``downloads`` a more patient one for pictures. The key goes to the
    base URL and to polling hosts only, never to a delivery address."""

    route: Route
    api_key: str = field(repr=False)
    client: httpx.Client = field(repr=False)
    downloads: httpx.Client = field(repr=False)

    def __post_init__(self) -> None:
        key = self.api_key
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise InvalidInput("an API key is printable ASCII without spaces", where=f"route {self.route.name}")

    @property
    def base_url(self) -> str:
        return self.route.base_url

    @property
    def poll_hosts(self) -> tuple[str, ...]:
        return (*self.route.poll_hosts, *self.route.hosts, self._own_host)

    @property
    def delivery_hosts(self) -> tuple[str, ...]:
        return (*self.route.delivery_hosts, *self.route.hosts, self._own_host)

    @property
    def _own_host(self) -> str:
        return urlsplit(self.route.base_url).hostname or ""

    def check(self, order: Order) -> None:
        """Raises `ProviderRefused` with reason ``validation`` for an order this route cannot take."""
        wanted = order.generation
        reason = self.route.obstacle(
            wanted.model, wanted.width, wanted.height, len(wanted.references or order.references), wanted.prompt
        )
        if reason is None and self.route.formats and order.output_format not in self.route.formats:
            reason = f"does not make {order.output_format.value}"
        if reason is not None:
            raise ProviderRefused(f"route {self.route.name} {reason}", reason="validation")
