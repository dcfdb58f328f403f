"""Odd answers, as stored bodies: what the adapter makes of each, and what it never sends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from colophon.domain.brief import Safety
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.domain.placement import PictureFormat
from colophon.domain.route import parse_routes
from colophon.errors import InvalidInput, OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.providers.access import Access
from colophon.providers.answers import explain, parse_json, plain, retry_after
from colophon.providers.bfl import BflProvider

Answering = Callable[[Callable[[httpx.Request], httpx.Response]], BflProvider]
Make = Callable[..., Order]
KEY = "test-key-0123456789"
JOB = Job("T1", JobStatus.PENDING, polling_url="https://api.eu.bfl.ai/v1/get_result?id=T1", cost=Money.of("0.03"))


def body(text: str | bytes, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    content = text.encode() if isinstance(text, str) else text
    return lambda request: httpx.Response(status, content=content)


def test_what_is_sent(answering: Answering, order: Make) -> None:
    """Traps 24, 32, 34: no size word, raw base64, slots in their order, the first without a number."""
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "T1", "polling_url": "https://api.eu.bfl.ai/v1/get_result?id=T1"})

    answering(record).submit(order(model="flux-2-flex", references=(b"one", b"two"), safety=Safety.LOOSE))
    sent = json.loads(seen[0].content)
    assert str(seen[0].url) == "https://api.bfl.ai/v1/flux-2-flex"
    assert seen[0].headers["x-key"] == KEY
    assert sent == {
        "prompt": "a red mug on a table",
        "width": 128,
        "height": 96,
        "seed": 7,
        "safety_tolerance": 5,
        "output_format": "png",
        "prompt_upsampling": False,
        "input_image": "b25l",
        "input_image_2": "dHdv",
    }


@pytest.mark.parametrize(("safety", "number"), [(Safety.STRICT, 0), (Safety.NORMAL, 2), (Safety.LOOSE, 5)])
def test_the_record_of_what_is_sent_holds_no_prompt(
    provider: BflProvider, order: Make, safety: Safety, number: int
) -> None:
    """Trap 28: the scale is the route's own table."""
    parameters = provider.wire_parameters(order(safety=safety, references=(b"one",)))
    assert parameters["safety_tolerance"] == number
    assert parameters["input_image"] == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    assert "prompt" not in parameters


def test_what_the_route_cannot_do_is_refused_before_anything_is_sent(answering: Answering, order: Make) -> None:
    """Trap 33."""

    def unexpected(request: httpx.Request) -> httpx.Response:
        raise AssertionError("a request was sent")

    provider = answering(unexpected)
    with pytest.raises(ProviderRefused, match="does not sell"):
        provider.submit(order(model="flux-9"))
    with pytest.raises(ProviderRefused, match="at most 8"):
        provider.submit(order(references=(b"x",) * 9))
    with pytest.raises(ProviderRefused, match="avif"):
        provider.submit(Order(order().generation, output_format=PictureFormat.AVIF))


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    route = parse_routes('[routes.bfl]\nadapter="bfl"\nprovider="B"\nbase_url="https://api.bfl.ai"\nmodels={m="m"}\n')[
        "bfl"
    ]
    with httpx.Client() as client, pytest.raises(InvalidInput):
        Access(route, key, client, client)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{", "<html>", '{"id": null}', '{"id": ""}', '{"id": 7}', '{"id": "a b"}', '{"cost": 3}'),
        *('{"a":' * 60 + "1" + "}" * 60, "[" * 100_000, '{"id": "T1", "cost": ' + "9" * 5000 + "}", "x" * 2_000_000),
    ],
)
def test_an_order_with_an_unreadable_answer_is_unknown(answering: Answering, order: Make, text: str) -> None:
    with pytest.raises(OutcomeUnknown):
        answering(body(text)).submit(order())


def test_a_compressed_answer_is_not_unpacked(answering: Answering, order: Make) -> None:
    headers = {"Content-Encoding": "gzip"}
    provider = answering(lambda r: httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"\x1f\x8b")))
    with pytest.raises(OutcomeUnknown):
        provider.submit(order())
    with pytest.raises(ProviderUnavailable):
        provider.poll(JOB)


COSTS = ["NaN", "Infinity", "-Infinity", "-1", '"3"', "true", "1e30", "10001", "[]", "{}", "1e-400000"]


@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_that_cannot_be_right_is_not_booked(answering: Answering, order: Make, cost: str) -> None:
    job = answering(body(f'{{"id": "T1", "cost": {cost}}}')).submit(order())
    if cost == "1e-400000":
        assert job.cost == Money(0)
        return
    assert job.cost is None
    assert "not booked" in job.message


@pytest.mark.parametrize(
    ("cost", "micros"), [("3.0", 30_000), ("4.5", 45_000), ("0.0125", 125), ("0", 0), ("3", 30_000)]
)
def test_credits_become_money_without_floats(answering: Answering, order: Make, cost: str, micros: int) -> None:
    job = answering(body(f'{{"id": "T1", "cost": {cost}}}')).submit(order())
    assert job.cost == Money(micros)


def test_the_webhook_form_is_asked_for_at_the_base_address(answering: Answering, order: Make) -> None:
    """Trap 3."""
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.method == "POST":
            return httpx.Response(200, json={"id": "T1", "status": "Pending", "webhook_url": "https://x.example/"})
        return httpx.Response(200, json={"id": "T1", "status": "Pending"})

    provider = answering(handler)
    assert provider.poll(provider.submit(order())).status is JobStatus.PENDING
    assert seen[1] == "https://api.bfl.ai/v1/get_result?id=T1"


@pytest.mark.parametrize("url", ["https://api.bfl.ai.evil.example/x", "https://evilbfl.ai/", "http://api.eu.bfl.ai/x"])
def test_a_look_alike_polling_address_never_gets_the_key(answering: Answering, order: Make, url: str) -> None:
    """Trap 2."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={"id": "T1", "polling_url": url, "status": "Pending"})

    provider = answering(handler)
    job = provider.submit(order())
    assert (job.request_id, job.polling_url) == ("T1", None)
    assert "not on its list" in job.message
    provider.poll(job)
    with pytest.raises(ProviderError) as caught:
        provider.poll(Job("T1", JobStatus.PENDING, polling_url=url))
    assert caught.value.reason == "forbidden"
    assert asked == ["api.bfl.ai", "api.bfl.ai"]


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ({"status": "Pending"}, JobStatus.PENDING, ""),
        ({"status": "Reasoning"}, JobStatus.PENDING, ""),
        ({"status": "Generating"}, JobStatus.PENDING, ""),
        ({"status": "Something new"}, JobStatus.PENDING, ""),
        ({"status": "Failed"}, JobStatus.FAILED, "upstream_permanent"),
        ({"status": "Error", "details": {"a": "b"}}, JobStatus.FAILED, "upstream_permanent"),
        ({"status": "Request Moderated", "result": None}, JobStatus.REFUSED, "moderated_input"),
        ({"status": "Content Moderated", "result": None}, JobStatus.REFUSED, "moderated_output"),
        ({"status": "Task not found"}, JobStatus.MISSING, "not_found"),
        ({"status": "Ready", "result": None}, JobStatus.FAILED, "upstream_permanent"),
        ({"status": "Ready", "result": {"sample": 7}}, JobStatus.FAILED, "upstream_permanent"),
    ],
)
def test_status_words(answering: Answering, answer: dict[str, Any], status: JobStatus, reason: str) -> None:
    """Traps 4, 5: words that end a task end it, all others wait."""
    job = answering(lambda r: httpx.Response(200, json=answer)).poll(JOB)
    assert (job.status, job.reason, job.request_id) == (status, reason, "T1")


def test_settled_cost_counts_and_a_missing_one_leaves_what_was_said(answering: Answering) -> None:
    """Trap 41: the last word counts, 0 too."""
    ready = {"status": "Ready", "result": {"sample": "https://delivery-eu.bfl.ai/x", "cost": 2.5}}
    job = answering(lambda r: httpx.Response(200, json=ready | {"cost": 0})).poll(JOB)
    assert (job.cost, job.cost_settled) == (Money(0), True)
    job = answering(lambda r: httpx.Response(200, json=ready)).poll(JOB)
    assert (job.cost, job.cost_settled) == (Money.of("0.025"), True)
    ready["result"] = {"sample": "https://delivery-eu.bfl.ai/x"}
    job = answering(lambda r: httpx.Response(200, json=ready)).poll(JOB)
    assert (job.cost, job.cost_settled) == (Money.of("0.03"), False)


def test_members_of_the_result_are_taken_only_when_they_are_what_they_should_be(answering: Answering) -> None:
    result = {"sample": "https://delivery-eu.bfl.ai/x", "seed": 7, "prompt": "p\x00q", "end_time": 1767225600.5}
    job = answering(lambda r: httpx.Response(200, json={"id": "T1", "status": "Ready", "result": result})).poll(JOB)
    assert (job.seed_reported, job.prompt_used) == (7, "pq")
    assert job.ready_at == datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)
    odd = {"sample": "https://delivery-eu.bfl.ai/x", "seed": True, "prompt": ["p"], "end_time": 1e300}
    job = answering(lambda r: httpx.Response(200, json={"status": "Ready", "result": odd})).poll(JOB)
    assert (job.status, job.seed_reported, job.prompt_used, job.ready_at) == (JobStatus.READY, None, None, None)


@pytest.mark.parametrize("answer", ['{"id": "T2", "status": "Ready"}', '{"id": "T1"}', "<html>", '{"status": 3}'])
def test_a_poll_that_cannot_be_read_is_asked_again(answering: Answering, answer: str) -> None:
    with pytest.raises(ProviderUnavailable):
        answering(body(answer)).poll(JOB)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 408, 422, 429, 500, 502, 503, 504])
def test_no_code_on_a_poll_ends_the_order(answering: Answering, status: int) -> None:
    """Trap 7."""
    with pytest.raises(ProviderUnavailable):
        answering(body("{}", status)).poll(JOB)


def test_not_found_on_a_poll_is_missing(answering: Answering) -> None:
    assert answering(body('{"detail": "Task not found"}', 404)).poll(JOB).status is JobStatus.MISSING


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, ProviderRefused),
        (302, OutcomeUnknown),
        (303, OutcomeUnknown),
        (307, ProviderRefused),
        (401, ProviderRefused),
        (404, ProviderRefused),
        (409, ProviderRefused),
        (408, OutcomeUnknown),
        (500, OutcomeUnknown),
        (599, OutcomeUnknown),
    ],
)
def test_codes_on_an_order(answering: Answering, order: Make, status: int, error: type[ProviderError]) -> None:
    """Trap 37: one request, whatever the answer."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"Location": "https://api.eu.bfl.ai/v1/flux-2-pro"})

    with pytest.raises(error):
        answering(handler).submit(order())
    assert len(asked) == 1


def test_the_key_is_not_sent_to_the_delivery_host(answering: Answering) -> None:
    """Trap 18."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert "x-key" not in request.headers
        assert KEY not in str(request.headers)
        return httpx.Response(200, content=b"picture")

    ready = Job("T1", JobStatus.READY, delivery_url="https://delivery-eu.bfl.ai/a.png?sig=1")
    assert answering(handler).fetch(ready) == b"picture"
    for url in ("https://evil.example/a", "http://delivery-eu.bfl.ai/a", "data:image/png;base64,AA", None):
        with pytest.raises(ProviderError):
            answering(handler).fetch(Job("T1", JobStatus.READY, delivery_url=url))


def test_what_a_provider_says_is_one_masked_line(answering: Answering, order: Make) -> None:
    said = json.dumps({"detail": f"bad key {KEY}\r\n\x1b[31mAuthorization: Bearer abcdefghijk " + "x" * 5000})
    with pytest.raises(ProviderRefused) as caught:
        answering(body(said, 403)).submit(order())
    message = caught.value.message
    assert KEY not in message
    assert "abcdefghijk" not in message
    assert message.isprintable()
    assert len(message) < 350


def test_error_bodies_of_several_shapes() -> None:
    assert explain(b'{"detail":[{"loc":["body","width"],"msg":"too small","type":"x"}]}') == "body.width: too small"
    assert explain(b'{"error":"no","message":"out of credits"}') == "out of credits"
    assert explain(b"<h1>Bad\nGateway</h1>") == "<h1>Bad Gateway</h1>"
    assert plain("a\u202eb\x00c") == "a b c"


def test_fractions_are_decimals_and_depth_is_bounded() -> None:
    assert str(parse_json(b'{"a": 0.1}')["a"]) == "0.1"
    assert parse_json(b'{"a":' * 40 + b"1" + b"}" * 40)
    with pytest.raises(ValueError, match="nested"):
        parse_json(b'{"a":' * 41 + b"1" + b"}" * 41)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("12", 12.0),
        ("-3", None),
        ("nan", None),
        ("99999999", 3600.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_waiting_times(value: str | None, seconds: float | None) -> None:
    """Trap 43."""
    assert retry_after(value, "Thu, 01 Jan 2026 00:00:00 GMT") == seconds
