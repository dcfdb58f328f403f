"""Each request has an id, one line in the log and, where they are asked for, a span; none of them holds a secret."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.testclient import TestClient

from colophon.bootstrap.logs import REQUESTS, JsonFormatter, Redaction, TextFormatter, known_secrets
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.tracing import (
    ContextThreads,
    TracedTransport,
    context_of,
    end_traces,
    set_up_traces,
    span,
    trace_ids,
    traced,
    traceparent,
    wanted,
)
from colophon.errors import NotFound
from colophon.settings import Settings
from colophon.web.problems import add_problems
from colophon.web.requests import RequestLog

CANARY = "c4n4ry-5ecret-value"


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(RequestLog)
    add_problems(app)

    @app.get("/hooks/{route}/{token}")
    def hook(route: str, token: str) -> dict[str, str]:
        logging.getLogger("colophon.web").warning("at work")
        return {"route": route}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(CANARY)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {}

    return app


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the package logs, as JSON."""
    kept, logger = StringIO(), logging.getLogger("colophon")
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonFormatter(Redaction((CANARY,))))
    logger.addHandler(handler)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
    yield kept
    logger.removeHandler(handler)
    logging.getLogger(REQUESTS).setLevel(logging.NOTSET)


def test_a_request_is_one_line_with_the_pattern_of_its_path(app: FastAPI, lines: StringIO) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get(f"/hooks/bfl/{CANARY}?key={CANARY}", headers={"X-Request-ID": "from-the-proxy.1"})
    assert answer.headers["x-request-id"] == "from-the-proxy.1"
    inner, request = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (inner["message"], inner["request_id"]) == ("at work", "from-the-proxy.1")
    assert request | {"method": "GET", "route": "/hooks/{route}/{token}", "status": 200} == request
    assert request["seconds"] >= 0
    assert {"time", "level", "logger", "message", "request_id"} <= request.keys()
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "ä"])
def test_an_id_that_is_none_is_replaced(app: FastAPI, given: str) -> None:
    headers = {b"X-Request-ID": given.encode()}
    [one, other] = [TestClient(app).get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert len(one) == 32
    assert one != other


def test_errors_and_unknown_addresses_have_an_id_too_and_tell_no_path(app: FastAPI, lines: StringIO) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    for path, status in (("/broken", 500), (f"/nowhere/{CANARY}", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.headers["x-request-id"] in lines.getvalue()
    assert CANARY not in lines.getvalue()
    assert '"route": "(no such address)"' in lines.getvalue()


def test_a_pattern_is_whole_wherever_its_route_is_included(app: FastAPI, lines: StringIO) -> None:
    inner, plain = APIRouter(prefix="/inner"), APIRouter()

    @inner.get("/{name}/{number:int}")
    def found(name: str, number: int) -> None: ...

    async def page(request: Request) -> Response:
        return Response("x")

    plain.add_route("/pages/{name}", page)
    plain.include_router(inner, prefix="/outer")
    app.include_router(plain, prefix="/top")
    client = TestClient(app)
    for path in (f"/top/outer/inner/{CANARY}/7", f"/top/pages/{CANARY}", f"/top/outer/inner/{CANARY}/007"):
        assert client.get(path).status_code == 200
    routes = [json.loads(line)["route"] for line in lines.getvalue().splitlines()]
    assert routes == ["/top/outer/inner/{name}/{number}", "/top/pages/{name}", "(no such address)"]


def test_what_is_asked_all_the_time_is_not_told(app: FastAPI, lines: StringIO) -> None:
    TestClient(app).get("/healthz")
    assert lines.getvalue() == ""


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        f"the key {CANARY} was refused",
        "Authorization: Bearer abcdef123456",
        "x-api-key=abcdef123456, next",
        '{"api_key": "abcdef123456"}',
        "postgresql+psycopg://colophon:abcdef123456@db/colophon",
        "GET /hooks/bfl/abcdef123456 was slow",
        "https://s3.example/x?X-Amz-Signature=abcdef123456&y=1",
        "COLOPHON_RESOLUTION_TOKEN=abcdef123456",
    ],
)
@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
def test_no_secret_in_any_line(text: str, formatter: type[JsonFormatter | TextFormatter]) -> None:
    made = formatter(Redaction((CANARY, "short")))
    try:
        raise ValueError(text)
    except ValueError as error:
        record = logging.LogRecord(
            "colophon.x", logging.ERROR, "x.py", 1, "%s\nsecond", (text,), (ValueError, error, error.__traceback__)
        )
    line = made.format(record)
    assert CANARY not in line
    assert "abcdef123456" not in line
    assert "[secret]" in line
    assert "\n" not in line


def test_the_settings_own_secrets_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFL_API_KEY", "vendors-own-variable")
    monkeypatch.setenv("COLOPHON_ROUTES__FAL__API_KEY", "nested-in-a-route")
    rt = Runtime(Settings(home=tmp_path, s3_secret_key="of-the-store", moderation={"api_key": "of-the-service"}))
    found = set(known_secrets(rt))
    assert {"vendors-own-variable", "nested-in-a-route", "of-the-store", "of-the-service"} <= found


# Traces


class Collector(BaseHTTPRequestHandler):
    """A receiver of OTLP over http/protobuf."""

    bodies: list[bytes]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    bodies: list[bytes] = []
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Collector,), {"bodies": bodies}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    for name in ("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    try:
        yield bodies
    finally:
        end_traces()
        server.shutdown()
        thread.join()
        server.server_close()


def spans(bodies: list[bytes]) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Trace, parent and attributes of each span, by its name."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = {}
    for body in bodies:
        request = ExportTraceServiceRequest.FromString(body)
        for each in (one for r in request.resource_spans for scope in r.scope_spans for one in scope.spans):
            told = {a.key: a.value.string_value or str(a.value.int_value) for a in each.attributes}
            found[each.name] = (each.trace_id.hex(), each.parent_span_id.hex(), told)
    return found


def test_a_request_its_steps_and_what_they_ask_of_vendors_are_one_trace(app: FastAPI, received: list[bytes]) -> None:
    assert set_up_traces()
    vendor = httpx.MockTransport(lambda request: httpx.Response(202, json={"prompt": CANARY}))

    @traced("submit")
    def submit(generation: str) -> str:
        with httpx.Client(transport=TracedTransport(vendor, "bfl")) as client:
            address = f"https://api.example/v1/{CANARY}?key={CANARY}"
            told = client.post(address, headers={"x-key": CANARY}, content=CANARY)
        assert "traceparent" not in told.request.headers
        raise NotFound(CANARY)

    @app.get("/orders/{order}")
    def order(order: str) -> dict[str, str | None]:
        with ContextThreads(1) as threads, pytest.raises(NotFound):
            threads.submit(submit, "gen_1").result()
        return {"parent": traceparent()}

    outer = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = TestClient(app).get(f"/orders/{CANARY}", headers={"traceparent": outer, "cookie": CANARY})
    with span("campaign", parent=context_of(answer.json()["parent"]), subject="mugs"):
        assert trace_ids() is not None
    end_traces()
    found = spans(received)
    assert found.keys() == {"GET /orders/{order}", "submit", "POST bfl", "campaign"}
    assert {trace for trace, _, _ in found.values()} == {"0af7651916cd43dd8448eb211c80319c"}
    assert found["GET /orders/{order}"][1] == "b7ad6b7169203331"
    assert found["GET /orders/{order}"][2]["http.route"] == "/orders/{order}"
    assert found["submit"][2] == {"colophon.subject": "gen_1", "error.type": "not_found"}
    assert found["POST bfl"][2] == {
        "colophon.route": "bfl",
        "http.request.method": "POST",
        "server.address": "api.example",
        "http.response.status_code": "202",
    }
    assert CANARY.encode() not in b"".join(received)
    assert b"colophon" in received[0]


def test_without_the_variables_there_are_none() -> None:
    with span("nothing") as made:
        assert made is None
        assert trace_ids() is None
        assert traceparent() is None
    assert not wanted({})
    assert not wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"})
    assert not wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"})
    assert wanted({"OTEL_TRACES_EXPORTER": "otlp"})
    assert wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"})


def test_another_protocol_is_not_pretended(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert not set_up_traces()
    assert "http/protobuf" in caplog.text
