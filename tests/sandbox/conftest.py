"""The sandbox application in process, over a folder of its own and a clock that stands still."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport

ROOT = "http://sandbox.invalid"


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def opened(folder: Path, clock: HandClock) -> Iterator[Callable[[], httpx.Client]]:
    """Opens the application over the folder, as often as wanted: each time as a new process would."""
    clients: list[httpx.Client] = []

    def start() -> httpx.Client:
        inner = transport(create_app(folder, clock=clock.now))
        clients.append(httpx.Client(transport=inner, base_url=ROOT, headers={"x-key": "any"}))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def client(opened: Callable[[], httpx.Client]) -> httpx.Client:
    return opened()


@pytest.fixture
def submit() -> Callable[..., dict[str, Any]]:
    def post(client: httpx.Client, fault: str = "", **members: object) -> dict[str, Any]:
        body = {"prompt": "a mug", "seed": 1, "width": 64, "height": 64, "output_format": "png"} | members
        answer = client.post("/bfl/v1/flux-2-pro", json=body, headers={"X-Sandbox-Fault": fault} if fault else None)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    return post


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root of a sandbox on a free port of this machine, which delivers webhooks."""
    app = create_app(tmp_path_factory.mktemp("served"), hooks=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive()
