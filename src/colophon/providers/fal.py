"""fal's queue: submit, ask for the status, then for the result, whose own HTTP code says whether there is one.

Contract: fal.ai/docs (queue, errors, request errors) and the vendor's client typings, as published up to August 2026.
The queue retries a job of its own accord when its runner fails, before it bills; that is left on.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

import httpx

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.errors import ProviderRefused
from colophon.providers import asking, declared, fal_answers, references
from colophon.providers.access import Access
from colophon.providers.addresses import host_allowed
from colophon.providers.answers import UnreadableAnswer, parse_json
from colophon.providers.delivered import picture
from colophon.providers.http import MAX_PICTURE_JSON, Answer, check_address, exchange
from colophon.providers.recognition import made_by

OUTPUT_FORMATS = {PictureFormat.JPEG: "jpeg", PictureFormat.PNG: "png", PictureFormat.WEBP: "webp"}
ACCEPTED = (200, 201, 202)
REFERENCES = "image_urls"
PLATFORM = "https://api.fal.ai/v1"
MAX_PAGES = 20  # of 100 requests each


class FalProvider:
    """One route that speaks this contract. A lost order can be asked for where the route allows the platform's own
    host (api.fal.ai), whose list of requests shows what each was given."""

    can_hook = True

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access
        self._headers = {"Authorization": f"Key {access.api_key}"}
        self._platform = _platform(access)
        self.can_find = self._platform is not None

    def convert(self, order: Order) -> Sequence[Conversion]:
        """See `colophon.ports.Provider`."""
        self._access.check(order)
        return conversions(self._access.route, order)

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for this order, with the prompt left out and references as their digests: for the record."""
        rows = self.convert(order)
        return {"endpoint": f"/{declared.vendor_model(self._access.route, order)}", **members(rows)}

    def prepare(self, order: Order) -> Order:
        """The order as it is: references travel inside it."""
        return order

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        sent: dict[str, object] = {"prompt": order.generation.prompt}
        pictures = [references.data_uri(content) for content in references.contents(order)]
        if pictures:
            sent[REFERENCES] = pictures
        body = declared.request(self.convert(order), sent)
        model = declared.vendor_model(self._access.route, order)
        url = httpx.URL(f"{self._access.base_url}/{model}")
        if order.hook is not None:
            url = url.copy_merge_params({"fal_webhook": order.hook.address})
        return asking.order(
            self._access,
            str(url),
            body,
            lambda answer: self._accepted(model, fal_answers.request_id(answer), answer.get("status_url")),
            headers=self._headers,
            accepted=ACCEPTED,
        )

    def poll(self, job: Job) -> Job:
        """Where the job stands: the status, and when that is the last one the result. A job without its address is
        looked for under each application of the route."""
        access = self._access
        if job.polling_url is not None:
            return self._status(str(check_address(job.polling_url, access.poll_hosts, base_url=access.base_url)), job)
        models = {*access.route.models.values(), *access.route.edit_models.values()}
        for app in sorted({_app(model) for model in models}):
            found = self._status(self._address(app, job.request_id), job)
            if found.status is not JobStatus.MISSING:
                break
        return found

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """Requests sent not before ``since`` with all members of this order, newest first. The list shows requests
        that have started, so an absence in it proves nothing: no match is always `ProviderRefused` with reason
        ``not_found``, as is a list this key may not read."""
        model = declared.vendor_model(self._access.route, order)
        sent = members(self.convert(order))
        asked = {"endpoint_id": model, "start": since.isoformat(), "expand": "payloads", "limit": "100"}
        found: list[tuple[datetime, str]] = []
        unclear = False
        for _ in range(MAX_PAGES):
            page = asking.readable(
                self._list(asked),
                lambda listed: fal_answers.look(listed, since, lambda given: made_by(given, order, sent, REFERENCES)),
            )
            found += page.found
            unclear = unclear or page.unclear
            if not page.cursor:
                break
            asked["cursor"] = page.cursor
        if found:
            return [self._accepted(model, request_id, None) for _, request_id in sorted(found, reverse=True)]
        hidden = "; it does not show what some were given" if unclear else ""
        text = f"not among the requests the vendor lists, which are those that have started{hidden}"
        raise ProviderRefused(f"{text}: whether it was taken cannot be told", reason="not_found")

    def _list(self, asked: dict[str, str]) -> Answer:
        if self._platform is None:
            raise ProviderRefused(f"route {self._access.route.name} may not ask api.fal.ai", reason="not_found")
        url = str(httpx.URL(f"{self._platform}/models/requests/by-endpoint", params=asked))
        answer = exchange(self._access.client, "GET", url, headers=self._headers, max_bytes=MAX_PICTURE_JSON)
        if answer.status in (401, 403, 404):
            raise ProviderRefused("this key may not read the vendor's list of requests", reason="not_found")
        if answer.status != 200:
            raise asking.unanswered(self._access, answer)
        return answer

    def _accepted(self, model: str, request_id: str, named: object) -> Job:
        """Asked for at the address the vendor names when the key may go there, else at the one its guides describe:
        the application's, without what follows it."""
        usable = isinstance(named, str) and len(named) <= 4000 and asking.allowed(self._access, named)
        address = str(named) if usable else self._address(_app(model), request_id)
        return Job(request_id, JobStatus.PENDING, polling_url=address)

    def _address(self, app: str, request_id: str) -> str:
        return f"{self._access.base_url}/{app}/requests/{quote(request_id, safe='')}/status"

    def _status(self, url: str, job: Job) -> Job:
        done: list[str] = []

        def read(answer: asking.Members) -> Job:
            if fal_answers.finished(answer, job):
                done.append(self._result_address(url, answer.get("response_url")))
            return job

        found = asking.ask(self._access, "GET", url, job, read, headers=self._headers, accepted=(200, 202))
        return self._result(done[0], job) if done else found

    def _result_address(self, status_url: str, named: object) -> str:
        if isinstance(named, str) and len(named) <= 4000 and asking.allowed(self._access, named):
            return named
        return status_url.partition("?")[0].removesuffix("/status")

    def _result(self, url: str, job: Job) -> Job:
        access = self._access
        answer = exchange(access.client, "GET", url, headers=self._headers, max_bytes=MAX_PICTURE_JSON)
        if answer.status == 200:
            return asking.readable(answer, lambda result: fal_answers.delivered(job, result))
        flag = answer.headers.get("X-Fal-Retryable", answer.headers.get("X-Fal-Needs-Retry", ""))
        body = _members(answer)
        retryable = flag.lower() in ("true", "1")
        named = {**body, "error_type": body.get("error_type") or answer.headers.get("X-Fal-Error-Type")}
        failed = fal_answers.failed(job, answer.status, named, asking.said(access, answer), retryable=retryable)
        if failed is None:
            raise asking.unanswered(access, answer)
        return failed


def conversions(route: Route, order: Order) -> list[Conversion]:
    wanted = order.generation
    size = {"width": wanted.width, "height": wanted.height}
    small = any(name in wanted.model for name in ("klein", "dev"))
    return [
        declared.model(route, order),
        declared.prompt("prompt"),
        Conversion(Parameter.SIZE, How.CONVERTED, "image_size", size, note="both sides: a missing one becomes 512"),
        declared.seed(order, "seed"),
        _SMALL_SAFETY if small else declared.safety(route, order, "safety_tolerance"),
        declared.output_format(order, OUTPUT_FORMATS, "output_format"),
        declared.reference_list(order, REFERENCES, "data URIs, in their order"),
        declared.VARIANTS,
        _SMALL_REWRITING if small else declared.PROMPT_MAY_BE_REWRITTEN,
    ]


# klein and dev have other members than the larger models.
_SMALL_SAFETY = Conversion(
    Parameter.SAFETY, How.REFUSED, note="this model has no scale here: nothing is sent, and the vendor's checker is on"
)
_SMALL_REWRITING = Conversion(
    Parameter.REWRITING, How.CONVERTED, "enable_prompt_expansion", False, note="switches rewriting off"
)


def _app(model: str) -> str:
    """Owner and name: the status of ``fal-ai/flux-2-pro/edit`` is asked for under ``fal-ai/flux-2-pro``."""
    return "/".join(model.split("/")[:2])


def _platform(access: Access) -> str | None:
    """The platform's address, when the route lets the key go there: the vendor's, or a stand-in's beside its queue."""
    base = access.base_url
    if urlsplit(base).hostname == "queue.fal.run":
        return PLATFORM if host_allowed("api.fal.ai", access.poll_hosts) else None
    return f"{base.removesuffix('/queue')}/api/v1" if base.endswith("/queue") else None


def _members(answer: Answer) -> dict[str, object]:
    try:
        return parse_json(answer.body)
    except UnreadableAnswer:
        return {}
