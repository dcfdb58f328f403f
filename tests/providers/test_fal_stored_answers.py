"""fal's queue: statuses that never fail, results that do, and what is sent where."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from colophon.domain.brief import Safety
from colophon.domain.generation import Hook, Job, JobStatus, Order
from colophon.domain.placement import PictureFormat
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider

Make = Callable[..., Order]
Stored = Callable[..., Provider]
ID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
STATUS = f"https://queue.fal.run/fal-ai/flux-2-pro/requests/{ID}/status"
RESULT = STATUS.removesuffix("/status")
JOB = Job(ID, JobStatus.PENDING, polling_url=STATUS)
SINCE = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = {"url": "https://v3.fal.media/files/a.png", "content_type": "image/jpeg", "width": 1, "height": 1}


class Vendor:
    """Answers by the end of the path, and keeps what it was asked."""

    def __init__(self, status: object = None, result: httpx.Response | None = None, **more: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._status = status or {"status": "COMPLETED", "request_id": ID, "response_url": RESULT}
        self._result = result or httpx.Response(200, json={"images": [PICTURE], "seed": 7})
        self._submit = more.get("submit") or httpx.Response(
            200, json={"request_id": ID, "status_url": STATUS, "response_url": RESULT}
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "POST":
            return self._submit
        if request.url.path.endswith("/status"):
            return self._status if isinstance(self._status, httpx.Response) else httpx.Response(200, json=self._status)
        return self._result

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]


def test_what_is_sent(stored: Stored, order: Make) -> None:
    """Traps 21, 27, 28: both sides, the scale as text, no inline answer asked for."""
    vendor = Vendor()
    job = stored("fal", vendor).submit(replace(order(safety=Safety.STRICT), output_format=PictureFormat.JPEG))
    request = vendor.requests[0]
    assert str(request.url) == "https://queue.fal.run/fal-ai/flux-2-pro"
    assert request.headers["Authorization"] == "Key test-key-0123456789"
    assert json.loads(request.content) == {
        "prompt": "a red mug on a table",
        "image_size": {"width": 128, "height": 96},
        "seed": 7,
        "safety_tolerance": "1",
        "output_format": "jpeg",
    }
    assert (job.request_id, job.polling_url, job.cost) == (ID, STATUS, None)


def test_references_use_the_application_for_editing(stored: Stored, order: Make) -> None:
    """Traps 32, 34."""
    vendor = Vendor()
    wanted = order(references=(PNG, b"\xff\xd8\xff"))
    stored("fal", vendor).submit(wanted)
    assert vendor.asked == ["https://queue.fal.run/fal-ai/flux-2-pro/edit"]
    sent = json.loads(vendor.requests[0].content)
    assert sent["image_urls"] == ["data:image/png;base64,iVBORw0KGgo=", "data:image/jpeg;base64,/9j/"]
    recorded = stored("fal", vendor).wire_parameters(wanted)
    assert recorded["endpoint"] == "/fal-ai/flux-2-pro/edit"
    assert all(len(digest) == 64 for digest in recorded["image_urls"])  # type: ignore[attr-defined]


def test_a_hook_is_part_of_the_address(stored: Stored, order: Make) -> None:
    vendor = Vendor()
    hook = Hook("https://hooks.example/fal?intent=7&x=1", "s" * 32)
    stored("fal", vendor).submit(replace(order(), hook=hook))
    url = vendor.requests[0].url
    assert (url.path, url.params["fal_webhook"]) == ("/fal-ai/flux-2-pro", "https://hooks.example/fal?intent=7&x=1")
    assert hook.secret not in str(url) + vendor.requests[0].content.decode()


@pytest.mark.parametrize("named", ["https://queue.fal.run.evil.example/x/status", "http://queue.fal.run/x", None, 7])
def test_an_address_that_may_not_be_used_is_built_without_the_sub_path(
    stored: Stored, order: Make, named: object
) -> None:
    """Trap 9: the status of an edit is asked for under the application, not under ``/edit``."""
    vendor = Vendor(submit=httpx.Response(200, json={"request_id": ID, "status_url": named}))
    job = stored("fal", vendor).submit(order(references=(PNG,)))
    assert job.polling_url == STATUS


def test_the_named_addresses_are_used(stored: Stored, order: Make) -> None:
    """Trap 1."""
    named = f"https://queue.fal.run/elsewhere/requests/{ID}/status"
    status = {"status": "COMPLETED", "response_url": f"https://queue.fal.run/other/requests/{ID}"}
    vendor = Vendor(status, submit=httpx.Response(200, json={"request_id": ID, "status_url": named}))
    provider = stored("fal", vendor)
    assert provider.poll(provider.submit(order())).status is JobStatus.READY
    assert vendor.asked[1:] == [named, status["response_url"]]


@pytest.mark.parametrize("word", ["IN_QUEUE", "IN_PROGRESS", "FAILED", "THINKING"])
def test_only_one_word_ends_the_wait(stored: Stored, word: str) -> None:
    """Traps 4, 10: there is no word for failure, so none is waited for or believed."""
    vendor = Vendor(httpx.Response(202, json={"status": word, "request_id": ID, "queue_position": 3}))
    assert stored("fal", vendor).poll(JOB).status is JobStatus.PENDING
    assert vendor.asked == [STATUS]


def test_a_result(stored: Stored) -> None:
    vendor = Vendor(result=httpx.Response(200, json={"images": [PICTURE], "seed": 7, "prompt": "used"}))
    job = stored("fal", vendor).poll(JOB)
    assert (job.status, job.delivery_url) == (JobStatus.READY, PICTURE["url"])
    assert (job.seed_reported, job.prompt_used, job.model_reported, job.cost) == (7, "used", None, None)
    assert vendor.asked == [STATUS, RESULT]
    without = Vendor({"status": "COMPLETED", "response_url": "https://evil.example/"})
    assert stored("fal", without).poll(JOB).status is JobStatus.READY
    assert without.asked == [STATUS, RESULT]


def test_a_picture_inside_the_answer(stored: Stored) -> None:
    """Trap 21."""
    uri = "data:image/png;base64," + base64.b64encode(b"picture").decode()
    vendor = Vendor(result=httpx.Response(200, json={"images": [{"url": uri}], "seed": 7}))
    provider = stored("fal", vendor)
    job = provider.poll(JOB)
    assert (job.status, job.content, job.delivery_url) == (JobStatus.READY, b"picture", None)
    assert provider.fetch(job) == b"picture"
    assert len(vendor.requests) == 2


@pytest.mark.parametrize(
    "images",
    [[], [{}], [7], [{"url": 7}], [{"url": "data:image/png,abc"}], [{"url": "data:image/png;base64,%%%"}], [None]],
)
def test_a_result_without_a_picture_failed(stored: Stored, images: object) -> None:
    job = stored("fal", Vendor(result=httpx.Response(200, json={"images": images}))).poll(JOB)
    assert (job.status, job.reason) == (JobStatus.FAILED, "upstream_permanent")


def test_a_blackened_picture_is_a_refusal(stored: Stored) -> None:
    """Trap 39."""
    result = {"images": [PICTURE], "has_nsfw_concepts": [True]}
    job = stored("fal", Vendor(result=httpx.Response(200, json=result))).poll(JOB)
    assert (job.status, job.reason) == (JobStatus.REFUSED, "moderated_output")


def detail(kind: str, *place: str, text: str = "no") -> dict[str, Any]:
    return {"detail": [{"loc": ["body", *place], "msg": text, "type": kind, "url": "https://docs.fal.ai/x"}]}


FAILURES: list[tuple[int, dict[str, str], object, JobStatus, str]] = [
    (422, {}, detail("content_policy_violation", "prompt"), JobStatus.REFUSED, "moderated_input"),
    (422, {}, detail("content_policy_violation", "image_urls"), JobStatus.REFUSED, "moderated_input"),
    (422, {}, detail("content_policy_violation"), JobStatus.REFUSED, "moderated_output"),
    (422, {}, {"detail": "flagged by a content checker"}, JobStatus.REFUSED, "moderated_output"),
    (422, {}, detail("image_too_large", "image_urls", "0"), JobStatus.FAILED, "validation"),
    (422, {"X-Fal-Retryable": "true"}, detail("downstream_service_error"), JobStatus.FAILED, "upstream_transient"),
    (422, {"X-Fal-Needs-Retry": "1"}, detail("downstream_service_error"), JobStatus.FAILED, "upstream_transient"),
    (400, {}, {"detail": "x", "error_type": "bad_request"}, JobStatus.FAILED, "validation"),
    (400, {}, {"detail": "Request is still in progress"}, JobStatus.PENDING, ""),
    (499, {}, {"detail": "x", "error_type": "client_cancelled"}, JobStatus.FAILED, "cancelled"),
    (500, {}, {"detail": "x", "error_type": "internal_error"}, JobStatus.FAILED, "upstream_transient"),
    (500, {"X-Fal-Error-Type": "runner_server_error"}, {}, JobStatus.FAILED, "upstream_transient"),
    (502, {}, {"detail": "x", "error_type": "runner_incomplete_response"}, JobStatus.FAILED, "upstream_transient"),
    (503, {}, {"detail": "x", "error_type": "runner_disconnected"}, JobStatus.FAILED, "upstream_transient"),
    (504, {}, {"detail": "x", "error_type": "request_timeout"}, JobStatus.FAILED, "timeout"),
    (404, {}, {"detail": "gone"}, JobStatus.MISSING, "not_found"),
]


@pytest.mark.parametrize(("code", "headers", "body", "status", "reason"), FAILURES)
def test_the_result_says_that_a_job_failed(
    stored: Stored, code: int, headers: dict[str, str], body: object, status: JobStatus, reason: str
) -> None:
    """Traps 10, 39, 40: by its own code and body; what a failure costs is not told."""
    job = stored("fal", Vendor(result=httpx.Response(code, headers=headers, json=body))).poll(JOB)
    assert (job.status, job.reason, job.cost) == (status, reason, None)


@pytest.mark.parametrize("code", [301, 401, 403, 408, 429, 500, 502, 503, 504])
def test_a_gateway_that_fails_says_nothing_about_the_order(stored: Stored, code: int) -> None:
    """Trap 7: without the vendor's own word for a failed job the result may be there the next time."""
    broken = httpx.Response(code, content=b"<html>Bad Gateway</html>")
    for vendor in (Vendor(broken), *([] if code == 301 else [Vendor(result=broken)])):
        with pytest.raises(ProviderUnavailable):
            stored("fal", vendor).poll(JOB)


@pytest.mark.parametrize("status", [{"status": 7}, {}, {"status": "COMPLETED", "request_id": "another"}])
def test_a_status_that_cannot_be_read_is_asked_again(stored: Stored, status: dict[str, Any]) -> None:
    with pytest.raises(ProviderUnavailable):
        stored("fal", Vendor(httpx.Response(200, json=status))).poll(JOB)


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"seed": 7}', b""])
def test_a_result_that_cannot_be_read_is_asked_again(stored: Stored, content: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        stored("fal", Vendor(result=httpx.Response(200, content=content))).poll(JOB)


def test_an_unknown_request_is_missing(stored: Stored) -> None:
    """Trap 5; a job without its address is looked for under every application."""
    vendor = Vendor(httpx.Response(404, json={"detail": "Not found"}))
    assert stored("fal", vendor).poll(JOB).status is JobStatus.MISSING
    assert stored("fal", vendor).poll(replace(JOB, polling_url=None)).status is JobStatus.MISSING
    assert [url.split("/")[4] for url in vendor.asked[1:]] == ["flux-2", "flux-2-flex", "flux-2-max", "flux-2-pro"]
    with pytest.raises(ProviderError) as caught:
        stored("fal", vendor).poll(replace(JOB, polling_url="https://evil.example/status"))
    assert caught.value.reason == "forbidden"


@pytest.mark.parametrize(
    ("code", "body", "error", "reason"),
    [
        (401, {"detail": "Cannot access application"}, ProviderRefused, "auth"),
        (402, {"detail": "Locked"}, ProviderRefused, "payment"),
        (403, {"detail": "User is locked. Reason: Exhausted balance."}, ProviderRefused, "payment"),
        (403, {"detail": "forbidden"}, ProviderRefused, "forbidden"),
        (404, {"detail": "Application not found"}, ProviderRefused, "not_found"),
        (422, detail("missing", "prompt"), ProviderRefused, "validation"),
        (422, detail("content_policy_violation", "prompt"), ProviderRefused, "moderated_input"),
        (429, {}, ProviderUnavailable, "rate_limited"),
        (500, {}, OutcomeUnknown, "upstream_transient"),
        (503, {}, ProviderUnavailable, "upstream_transient"),
        (504, {}, OutcomeUnknown, "upstream_transient"),
        (200, {"request_id": ""}, OutcomeUnknown, "upstream_transient"),
        (200, [], OutcomeUnknown, "upstream_transient"),
    ],
)
def test_codes_on_an_order(
    stored: Stored, order: Make, code: int, body: object, error: type[ProviderError], reason: str
) -> None:
    """Traps 38, 39."""
    with pytest.raises(error) as caught:
        stored("fal", Vendor(submit=httpx.Response(code, json=body))).submit(order())
    assert caught.value.reason == reason


GIVEN: dict[str, Any] = {
    "prompt": "a red mug on a table",
    "image_size": {"width": 128, "height": 96},
    "seed": 7,
    "safety_tolerance": "1",
    "output_format": "png",
}


def listed(**members: Any) -> dict[str, Any]:
    return {
        "request_id": ID,
        "endpoint_id": "fal-ai/flux-2-pro",
        "started_at": "2026-10-01T12:00:05Z",
        "sent_at": "2026-10-01T12:00:01Z",
        "json_input": dict(GIVEN),
    } | members


def listing(*items: object, cursor: str | None = None) -> httpx.Response:
    body = {"items": list(items), "next_cursor": cursor, "has_more": cursor is not None}
    return httpx.Response(200, json=body)


def test_a_lost_order_is_found_by_its_payload(stored: Stored, order: Make) -> None:
    pages = [
        listing(listed(json_input={"prompt": "other"}), listed(sent_at="2026-10-01T11:59:59Z"), cursor="Mg=="),
        listing(listed()),
    ]
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return pages.pop(0)

    provider = stored("fal", handler)
    assert provider.can_find
    assert provider.find(order(), SINCE) == [JOB]
    assert str(seen[0].url).startswith("https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=fal-ai")
    assert (seen[0].url.params["expand"], seen[1].url.params["cursor"]) == ("payloads", "Mg==")
    assert seen[0].headers["Authorization"] == "Key test-key-0123456789"


def test_every_request_like_the_order_is_named_newest_first(stored: Stored, order: Make) -> None:
    """The list has no documented order, and the newest may be another attempt's."""
    pages = [
        listing(listed(request_id="b", sent_at="2026-10-01T12:00:02Z"), cursor="Mg=="),
        listing(listed(request_id="a"), listed(request_id="c", sent_at="2026-10-01T12:00:03Z"), listed(json_input={})),
    ]
    found = stored("fal", lambda r: pages.pop(0)).find(order(), SINCE)
    assert [job.request_id for job in found] == ["c", "b", "a"]
    assert found[0].polling_url == "https://queue.fal.run/fal-ai/flux-2-pro/requests/c/status"


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "other"},
        {"seed": 8},
        {"image_size": {"width": 96, "height": 128}},
        {"image_size": "square_hd"},
        {"safety_tolerance": "5"},
        {"output_format": "jpeg"},
        {"image_urls": ["https://v3.fal.media/files/b.png"]},
    ],
)
def test_a_request_with_another_member_is_another_order(stored: Stored, order: Make, other: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        stored("fal", lambda r: listing(listed(json_input=GIVEN | other))).find(order(), SINCE)


def test_references_tell_requests_apart(stored: Stored, order: Make) -> None:
    wanted = order(references=(PNG + b"1", PNG + b"2"))
    uris = ["data:image/png;base64," + base64.b64encode(PNG + end).decode() for end in (b"1", b"2")]
    ours = stored("fal", lambda r: listing(listed(json_input=GIVEN | {"image_urls": uris})))
    assert [job.request_id for job in ours.find(wanted, SINCE)] == [ID]
    for others in (uris[::-1], uris[:1], []):
        with pytest.raises(ProviderRefused):
            stored("fal", lambda r, o=others: listing(listed(json_input=GIVEN | {"image_urls": o}))).find(wanted, SINCE)


def test_an_absence_proves_nothing(stored: Stored, order: Make) -> None:
    """The list shows started requests only: an empty answer would let a waiting order be placed again, however long
    ago it was."""
    for day in ("2026-10-01", "2025-10-01"):
        with pytest.raises(ProviderRefused, match="have started") as caught:
            stored("fal", lambda r: listing()).find(order(), datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        assert caught.value.reason == "not_found"


@pytest.mark.parametrize(
    "response",
    [httpx.Response(401), httpx.Response(403), listing(listed(json_input=None)), listing(cursor="again")],
)
def test_a_list_that_cannot_tell(stored: Stored, order: Make, response: httpx.Response) -> None:
    with pytest.raises(ProviderRefused) as caught:
        stored("fal", lambda r: response).find(order(), SINCE)
    assert caught.value.reason == "not_found"


@pytest.mark.parametrize(
    "response",
    [httpx.Response(500), httpx.Response(200, json={}), listing(7), listing({"request_id": ID}), listing("x")],
)
def test_a_list_that_cannot_be_read(stored: Stored, order: Make, response: httpx.Response) -> None:
    with pytest.raises(ProviderUnavailable):
        stored("fal", lambda r: response).find(order(), SINCE)


def test_the_platform_is_asked_only_where_the_route_allows_it(stored: Stored, order: Make) -> None:
    provider = stored("fal", Vendor(), poll_hosts=("queue.fal.run",))
    assert not provider.can_find
    with pytest.raises(ProviderRefused) as caught:
        provider.find(order(), SINCE)
    assert caught.value.reason == "not_found"


def test_the_key_stays_away_from_the_delivery_host(stored: Stored) -> None:
    """Traps 18, 20."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert "Authorization" not in request.headers
        return httpx.Response(200, content=b"picture", headers={"Content-Type": "application/json"})

    provider = stored("fal", handler)
    ready = replace(JOB, status=JobStatus.READY, delivery_url="https://v3.fal.media/files/a.png")
    assert provider.fetch(ready) == b"picture"
    for url in ("https://fal.media.evil.example/a", "https://queue.fal.run:8443/a", None):
        with pytest.raises(ProviderError):
            provider.fetch(replace(ready, delivery_url=url))
