"""The adapter over the embedded sandbox, and orders to place with it."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from colophon.domain.brief import Safety
from colophon.domain.generation import Generation, Job, JobStatus, Order
from colophon.domain.money import Estimate, Money
from colophon.domain.route import Route, parse_routes
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.bfl import BflProvider
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS
from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport

ROUTES = parse_routes((files("colophon.data") / "routes.toml").read_text())
KEY = "test-key-0123456789"


def make_order(**changes: Any) -> Order:
    references = changes.pop("references", ())
    members: dict[str, Any] = {
        "id": "g1",
        "campaign": "c",
        "visual": "v",
        "variant": 1,
        "master": "m",
        "width": 128,
        "height": 96,
        "route": "sandbox",
        "model": "flux-2-pro",
        "seed": 7,
        "prompt": "a red mug on a table",
        "structure": "",
        "safety": Safety.STRICT,
        "references": (),
        "cost": Estimate(Money(0), Money(0)),
    }
    return Order(Generation(**(members | changes)), references=references)


@pytest.fixture
def order() -> Callable[..., Order]:
    return make_order


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with guarded_client(transport=transport(create_app(tmp_path / "sandbox"))) as client:
        yield client


@pytest.fixture
def provider(client: httpx.Client) -> BflProvider:
    return make_provider(client)


def make_provider(client: httpx.Client, route: str = "sandbox") -> BflProvider:
    return BflProvider(Access(ROUTES[route], KEY, client, client))


@pytest.fixture
def answering() -> Callable[..., BflProvider]:
    """A provider at the vendor's address whose every request is answered by a function."""

    def build(handler: Callable[[httpx.Request], httpx.Response]) -> BflProvider:
        return make_provider(guarded_client(transport=httpx.MockTransport(handler)), "bfl")

    return build


@pytest.fixture
def fault(client: httpx.Client) -> Callable[..., None]:
    def put(text: str, **more: object) -> None:
        answer = client.put("http://sandbox.invalid/faults", json=[{"fault": text, **more}])
        assert answer.status_code == 204, answer.text

    return put


@pytest.fixture
def invoice(client: httpx.Client) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        body: dict[str, Any] = client.get("http://sandbox.invalid/invoice").json()
        return body

    return read


@pytest.fixture
def finish() -> Callable[[Provider, Job], Job]:
    def poll_to_end(provider: Provider, job: Job) -> Job:
        for _ in range(10):
            job = provider.poll(job)
            if job.status is not JobStatus.PENDING:
                return job
        raise AssertionError("still pending after ten polls")

    return poll_to_end


Answers = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def stored() -> Callable[..., Provider]:
    """The adapter of a shipped route at its vendor's address; every request is answered by a function."""

    def build(name: str, handler: Answers, **changes: Any) -> Provider:
        route = ROUTES[name].model_copy(update=changes)
        client = guarded_client(transport=httpx.MockTransport(handler))
        return ADAPTERS[route.adapter](Access(route, KEY, client, client))

    return build


@pytest.fixture(scope="session")
def shipped() -> dict[str, Route]:
    return ROUTES
