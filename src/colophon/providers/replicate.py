"""Replicate: create a prediction of an official model, poll it by its id, fetch from a public address.

Contract: the vendor's OpenAPI document and the schema pages of black-forest-labs/flux-2-pro, as published up to April
2026. The answer is not waited for (``Prefer: wait``): a hold costs a connection, and ends unfinished after a minute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlsplit

import httpx

from colophon.domain.asset import sha256
from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.errors import ProviderRefused, ProviderUnavailable
from colophon.providers import asking, declared, references, replicate_answers
from colophon.providers.access import Access
from colophon.providers.answers import address
from colophon.providers.delivered import picture
from colophon.providers.http import check_address, exchange
from colophon.providers.recognition import made_by

OUTPUT_FORMATS = {PictureFormat.JPEG: "jpg", PictureFormat.PNG: "png", PictureFormat.WEBP: "webp"}
REFERENCES = "input_images"
CREATED = (200, 201, 202)
LARGEST_DATA_URI = 256 * 1024  # bytes of the file; the vendor wants larger ones uploaded first
MAX_PAGES = 20  # of 100 predictions each
MAX_LIST = 64 * 1024 * 1024  # 100 predictions with small references in their inputs


class ReplicateProvider:
    """One route that speaks this contract. The vendor lists an account's predictions, so a lost order can be asked
    for while their input is kept (an hour)."""

    can_find = True
    can_hook = True

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access
        self._headers = bearer(access)

    def convert(self, order: Order) -> Sequence[Conversion]:
        """See `colophon.ports.Provider`."""
        self._access.check(order)
        return conversions(self._access.route, order)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record."""
        rows = self.convert(order)
        return {"endpoint": endpoint(self._access.route, order), **members(rows)}

    def prepare(self, order: Order) -> Order:
        """Large references uploaded, each anew whenever this is called; the others travel inside the order and have
        an empty address. An upload orders nothing, so its failure is `ProviderUnavailable`."""
        self.convert(order)
        addresses = (
            "" if _travels_inside(content) else self._upload(content) for content in references.contents(order)
        )
        return replace(order, addresses=tuple(addresses))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        rows = self.convert(order)
        return create(self._access, order, rows, _pictures(order), hook(order))

    def poll(self, job: Job) -> Job:
        """Where the job stands. The cost of a prediction is never told."""
        return read(self._access, job)

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """All predictions not older than ``since`` with this order's model and all members of its input, newest
        first; none only when the list shows that there is none. Raises `ProviderRefused` with reason ``not_found``
        when none is seen and the vendor has removed what would tell, or lists more than can be looked through."""
        sent = members(self.convert(order))["input"]
        model = declared.vendor_model(self._access.route, order)
        sought = replicate_answers.Sought(model, since, lambda given: made_by(given, order, sent, REFERENCES))
        url = str(httpx.URL(f"{self._access.base_url}/predictions", params={"created_after": since.isoformat()}))
        found: list[Job] = []
        unclear = False
        for _ in range(MAX_PAGES):
            page = self._page(url, sought)
            found += page.found
            unclear = unclear or page.unclear
            if page.following is None:
                break
            url = str(check_address(page.following, self._access.poll_hosts, base_url=self._access.base_url))
        else:
            if not found:
                text = f"more than {MAX_PAGES} pages of predictions to look through"
                raise ProviderRefused(text, reason="not_found")
        if unclear and not found:
            text = "the vendor does not show, or has removed, the inputs of predictions that may be this one"
            raise ProviderRefused(text, reason="not_found")
        return found

    def _page(self, url: str, sought: replicate_answers.Sought) -> replicate_answers.Page:
        answer = exchange(self._access.client, "GET", url, headers=self._headers, max_bytes=MAX_LIST)
        if answer.status != 200:
            raise asking.unanswered(self._access, answer)
        return asking.readable(answer, lambda page: replicate_answers.look(page, sought))

    def _upload(self, content: bytes) -> str:
        kind = references.media_type(content)
        part = (f"{sha256(content)[:16]}.{kind.rpartition('/')[2]}", content, kind)
        url = f"{self._access.base_url}/files"
        answer = exchange(self._access.client, "POST", url, headers=self._headers, files=[("content", part)])
        if answer.status not in (200, 201):
            raise asking.unanswered(self._access, answer)
        found = asking.readable(answer, _file_address)
        if found is None:
            raise ProviderUnavailable("the uploaded reference has no address", reason="upstream_transient")
        return found


def _travels_inside(content: bytes) -> bool:
    return len(content) <= LARGEST_DATA_URI


def _pictures(order: Order) -> list[str]:
    """References as `ReplicateProvider.prepare` left them. Raises `ProviderRefused` for an order that is not
    prepared: an upload here would make the order two requests."""
    contents = references.contents(order)
    addresses = order.addresses or ("",) * len(contents)
    placed = list(zip(contents, addresses, strict=False))
    if len(addresses) != len(contents) or not all(address or _travels_inside(content) for content, address in placed):
        raise ProviderRefused("the order is not prepared: its large references are not uploaded", reason="validation")
    return [address or references.data_uri(content) for content, address in placed]


def bearer(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.api_key}"}


def endpoint(route: Route, order: Order) -> str:
    return f"/models/{declared.vendor_model(route, order)}/predictions"


def conversions(route: Route, order: Order) -> list[Conversion]:
    """Width and height count only with the aspect ratio ``custom``, which also makes ``resolution`` meaningless."""
    wanted = order.generation
    size = (("aspect_ratio", "custom"), ("width", wanted.width), ("height", wanted.height))
    return [
        declared.model(route, order),
        declared.prompt("input.prompt"),
        *(Conversion(Parameter.SIZE, How.CONVERTED, f"input.{name}", value) for name, value in size),
        declared.seed(order, "input.seed"),
        declared.safety(route, order, "input.safety_tolerance"),
        declared.output_format(order, OUTPUT_FORMATS, "input.output_format"),
        declared.reference_list(order, f"input.{REFERENCES}", "data URIs or uploaded files, in their order"),
        declared.VARIANTS,
        _rewriting(wanted.model),
    ]


def _rewriting(model: str) -> Conversion:
    if model != "flux-2-flex":
        return declared.PROMPT_MAY_BE_REWRITTEN
    note = "rewriting is on there unless switched off"
    return Conversion(Parameter.REWRITING, How.CONVERTED, "input.prompt_upsampling", False, note=note)


def create(
    access: Access, order: Order, rows: Sequence[Conversion], pictures: Sequence[str], more: Mapping[str, object]
) -> Job:
    """Order once, with references as addresses or data URIs. The vendor refuses members it does not know."""
    sent: dict[str, object] = {"input.prompt": order.generation.prompt}
    if pictures:
        sent[f"input.{REFERENCES}"] = list(pictures)
    body = {**declared.request(rows, sent), **more}
    url = access.base_url + endpoint(access.route, order)
    return asking.order(access, url, body, replicate_answers.accepted, headers=bearer(access), accepted=CREATED)


def read(access: Access, job: Job) -> Job:
    """By the id at the base URL: the address a vendor names may be another vendor's."""
    url = f"{access.base_url}/predictions/{quote(job.request_id, safe='')}"
    return asking.ask(
        access, "GET", url, job, lambda answer: replicate_answers.polled(job, answer), headers=bearer(access)
    )


def hook(order: Order) -> Mapping[str, object]:
    """The vendor signs with the account's own secret, so the hook's is not sent."""
    if order.hook is None:
        return {}
    return {"webhook": order.hook.address, "webhook_events_filter": ["completed"]}


def _file_address(answer: Mapping[str, object]) -> str | None:
    urls = answer.get("urls")
    found = address(urls.get("get")) if isinstance(urls, dict) else None
    return found if found and urlsplit(found).scheme in ("https", "http") else None
