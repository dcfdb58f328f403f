"""Replicate's contract, and CometAPI's form of it: what is sent, and what is made of each answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from colophon.domain.brief import ReferenceRole, Safety
from colophon.domain.generation import Hook, Job, JobStatus, Order, ReferenceUse
from colophon.domain.placement import PictureFormat
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider

Make = Callable[..., Order]
Stored = Callable[..., Provider]
JOB = Job("gm3qorzdhgbfurvjtvhg6dckhu", JobStatus.PENDING)
SINCE = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"
INPUT: dict[str, Any] = {
    "prompt": "a red mug on a table",
    "aspect_ratio": "custom",
    "width": 512,
    "height": 256,
    "seed": 7,
    "safety_tolerance": 1,
    "output_format": "png",
}
BOTH = pytest.mark.parametrize("vendor", ["replicate", "cometapi"])


def prediction(**members: Any) -> dict[str, Any]:
    return {
        "id": JOB.request_id,
        "model": "black-forest-labs/flux-2-pro",
        "version": "hidden",
        "status": "starting",
        "input": dict(INPUT),
        "output": None,
        "error": None,
        "data_removed": False,
        "created_at": "2026-10-01T12:00:05.000Z",
        "urls": {"get": "https://api.replicate.com/v1/predictions/x", "cancel": "https://api.replicate.com/v1/x"},
    } | members


def large(make: Make, **changes: Any) -> Order:
    return make(**({"width": 512, "height": 256} | changes))


def answer(*bodies: object, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    """The bodies in turn, the last one for ever."""
    left = list(bodies)
    return lambda request: httpx.Response(status, json=left.pop(0) if len(left) > 1 else left[0])


class Seen:
    def __init__(self, *responses: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._left = list(responses)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self._left.pop(0)


@BOTH
def test_what_is_sent(stored: Stored, order: Make, vendor: str) -> None:
    """Traps 12, 14, 25, 35: no hold is asked for, the id is kept, the size counts, and no member is unknown."""
    seen = Seen(httpx.Response(201, json=prediction()))
    job = stored(vendor, seen).submit(large(order, safety=Safety.LOOSE, references=(PNG + b"1", b"\xff\xd8\xff2")))
    request = seen.requests[0]
    host = {"replicate": "api.replicate.com/v1", "cometapi": "api.cometapi.com/replicate/v1"}[vendor]
    assert str(request.url) == f"https://{host}/models/black-forest-labs/flux-2-pro/predictions"
    assert request.headers["Authorization"] == "Bearer test-key-0123456789"
    assert "Prefer" not in request.headers
    assert json.loads(request.content) == {
        "input": {
            "prompt": "a red mug on a table",
            "aspect_ratio": "custom",
            "width": 512,
            "height": 256,
            "seed": 7,
            "safety_tolerance": 5,
            "output_format": "png",
            "input_images": ["data:image/png;base64,iVBORw0KGgox", "data:image/jpeg;base64,/9j/Mg=="],
        }
    }
    assert (job.request_id, job.status, job.polling_url, job.cost) == (JOB.request_id, JobStatus.PENDING, None, None)
    assert job.first_byte is not None


def test_a_hook_is_named_for_the_end_only(stored: Stored, order: Make) -> None:
    hook = Hook("https://hooks.example/replicate/7", "s" * 32)
    seen = Seen(httpx.Response(201, json=prediction()))
    stored("replicate", seen).submit(replace(large(order), hook=hook))
    sent = json.loads(seen.requests[0].content)
    assert sent["webhook"] == "https://hooks.example/replicate/7"
    assert sent["webhook_events_filter"] == ["completed"]
    assert hook.secret not in seen.requests[0].content.decode()
    seen = Seen(httpx.Response(201, json=prediction()))
    stored("cometapi", seen).submit(replace(large(order), hook=hook))
    assert set(json.loads(seen.requests[0].content)) == {"input"}


@BOTH
@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_success_code_is_an_order(stored: Stored, order: Make, vendor: str, status: int) -> None:
    """Traps 12, 16: 202 says that the outputs are still to come, and 201 may hold them or not."""
    job = stored(vendor, answer(prediction(status="processing"), status=status)).submit(large(order))
    assert (job.request_id, job.status) == (JOB.request_id, JobStatus.PENDING)


@BOTH
def test_a_timeout_after_the_order_is_unknown_and_not_sent_again(stored: Stored, order: Make, vendor: str) -> None:
    """Traps 13, 37."""
    asked: list[str] = []

    def late(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        raise httpx.ReadTimeout("late")

    with pytest.raises(OutcomeUnknown) as caught:
        stored(vendor, late).submit(large(order))
    assert (caught.value.reason, asked) == ("timeout", ["POST"])


@BOTH
def test_the_id_alone_says_where_to_ask(stored: Stored, order: Make, vendor: str) -> None:
    """Trap 8: the addresses in CometAPI's answers are Replicate's, where its key is not valid."""
    seen = Seen(httpx.Response(201, json=prediction()), httpx.Response(200, json=prediction()))
    provider = stored(vendor, seen)
    assert provider.poll(provider.submit(large(order))).status is JobStatus.PENDING
    host = {"replicate": "api.replicate.com/v1", "cometapi": "api.cometapi.com/replicate/v1"}[vendor]
    assert str(seen.requests[1].url) == f"https://{host}/predictions/{JOB.request_id}"


@BOTH
@pytest.mark.parametrize("output", ["https://replicate.delivery/a.png", ["https://replicate.delivery/a.png"]])
def test_output_is_one_address_or_a_list(stored: Stored, vendor: str, output: object) -> None:
    """Traps 15, 20, 30: what is used and when is as told, and the extension says nothing."""
    ready = prediction(status="succeeded", output=output, completed_at="2026-10-01T12:00:15.5Z")
    job = stored(vendor, answer(ready)).poll(JOB)
    assert (job.status, job.delivery_url) == (JobStatus.READY, "https://replicate.delivery/a.png")
    assert (job.seed_reported, job.model_reported) == (7, "black-forest-labs/flux-2-pro")
    assert (job.prompt_used, job.cost, job.cost_settled) == (None, None, False)
    assert job.ready_at == datetime(2026, 10, 1, 12, 0, 15, 500_000, UTC)


@pytest.mark.parametrize("output", [None, [], [7], {"a": 1}, "", "x" * 5000])
def test_a_success_without_a_picture_failed(stored: Stored, output: object) -> None:
    job = stored("replicate", answer(prediction(status="succeeded", output=output))).poll(JOB)
    assert (job.status, job.reason) == (JobStatus.FAILED, "upstream_permanent")


def test_removed_output_is_expired(stored: Stored) -> None:
    """Trap 17: an hour after the end the vendor has nothing left."""
    gone = prediction(status="succeeded", output=None, input={}, data_removed=True)
    job = stored("replicate", answer(gone)).poll(JOB)
    assert (job.status, job.reason, job.seed_reported) == (JobStatus.FAILED, "expired", None)


def test_two_pictures_for_one_order_are_noted(stored: Stored) -> None:
    two = prediction(status="succeeded", output=["https://replicate.delivery/1", "https://replicate.delivery/2"])
    job = stored("replicate", answer(two)).poll(JOB)
    assert job.delivery_url == "https://replicate.delivery/1"
    assert "2 pictures" in job.message


@BOTH
@pytest.mark.parametrize(
    ("members", "status", "reason"),
    [
        ({"status": "starting"}, JobStatus.PENDING, ""),
        ({"status": "processing"}, JobStatus.PENDING, ""),
        ({"status": "warming up"}, JobStatus.PENDING, ""),
        ({"status": "failed", "error": "CUDA out of memory"}, JobStatus.FAILED, "upstream_permanent"),
        ({"status": "failed", "error": None}, JobStatus.FAILED, "upstream_permanent"),
        ({"status": "canceled"}, JobStatus.FAILED, "cancelled"),
        ({"status": "aborted"}, JobStatus.FAILED, "cancelled"),
        ({"status": "failed", "error": "flagged as sensitive (E005)"}, JobStatus.REFUSED, "moderated_output"),
        (
            {"status": "failed", "error": "The input or output was flagged as sensitive. (E005)"},
            JobStatus.REFUSED,
            "moderated_output",
        ),
        ({"status": "failed", "error": "E005: the prompt was flagged"}, JobStatus.REFUSED, "moderated_input"),
        ({"status": "failed", "error": "Request Moderated"}, JobStatus.REFUSED, "moderated_input"),
    ],
)
def test_status_words(stored: Stored, vendor: str, members: dict[str, Any], status: JobStatus, reason: str) -> None:
    """Traps 4, 5, 16, 39, 40: unknown words wait, ends end, and what a refusal costs is not known."""
    job = stored(vendor, answer(prediction(**members))).poll(JOB)
    assert (job.status, job.reason, job.cost) == (status, reason, None)


def test_a_refusal_says_nothing_of_the_filter(stored: Stored) -> None:
    error = "flagged as sensitive (E005): sexual 0.83, violence 0.11"
    message = stored("replicate", answer(prediction(status="failed", error=error))).poll(JOB).message
    assert "policy" in message
    assert "0.83" not in message
    assert "E005" not in message


@BOTH
@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 408, 422, 429, 500, 502, 503, 504])
def test_no_code_on_a_poll_ends_the_order(stored: Stored, vendor: str, status: int) -> None:
    """Trap 7."""
    with pytest.raises(ProviderUnavailable):
        stored(vendor, answer({"detail": "no"}, status=status)).poll(JOB)


@BOTH
def test_an_unknown_id_is_missing(stored: Stored, vendor: str) -> None:
    """Trap 5."""
    job = stored(vendor, answer({"title": "Not found", "status": 404}, status=404)).poll(JOB)
    assert (job.status, job.reason, job.message) == (JobStatus.MISSING, "not_found", "Not found")


@pytest.mark.parametrize(
    "body", [{"id": "another", "status": "succeeded"}, {"status": "succeeded"}, {"id": JOB.request_id}]
)
def test_a_poll_that_speaks_of_another_order_is_asked_again(stored: Stored, body: dict[str, Any]) -> None:
    with pytest.raises(ProviderUnavailable):
        stored("replicate", answer(body)).poll(JOB)


@BOTH
@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}, {"id": "a b"}, [], None, {"id": "x" * 300}])
def test_an_order_without_a_readable_id_is_unknown(stored: Stored, order: Make, vendor: str, body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        stored(vendor, answer(body, status=201)).submit(large(order))


@BOTH
@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (400, {"detail": "bad"}, ProviderRefused, "validation"),
        (401, {"title": "Unauthenticated"}, ProviderRefused, "auth"),
        (402, {"detail": "Insufficient credit"}, ProviderRefused, "payment"),
        (404, {"detail": "No such model"}, ProviderRefused, "not_found"),
        (422, {"detail": "input.width: Must be less than 2048"}, ProviderRefused, "validation"),
        (422, {"detail": "input.safety_tolerance: Must be at most 5"}, ProviderRefused, "validation"),
        (422, {"detail": "The prompt was flagged as sensitive (E005)"}, ProviderRefused, "moderated_input"),
        (429, {"detail": "throttled"}, ProviderUnavailable, "rate_limited"),
        (500, {"detail": "oops"}, OutcomeUnknown, "upstream_transient"),
        (502, {}, OutcomeUnknown, "upstream_transient"),
        (503, {}, ProviderUnavailable, "upstream_transient"),
    ],
)
def test_codes_on_an_order(
    stored: Stored, order: Make, vendor: str, status: int, body: object, error: type[ProviderError], reason: str
) -> None:
    """Traps 38, 39: a bad key is 401 here, and a refusal by policy is no invalid input."""
    with pytest.raises(error) as caught:
        stored(vendor, answer(body, status=status)).submit(large(order))
    assert caught.value.reason == reason


def test_a_wait_in_words(stored: Stored, order: Make) -> None:
    """Trap 43: this vendor states it in the text only; a header, when there is one, counts."""
    text = {"detail": "Request was throttled. Your rate limit resets in ~30s."}
    with pytest.raises(ProviderUnavailable) as caught:
        stored("replicate", answer(text, status=429)).submit(large(order))
    assert caught.value.retry_after == 30.0
    headers = {"Retry-After": "Thu, 01 Oct 2026 12:01:00 GMT", "Date": "Thu, 01 Oct 2026 12:00:00 GMT"}
    with pytest.raises(ProviderUnavailable) as caught:
        stored("replicate", lambda r: httpx.Response(429, headers=headers, json=text)).submit(large(order))
    assert caught.value.retry_after == 60.0


LARGE = PNG + b"x" * 300_000


def uploaded(name: str = "f") -> httpx.Response:
    return httpx.Response(201, json={"id": name, "urls": {"get": f"https://api.replicate.com/v1/files/{name}"}})


def test_a_large_reference_is_uploaded_before_the_order(stored: Stored, order: Make) -> None:
    """Traps 32, 34: small ones as data URIs, larger ones by the address of their upload, in their order."""
    seen = Seen(uploaded(), httpx.Response(201, json=prediction()))
    provider = stored("replicate", seen)
    prepared = provider.prepare(large(order, references=(PNG, LARGE)))
    assert prepared.addresses == ("", "https://api.replicate.com/v1/files/f")
    assert len(seen.requests) == 1
    provider.submit(prepared)
    upload, sent = seen.requests
    assert str(upload.url) == "https://api.replicate.com/v1/files"
    assert upload.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="content"; filename="' in upload.content
    assert LARGE in upload.content
    images = json.loads(sent.content)["input"]["input_images"]
    assert images == ["data:image/png;base64,iVBORw0KGgo=", "https://api.replicate.com/v1/files/f"]
    seen = Seen(httpx.Response(201, json=prediction()))
    stored("cometapi", seen).submit(large(order, references=(LARGE,)))
    assert json.loads(seen.requests[0].content)["input"]["input_images"][0].startswith("data:image/png;base64,")


def test_an_order_is_one_request_or_none(stored: Stored, order: Make) -> None:
    """An upload that fails inside an attempt would leave it unclear; one that is too slow would outlive its lease."""
    seen = Seen(*(httpx.Response(201, json=prediction()) for _ in range(2)))
    provider = stored("replicate", seen)
    provider.submit(large(order, references=(PNG,)))  # nothing of it needs an upload
    wanted = large(order, references=(PNG, LARGE))
    for addresses in ((), ("", ""), ("https://api.replicate.com/v1/files/f",)):
        with pytest.raises(ProviderRefused, match="not prepared") as caught:
            provider.submit(replace(wanted, addresses=addresses))
        assert caught.value.reason == "validation"
    assert len(seen.requests) == 1


def test_preparing_may_be_repeated_and_buys_nothing(stored: Stored, order: Make) -> None:
    seen = Seen(uploaded("a"), uploaded("b"))
    provider = stored("replicate", seen)
    once = provider.prepare(large(order, references=(LARGE,)))
    again = provider.prepare(once)
    assert [one.addresses for one in (once, again)] == [
        ("https://api.replicate.com/v1/files/a",),
        ("https://api.replicate.com/v1/files/b",),
    ]
    assert {request.url.path for request in seen.requests} == {"/v1/files"}
    assert provider.prepare(large(order)) == large(order)
    with pytest.raises(ProviderRefused):
        provider.prepare(large(order, width=16_384, references=(LARGE,)))
    assert len(seen.requests) == 2


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(413, json={"detail": "Files must be less than 100MB in size"}),
        httpx.Response(201, content=b"<html>"),
        httpx.Response(201, json={"id": "f"}),
        httpx.Response(201, json={"urls": {"get": "javascript:1"}}),
        httpx.Response(201, json={"urls": {"get": None}}),
    ],
)
def test_a_failed_upload_orders_nothing(stored: Stored, order: Make, response: httpx.Response) -> None:
    seen = Seen(response)
    with pytest.raises(ProviderUnavailable):
        stored("replicate", seen).prepare(large(order, references=(LARGE,)))
    assert len(seen.requests) == 1


def test_references_that_are_not_at_hand_are_not_left_out(stored: Stored, order: Make) -> None:
    """Another picture would be bought without them."""
    use = ReferenceUse("0" * 64, ReferenceRole.PRODUCT, 64, 64)
    seen = Seen()
    wanted = large(order)
    wanted = replace(wanted, generation=replace(wanted.generation, references=(use,)))
    for door in (stored("replicate", seen).prepare, stored("replicate", seen).submit):
        with pytest.raises(ProviderRefused, match="bytes of 0 references, not of 1"):
            door(wanted)
    assert seen.requests == []


def test_format_words(stored: Stored, order: Make) -> None:
    """Trap 20: the format is always said, since the vendor's own default is another."""
    provider = stored("replicate", answer(prediction()))
    said = {}
    for wanted in (PictureFormat.PNG, PictureFormat.JPEG, PictureFormat.WEBP):
        sent: Any = provider.wire_parameters(replace(large(order), output_format=wanted))
        said[wanted] = sent["input"]["output_format"]
    assert said == {PictureFormat.PNG: "png", PictureFormat.JPEG: "jpg", PictureFormat.WEBP: "webp"}


LIST = "https://api.replicate.com/v1/predictions"


def listing(*entries: dict[str, Any], following: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"next": following, "previous": None, "results": list(entries)})


def ours(**members: Any) -> dict[str, Any]:
    return prediction(status="succeeded", **members)


def test_a_lost_order_is_found_by_what_was_ordered(stored: Stored, order: Make) -> None:
    others = [
        ours(id="a", model="someone/else"),
        ours(id="b", input=INPUT | {"seed": 8}),
        ours(id="c", input=INPUT | {"prompt": "another"}),
        ours(id="d", input=INPUT | {"width": 256, "height": 512}),
        ours(id="f", input=INPUT | {"safety_tolerance": 5}),
        ours(id="g", input=INPUT | {"output_format": "jpg"}),
        ours(id="h", input=INPUT | {"input_images": ["https://api.replicate.com/v1/files/f"]}),
    ]
    seen = Seen(
        listing(*others, following="https://api.replicate.com/v1/predictions?cursor=2"),
        listing(ours(id="e", created_at="2026-10-01T12:00:00Z"), ours(id="old", created_at="2026-10-01T12:00:00Z")),
    )
    provider = stored("replicate", seen)
    assert provider.can_find
    found = provider.find(large(order), SINCE)
    assert found == [Job("e", JobStatus.PENDING), Job("old", JobStatus.PENDING)]
    assert seen.requests[0].url.params["created_after"] == "2026-10-01T12:00:00+00:00"
    assert str(seen.requests[1].url) == "https://api.replicate.com/v1/predictions?cursor=2"


def test_every_prediction_like_the_order_is_named_newest_first(stored: Stored, order: Make) -> None:
    """The newest may be another attempt's: who asks must be able to tell."""
    seen = Seen(
        listing(ours(id="c"), ours(id="x", model="someone/else"), ours(id="b"), following=f"{LIST}?cursor=2"),
        listing(ours(id="a"), ours(id="too-old", created_at="2026-10-01T11:59:59Z"), following=f"{LIST}?cursor=3"),
    )
    found = stored("replicate", seen).find(large(order), SINCE)
    assert [job.request_id for job in found] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("listed", "like"),
    [
        (["data:image/png;base64,iVBORw0KGgo=", "https://api.replicate.com/v1/files/another"], True),
        (["https://replicate.delivery/kept", "https://api.replicate.com/v1/files/another"], True),
        (["https://api.replicate.com/v1/files/another", "data:image/png;base64,iVBORw0KGgo="], False),
        (["data:image/png;base64,AAAA", "https://api.replicate.com/v1/files/another"], False),
        (["https://api.replicate.com/v1/files/another"], False),
        ([], False),
        ("https://api.replicate.com/v1/files/another", False),
        (["data:image/png;base64,iVBO...", "https://api.replicate.com/v1/files/another"], None),
        ([7, "https://api.replicate.com/v1/files/another"], None),
        (None, None),
    ],
)
def test_references_tell_orders_apart(stored: Stored, order: Make, listed: object, like: bool | None) -> None:
    """By their number and the bytes that are shown; an upload has another address each time."""
    wanted = large(order, references=(PNG, LARGE))
    provider = stored("replicate", Seen(listing(ours(id="e", input=INPUT | {"input_images": listed}))))
    if like is None:
        with pytest.raises(ProviderRefused) as caught:
            provider.find(wanted, SINCE)
        assert caught.value.reason == "not_found"
    else:
        assert [job.request_id for job in provider.find(wanted, SINCE)] == ["e"] * like


@pytest.mark.parametrize("member", sorted(INPUT))
def test_a_member_that_is_not_shown_is_not_another_order(stored: Stored, order: Make, member: str) -> None:
    less = {name: value for name, value in INPUT.items() if name != member}
    with pytest.raises(ProviderRefused) as caught:
        stored("replicate", Seen(listing(ours(input=less)))).find(large(order), SINCE)
    assert caught.value.reason == "not_found"
    assert stored("replicate", Seen(listing(ours(input=less, model="someone/else")))).find(large(order), SINCE) == []


def test_the_search_ends_where_the_order_cannot_be(stored: Stored, order: Make) -> None:
    early = ours(created_at="2026-10-01T11:59:59.999Z")
    seen = Seen(listing(early, following="https://api.replicate.com/v1/predictions?cursor=2"))
    assert stored("replicate", seen).find(large(order), SINCE) == []
    assert stored("replicate", Seen(listing())).find(large(order), SINCE) == []


def test_what_the_vendor_has_removed_is_not_nothing(stored: Stored, order: Make) -> None:
    """An empty answer would let the order be placed again."""
    gone = ours(input={}, output=None, data_removed=True)
    with pytest.raises(ProviderRefused) as caught:
        stored("replicate", Seen(listing(gone))).find(large(order), SINCE)
    assert caught.value.reason == "not_found"
    found = stored("replicate", Seen(listing(gone, ours(id="e")))).find(large(order), SINCE)
    assert found == [Job("e", JobStatus.PENDING)]
    assert stored("replicate", Seen(listing(gone | {"model": "someone/else"}))).find(large(order), SINCE) == []


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(401, json={"title": "Unauthenticated"}),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"results": [7]}),
        httpx.Response(200, json={"results": [{"id": "a"}]}),
        httpx.Response(200, content=b"<html>"),
    ],
)
def test_a_list_that_cannot_be_read_is_no_answer(stored: Stored, order: Make, response: httpx.Response) -> None:
    with pytest.raises(ProviderUnavailable):
        stored("replicate", Seen(response)).find(large(order), SINCE)


def test_the_list_never_leads_the_key_elsewhere_or_on_for_ever(stored: Stored, order: Make) -> None:
    away = Seen(listing(following="https://api.replicate.com.evil.example/v1/predictions"))
    with pytest.raises(ProviderError) as caught:
        stored("replicate", away).find(large(order), SINCE)
    assert (caught.value.reason, len(away.requests)) == ("forbidden", 1)
    again = "https://api.replicate.com/v1/predictions?cursor=same"
    circle = Seen(*(listing(following=again) for _ in range(25)))
    with pytest.raises(ProviderRefused, match="20 pages"):
        stored("replicate", circle).find(large(order), SINCE)
    assert len(circle.requests) == 20
    circle = Seen(listing(ours(id="e"), following=again), *(listing(following=again) for _ in range(25)))
    assert stored("replicate", circle).find(large(order), SINCE) == [Job("e", JobStatus.PENDING)]


def test_cometapi_cannot_be_asked(stored: Stored, order: Make) -> None:
    provider = stored("cometapi", Seen())
    assert (provider.can_find, provider.can_hook) == (False, False)
    with pytest.raises(ProviderRefused) as caught:
        provider.find(large(order), SINCE)
    assert caught.value.reason == "not_found"


@BOTH
def test_the_key_stays_away_from_the_delivery_host(stored: Stored, vendor: str) -> None:
    """Traps 18, 19, 20: no key, redirects within the list only, and bytes as they are whatever their type is said to
    be."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert "test-key-0123456789" not in str(request.headers)
        if request.url.path == "/moved":
            return httpx.Response(302, headers={"Location": "https://cdn.replicate.delivery/a"})
        if request.url.path == "/away":
            return httpx.Response(302, headers={"Location": "https://169.254.169.254/latest"})
        return httpx.Response(200, content=b"picture", headers={"Content-Type": "text/html"})

    provider = stored(vendor, handler)
    ready = replace(JOB, status=JobStatus.READY, delivery_url="https://replicate.delivery/moved")
    assert provider.fetch(ready) == b"picture"
    for url in ("https://replicate.delivery/away", "https://evil.example/a", "data:image/png;base64,AA==", None):
        with pytest.raises(ProviderError):
            provider.fetch(replace(ready, delivery_url=url))
