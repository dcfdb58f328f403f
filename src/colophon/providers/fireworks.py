"""Fireworks: Black Forest Labs' tasks behind a workflow address, whose result is asked for by POST.

Contract: docs.fireworks.ai, pages on FLUX.1 Kontext. No page on FLUX.2 was found, so ``width``, ``height`` and more
references than one are assumed to be those of Black Forest Labs; the route is shipped off for that reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from colophon.domain.conversion import Conversion, members
from colophon.domain.generation import Job, Order
from colophon.errors import ProviderRefused
from colophon.providers import asking, bfl, bfl_answers, declared
from colophon.providers.access import Access
from colophon.providers.delivered import picture
from colophon.providers.http import check_address

_REASONS = {412: "payment"}  # an exhausted or suspended account


class FireworksProvider:
    """One route that speaks this contract. Nothing is known of a list of tasks, or of how its webhooks are signed,
    so neither is used."""

    can_find = False
    can_hook = False

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access
        self._headers = {"Authorization": f"Bearer {access.api_key}"}

    def convert(self, order: Order) -> Sequence[Conversion]:
        """See `colophon.ports.Provider`."""
        self._access.check(order)
        return bfl.conversions(self._access.route, order)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record."""
        rows = self.convert(order)
        return {"endpoint": self._endpoint(declared.vendor_model(self._access.route, order)), **members(rows)}

    def prepare(self, order: Order) -> Order:
        """The order as it is: references travel inside it."""
        return order

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        body = declared.request(self.convert(order), bfl.contents(order))
        url = self._access.base_url + self._endpoint(declared.vendor_model(self._access.route, order))
        job = asking.order(self._access, url, body, _accepted, headers=self._headers, reasons=_REASONS)
        return replace(job, polling_url=f"{url}/get_result")

    def poll(self, job: Job) -> Job:
        """Where the job stands. A job without its address is looked for under each model of the route."""
        access = self._access
        if job.polling_url is not None:
            return self._result(str(check_address(job.polling_url, access.poll_hosts, base_url=access.base_url)), job)
        for model in sorted(set(access.route.models.values()) | set(access.route.edit_models.values())):
            found = self._result(f"{access.base_url}{self._endpoint(model)}/get_result", job)
            if found.reason != "not_found":
                break
        return found

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """Raises `ProviderRefused`: no list is documented."""
        raise ProviderRefused(f"{self.name} has no list of tasks to look in", reason="not_found")

    def _result(self, url: str, job: Job) -> Job:
        return asking.ask(
            self._access,
            "POST",
            url,
            job,
            lambda answer: bfl_answers.polled(job, answer),
            headers=self._headers,
            json={"id": job.request_id},
            reasons=_REASONS,
        )

    def _endpoint(self, model: str) -> str:
        return f"/workflows/accounts/fireworks/models/{model}"


def _accepted(answer: Mapping[str, object]) -> Job:
    return bfl_answers.accepted({"id": answer.get("request_id"), "cost": answer.get("cost")})
