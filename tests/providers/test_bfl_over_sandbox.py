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
    job = provider.submit(order())
    assert job.polling_url is not None
    assert "/bfl/eu/" in job.polling_url
    rebuilt = Job(job.request_id, JobStatus.PENDING)
    assert provider.poll(rebuilt).status is JobStatus.MISSING


def test_references_are_priced_and_keep_their_order(
    provider: BflProvider, order: Make, client: httpx.Client, invoice: Invoice
) -> None:
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
    "forbidden": (ProviderRefused, "forbidden"),
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
    fault(name)
    job = finish(provider, provider.submit(order()))
    with pytest.raises(ProviderError) as caught:
        provider.fetch(job)
    assert caught.value.reason == "expired"
    assert provider.fetch(provider.poll(job)).startswith(b"\x89PNG")


def test_what_is_delivered_is_handed_on_as_it_is(
    provider: BflProvider, order: Make, fault: Put, finish: Finish
) -> None:
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


def test_every_fault_is_tried_here() -> None:
    tried = {*REFUSALS, *ENDS, "answer_lost", "slow", "unknown_status", "poll_error", "expired_delivery"}
    tried |= {"not_a_picture", "wrong_size", "truncated", "unsigned", "settle_differs", "seed_differs"}
    tried |= {"cost_missing", "cost_nan", "slow_answer"}
    assert tried == set(FAULTS)


def png(size: tuple[int, int], colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()
