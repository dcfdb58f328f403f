"""CometAPI's form of Replicate's contract: an account of its own, no files, no list, no webhooks.

Contract: apidoc.cometapi.com (create-predictions-general, replicate-query). The addresses in its answers point to
Replicate, where its keys are not valid, so predictions are asked for by their id at the base URL.
"""

from collections.abc import Sequence
from datetime import datetime

from colophon.domain.conversion import Conversion, members
from colophon.domain.generation import Job, Order
from colophon.errors import ProviderRefused
from colophon.providers import references, replicate
from colophon.providers.access import Access
from colophon.providers.delivered import picture


class CometApiProvider:
    """One route that speaks this contract. References are always data URIs: no upload is documented."""

    can_find = False
    can_hook = False

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access

    def convert(self, order: Order) -> Sequence[Conversion]:
        """See `colophon.ports.Provider`."""
        self._access.check(order)
        return replicate.conversions(self._access.route, order)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record."""
        rows = self.convert(order)
        return {"endpoint": replicate.endpoint(self._access.route, order), **members(rows)}

    def prepare(self, order: Order) -> Order:
        """The order as it is: references travel inside it."""
        return order

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        rows = self.convert(order)
        pictures = [references.data_uri(content) for content in references.contents(order)]
        return replicate.create(self._access, order, rows, pictures, {})

    def poll(self, job: Job) -> Job:
        """Where the job stands."""
        return replicate.read(self._access, job)

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """Raises `ProviderRefused`: no list is documented."""
        raise ProviderRefused(f"{self.name} has no list of predictions to look in", reason="not_found")
