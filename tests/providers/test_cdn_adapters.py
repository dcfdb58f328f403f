"""The view of the public and the purge of one vendor, over the guarded client."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from colophon.domain.withdrawal import VARIANTS, Ask
from colophon.errors import InvalidInput, StoreUnavailable
from colophon.providers.cdn_view import HttpView
from colophon.providers.fastly import FastlyPurge
from colophon.providers.http import guarded_client

TOKEN = "secret-purge-token"


class Edge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        seen = {"accept": self.headers["Accept"], "encoding": self.headers["Accept-Encoding"], "path": self.path}
        body = json.dumps(seen).encode() if self.path != "/redirect" else b""
        self.send_response(302 if self.path == "/redirect" else 200)
        for name, value in (("X-Cache", "HIT\x07" + "x" * 900), ("Location", "/other"), ("Set-Cookie", "track=1")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def edge() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_asked_as_a_browser_would_and_only_some_headers_are_kept(edge: str) -> None:
    view = HttpView(guarded_client(allow_private=True))
    seen = [view.look(f"{edge}/a.jpg", ask, body=ask.method == "GET") for ask in VARIANTS]
    told = [json.loads(each.body) for each in seen if each.body]
    assert [each["accept"] for each in told] == [a.headers["Accept"] for a in VARIANTS if a.method == "GET"]
    assert told[-1]["path"] == "/a.jpg?withdrawn=1"
    assert {each.status for each in seen} == {200}
    assert set(seen[0].headers) == {"x-cache", "location", "content-length", "date", "server"}
    assert len(seen[0].headers["x-cache"]) <= 200
    assert seen[0].headers["x-cache"].isprintable()
    assert view.look(f"{edge}/redirect", VARIANTS[0]).status == 302


def test_a_private_address_is_not_asked_unless_that_is_allowed(edge: str) -> None:
    seen = HttpView(guarded_client()).look(f"{edge}/a.jpg", VARIANTS[0])
    assert seen.status is None
    assert not seen.gone
    assert "only https" in str(seen.problem)


def test_a_compressed_or_endless_answer_is_no_answer() -> None:
    packed = httpx.Response(200, headers={"Content-Encoding": "gzip", "Content-Length": "3"}, content=b"x")
    huge = httpx.Response(200, headers={"Content-Length": str(10**12)}, content=b"x")
    for answer in (packed, huge):
        view = HttpView(guarded_client(transport=httpx.MockTransport(lambda _, answer=answer: answer)))
        assert view.look("https://cdn.example/a", Ask("get"), body=True).status is None


def purge(answer: Callable[[httpx.Request], httpx.Response]) -> FastlyPurge:
    client = guarded_client(transport=httpx.MockTransport(answer))
    return FastlyPurge(client, service="SU1Z0isxPaozGVKXdv0eY", token=TOKEN)


def test_addresses_and_tags_are_purged_in_the_documented_shape() -> None:
    asked: list[tuple[str, str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Fastly-Key"] == TOKEN
        keys = json.loads(request.content)["surrogate_keys"] if request.content else None
        asked.append((request.method, str(request.url), keys and len(keys)))
        return httpx.Response(200, json=dict.fromkeys(keys, "id-1") if keys else {"status": "ok", "id": "id-1"})

    purge(answer).purge(["https://cdn.example.com/spring/a.jpg"], [f"tag{n}" for n in range(300)])
    service = "https://api.fastly.com/service/SU1Z0isxPaozGVKXdv0eY/purge"
    assert asked == [
        ("POST", "https://api.fastly.com/purge/cdn.example.com/spring/a.jpg", None),
        ("POST", service, 256),
        ("POST", service, 44),
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(403, json={"msg": f"no such token {TOKEN}"}), "403"),
        (httpx.Response(200, json={"status": "error"}), "not taken"),
        (httpx.Response(200, html="<h1>hello</h1>"), "not taken"),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), "302"),
    ],
)
def test_a_purge_that_was_not_taken_is_an_error_without_the_token(answer: httpx.Response, said: str) -> None:
    with pytest.raises(StoreUnavailable, match=said) as raised:
        purge(lambda _: answer).purge(["https://cdn.example.com/a.jpg"], [])
    assert TOKEN not in f"{raised.value.message} {raised.value.where} {raised.value.hint}"
    with pytest.raises(StoreUnavailable):
        purge(lambda _: httpx.Response(200, json={"tag1": "id"})).purge([], ["tag1", "tag2"])


def test_a_service_is_named_by_letters_and_digits() -> None:
    with pytest.raises(InvalidInput):
        FastlyPurge(guarded_client(), service="../purge_all", token=TOKEN)
