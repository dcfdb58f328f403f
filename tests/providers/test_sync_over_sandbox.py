"""Vendors that answer with the picture, bought from over the sandbox's dialects: pictures, refusals, the invoice."""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from PIL import Image

from colophon import data
from colophon.domain.asset import sha256
from colophon.domain.brief import Safety
from colophon.domain.generation import Generation, Job, JobStatus, Order
from colophon.domain.money import Estimate, Money
from colophon.domain.placement import PictureFormat
from colophon.domain.route import parse_routes
from colophon.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS
from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport

ROUTES = parse_routes(data.text("routes.toml"))
MOUNTED = {
    "openai-images": "openai-images/v1",
    "lumenfall": "lumenfall/openai/v1",
    "azure": "azure",
    "together": "together/v1",
    "aimlapi": "aimlapi/v1",
    "callmissed": "callmissed/v1",
}
ALL = tuple(MOUNTED)
EDITING = tuple(name for name in ALL if name != "callmissed")


def make_order(**changes: Any) -> Order:
    references = changes.pop("references", ())
    output_format = changes.pop("output_format", PictureFormat.PNG)
    wanted = Generation(
        id=changes.pop("id", "g1"),
        campaign="c",
        visual="v",
        variant=1,
        master="m",
        width=512,
        height=544,
        route="r",
        model=changes.pop("model", "flux-2-pro"),
        seed=changes.pop("seed", 7),
        prompt="a red mug on a table",
        structure="",
        safety=Safety.NORMAL,
        references=(),
        cost=Estimate(Money(0), Money(0)),
    )
    assert not changes
    return Order(wanted, references=references, output_format=output_format)


class World:
    """The embedded sandbox with every route led to its dialect there; each test has an account of its own."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self.client = client
        self._key = key
        self._lines, self._total = len(self._invoice()["lines"]), Decimal(self._invoice()["total"])

    def provider(self, name: str, **changes: Any) -> Provider:
        members = {"base_url": f"http://sandbox.invalid/{MOUNTED[name]}", "hosts": ("sandbox.invalid",), **changes}
        route = ROUTES[name].model_copy(update=members)
        return ADAPTERS[route.adapter](Access(route, self._key, self.client, self.client))

    def fault(self, *rules: dict[str, Any]) -> None:
        answer = self.client.put("http://sandbox.invalid/faults", json=rules)
        assert answer.status_code == 204, answer.text

    @property
    def bought(self) -> list[str]:
        return [str(line["id"]) for line in self._invoice()["lines"][self._lines :]]

    @property
    def total(self) -> Decimal:
        return Decimal(self._invoice()["total"]) - self._total

    def _invoice(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get("http://sandbox.invalid/invoice").json()
        return body


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with guarded_client(transport=transport(create_app(tmp_path_factory.mktemp("sandbox")))) as client:
        yield client


@pytest.fixture
def world(sandbox: httpx.Client, request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(sandbox, f"key-{sha256(request.node.name.encode())[:16]}")
    yield world
    world.fault()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("reference") / "mug.png"
    Image.new("RGB", (300, 200), "teal").save(path)
    return path.read_bytes()


def delivered(provider: Provider, job: Job) -> Image.Image:
    assert provider.poll(job).status is JobStatus.READY
    with Image.open(io.BytesIO(provider.fetch(job))) as picture:
        picture.load()
        return picture


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_bought_once_and_is_the_one_ordered(world: World, name: str) -> None:
    """Trap 37: one order, one line on the invoice."""
    provider = world.provider(name)
    job = provider.submit(make_order())
    picture = delivered(provider, job)
    assert (job.status, picture.size, picture.format) == (JobStatus.READY, (512, 544), "PNG")
    assert len(world.bought) == 1
    if name != "callmissed":
        assert world.bought == [job.request_id]
    else:
        assert job.request_id.startswith("not-reported-")


@pytest.mark.parametrize("name", ["openai-images", "lumenfall", "azure", "together", "aimlapi"])
def test_the_format_ordered_is_the_format_delivered(world: World, name: str) -> None:
    """Trap 20: asked for, never left to a default."""
    provider = world.provider(name)
    assert delivered(provider, provider.submit(make_order(output_format=PictureFormat.JPEG))).format == "JPEG"


@pytest.mark.parametrize("name", EDITING)
def test_references_arrive_and_change_what_is_made_and_paid(world: World, name: str, reference: bytes) -> None:
    """Traps 32, 34."""
    provider = world.provider(name)
    plain = provider.fetch(provider.submit(make_order()))
    before = world.total
    other = provider.fetch(provider.submit(make_order(references=(reference, reference))))
    assert other != plain
    assert world.total - before > before


@pytest.mark.parametrize("name", ["lumenfall", "azure", "together", "aimlapi", "callmissed"])
def test_the_seed_decides_the_picture(world: World, name: str) -> None:
    """Trap 30: it is sent although none of these reports it."""
    provider = world.provider(name)
    jobs = [provider.submit(make_order(id=f"g{place}", seed=seed)) for place, seed in enumerate((7, 8))]
    assert {job.seed_reported for job in jobs} == {None}
    first, second = (delivered(provider, job).tobytes() for job in jobs)
    assert first != second
    assert delivered(provider, provider.submit(make_order(id="g3", seed=7))).tobytes() == first


@pytest.mark.parametrize("name", ["lumenfall", "aimlapi"])
def test_the_price_told_is_the_price_on_the_invoice(world: World, name: str) -> None:
    """Trap 41."""
    job = world.provider(name).submit(make_order())
    assert job.cost == Money.of(world.total)
    assert job.cost_settled


@pytest.mark.parametrize("name", ["lumenfall", "aimlapi"])
@pytest.mark.parametrize(
    ("fault", "note"), [("cost_nan", "not booked"), ("cost_is:-1", "not booked"), ("cost_missing", "")]
)
def test_a_price_that_is_none_leaves_the_estimate(world: World, name: str, fault: str, note: str) -> None:
    world.fault({"fault": fault})
    job = world.provider(name).submit(make_order())
    assert (job.status, job.cost, job.cost_settled) == (JobStatus.READY, None, False)
    assert note in job.message


FAULTS: list[tuple[str, type[Exception], str, bool]] = [
    ("moderated_input", ProviderRefused, "moderated_input", True),
    ("moderated_output", ProviderRefused, "moderated_output", True),
    ("out_of_funds", ProviderRefused, "payment", False),
    ("unauthorised", ProviderRefused, "auth", False),
    ("invalid", ProviderRefused, "validation", False),
    ("rate_limited:7", ProviderUnavailable, "rate_limited", False),
    ("active_tasks", ProviderUnavailable, "rate_limited", False),
    ("unavailable:7", ProviderUnavailable, "upstream_transient", False),
    ("server_error", OutcomeUnknown, "upstream_transient", False),
    ("bad_gateway", OutcomeUnknown, "upstream_transient", False),
    ("gateway_timeout", OutcomeUnknown, "upstream_transient", False),
    ("task_error", OutcomeUnknown, "upstream_transient", True),
    ("answer_lost", OutcomeUnknown, "upstream_transient", True),
    ("html_answer", OutcomeUnknown, "upstream_transient", True),
    ("empty_answer", OutcomeUnknown, "upstream_transient", True),
    ("null_answer", OutcomeUnknown, "upstream_transient", True),
    ("wrong_type", OutcomeUnknown, "upstream_transient", True),
    ("deep_answer", OutcomeUnknown, "upstream_transient", True),
    ("reset", OutcomeUnknown, "upstream_transient", True),
    ("no_picture", OutcomeUnknown, "upstream_transient", True),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("fault", "error", "reason", "on_invoice"), FAULTS, ids=[fault for fault, *_ in FAULTS])
def test_what_goes_wrong_is_named_and_nothing_is_sent_twice(
    world: World, name: str, fault: str, error: type[Exception], reason: str, on_invoice: bool
) -> None:
    """Traps 37 to 40: a lost answer is unknown, a refusal is one, and an empty account is told by each in its way."""
    world.fault({"fault": fault})
    with pytest.raises(error) as caught:
        world.provider(name).submit(make_order())
    assert getattr(caught.value, "reason", None) == reason
    assert len(world.bought) == (1 if on_invoice else 0)
    if ":7" in fault:
        assert getattr(caught.value, "retry_after", None) == 7.0


def test_a_refusal_hidden_in_a_gateways_failure_is_found(world: World) -> None:
    """Trap 39."""
    world.fault({"fault": "moderated_output:hidden"})
    with pytest.raises(ProviderRefused) as caught:
        world.provider("lumenfall").submit(make_order())
    assert caught.value.reason.startswith("moderated_")


def test_a_refusal_without_a_code_is_found(world: World) -> None:
    """Trap 39."""
    world.fault({"fault": "moderated_input:null"})
    with pytest.raises(ProviderRefused) as caught:
        world.provider("openai-images").submit(make_order())
    assert caught.value.reason == "moderated_input"


def test_an_order_repeated_under_its_key_is_not_billed_again(world: World) -> None:
    """Trap 37: after a lost answer, the same order brings the first picture."""
    provider = world.provider("callmissed")
    world.fault({"fault": "answer_lost", "times": 1})
    with pytest.raises(OutcomeUnknown):
        provider.submit(make_order())
    paid = world.total
    assert provider.submit(make_order()).status is JobStatus.READY
    assert world.total == paid
    other = world.provider("callmissed", models={"flux-2-pro": "flux-2-klein-9b"})
    with pytest.raises(OutcomeUnknown, match="earlier order"):
        other.submit(make_order())
    assert world.total == paid


@pytest.mark.parametrize("name", ["lumenfall", "aimlapi"])
def test_a_data_address_is_taken_as_the_picture(world: World, name: str) -> None:
    """Trap 21."""
    world.fault({"fault": "data_uri"})
    provider = world.provider(name)
    job = provider.submit(make_order())
    assert job.content is not None
    assert delivered(provider, job).size == (512, 544)


@pytest.mark.parametrize("name", ALL)
def test_two_pictures_for_one_order_are_noted(world: World, name: str) -> None:
    """Trap 36."""
    world.fault({"fault": "two_pictures"})
    job = world.provider(name).submit(make_order())
    assert "2 pictures" in job.message
