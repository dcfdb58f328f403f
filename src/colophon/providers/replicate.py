"""Replicate: create a prediction of an official model, poll it by its id, fetch from a public address.

Contract: the vendor's OpenAPI document and the schema pages of black-forest-labs/flux-2-pro, as published up to April
2026. The answer is not waited for (``Prefer: wait``): a hold costs a connection, and ends unfinished after a minute.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

import httpx

from colophon.domain.asset import sha256
from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.errors import ProviderError, ProviderRefused, ProviderUnavailable
from colophon.providers import asking, declared, references, replicate_answers
from colophon.providers.access import Access
from colophon.providers.answers import address
from colophon.providers.http import check_address, download, exchange

OUTPUT_FORMATS = {PictureFormat.JPEG: "jpg", PictureFormat.PNG: "png", PictureFormat.WEBP: "webp"}
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

    def submit(self, order: Order) -> Job:
        """Upload large references, then order once; see `colophon.ports.Provider`."""
        rows = self.convert(order)
        pictures = [self._address(content) for content in references.contents(order)]
        return create(self._access, order, rows, pictures, hook(order))

    def poll(self, job: Job) -> Job:
        """Where the job stands. The cost of a prediction is never told."""
        return read(self._access, job)

    def fetch(self, job: Job) -> bytes:
        """The picture of a ready job; see `colophon.providers.http.download` for what it raises."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Job | None:
        """The newest prediction not older than ``since`` with this order's model, prompt, seed and size. Raises
        `ProviderRefused` with reason ``not_found`` when the vendor has removed what would tell, or lists more than
        can be looked through."""
        sent = members(self.convert(order))["input"]
        model = declared.vendor_model(self._access.route, order)
        sought = replicate_answers.Sought(model, order.generation.prompt, sent, since)
        url = str(httpx.URL(f"{self._access.base_url}/predictions", params={"created_after": since.isoformat()}))
        removed = False
        for _ in range(MAX_PAGES):
            page = self._page(url, sought)
            if page.found is not None:
                return page.found
            removed = removed or page.removed
            if page.following is None:
                break
            url = str(check_address(page.following, self._access.poll_hosts, base_url=self._access.base_url))
        else:
            raise ProviderRefused(f"more than {MAX_PAGES} pages of predictions to look through", reason="not_found")
        if removed:
            text = "the vendor has removed the inputs of predictions that may be this one"
            raise ProviderRefused(text, reason="not_found")
        return None

    def _page(self, url: str, sought: replicate_answers.Sought) -> replicate_answers.Page:
        answer = exchange(self._access.client, "GET", url, headers=self._headers, max_bytes=MAX_LIST)
        if answer.status != 200:
            raise asking.unanswered(self._access, answer)
        return asking.readable(answer, lambda page: replicate_answers.look(page, sought))

    def _address(self, content: bytes) -> str:
        """A data URI, or where the vendor keeps the uploaded file. Nothing is ordered by an upload, so its failure is
        `ProviderUnavailable`."""
        if len(content) <= LARGEST_DATA_URI:
            return references.data_uri(content)
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
        declared.reference_list(order, "input.input_images", "data URIs or uploaded files, in their order"),
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
        sent["input.input_images"] = list(pictures)
    body = {**declared.request(rows, sent), **more}
    url = access.base_url + endpoint(access.route, order)
    return asking.order(access, url, body, replicate_answers.accepted, headers=bearer(access), accepted=CREATED)


def read(access: Access, job: Job) -> Job:
    """By the id at the base URL: the address a vendor names may be another vendor's."""
    url = f"{access.base_url}/predictions/{quote(job.request_id, safe='')}"
    return asking.ask(
        access, "GET", url, job, lambda answer: replicate_answers.polled(job, answer), headers=bearer(access)
    )


def picture(access: Access, job: Job) -> bytes:
    if job.content is not None:
        return job.content
    if job.delivery_url is None:
        raise ProviderError("the job has no delivery address", reason="expired")
    return download(access.downloads, job.delivery_url, hosts=access.delivery_hosts, base_url=access.base_url)


def hook(order: Order) -> Mapping[str, object]:
    """The vendor signs with the account's own secret, so the hook's is not sent."""
    if order.hook is None:
        return {}
    return {"webhook": order.hook.address, "webhook_events_filter": ["completed"]}


def _file_address(answer: Mapping[str, object]) -> str | None:
    urls = answer.get("urls")
    found = address(urls.get("get")) if isinstance(urls, dict) else None
    return found if found and urlsplit(found).scheme in ("https", "http") else None
