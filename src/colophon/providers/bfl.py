"""Black Forest Labs' own API: submit, poll the address it names, fetch from a signed address that lives ten minutes.

Contract: the vendor's OpenAPI document (api.bfl.ai/openapi.json) and docs.bfl.ai, as published up to October 2026.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import httpx

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.errors import ProviderError, ProviderRefused
from colophon.providers import asking, bfl_answers, declared, references
from colophon.providers.access import Access
from colophon.providers.answers import plain
from colophon.providers.delivered import picture
from colophon.providers.http import check_address

OUTPUT_FORMATS = {PictureFormat.JPEG: "jpeg", PictureFormat.PNG: "png", PictureFormat.WEBP: "webp"}
_REASONS = {403: "auth"}  # a bad key is answered 403 here, there is no 401


class BflProvider:
    """One route that speaks this contract. There is no list of tasks, so a lost order cannot be asked for."""

    can_find = False
    can_hook = True

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access
        self._headers = {"x-key": access.api_key}

    def convert(self, order: Order) -> Sequence[Conversion]:
        """See `colophon.ports.Provider`."""
        self._access.check(order)
        return conversions(self._access.route, order)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record.
        Raises `ProviderRefused` for what this route cannot do."""
        return {"endpoint": self._endpoint(order), **members(self.convert(order))}

    def prepare(self, order: Order) -> Order:
        """The order as it is: references travel inside it."""
        return order

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        body = {**declared.request(self.convert(order), contents(order)), **hook(order)}
        url = self._access.base_url + self._endpoint(order)
        job = asking.order(self._access, url, body, bfl_answers.accepted, headers=self._headers, reasons=_REASONS)
        return self._with_usable_address(job)

    def poll(self, job: Job) -> Job:
        """Where the job stands, settled cost included. Raises `ProviderUnavailable`, or `ProviderError` with reason
        ``forbidden`` when the job's polling address is not on the list."""
        access = self._access
        if job.polling_url is None:
            address = httpx.URL(f"{access.base_url}/v1/get_result", params={"id": job.request_id})
        else:
            address = check_address(job.polling_url, access.poll_hosts, base_url=access.base_url)
        return asking.ask(
            access,
            "GET",
            str(address),
            job,
            lambda answer: bfl_answers.polled(job, answer),
            headers=self._headers,
            reasons=_REASONS,
        )

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """Raises `ProviderRefused`: this API lists no tasks."""
        raise ProviderRefused(f"{self.name} has no list of tasks to look in", reason="not_found")

    def _endpoint(self, order: Order) -> str:
        self._access.check(order)
        return f"/v1/{declared.vendor_model(self._access.route, order)}"

    def _with_usable_address(self, job: Job) -> Job:
        """A polling address that is not on the list is left out: the task is then asked for at the base URL, which
        alone gets the key."""
        if job.polling_url is None:
            return job
        try:
            check_address(job.polling_url, self._access.poll_hosts, base_url=self._access.base_url)
        except ProviderError as error:
            note = plain(f"{error.message}; it is not used. {job.message}")
            return replace(job, polling_url=None, message=note)
        return job


def conversions(route: Route, order: Order) -> list[Conversion]:
    wanted = order.generation
    return [
        declared.model(route, order),
        declared.prompt("prompt"),
        Conversion(Parameter.SIZE, How.PASSED, "width", wanted.width),
        Conversion(Parameter.SIZE, How.PASSED, "height", wanted.height),
        declared.seed(order, "seed"),
        declared.safety(route, order, "safety_tolerance"),
        declared.output_format(order, OUTPUT_FORMATS, "output_format"),
        *declared.numbered_references(order),
        declared.VARIANTS,
        _rewriting(route, wanted.model),
    ]


def _rewriting(route: Route, model: str) -> Conversion:
    """flex has a switch in its schema; pro and max got one in late 2026, which servers before it may not know, so
    only a route that names the capability sends it."""
    if model == "flux-2-flex":
        note = "rewriting is on there unless switched off"
        return Conversion(Parameter.REWRITING, How.CONVERTED, "prompt_upsampling", False, note=note)
    if "klein" in model:
        note = "nothing is sent: this model has no rewriting to switch off"
        return Conversion(Parameter.REWRITING, How.REFUSED, note=note)
    if "disable_pup" in route.capabilities:
        return Conversion(Parameter.REWRITING, How.CONVERTED, "disable_pup", True, note="switches rewriting off")
    return declared.PROMPT_MAY_BE_REWRITTEN


def contents(order: Order) -> dict[str, object]:
    """Prompt and references in this contract's members."""
    found = references.contents(order)
    encoded = (references.base64_text(content) for content in found)
    return {"prompt": order.generation.prompt, **dict(zip(references.numbered_slots(len(found)), encoded, strict=True))}


def hook(order: Order) -> Mapping[str, str]:
    if order.hook is None:
        return {}
    return {"webhook_url": order.hook.address, "webhook_secret": order.hook.secret}
