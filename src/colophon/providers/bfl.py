"""Black Forest Labs' own API: submit, poll the address it names, fetch from a signed address that lives ten minutes.

Contract: the vendor's OpenAPI document (api.bfl.ai/openapi.json) and docs.bfl.ai, as published up to October 2026.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace

import httpx

from colophon.domain.asset import sha256
from colophon.domain.brief import Safety
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.placement import PictureFormat
from colophon.errors import InvalidInput, OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.providers import bfl_answers
from colophon.providers.answers import (
    UnreadableAnswer,
    explain,
    parse_json,
    plain,
    question_error,
    retry_after,
    submit_error,
)
from colophon.providers.http import Answer, check_address, download, exchange

# The vendor's scale is 0 (strictest) to 5; 2 is its own default.
SAFETY_TOLERANCE = {Safety.STRICT: 0, Safety.NORMAL: 2, Safety.LOOSE: 5}
OUTPUT_FORMATS = {PictureFormat.JPEG: "jpeg", PictureFormat.PNG: "png", PictureFormat.WEBP: "webp"}
MAX_REFERENCES = 8
MAX_REFERENCES_KLEIN = 4


class BflProvider:
    """One route that speaks this contract. ``models`` maps our model names to the last part of the wire path;
    ``poll_hosts`` and ``delivery_hosts`` are patterns (``*.bfl.ai``) of the hosts an answer may name, beside the
    base URL's own; ``downloads`` is a more patient client for pictures. The key goes to the base URL and to polling
    hosts, never to a delivery address."""

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str,
        client: httpx.Client,
        *,
        models: Mapping[str, str],
        poll_hosts: Sequence[str],
        delivery_hosts: Sequence[str],
        downloads: httpx.Client | None = None,
    ) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise InvalidInput("an API key is printable ASCII without spaces", where=f"route {name}")
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._headers = {"x-key": api_key}
        self._client = client
        self._downloads = downloads or client
        self._models = dict(models)
        self._poll_hosts = tuple(poll_hosts)
        self._delivery_hosts = tuple(delivery_hosts)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record.
        Raises `ProviderRefused` for what this route cannot do."""
        return {"endpoint": self._endpoint(order), **wire_parameters(order)}

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        endpoint = self._endpoint(order)
        body = {**wire_parameters(order), **_references(order.references), "prompt": order.generation.prompt}
        answer = exchange(
            self._client, "POST", self._base_url + endpoint, headers=self._headers, json=body, orders=True
        )
        if answer.status != 200:
            raise submit_error(answer.status, self._said(answer), _wait(answer))
        return self._accepted(answer)

    def poll(self, job: Job) -> Job:
        """Where the job stands, settled cost included. Raises `ProviderUnavailable`, or `ProviderError` with reason
        ``forbidden`` when the job's polling address is not on the list."""
        if job.polling_url is None:
            address = httpx.URL(f"{self._base_url}/v1/get_result", params={"id": job.request_id})
        else:
            address = check_address(job.polling_url, self._poll_hosts, base_url=self._base_url)
        answer = exchange(self._client, "GET", str(address), headers=self._headers)
        if answer.status == 404:
            said = self._said(answer)
            return replace(job, status=JobStatus.MISSING, reason="not_found", message=said or "task not found")
        if answer.status != 200:
            raise question_error(answer.status, self._said(answer), _wait(answer))
        try:
            return bfl_answers.polled(job, parse_json(answer.body))
        except UnreadableAnswer as error:
            raise ProviderUnavailable(f"the answer cannot be read: {error}", reason="upstream_transient") from error

    def fetch(self, job: Job) -> bytes:
        """The picture of a ready job; see `colophon.providers.http.download` for what it raises."""
        if job.delivery_url is None:
            raise ProviderError("the job has no delivery address", reason="expired")
        return download(self._downloads, job.delivery_url, hosts=self._delivery_hosts, base_url=self._base_url)

    def _endpoint(self, order: Order) -> str:
        model = order.generation.model
        if model not in self._models:
            raise ProviderRefused(f"route {self.name} does not sell {model}", reason="validation")
        limit = MAX_REFERENCES_KLEIN if "klein" in model else MAX_REFERENCES
        if len(order.references) > limit:
            raise ProviderRefused(
                f"{model} takes at most {limit} references, not {len(order.references)}", reason="validation"
            )
        return f"/v1/{self._models[model]}"

    def _accepted(self, answer: Answer) -> Job:
        """The job of an accepted order. A polling address that is not on the list is left out: the task is then asked
        for at the base URL, which alone gets the key."""
        try:
            job = bfl_answers.accepted(parse_json(answer.body))
        except UnreadableAnswer as error:
            raise OutcomeUnknown(
                f"accepted, but the answer cannot be read: {error}", reason="upstream_transient"
            ) from error
        if job.polling_url is None:
            return job
        try:
            check_address(job.polling_url, self._poll_hosts, base_url=self._base_url)
        except ProviderError as error:
            note = plain(f"{error.message}; it is not used. {job.message}")
            return replace(job, polling_url=None, message=note)
        return job

    def _said(self, answer: Answer) -> str:
        return explain(answer.body, self._headers.values())


def wire_parameters(order: Order) -> dict[str, object]:
    """The members of the request, except the prompt and with references as their digests."""
    wanted = order.generation
    if order.output_format not in OUTPUT_FORMATS:
        raise ProviderRefused(f"{order.output_format.value} is not a format this API makes", reason="validation")
    parameters: dict[str, object] = {
        "width": wanted.width,
        "height": wanted.height,
        "seed": wanted.seed,
        "safety_tolerance": SAFETY_TOLERANCE[wanted.safety],
        "output_format": OUTPUT_FORMATS[order.output_format],
    }
    if wanted.model == "flux-2-flex":
        # This model rewrites prompts unless told not to; brand prompts are meant as they are.
        parameters["prompt_upsampling"] = False
    digests = (sha256(content) for content in order.references)
    return parameters | dict(zip(_slots(order.references), digests, strict=True))


def _references(references: Sequence[bytes]) -> dict[str, str]:
    contents = (base64.b64encode(content).decode("ascii") for content in references)
    return dict(zip(_slots(references), contents, strict=True))


def _slots(references: Sequence[bytes]) -> list[str]:
    """``input_image``, ``input_image_2`` and so on: their order is what "image 2" in a prompt means."""
    return ["input_image" if place == 1 else f"input_image_{place}" for place in range(1, len(references) + 1)]


def _wait(answer: Answer) -> float | None:
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
