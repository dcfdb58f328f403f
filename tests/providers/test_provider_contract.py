"""What every adapter does, whatever its wire contract: the shipped routes, led to the sandbox's dialects.

A dialect is one row of the table: the shipped route that is tried, and where the sandbox speaks its contract.
"""

import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from PIL import Image

from colophon.domain.brief import Safety
from colophon.domain.conversion import How, Parameter, members, undeclared
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.money import Money
from colophon.domain.route import Adapter, Route
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS
from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport

Make = Callable[..., Order]
ROOT = "http://sandbox.invalid"
KEY = "canary-0123456789-secret"
SIDE = 512


@dataclass(frozen=True)
class Dialect:
    """``path`` is where the sandbox speaks it; ``tasks``: orders are tasks with ids that its invoice knows, and are
    polled; ``forbidden`` is what 403 means there; ``wait`` is stated in the text of a 429 without a header."""

    route: str
    path: str
    tasks: bool = True
    forbidden: str = "forbidden"
    wait: float | None = None


DIALECTS: dict[Adapter, Dialect] = {
    "bfl": Dialect("bfl", "/bfl", forbidden="auth"),
    "replicate": Dialect("replicate", "/replicate/v1", wait=30.0),
    "cometapi": Dialect("cometapi", "/cometapi/replicate/v1", wait=30.0),
    "fal": Dialect("fal", "/fal/queue"),
    "fireworks": Dialect("fireworks", "/fireworks/inference/v1"),
    "lumenfall": Dialect("lumenfall", "/lumenfall/openai/v1", tasks=False),
    "openai-images": Dialect("openai-images", "/openai-images/v1", tasks=False),
    "azure": Dialect("azure", "/azure", tasks=False),
    "together": Dialect("together", "/together/v1", tasks=False, forbidden="validation"),
    "aimlapi": Dialect("aimlapi", "/aimlapi/v1", tasks=False, forbidden="payment"),
    "callmissed": Dialect("callmissed", "/callmissed/v1", tasks=False),
}
EVERY = pytest.mark.parametrize("name", DIALECTS)
QUEUES = pytest.mark.parametrize("name", [name for name, dialect in DIALECTS.items() if dialect.tasks])


class Vendor:
    """One dialect of a running sandbox, and the adapter that buys from it."""

    def __init__(self, client: httpx.Client, route: Route, name: Adapter) -> None:
        self.route = route.model_copy(
            update={"base_url": ROOT + DIALECTS[name].path, "hosts": ("sandbox.invalid",), "allow_private": True}
        )
        self.client = client
        self.provider: Provider = ADAPTERS[name](Access(self.route, KEY, client, client))
        self._before = len(self._lines())

    def fault(self, text: str) -> None:
        assert self.client.put(f"{ROOT}/faults", json=[{"fault": text}]).status_code == 204

    def bought(self) -> list[dict[str, Any]]:
        return self._lines()[self._before :]

    def finish(self, job: Job) -> Job:
        for _ in range(10):
            if job.status is not JobStatus.PENDING:
                return job
            job = self.provider.poll(job)
        raise AssertionError("still pending after ten polls")

    def _lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.client.get(f"{ROOT}/invoice").json()["lines"]
        return lines


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with guarded_client(transport=transport(create_app(tmp_path_factory.mktemp("sandbox")))) as client:
        yield client


@pytest.fixture
def vendor(sandbox: httpx.Client, shipped: dict[str, Route], name: Adapter) -> Iterator[Vendor]:
    yield Vendor(sandbox, shipped[DIALECTS[name].route], name)
    sandbox.put(f"{ROOT}/faults", json=[])


@pytest.fixture
def wanted(order: Make, request: pytest.FixtureRequest) -> Make:
    """A generation of this test's own: a vendor that knows an order again answers with the first one's picture."""
    mark = sha256(request.node.nodeid.encode()).hexdigest()

    def make(**changes: Any) -> Order:
        return order(**({"id": mark, "width": SIDE, "height": SIDE, "safety": Safety.NORMAL} | changes))

    return make


def test_every_contract_has_a_row() -> None:
    assert set(DIALECTS) == set(ADAPTERS)


@EVERY
def test_an_order_becomes_a_picture(vendor: Vendor, wanted: Make, name: Adapter) -> None:
    job = vendor.finish(vendor.provider.submit(wanted()))
    assert (job.status, job.reason) == (JobStatus.READY, "")
    with Image.open(io.BytesIO(vendor.provider.fetch(job))) as picture:
        assert (picture.format, picture.size) == ("PNG", (SIDE, SIDE))
    [line] = vendor.bought()
    assert job.cost in (None, Money.of(line["amount"]))
    assert job.seed_reported in (None, 7)
    assert line["seed"] == 7 or "seed" not in members(vendor.provider.convert(wanted()))
    assert line["id"] == job.request_id or not DIALECTS[name].tasks


@EVERY
def test_every_model_the_route_sells_can_be_ordered(vendor: Vendor, wanted: Make) -> None:
    """With and without a reference, where it takes one: the members differ between models."""
    ordered: list[str] = []
    for model in vendor.route.models:
        for count in {0, min(1, vendor.route.reference_limit(model))}:
            order = wanted(model=model, seed=100 + len(ordered), references=(png("red"),) * count)
            assert vendor.finish(vendor.provider.submit(order)).status is JobStatus.READY
            ordered.append(model)
    assert [line["model"] for line in vendor.bought()] == ordered


@EVERY
@pytest.mark.parametrize("fault", ["moderated_input", "moderated_output"])
def test_a_refusal_by_policy(vendor: Vendor, wanted: Make, fault: str) -> None:
    """Traps 5, 39, 40: one class whatever its form, no picture, and a text without the filter's insides."""
    vendor.fault(fault)
    try:
        job = vendor.finish(vendor.provider.submit(wanted()))
        status, reason, message = job.status, job.reason, job.message
    except ProviderRefused as error:
        status, reason, message = JobStatus.REFUSED, error.reason, error.message
    assert status is JobStatus.REFUSED
    assert reason in ("moderated_input", "moderated_output")
    assert len(message) > 20
    assert not any(character.isdigit() for character in message)


REFUSALS = {
    "out_of_funds": (ProviderRefused, "payment"),
    "unauthorised": (ProviderRefused, "auth"),
    "forbidden": (ProviderRefused, "forbidden"),
    "invalid": (ProviderRefused, "validation"),
    "rate_limited": (ProviderUnavailable, "rate_limited"),
    "active_tasks": (ProviderUnavailable, "rate_limited"),
    "unavailable": (ProviderUnavailable, "upstream_transient"),
    "server_error": (OutcomeUnknown, "upstream_transient"),
    "bad_gateway": (OutcomeUnknown, "upstream_transient"),
    "gateway_timeout": (OutcomeUnknown, "upstream_transient"),
}


@EVERY
@pytest.mark.parametrize("fault", REFUSALS)
def test_an_order_that_is_not_taken(vendor: Vendor, wanted: Make, name: Adapter, fault: str) -> None:
    """Traps 38, 44: the vendor's own code for it, our one word; the key is in no message."""
    error, reason = REFUSALS[fault]
    vendor.fault(fault)
    with pytest.raises(error) as caught:
        vendor.provider.submit(wanted())
    assert isinstance(caught.value, ProviderError)
    assert caught.value.reason == (DIALECTS[name].forbidden if fault == "forbidden" else reason)
    assert KEY not in caught.value.message
    assert vendor.bought() == []


@EVERY
@pytest.mark.parametrize(("value", "seconds"), [("", None), (":7", 7.0), (":-5", None), (":999999999", 3600.0)])
def test_the_wish_to_wait(vendor: Vendor, wanted: Make, name: Adapter, value: str, seconds: float | None) -> None:
    """Trap 43."""
    vendor.fault(f"rate_limited{value}")
    with pytest.raises(ProviderUnavailable) as caught:
        vendor.provider.submit(wanted())
    assert caught.value.retry_after == (DIALECTS[name].wait if seconds is None else seconds)


@EVERY
@pytest.mark.parametrize("fault", ["answer_lost", "reset", "html_answer", "empty_answer", "wrong_type", "cut_answer"])
def test_an_order_whose_answer_is_lost_is_bought_and_unknown(vendor: Vendor, wanted: Make, fault: str) -> None:
    vendor.fault(fault)
    with pytest.raises(OutcomeUnknown):
        vendor.provider.submit(wanted())
    assert len(vendor.bought()) == 1


@QUEUES
def test_a_lost_order_is_asked_for_where_it_can_be(vendor: Vendor, wanted: Make) -> None:
    vendor.fault("answer_lost")
    order = wanted(prompt="a blue jug, lost on its way")
    with pytest.raises(OutcomeUnknown):
        vendor.provider.submit(order)
    since = datetime.now(UTC) - timedelta(minutes=1)
    if not vendor.provider.can_find:
        with pytest.raises(ProviderRefused) as caught:
            vendor.provider.find(order, since)
        assert caught.value.reason == "not_found"
        return
    found = vendor.provider.find(order, since)
    assert [job.request_id for job in found] == [vendor.bought()[0]["id"]]
    assert vendor.finish(found[0]).status is JobStatus.READY


@QUEUES
def test_an_order_that_was_never_placed_is_not_found(vendor: Vendor, wanted: Make, name: Adapter) -> None:
    """One list alone shows that there is none; everywhere else a person decides."""
    vendor.provider.submit(wanted())
    order, since = wanted(seed=8), datetime.now(UTC) - timedelta(minutes=1)
    if name == "replicate":
        assert vendor.provider.find(order, since) == []
        return
    with pytest.raises(ProviderRefused) as caught:
        vendor.provider.find(order, since)
    assert caught.value.reason == "not_found"


@EVERY
def test_preparing_buys_nothing_and_changes_nothing_else(vendor: Vendor, wanted: Make) -> None:
    limit = vendor.route.reference_limit("flux-2-pro")
    order = wanted(references=(noise(), png("red"))[:limit])
    prepared = vendor.provider.prepare(order)
    assert replace(prepared, addresses=()) == order
    assert vendor.bought() == []
    assert vendor.finish(vendor.provider.submit(prepared)).status is JobStatus.READY
    [line] = vendor.bought()
    assert line["references"] == [sha256(content).hexdigest() for content in order.references]


UNCLEAR: tuple[type[ProviderError], str] = (OutcomeUnknown, "upstream_transient")
WRONG_ADDRESS: tuple[type[ProviderError], str] = (ProviderRefused, "not_found")
REDIRECTS: dict[int, tuple[type[ProviderError], str]] = {
    **dict.fromkeys((302, 303), UNCLEAR),
    **dict.fromkeys((300, 301, 304, 307, 308), WRONG_ADDRESS),
}


@EVERY
@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirected_order_is_not_followed(vendor: Vendor, wanted: Make, name: Adapter, status: int) -> None:
    """302 and 303 may come after the order was taken; any other says that the route's base address is wrong."""
    error, reason = REDIRECTS[status]
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers={"Location": f"{ROOT}/elsewhere"})

    client = guarded_client(transport=httpx.MockTransport(handler))
    with pytest.raises(error) as caught:
        ADAPTERS[name](Access(vendor.route, KEY, client, client)).submit(wanted())
    assert isinstance(caught.value, ProviderError)
    assert (caught.value.reason, len(asked)) == (reason, 1)


@QUEUES
@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("task_error", JobStatus.FAILED, "upstream_permanent"),
        ("task_lost", JobStatus.MISSING, "not_found"),
        ("no_picture", JobStatus.FAILED, "upstream_permanent"),
        ("slow:3", JobStatus.READY, ""),
        ("unknown_status", JobStatus.READY, ""),
        ("two_pictures", JobStatus.READY, ""),
        ("data_uri", JobStatus.READY, ""),
    ],
)
def test_how_tasks_end(vendor: Vendor, wanted: Make, name: Adapter, fault: str, status: JobStatus, reason: str) -> None:
    """Traps 4, 5, 10, 15, 21."""
    vendor.fault(fault)
    job = vendor.finish(vendor.provider.submit(wanted()))
    assert job.status is status
    if name != "fal" or fault != "task_error":  # whose failures have finer classes
        assert job.reason == reason
    if status is JobStatus.READY:
        assert vendor.provider.fetch(job).startswith(b"\x89PNG")


@QUEUES
@pytest.mark.parametrize(
    "fault", ["poll_error", "poll_forbidden", "html_answer:poll", "null_answer:poll", "reset:poll"]
)
def test_a_failing_poll_says_nothing_about_the_order(vendor: Vendor, wanted: Make, fault: str) -> None:
    """Trap 7."""
    vendor.fault(fault)
    job = vendor.provider.submit(wanted())
    with pytest.raises(ProviderUnavailable):
        vendor.provider.poll(job)
    assert len(vendor.bought()) == 1


@EVERY
def test_every_parameter_is_declared(vendor: Vendor, wanted: Make) -> None:
    """Trap 36 among them: variants are orders of their own."""
    rows = vendor.provider.convert(wanted())
    assert undeclared(rows) == set()
    assert all(row.note for row in rows if row.how in (How.REFUSED, How.EMULATED))
    assert not any(row.parameter is Parameter.PROMPT and row.value for row in rows)


@EVERY
@pytest.mark.parametrize("safety", list(Safety))
def test_the_record_is_what_was_declared(vendor: Vendor, wanted: Make, safety: Safety) -> None:
    """Trap 28: the step is the route's own word, or nothing."""
    order = wanted(safety=safety)
    rows = vendor.provider.convert(order)
    recorded = vendor.provider.wire_parameters(order)
    assert {name: value for name, value in recorded.items() if name != "endpoint"} == members(rows)
    [said] = [row for row in rows if row.parameter is Parameter.SAFETY]
    assert said.value == vendor.route.safety.get(safety) or said.how is How.REFUSED


@EVERY
def test_only_what_is_declared_is_sent(vendor: Vendor, wanted: Make, name: Adapter) -> None:
    """Traps 24, 35."""
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(503)

    client = guarded_client(transport=httpx.MockTransport(handler))
    provider = ADAPTERS[name](Access(vendor.route, KEY, client, client))
    with pytest.raises(ProviderUnavailable):
        provider.submit(wanted())
    body = json.loads(sent[0].content)
    declared = {row.member: row.value for row in provider.convert(wanted())}
    assert set(_leaves(body, declared)) <= set(declared)
    for path, value in _leaves(body, declared).items():
        assert value == declared[path] or path.rpartition(".")[2] == "prompt"


def _leaves(body: dict[str, Any], declared: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in body.items():
        place = f"{path}.{name}" if path else name
        if isinstance(value, dict) and place not in declared:
            found |= _leaves(value, declared, place)
        else:
            found[place] = value
    return found


@EVERY
def test_references_keep_their_order_and_their_limit(vendor: Vendor, wanted: Make) -> None:
    """Traps 32, 33, 34: all of them arrive, in their places, and one too many is refused before anything is sent."""
    limit = vendor.route.reference_limit("flux-2-pro")
    pictures = tuple(png(colour) for colour in ("red", "lime", "blue")[: min(3, limit)])
    if pictures:
        vendor.provider.submit(wanted(references=pictures))
        assert vendor.bought()[0]["references"] == [sha256(picture).hexdigest() for picture in pictures]
    with pytest.raises(ProviderRefused) as caught:
        vendor.provider.submit(wanted(references=(png("red"),) * (limit + 1)))
    assert caught.value.reason == "validation"
    assert len(vendor.bought()) == bool(pictures)


@EVERY
@pytest.mark.parametrize("changes", [{"model": "flux-9"}, {"width": 511}, {"width": 16_384}, {"prompt": "x" * 33_000}])
def test_what_the_route_cannot_do_never_leaves(vendor: Vendor, wanted: Make, changes: dict[str, Any]) -> None:
    """Traps 22, 23."""
    for door in (vendor.provider.convert, vendor.provider.wire_parameters, vendor.provider.submit):
        with pytest.raises(ProviderRefused) as caught:
            door(wanted(**changes))
        assert caught.value.reason == "validation"
    assert vendor.bought() == []


@EVERY
def test_the_key_is_in_no_job(vendor: Vendor, wanted: Make) -> None:
    job = vendor.finish(vendor.provider.submit(wanted()))
    assert KEY not in repr(job)
    assert KEY not in repr(vendor.provider.wire_parameters(wanted()))


def noise() -> bytes:
    """A picture that some vendors want uploaded first."""
    file = io.BytesIO()
    Image.frombytes("RGB", (320, 320), random.Random(7).randbytes(320 * 320 * 3)).save(file, "PNG")
    assert len(file.getvalue()) > 300_000
    return file.getvalue()


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 320), colour).save(file, "PNG")
    return file.getvalue()
