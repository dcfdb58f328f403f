"""The adapter against the embedded application: every status, every fault, money and seeds as reported."""

import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.providers.bfl import BflProvider
from colophon.sandbox.faults import FAULTS

Finish = Callable[[BflProvider, Job], Job]
Put = Callable[..., None]
Invoice = Callable[[], dict[str, Any]]
Make = Callable[..., Order]


def test_an_order_becomes_a_picture_with_its_price(
    provider: BflProvider, order: Make, finish: Finish, invoice: Invoice
) -> None:
    job = provider.submit(order())
    assert (job.status, job.cost, job.cost_settled) == (JobStatus.PENDING, Money.of("0.03"), False)
    job = finish(provider, job)
    assert (job.status, job.cost, job.cost_settled) == (JobStatus.READY, Money.of("0.03"), True)
    assert job.seed_reported == 7
    assert job.prompt_used == "a red mug on a table"
    assert job.ready_at is not None
    with Image.open(io.BytesIO(provider.fetch(job))) as picture:
        assert (picture.format, picture.size) == ("PNG", (128, 96))
    body = invoice()
    assert body["currency"] == "USD"
    assert Money.of(body["total"]) == Money.of("0.03")
    assert [(line["id"], line["settled"]) for line in body["lines"]] == [(job.request_id, True)]


def test_the_polling_address_is_on_another_path_than_submit(provider: BflProvider, order: Make) -> None:
    """Trap 1."""
    job = provider.submit(order())
    assert job.polling_url is not None
    assert "/bfl/eu/" in job.polling_url
    rebuilt = Job(job.request_id, JobStatus.PENDING)
    assert provider.poll(rebuilt).status is JobStatus.MISSING


def test_references_are_priced_and_keep_their_order(
    provider: BflProvider, order: Make, client: httpx.Client, invoice: Invoice
) -> None:
    """Traps 32, 42: each reference is a megapixel of its own at least."""
    first, second = png((64, 64), "red"), png((80, 64), "blue")
    wanted = order(references=(first, second))
    job = provider.submit(wanted)
    assert job.cost == Money.of("0.06")
    parameters = provider.wire_parameters(wanted)
    line = invoice()["lines"][0]
    assert line["references"] == [parameters["input_image"], parameters["input_image_2"]]


def test_klein_takes_four_references_and_the_fifth_never_leaves(
    provider: BflProvider, order: Make, invoice: Invoice
) -> None:
    """Trap 33."""
    picture = png((64, 64), "red")
    provider.submit(order(model="flux-2-klein-4b", references=(picture,) * 4))
    with pytest.raises(ProviderRefused, match="at most 4"):
        provider.submit(order(model="flux-2-klein-4b", references=(picture,) * 5))
    assert len(invoice()["lines"]) == 1


@pytest.mark.parametrize(("width", "height"), [(100, 96), (48, 64), (2048, 2064)])
def test_a_size_the_vendor_does_not_make_is_refused(
    provider: BflProvider, order: Make, invoice: Invoice, width: int, height: int
) -> None:
    with pytest.raises(ProviderRefused) as caught:
        provider.submit(order(width=width, height=height))
    assert caught.value.reason == "validation"
    assert invoice()["lines"] == []


REFUSALS = {
    "out_of_funds": (ProviderRefused, "payment"),
    "unauthorised": (ProviderRefused, "auth"),
    "forbidden": (ProviderRefused, "auth"),
    "active_tasks": (ProviderUnavailable, "rate_limited"),
    "invalid": (ProviderRefused, "validation"),
    "rate_limited": (ProviderUnavailable, "rate_limited"),
    "unavailable": (ProviderUnavailable, "upstream_transient"),
    "server_error": (OutcomeUnknown, "upstream_transient"),
    "bad_gateway": (OutcomeUnknown, "upstream_transient"),
    "gateway_timeout": (OutcomeUnknown, "upstream_transient"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_order_that_is_not_taken(
    provider: BflProvider, order: Make, fault: Put, invoice: Invoice, name: str
) -> None:
    """Traps 38, 44: a bad key is 403 here, and 429 speaks of active tasks."""
    error, reason = REFUSALS[name]
    fault(name, times=1)
    with pytest.raises(error) as caught:
        provider.submit(order())
    assert isinstance(caught.value, ProviderError)
    assert caught.value.reason == reason
    assert invoice()["lines"] == []
    assert provider.submit(order()).status is JobStatus.PENDING


@pytest.mark.parametrize(("value", "seconds"), [("", None), (":7", 7.0), (":-5", None), (":999999999", 3600.0)])
def test_the_wish_to_wait_is_bounded(
    provider: BflProvider, order: Make, fault: Put, value: str, seconds: float | None
) -> None:
    """Trap 43."""
    fault(f"rate_limited{value}")
    with pytest.raises(ProviderUnavailable) as caught:
        provider.submit(order())
    assert caught.value.retry_after == seconds


def test_a_lost_answer_is_bought_and_unknown(provider: BflProvider, order: Make, fault: Put, invoice: Invoice) -> None:
    fault("answer_lost")
    with pytest.raises(OutcomeUnknown):
        provider.submit(order())
    assert Money.of(invoice()["total"]) == Money.of("0.03")


ENDS = {
    "moderated_input": (JobStatus.REFUSED, "moderated_input", Money(0)),
    "moderated_output": (JobStatus.REFUSED, "moderated_output", Money(0)),
    "task_error": (JobStatus.FAILED, "upstream_permanent", Money(0)),
    "task_lost": (JobStatus.MISSING, "not_found", Money.of("0.03")),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_task_that_ends_without_a_picture(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, invoice: Invoice, name: str
) -> None:
    """Traps 5, 39, 40: what a refusal costs is what was reported for it."""
    status, reason, cost = ENDS[name]
    fault(name)
    job = finish(provider, provider.submit(order()))
    assert (job.status, job.reason, job.cost) == (status, reason, cost)
    assert Money.of(invoice()["total"]) == cost


@pytest.mark.parametrize("name", ["slow:4", "unknown_status:2"])
def test_a_task_that_takes_its_time(provider: BflProvider, order: Make, fault: Put, finish: Finish, name: str) -> None:
    fault(name)
    job = provider.poll(provider.submit(order()))
    assert job.status is JobStatus.PENDING
    assert finish(provider, job).status is JobStatus.READY


def test_a_failing_poll_says_nothing_about_the_order(provider: BflProvider, order: Make, fault: Put) -> None:
    fault("poll_error")
    job = provider.submit(order())
    with pytest.raises(ProviderUnavailable):
        provider.poll(job)
    assert provider.poll(job).status is JobStatus.READY


@pytest.mark.parametrize("name", ["expired_delivery", "expired_delivery:410"])
def test_an_expired_address_is_replaced_by_another_poll(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, name: str
) -> None:
    """Trap 17."""
    fault(name)
    job = finish(provider, provider.submit(order()))
    with pytest.raises(ProviderError) as caught:
        provider.fetch(job)
    assert caught.value.reason == "expired"
    assert provider.fetch(provider.poll(job)).startswith(b"\x89PNG")


def test_what_is_delivered_is_handed_on_as_it_is(
    provider: BflProvider, order: Make, fault: Put, finish: Finish
) -> None:
    """Trap 20."""
    fault("not_a_picture")
    assert provider.fetch(finish(provider, provider.submit(order()))).startswith(b"<!doctype html>")
    fault("wrong_size")
    with Image.open(io.BytesIO(provider.fetch(finish(provider, provider.submit(order()))))) as picture:
        assert picture.size == (64, 48)
    fault("truncated")
    cut = provider.fetch(finish(provider, provider.submit(order())))
    assert cut.startswith(b"\x89PNG")
    assert b"IEND" not in cut
    fault("unsigned")
    assert b"caBX" not in provider.fetch(finish(provider, provider.submit(order())))


def test_money_and_seed_are_what_was_reported_last(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, invoice: Invoice
) -> None:
    """Trap 41."""
    fault("settle_differs")
    job = finish(provider, provider.submit(order()))
    assert (job.cost, job.cost_settled) == (Money.of("0.015"), True)
    assert Money.of(invoice()["total"]) == Money.of("0.015")
    fault("settle_differs:0")
    job = finish(provider, provider.submit(order()))
    assert (job.cost, job.cost_settled) == (Money(0), True)
    fault("seed_differs")
    assert finish(provider, provider.submit(order())).seed_reported == 8


@pytest.mark.parametrize("name", ["cost_missing", "cost_nan"])
def test_a_cost_that_is_not_reported_stays_unknown(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, name: str
) -> None:
    fault(name)
    job = finish(provider, provider.submit(order()))
    assert (job.status, job.cost, job.cost_settled) == (JobStatus.READY, None, False)
    assert ("not booked" in job.message) is (name == "cost_nan")


SPOILED = ["html_answer", "empty_answer", "null_answer", "wrong_type", "deep_answer", "huge_answer", "gzip_answer"]
SPOILED += ["cut_answer", "reset"]


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_answer_to_an_order_is_unknown(
    provider: BflProvider, order: Make, fault: Put, invoice: Invoice, name: str
) -> None:
    fault(name)
    with pytest.raises(OutcomeUnknown):
        provider.submit(order())
    assert len(invoice()["lines"]) == 1


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_answer_to_a_poll_is_asked_for_again(
    provider: BflProvider, order: Make, fault: Put, name: str
) -> None:
    fault(f"{name}:poll")
    job = provider.submit(order())
    with pytest.raises(ProviderUnavailable):
        provider.poll(job)


def test_a_poll_that_is_refused_once_is_not_the_end(
    provider: BflProvider, order: Make, fault: Put, finish: Finish
) -> None:
    """Trap 7."""
    fault("poll_forbidden")
    job = provider.submit(order())
    with pytest.raises(ProviderUnavailable):
        provider.poll(job)
    assert finish(provider, job).status is JobStatus.READY
    fault("poll_missing")
    job = provider.submit(order())
    missing = provider.poll(job)
    assert missing.status is JobStatus.MISSING
    assert provider.poll(missing).status is JobStatus.READY


def test_a_task_says_done_only_when_it_is(provider: BflProvider, order: Make, fault: Put) -> None:
    fault("takes:60")
    assert provider.poll(provider.submit(order())).status is JobStatus.PENDING


def test_a_delivery_that_leads_in_a_circle(provider: BflProvider, order: Make, fault: Put, finish: Finish) -> None:
    """Trap 19."""
    fault("redirect")
    job = finish(provider, provider.submit(order()))
    with pytest.raises(ProviderError) as caught:
        provider.fetch(job)
    assert caught.value.reason == "upstream_permanent"


def test_done_without_a_picture_failed(provider: BflProvider, order: Make, fault: Put, finish: Finish) -> None:
    fault("no_picture")
    job = finish(provider, provider.submit(order()))
    assert (job.status, job.reason) == (JobStatus.FAILED, "upstream_permanent")


ODD = [
    "two_pictures",
    "wrong_shape",
    "wrong_format",
    "other_picture",
    "same_picture",
    "blank_result",
    "model_differs",
]
ODD += ["data_uri", *(name for name in FAULTS if name.startswith(("webhook_", "moderation_")))]


@pytest.mark.parametrize("name", ODD)
def test_a_picture_that_only_a_look_at_it_tells_apart_is_handed_on(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, name: str
) -> None:
    """Trap 20: adapters do not decode; the checks of a candidate do."""
    fault(name)
    assert len(provider.fetch(finish(provider, provider.submit(order())))) > 100


@pytest.mark.parametrize("value", ["Infinity", "-1", "much"])
def test_a_cost_that_cannot_be_right(
    provider: BflProvider, order: Make, fault: Put, finish: Finish, value: str
) -> None:
    fault(f"cost_is:{value}")
    job = finish(provider, provider.submit(order()))
    assert (job.status, job.cost) == (JobStatus.READY, None)


def test_a_limit_that_is_told_after_the_order_was_taken_is_believed(
    provider: BflProvider, order: Make, fault: Put, invoice: Invoice
) -> None:
    """The answer is the same as before an order: only the invoice can tell, and reconciling does."""
    fault("limited_after")
    with pytest.raises(ProviderUnavailable):
        provider.submit(order())
    assert len(invoice()["lines"]) == 1


def test_every_fault_is_tried_here() -> None:
    tried = {*REFUSALS, *ENDS, *SPOILED, *ODD, "answer_lost", "slow", "unknown_status", "poll_error"}
    tried |= {"not_a_picture", "wrong_size", "truncated", "unsigned", "settle_differs", "seed_differs"}
    tried |= {"cost_missing", "cost_nan", "cost_is", "slow_answer", "poll_forbidden", "poll_missing", "takes"}
    tried |= {"expired_delivery", "redirect", "no_picture", "limited_after"}
    assert tried == set(FAULTS)


def png(size: tuple[int, int], colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()
