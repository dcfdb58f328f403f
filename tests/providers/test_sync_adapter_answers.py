"""Stored answers of the vendors that send the picture itself: what each means for the picture and for the money."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from colophon import data
from colophon.domain.brief import Safety
from colophon.domain.generation import Generation, Job, JobStatus, Order
from colophon.domain.money import Estimate, Money
from colophon.domain.route import parse_routes
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS

KEY = "test-key-0123456789"
ROUTES = parse_routes(data.text("routes.toml"))
ALL = ("openai-images", "lumenfall", "azure", "together", "aimlapi", "callmissed")
PICTURE = b"\x89PNG\r\n\x1a\npicture"
INLINE = base64.b64encode(PICTURE).decode()
PROMPT = "a safety helmet on a table"
ORDER = Order(
    Generation(
        id="g1",
        campaign="c",
        visual="v",
        variant=1,
        master="m",
        width=1024,
        height=768,
        route="r",
        model="flux-2-pro",
        seed=7,
        prompt=PROMPT,
        structure="",
        safety=Safety.NORMAL,
        references=(),
        cost=Estimate(Money(0), Money(0)),
    )
)
Handler = Callable[[httpx.Request], httpx.Response]


def answering(name: str, handler: Handler) -> Provider:
    client = guarded_client(transport=httpx.MockTransport(handler))
    return ADAPTERS[ROUTES[name].adapter](Access(ROUTES[name], KEY, client, client))


def said(name: str, status: int, body: Any, headers: dict[str, str] | None = None) -> Job:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answering(name, lambda r: httpx.Response(status, content=content, headers=headers)).submit(ORDER)


def ready(**more: Any) -> dict[str, Any]:
    return {"created": 1767225600, "data": [{"b64_json": INLINE, **more}]}


@pytest.mark.parametrize("name", ALL)
def test_the_picture_of_the_answer_is_the_jobs(name: str) -> None:
    """Trap 21: whatever it was asked for by, base64 comes as ``b64_json``."""
    job = said(name, 200, ready(revised_prompt="p\x00q"))
    assert (job.status, job.content, job.prompt_used) == (JobStatus.READY, PICTURE, "pq")
    assert (job.seed_reported, job.cost, job.cost_settled) == (None, None, False)
    assert job.first_byte is not None
    provider = answering(name, lambda r: pytest.fail("nothing is asked"))
    assert provider.fetch(job) == PICTURE
    assert provider.poll(job).status is JobStatus.READY


@pytest.mark.parametrize("text", [f"data:image/png;base64,{INLINE}", f"DATA:;base64,{INLINE}"])
def test_a_data_address_is_the_picture(text: str) -> None:
    """Trap 21."""
    assert said("aimlapi", 200, {"data": [{"url": text, "b64_json": None}]}).content == PICTURE
    assert said("azure", 200, {"data": [{"b64_json": text}]}).content == PICTURE


REQUEST_IDS: list[tuple[str, dict[str, str], dict[str, Any], str]] = [
    ("openai-images", {"x-request-id": "req-1"}, {}, "req-1"),
    ("lumenfall", {"X-Lumenfall-Request-Id": "lum-1", "x-request-id": "other"}, {}, "lum-1"),
    ("azure", {"apim-request-id": "az-1", "x-request-id": "other"}, {}, "az-1"),
    ("azure", {"x-request-id": "az-2"}, {}, "az-2"),
    ("together", {}, {"id": "tog-1"}, "tog-1"),
    ("aimlapi", {"x-inference-id": "inf-1"}, {}, "inf-1"),
    ("callmissed", {"x-request-id": "cm-1"}, {}, "cm-1"),
]


@pytest.mark.parametrize(("name", "headers", "body", "expected"), REQUEST_IDS)
def test_the_vendors_name_for_the_request(
    name: str, headers: dict[str, str], body: dict[str, Any], expected: str
) -> None:
    assert said(name, 200, ready() | body, headers).request_id == expected


@pytest.mark.parametrize("name", ALL)
def test_an_answer_without_a_name_is_named_by_its_digest(name: str) -> None:
    job = said(name, 200, ready(), {"x-request-id": "two words", "x-inference-id": "i" * 201})
    assert job.request_id.startswith("not-reported-")
    assert len(job.request_id) == 45
    assert said(name, 200, ready() | {"created": 2}).request_id != job.request_id


LUMENFALL_META = {"model": "flux.2-pro", "provider": "replicate", "attempts": []}


@pytest.mark.parametrize(
    ("name", "body", "headers", "cost"),
    [
        ("lumenfall", {"metadata": LUMENFALL_META | {"cost": 0.045, "cost_currency": "USD"}}, {}, "0.045"),
        ("lumenfall", {"metadata": LUMENFALL_META | {"cost": 0}}, {}, "0"),
        ("aimlapi", {"meta": {"usage": {"credits_used": 63000}}}, {}, "0.0315"),
        ("aimlapi", {"meta": {"usage": {"tokens_used": 189000}}}, {}, "0.0945"),
        ("aimlapi", {"meta": {"usage": {"credits_used": 0}}}, {}, "0"),
        ("aimlapi", {"meta": {"usage": {"credits_used": 1}}}, {"x-aimlapi-usd-spent": "0.0315"}, "0.0315"),
        ("aimlapi", {}, {"x-aimlapi-credits-used": "63000"}, "0.0315"),
        ("aimlapi", {}, {"x-aimlapi-usd-spent": "0"}, "0"),
    ],
)
def test_the_price_in_the_answer_is_final(name: str, body: dict[str, Any], headers: dict[str, str], cost: str) -> None:
    """Trap 41: there is no later number, and 0 is one."""
    job = said(name, 200, ready() | body, headers)
    assert (job.cost, job.cost_settled, job.message) == (Money.of(cost), True, "")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "-1", "1e30", "101", '"0.03 USD"', "true", "[]", "{}"])
def test_a_price_that_cannot_be_right_is_not_booked(number: str) -> None:
    body = json.dumps(ready() | {"metadata": {"cost": "?"}}).replace('"?"', number)
    job = said("lumenfall", 200, body.encode())
    assert (job.status, job.cost, job.cost_settled) == (JobStatus.READY, None, False)
    assert "not booked" in job.message


@pytest.mark.parametrize("text", ["nan", "-1", "1e3", "Infinity", "9" * 21, "", "0x10", "1,5"])
def test_a_price_header_that_cannot_be_right_is_not_booked(text: str) -> None:
    job = said("aimlapi", 200, ready() | {"meta": {"usage": {"credits_used": 63000}}}, {"x-aimlapi-usd-spent": text})
    assert job.cost is None
    assert "not booked" in job.message


def test_a_price_in_another_currency_is_not_booked() -> None:
    job = said("lumenfall", 200, ready() | {"metadata": {"cost": 3, "cost_currency": "INR"}})
    assert (job.cost, "another currency" in job.message) == (None, True)


def test_what_made_the_picture_is_kept_when_told() -> None:
    assert said("together", 200, ready() | {"model": "black-forest-labs/FLUX.2-pro"}).model_reported == (
        "black-forest-labs/FLUX.2-pro"
    )
    assert said("lumenfall", 200, ready() | {"metadata": LUMENFALL_META}).model_reported == "flux.2-pro"
    assert said("lumenfall", 200, ready(), {"X-Lumenfall-Model": "flux.2-pro"}).model_reported == "flux.2-pro"
    assert said("callmissed", 200, ready()).model_reported is None


def test_two_pictures_for_one_order_are_said() -> None:
    """Trap 36."""
    job = said("together", 200, {"data": [{"b64_json": INLINE}, {"b64_json": "b3RoZXI="}]})
    assert job.content == PICTURE
    assert "2 pictures" in job.message


NO_PICTURE: list[Any] = [
    *(b"", b"<html>", b"[]", b"null", b"{", b'{"data":' * 60, b"[" * 100_000),
    *({}, {"data": None}, {"data": []}, {"data": ["x"]}, {"data": [{}]}, {"data": {"b64_json": INLINE}}),
    *({"data": [{"b64_json": None, "url": None}]}, {"data": [{"b64_json": ""}]}, {"data": [{"b64_json": 7}]}),
    *(
        {"data": [{"b64_json": "not base64!"}]},
        {"data": [{"b64_json": INLINE + "\n"}]},
        {"data": [{"b64_json": "nsfw!"}]},
    ),
    *({"data": [{"url": "data:text/html,x"}]}, {"data": [{"url": "x" * 4001}]}),
]


@pytest.mark.parametrize("body", NO_PICTURE, ids=range(len(NO_PICTURE)))
@pytest.mark.parametrize("name", ["together", "lumenfall"])
def test_a_success_without_a_picture_may_be_on_the_bill(name: str, body: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="req-9"):
        said(name, 200, body, {"x-request-id": "req-9"})


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "error": {"code": "content_policy_violation", "message": "rejected"}},
        {"data": [{"b64_json": None, "content_filter_results": {"hate": {"filtered": True, "severity": "high"}}}]},
        {"data": [{"url": None, "error": "The generated image was flagged as NSFW"}]},
    ],
)
def test_a_success_that_says_it_was_refused_is_a_refusal(body: Any) -> None:
    with pytest.raises(ProviderRefused) as caught:
        said("azure", 200, body)
    assert caught.value.reason.startswith("moderated_")
    assert "hate" not in caught.value.message


def envelope(message: str, code: str | None = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


IN, OUT = "moderated_input", "moderated_output"
POLICY: list[tuple[str, int, Any, str]] = [
    ("openai-images", 400, envelope("Your request was rejected.", "content_policy_violation"), IN),
    ("openai-images", 400, envelope("Blocked.", "moderation_blocked"), IN),
    ("openai-images", 400, envelope("Your request was rejected as a result of our safety system."), IN),
    ("openai-images", 400, envelope("The generated image was blocked by our safety system."), OUT),
    ("lumenfall", 400, envelope("Refused", "CONTENT_POLICY_VIOLATION"), IN),
    ("lumenfall", 502, envelope("All providers failed: NSFW content", "ALL_PROVIDERS_EXHAUSTED"), IN),
    (
        "lumenfall",
        502,
        envelope("All providers failed", "ALL_PROVIDERS_EXHAUSTED")
        | {"metadata": {"attempts": [{"provider": "fal", "error": "output moderated"}]}},
        OUT,
    ),
    ("azure", 400, {"error": {"code": "BadRequest", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, IN),
    ("azure", 400, {"detail": "Request Moderated"}, IN),
    ("together", 400, envelope("Prompt contains NSFW content"), IN),
    ("together", 422, envelope("blocked by content policy"), IN),
    ("aimlapi", 400, {"message": "Content policy violation", "statusCode": "400", "requestId": "x"}, IN),
    ("callmissed", 400, envelope("Rejected", "content_rejected"), IN),
    ("callmissed", 422, b"flagged by moderation", IN),
]


@pytest.mark.parametrize(("name", "status", "body", "reason"), POLICY)
def test_a_refusal_by_policy_is_told_from_a_wrong_request(name: str, status: int, body: Any, reason: str) -> None:
    """Traps 39, 40: by code or by words, never retried, and told in words a buyer can act on."""
    with pytest.raises(ProviderRefused) as caught:
        said(name, status, body)
    assert caught.value.reason == reason
    assert "change" in caught.value.message


def test_a_refusal_says_what_it_cost_and_nothing_of_the_filter() -> None:
    """Trap 40: one gateway states a partial cost."""
    body = envelope("sexual 0.93, violence 0.01", "CONTENT_POLICY_VIOLATION") | {"metadata": {"cost": 0.015}}
    with pytest.raises(ProviderRefused, match=r"0\.015 USD") as caught:
        said("lumenfall", 400, body)
    assert "0.93" not in caught.value.message
    assert "sexual" not in caught.value.message


@pytest.mark.parametrize(
    "message",
    [
        "safety_tolerance must be at most 5",
        "Unknown parameter: enable_safety_checker",
        "safety tolerance: not a number",
        f"prompt: not accepted: {PROMPT}",
        "size is not supported",
    ],
)
@pytest.mark.parametrize("name", ALL)
def test_a_wrong_request_is_not_taken_for_a_refusal_by_policy(name: str, message: str) -> None:
    """Trap 39, the other way round: members of the request and the quoted prompt are not the filter's words."""
    with pytest.raises(ProviderRefused) as caught:
        said(name, 400, {"error": {"message": message, "code": "invalid_value"}})
    assert caught.value.reason == "validation"


OUT_OF_FUNDS: list[tuple[str, int, Any]] = [
    ("openai-images", 429, envelope("You exceeded your quota", "insufficient_quota", "insufficient_quota")),
    ("openai-images", 400, envelope("Billing hard limit", "billing_hard_limit_reached")),
    ("lumenfall", 402, envelope("Add credits", "INSUFFICIENT_BALANCE", "insufficient_quota")),
    ("azure", 402, {"error": {"code": "InsufficientFunds", "message": "x"}}),
    ("together", 402, envelope("Spending limit reached")),
    ("aimlapi", 403, {"message": "Your balance is used up", "statusCode": "403"}),
    ("callmissed", 402, envelope("x", "insufficient_credits")),
    ("callmissed", 402, envelope("x", "budget_exceeded")),
]


@pytest.mark.parametrize(("name", "status", "body"), OUT_OF_FUNDS)
def test_an_empty_account_is_named(name: str, status: int, body: Any) -> None:
    """Trap 38: 402, 403 or 429, by vendor."""
    with pytest.raises(ProviderRefused) as caught:
        said(name, status, body)
    assert caught.value.reason == "payment"


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        *((name, 401, "auth") for name in ALL),
        *((name, 404, "not_found") for name in ALL),
        ("together", 403, "validation"),
        ("callmissed", 403, "forbidden"),
        ("lumenfall", 403, "forbidden"),
        ("callmissed", 422, "validation"),
        ("azure", 413, "validation"),
    ],
)
def test_what_was_not_taken_has_a_reason(name: str, status: int, reason: str) -> None:
    """Trap 38: a code means what this vendor means by it."""
    with pytest.raises(ProviderRefused) as caught:
        said(name, status, envelope("no"))
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("status", "reason"), [(429, "rate_limited"), (503, "upstream_transient")])
def test_a_busy_vendor_took_nothing_and_may_say_when_to_come_back(name: str, status: int, reason: str) -> None:
    """Traps 37, 43: these two codes alone say that the order may be sent again."""
    for value, date, wait in (
        ("7", None, 7.0),
        (None, None, None),
        ("-1", None, None),
        ("Thu, 01 Jan 2026 00:00:30 GMT", "Thu, 01 Jan 2026 00:00:00 GMT", 30.0),
    ):
        headers = {name: text for name, text in (("Retry-After", value), ("Date", date)) if text}
        with pytest.raises(ProviderUnavailable) as caught:
            said(name, status, envelope("later"), headers)
        assert (caught.value.reason, caught.value.retry_after) == (reason, wait)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [202, 204, 408, 500, 502, 504, 520])
def test_after_any_other_failure_the_order_may_have_been_taken(name: str, status: int) -> None:
    """Trap 37: never sent again; the vendor's id is kept for whoever asks about it."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            status, json=envelope("failed"), headers={"x-request-id": "req-9", "x-inference-id": "req-9"}
        )

    with pytest.raises(OutcomeUnknown, match="req-9"):
        answering(name, handler).submit(ORDER)
    assert len(asked) == 1


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.WriteTimeout, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
        (httpx.ConnectTimeout, ProviderUnavailable),
        (httpx.ConnectError, ProviderUnavailable),
    ],
)
def test_a_broken_line_is_judged_by_what_may_have_left(
    name: str, failure: type[httpx.TransportError], error: type[ProviderError]
) -> None:
    """Traps 13, 37."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise failure("broken", request=request)

    with pytest.raises(error):
        answering(name, handler).submit(ORDER)


def test_a_word_about_funds_in_a_server_error_proves_nothing() -> None:
    """Trap 37: only an answer below 500 says that the order was not taken."""
    with pytest.raises(OutcomeUnknown):
        said("openai-images", 500, envelope("failed", "insufficient_quota"))


@pytest.mark.parametrize("status", [201, 202])
def test_a_picture_under_another_success_is_a_picture(status: int) -> None:
    assert said("azure", status, ready()).content == PICTURE


@pytest.mark.parametrize("name", ALL)
def test_an_order_waits_as_long_as_a_picture_takes(name: str) -> None:
    """Trap 13: the impatient client for questions is not used, whose timeout would leave a bought picture behind."""
    hasty = guarded_client(transport=httpx.MockTransport(lambda r: pytest.fail("asked through the hasty client")))
    patient = guarded_client(transport=httpx.MockTransport(lambda r: httpx.Response(200, json=ready())))
    provider = ADAPTERS[ROUTES[name].adapter](Access(ROUTES[name], KEY, hasty, patient))
    assert provider.submit(ORDER).content == PICTURE


def test_a_key_used_with_another_body_means_that_something_was_ordered() -> None:
    """Trap 37: the vendor has an order under this key."""
    with pytest.raises(OutcomeUnknown, match="earlier order"):
        said("callmissed", 409, envelope("Idempotency-Key replayed", "conflict"))


DELIVERED = [
    ("lumenfall", "https://media.lumenfall.ai/a.png"),
    ("aimlapi", "https://cdn.aimlapi.com/a.png"),
    ("together", "https://api.together.ai/imgproxy/a.png"),
]


@pytest.mark.parametrize(("name", "url"), DELIVERED)
def test_an_address_is_fetched_without_the_key(name: str, url: str) -> None:
    """Trap 18."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"data": [{"url": url}]})
        assert KEY not in str(request.headers)
        return httpx.Response(200, content=PICTURE, headers={"Content-Type": "text/html"})

    provider = answering(name, handler)
    job = provider.submit(ORDER)
    assert (job.content, job.delivery_url) == (None, url)
    assert provider.poll(job).status is JobStatus.READY
    # Trap 20: the type in the header is not believed here; what the bytes are is found out where they are decoded.
    assert provider.fetch(job) == PICTURE


@pytest.mark.parametrize(
    "url", ["https://evil.example/a", "http://media.lumenfall.ai/a", "https://media.lumenfall.ai.evil.example/a"]
)
def test_an_address_that_is_not_on_the_list_is_not_asked(url: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        return httpx.Response(200, json={"data": [{"url": url}]})

    provider = answering("lumenfall", handler)
    job = provider.submit(ORDER)
    with pytest.raises(ProviderError) as caught:
        provider.fetch(job)
    assert caught.value.reason == "forbidden"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_address_that_is_no_longer_served_has_expired(status: int) -> None:
    provider = answering("lumenfall", lambda r: httpx.Response(status))
    with pytest.raises(ProviderError) as caught:
        provider.fetch(Job("x", JobStatus.READY, delivery_url="https://media.lumenfall.ai/a"))
    assert caught.value.reason == "expired"


@pytest.mark.parametrize("name", ALL)
def test_a_lost_answer_cannot_be_asked_for(name: str) -> None:
    provider = answering(name, lambda r: pytest.fail("nothing is asked"))
    job = provider.poll(Job("x", JobStatus.PENDING))
    assert (job.status, job.reason) == (JobStatus.MISSING, "not_found")
    assert "keeps no pictures" in job.message
    assert (provider.can_find, provider.can_hook) == (False, False)
    with pytest.raises(ProviderRefused) as caught:
        provider.find(ORDER, datetime(2026, 1, 1, tzinfo=UTC))
    assert caught.value.reason == "not_found"
    with pytest.raises(ProviderError):
        provider.fetch(Job("x", JobStatus.READY))


@pytest.mark.parametrize("name", ALL)
def test_what_a_vendor_says_is_one_masked_line(name: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        said(name, 404, envelope(f"bad key {KEY}\r\n\x1b[31m" + "x" * 5000))
    assert KEY not in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400
