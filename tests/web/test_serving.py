"""`colophon serve` as it is composed: keys, verification by route, health, and webhooks between two real servers."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.doctor import examine
from colophon.bootstrap.hooks import RouteVerifier, check_hooks, hook_desk, hook_of_attempt, webhook_key
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.domain.generation import Hook, Job, JobStatus
from colophon.errors import ColophonError, InvalidInput, NotFound, ProviderUnavailable
from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport
from colophon.sandbox.hook_signing import fal_headers, standard_headers
from colophon.services.order import submit
from colophon.settings import RouteSettings, Settings
from colophon.web.app import create_web
from colophon.web.protection import Protection
from colophon.web.room import Pace, Room, Rooms


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    initialise(Settings(home=home))
    return home


@pytest.fixture
def opened(tmp_path: Path, template: Path) -> Iterator[Callable[..., Runtime]]:
    """Runtimes over one home, under the settings a test gives."""
    shutil.copytree(template, tmp_path / "home")
    runtimes: list[Runtime] = []

    def start(**settings: Any) -> Runtime:
        runtimes.append(Runtime(Settings(home=tmp_path / "home", **settings)))
        return runtimes[-1]

    yield start
    for rt in runtimes:
        rt.close()


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def until(holds: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def two_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def ordered(rt: Runtime, folder: Path) -> str:
    """A registered picture that waits to be bought."""
    brief = folder / "mugs.json"
    content = {
        "schema_version": 1,
        "campaign": "mugs",
        "title": "Mugs",
        "brand": {"name": "Northwind"},
        "visuals": [{"id": "hero", "prompt": "A mug on an oak table"}],
        "placements": ["linkedin/text_ad"],
        "budget": {"currency": "USD", "cap": "2.00"},
    }
    brief.write_text(json.dumps(content))
    planned = plan_brief(brief, None, rt)
    open_for_run(planned, rt)
    [progress] = rt.catalog.orders.wanted(register_plan(planned, rt))
    return progress.generation.id


# The key


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(webhook_key(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert len(made) == 8
    assert len(made[0]) >= 32
    assert (tmp_path / "pki" / "webhook.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "pki").iterdir()] == ["webhook.key"]
    assert webhook_key(settings) == made[0]


def test_a_configured_key_wins_and_a_short_one_is_refused_without_being_repeated(tmp_path: Path) -> None:
    assert webhook_key(Settings(home=tmp_path, webhook_key="k" * 40)) == b"k" * 40
    assert not (tmp_path / "pki").exists()
    with pytest.raises(InvalidInput) as caught:
        webhook_key(Settings(home=tmp_path, webhook_key="short"))
    assert "short" not in caught.value.message
    with pytest.raises(NotFound, match="home"):
        webhook_key(Settings(home=tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "base",
    [
        "http://hooks.example",
        "hooks.example",
        "ftp://x",
        "https://u:p@x",
        "https://x/?a=1",
        "https://x/#a",
        "https://[",
        "https://x:0",
        "https://x:y",
        "https://x y",
    ],
)
def test_an_address_no_vendor_could_call_safely_is_refused(tmp_path: Path, base: str) -> None:
    from colophon.domain.generation import Generation

    settings = Settings(home=tmp_path, webhook_url=base)
    wanted = object.__new__(Generation)
    with pytest.raises(InvalidInput) as caught:
        hook_of_attempt(wanted, 1, settings)
    assert caught.value.where == "COLOPHON_WEBHOOK_URL"
    assert hook_of_attempt(wanted, 1, Settings(home=tmp_path)) is None
    with pytest.raises(InvalidInput):
        check_hooks(settings)


def test_webhook_settings_are_checked_before_anything_is_ordered(tmp_path: Path) -> None:
    assert check_hooks(Settings(home=tmp_path)) is None
    assert not (tmp_path / "pki").exists(), "no key is made that nobody needs"
    base = "https://hooks.example/colophon/"
    assert check_hooks(Settings(home=tmp_path, webhook_url=base)) == "https://hooks.example/colophon/hooks"
    assert (tmp_path / "pki" / "webhook.key").exists()
    for short in (
        Settings(home=tmp_path, webhook_key="short"),
        Settings(home=tmp_path, webhook_url=base, webhook_key="short"),
    ):
        with pytest.raises(InvalidInput, match="fewer than"):
            check_hooks(short)
    with pytest.raises(NotFound, match="home"):
        check_hooks(Settings(home=tmp_path / "nowhere", webhook_url=base))


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({}, "ok", "off"),
        ({"webhook_url": "https://hooks.example"}, "ok", "https://hooks.example/hooks"),
        ({"webhook_url": "http://hooks.example"}, "problem", "COLOPHON_WEBHOOK_URL"),
        ({"webhook_url": "https://hooks.example", "webhook_key": "short"}, "problem", "COLOPHON_WEBHOOK_KEY"),
    ],
)
def test_doctor_says_where_vendors_may_report(
    opened: Callable[..., Runtime], settings: dict[str, str], state: str, said: str
) -> None:
    rows = examine(opened(**settings).settings)
    [row] = [row for row in rows if row["part"] == "webhooks"]
    assert row["state"] == state
    assert said in row["message"]
    assert settings.get("webhook_key", "no such key") not in row["message"]


# Verification by route, against the sandbox's own signatures


def test_each_route_is_verified_by_its_vendors_scheme(opened: Callable[..., Runtime]) -> None:
    routes = {
        "replicate": RouteSettings(base_url="http://sandbox.invalid/replicate/v1", enabled=True, api_key="r8_any"),
        "fal": RouteSettings(base_url="http://sandbox.invalid/fal/queue", enabled=True, api_key="any"),
    }
    rt = opened(routes=routes)
    folder, now = rt.settings.sandbox_folder, datetime.now(UTC)
    verify = RouteVerifier(rt)
    body = b'{"id": "task-1", "request_id": "task-1"}'
    signed: dict[str, Callable[[bool], dict[str, str]]] = {
        "replicate": lambda own: standard_headers(folder, body, "msg_1", now, own_key=own),
        "fal": lambda own: fal_headers(folder, body, "task-1", "user-1", now, own_key=own),
    }
    for route, headers in signed.items():
        assert verify(route, body, headers(True), secret="unused").request_id == "task-1"
        with pytest.raises(ColophonError, match="not the vendor's"):
            verify(route, body, headers(False), secret="unused")
    with pytest.raises(ColophonError, match="no webhooks are taken"):
        verify("nowhere", body, signed["fal"](True), secret="unused")


def test_a_secret_in_the_settings_spares_the_question(opened: Callable[..., Runtime]) -> None:
    silent = httpx.MockTransport(lambda request: httpx.Response(500))
    given = RouteSettings(base_url="http://sandbox.invalid/x", webhook_secret="whsec_" + "QUFB" * 8)
    rt = opened(routes={"replicate": given})
    rt.__dict__["sandbox"] = silent
    verify = RouteVerifier(rt)
    with pytest.raises(ColophonError, match="not signed"):
        verify("replicate", b"{}", {}, secret="unused")
    other = opened(routes={"replicate": RouteSettings(base_url="http://sandbox.invalid/x", api_key="r8_any")})
    other.__dict__["sandbox"] = silent
    with pytest.raises(ProviderUnavailable):
        RouteVerifier(other)("replicate", b"{}", {}, secret="unused")


# Health


def test_health_and_readiness(opened: Callable[..., Runtime]) -> None:
    rt = opened()
    with httpx.Client(transport=transport(create_web(rt)), base_url="http://own") as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ok"}
        with closing(sqlite3.connect(rt.settings.home / "catalog.db")) as database:
            database.execute("ALTER TABLE generations RENAME TO gone")
            database.commit()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert answer.json()["detail"] == "out of reach: catalog"
        assert client.get("/healthz").status_code == 200


def test_without_a_home_nothing_is_served(tmp_path: Path) -> None:
    rt = Runtime(Settings(home=tmp_path / "nowhere"))
    with pytest.raises(NotFound, match="home"):
        create_web(rt)
    rt.close()


def test_our_own_mistakes_are_problems_without_a_trace(opened: Callable[..., Runtime]) -> None:
    app = create_web(opened())

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret-of-the-house")

    with httpx.Client(transport=transport(app), base_url="http://own") as client:
        answer = client.get("/broken")
        page = client.get("/broken", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text + page.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    for each in (answer, page):
        assert "script-src 'self'" in each.headers["Content-Security-Policy"]
        assert (each.headers["Cache-Control"], each.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert page.headers["X-Request-ID"] in page.text


# Two servers


@pytest.mark.parametrize("fault", ["", "webhook_secret", "webhook_twice"])
def test_a_vendor_on_a_port_calls_back_and_the_order_is_asked_about(
    opened: Callable[..., Runtime], tmp_path: Path, fault: str
) -> None:
    vendor_port, own_port = two_ports()
    vendor = create_app(tmp_path / "vendor", hooks=True)
    (tmp_path / "vendor" / "faults.json").write_text(json.dumps([{"fault": fault}] if fault else []))
    rt = opened(**addressed(vendor_port, own_port))
    with served(create_web(rt), own_port), served(vendor, vendor_port):
        generation = ordered(rt, tmp_path)
        submit(generation, buyer=rt.buyer)
        until(lambda: rt.catalog.orders.progress(generation).hinted_at)
    assert rt.catalog.orders.progress(generation).state == "submitted"


@pytest.mark.parametrize("fault", ["webhook_unsigned", "webhook_wrong_key", "webhook_old", "webhook_foreign"])
def test_a_vendor_that_signs_wrongly_changes_nothing(
    opened: Callable[..., Runtime], tmp_path: Path, fault: str
) -> None:
    vendor_port, own_port = two_ports()
    vendor = create_app(tmp_path / "vendor", hooks=True)
    (tmp_path / "vendor" / "faults.json").write_text(json.dumps([{"fault": fault}]))
    rt = opened(**addressed(vendor_port, own_port))
    statuses: list[int] = []
    with served(noting(create_web(rt), statuses), own_port), served(vendor, vendor_port):
        generation = ordered(rt, tmp_path)
        submit(generation, buyer=rt.buyer)
        until(lambda: statuses)
    assert set(statuses) == {409 if fault == "webhook_foreign" else 401}
    assert rt.catalog.orders.progress(generation).hinted_at is None


def test_an_order_whose_answer_was_lost_is_found_by_its_webhook(opened: Callable[..., Runtime], tmp_path: Path) -> None:
    vendor_port, own_port = two_ports()
    vendor = create_app(tmp_path / "vendor", hooks=True)
    (tmp_path / "vendor" / "faults.json").write_text(json.dumps([{"fault": "answer_lost"}]))
    rt = opened(**addressed(vendor_port, own_port))
    with served(create_web(rt), own_port), served(vendor, vendor_port) as address:
        generation = ordered(rt, tmp_path)
        assert submit(generation, buyer=rt.buyer) in ("unknown", "submitted")  # the webhook may be as fast
        until(lambda: rt.catalog.orders.progress(generation).state == "submitted")
        found = rt.catalog.orders.progress(generation)
        [line] = httpx.get(f"{address}/invoice").json()["lines"]
        assert found.request_id == line["id"]
        ready = rt.provider(found.generation.route).poll(Job(str(found.request_id), JobStatus.PENDING))
    assert ready.status is JobStatus.READY
    assert found.parameters["seed"] == found.generation.seed


def addressed(vendor_port: int, own_port: int) -> dict[str, Any]:
    # A region's own host: the global one answers questions about its tasks only at the address it names.
    base = f"http://127.0.0.1:{vendor_port}/bfl/eu"
    return {
        "routes": {"sandbox": RouteSettings(base_url=base, allow_private=True, hosts=("127.0.0.1",), api_key="any")},
        "webhook_url": f"http://127.0.0.1:{own_port}",
    }


def noting(app: FastAPI, statuses: list[int]) -> FastAPI:
    @app.middleware("http")
    async def note(request: Any, call: Any) -> Any:
        answer = await call(request)
        statuses.append(answer.status_code)
        return answer

    return app


def test_the_answer_does_not_wait_for_the_vendor_and_large_bodies_are_cut_off(
    opened: Callable[..., Runtime], tmp_path: Path
) -> None:
    """A vendor that takes long to be asked; 50 MB that are not read."""
    _, port = two_ports()
    rt = opened(webhook_url=f"http://127.0.0.1:{port}", webhook_key="k" * 40)
    generation = ordered(rt, tmp_path)
    app = create_web(rt)
    asked = threading.Event()
    goes_on = threading.Event()
    provider = rt.provider("sandbox")

    def slowly(job: Job) -> Job:
        asked.set()
        goes_on.wait(20)
        raise ProviderUnavailable("too slow")

    provider.poll = slowly  # type: ignore[method-assign]
    hook = unknown_order(rt, generation)
    with served(app, port) as address:
        path = address + urlsplit(hook.address).path
        huge = b" " * (50 * 1024 * 1024)
        try:
            refused = httpx.post(path, content=huge, headers={"X-Webhook-Secret": hook.secret}, trust_env=False)
            assert refused.status_code == 413
        except httpx.WriteError:
            pass  # the server closed the connection while the body was still on its way
        started = time.monotonic()
        body = {"id": "task-1", "status": "Ready"}
        answer = httpx.post(path, json=body, headers={"X-Webhook-Secret": hook.secret}, trust_env=False)
        took = time.monotonic() - started
        assert asked.wait(5)
        assert httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
        rt.clock.sleep = lambda seconds: None  # type: ignore[method-assign]
        goes_on.set()
    assert answer.status_code == 204
    assert took < 1.0


def test_a_large_body_without_room_is_answered_before_it_is_sent(opened: Callable[..., Runtime]) -> None:
    app, (port, _) = create_web(opened()), two_ports()
    app.add_middleware(Protection, rooms=Rooms(public=Room(1, 1)), pace=Pace(grace=0.1))

    def answer(size: int, body: bytes = b"") -> bytes:
        asked = "POST /api/v1/c2pa/matches/byContent HTTP/1.1\r\nHost: h\r\nContent-Type: image/png"
        head = f"{asked}\r\nContent-Length: {size}"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
            sender.sendall(f"{head}\r\n\r\n".encode() + body)
            told = b""
            while part := sender.recv(65536):  # until the server closes the connection
                told += part
        return told.lower()

    with served(app, port):
        full = answer(60 * 1024 * 1024)
        assert full.startswith(b"http/1.1 503 ")
        assert b"\r\nretry-after: 5\r\n" in full
        assert answer(2, b"x").startswith(b"http/1.1 408 "), "the second byte never comes"


def unknown_order(rt: Runtime, generation: str) -> Hook:
    progress = rt.catalog.orders.progress(generation)
    submit_fault = rt.settings.sandbox_folder / "faults.json"
    submit_fault.parent.mkdir(exist_ok=True)
    submit_fault.write_text(json.dumps([{"fault": "answer_lost"}]))
    assert submit(generation, buyer=rt.buyer) == "unknown"
    assert hook_desk(rt).orders is rt.catalog.orders
    hook = hook_of_attempt(progress.generation, 1, rt.settings)
    assert hook is not None
    return hook


# The command


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path, template: Path) -> None:
    shutil.copytree(template, tmp_path / "home")
    port, _ = two_ports()
    program = "import typer; from colophon.cli import serving; a = typer.Typer(); serving.add_to(a); a()"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLOPHON_")}
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--port", str(port), "--no-runner", "--json"],
        env={**kept, "COLOPHON_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: answers(port) or process.poll() is not None, 60)
        assert answers(port)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    told = json.loads(out)
    assert told.pop("sign_in").startswith(f"http://127.0.0.1:{port}/sign-in/")
    assert told == {
        "address": f"http://127.0.0.1:{port}",
        "health": f"http://127.0.0.1:{port}/healthz",
        "resolution": f"http://127.0.0.1:{port}/api/v1/c2pa",
        "hooks": None,
        "runner": "left out with --no-runner",
    }
    assert b"COLOPHON_WEBHOOK_URL is not set" in err
    assert b"COLOPHON_RESOLUTION_TOKEN is not set" in err
    assert b"Traceback" not in err


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
