"""Webhooks received over HTTP into a real catalog, from a vendor that knows what a test says it knows."""

import asyncio
import hmac
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.brief import Brief, Safety
from colophon.domain.conversion import Conversion
from colophon.domain.generation import Generation, Hook, Job, JobStatus, Order
from colophon.domain.money import Estimate, Money
from colophon.domain.record import Attempt, Intent, Progress
from colophon.providers.webhooks import Notice, verify
from colophon.services.hooks import HookDesk, hook_for
from colophon.web.hooks import hooks_router
from colophon.web.problems import add_problems

NOW = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = b"the key of this installation"
BASE = "https://hooks.example"


class VirtualClock:
    def __init__(self) -> None:
        self.moment = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@dataclass
class StatedVendor:
    """Implements `colophon.ports.Provider`: knows the tasks it is told of, and is silent as often as it is told."""

    name: str = "Stated Vendor"
    can_find: bool = False
    can_hook: bool = True
    tasks: dict[str, Job] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)

    def knows(self, task: str, **members: Any) -> None:
        self.tasks[task] = Job(task, **({"status": JobStatus.PENDING} | members))

    def convert(self, order: Order) -> Sequence[Conversion]:
        return ()

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return {"seed": order.generation.seed, "webhook": False}

    def prepare(self, order: Order) -> Order:
        raise AssertionError("a webhook prepares nothing")

    def submit(self, order: Order) -> Job:
        raise AssertionError("a webhook orders nothing")

    def fetch(self, job: Job) -> bytes:
        raise AssertionError("a webhook fetches nothing")

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        raise AssertionError("a webhook searches nothing")

    def poll(self, job: Job) -> Job:
        self.polled.append(job.request_id)
        if self.errors:
            raise self.errors.pop(0)
        return self.tasks.get(job.request_id, Job(job.request_id, JobStatus.MISSING))


@dataclass
class Door:
    """Requests to an application in process; each returns when all of its work is done, what comes after the answer
    included. Bodies are handed over as they are read."""

    app: FastAPI
    runner: asyncio.Runner

    def get(self, path: str) -> httpx.Response:
        return self.runner.run(self._send("GET", path))

    def post(self, path: str, **parts: Any) -> httpx.Response:
        return self.runner.run(self._send("POST", path, **parts))

    async def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **parts)


@dataclass
class Office:
    """A server that receives, over a catalog with one campaign."""

    catalog: SqlCatalog
    clock: VirtualClock
    vendor: StatedVendor
    client: Door
    desk: HookDesk

    def generation(self, number: int = 0, route: str = "bfl") -> Generation:
        return Generation(
            id=f"gen_{number}",
            campaign="mugs",
            visual="hero",
            variant=number,
            master="m1",
            width=1024,
            height=1024,
            route=route,
            model="flux-2-pro",
            seed=7,
            prompt="A mug",
            structure="",
            safety=Safety.STRICT,
            references=(),
            cost=Estimate(Money.of("0.03"), Money.of("0.05")),
        )

    def begin(self, number: int = 0, route: str = "bfl") -> Hook:
        """Commit to the next attempt; where its vendor may report."""
        generation = self.generation(number, route)
        intent = Intent(route, "account", Money.of("0.05"), self.clock.now() + timedelta(seconds=60), "worker-1")
        attempt = self.catalog.orders.begin_attempt(generation.id, intent, now=self.clock.now())
        return hook_for(generation, attempt, base=BASE, key=KEY)

    def submitted(self, task: str = "task-1", number: int = 0) -> Hook:
        hook = self.begin(number)
        self.record(task, number=number)
        return hook

    def record(self, task: str, *, number: int = 0, attempt: int = 1) -> None:
        """What the worker that ordered writes when its answer comes."""
        job = Job(task, JobStatus.PENDING, polling_url="https://api.eu4.bfl.ai/x", cost=Money.of("0.031"))
        self.catalog.orders.record_job(
            f"gen_{number}", attempt, job, provider="BFL", parameters={"seed": 7, "of": "submit"}, now=self.clock.now()
        )

    def lost(self, number: int = 0) -> Hook:
        hook = self.begin(number)
        self.catalog.orders.record_unknown(f"gen_{number}", 1, problem="the answer was lost", now=self.clock.now())
        return hook

    def progress(self, number: int = 0) -> Progress:
        return self.catalog.orders.progress(f"gen_{number}")

    def attempt(self, number: int = 0) -> Attempt:
        return self.catalog.orders.attempts(f"gen_{number}")[-1]

    def post(self, hook: Hook, body: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = {"X-BFL-Signature": sign(raw, hook.secret)} if headers is None else headers
        return self.client.post(urlsplit(hook.address).path, content=raw, headers=dict(signed))


def sign(raw: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, sha256).hexdigest()


def _verify(clock: VirtualClock) -> Any:
    def verifier(route: str, raw: bytes, headers: Mapping[str, str], *, secret: str) -> Notice:
        return verify("bfl", raw, headers, keys=(secret.encode(),), now=clock.now())

    return verifier


@pytest.fixture(scope="session")
def empty_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog file to be copied: its migrations take longer than most tests here."""
    file = tmp_path_factory.mktemp("empty") / "catalog.db"
    open_catalog(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def office(tmp_path: Path, empty_catalog: Path) -> Iterator[Office]:
    file = shutil.copy(empty_catalog, tmp_path / "catalog.db")
    catalog, clock, vendor = open_catalog(f"sqlite:///{file}"), VirtualClock(), StatedVendor()
    desk = HookDesk(
        orders=catalog.orders,
        provider_of=lambda route: vendor,
        order_of=lambda progress: Order(progress.generation),
        verify=_verify(clock),
        clock=clock,
        key=KEY,
    )
    app = FastAPI()
    add_problems(app)
    app.include_router(hooks_router(desk))
    with asyncio.Runner() as runner:
        client = Door(app, runner)
        made = Office(catalog, clock, vendor, client, desk)
        brief = Brief.model_validate(
            {
                "schema_version": 1,
                "campaign": "mugs",
                "title": "Mugs",
                "brand": {"name": "Northwind"},
                "visuals": [{"id": "hero", "prompt": "A mug"}],
                "placements": ["opengraph/universal"],
                "budget": {"currency": "USD", "cap": "2.00"},
            }
        )
        wanted = [made.generation(number) for number in range(3)]
        catalog.orders.register(brief, revision="r1", canonical="{}", generations=wanted, renditions=(), now=NOW)
        yield made
    catalog.close()
