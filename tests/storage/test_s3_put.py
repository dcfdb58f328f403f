"""One put: its sums, its conditions, and what it makes of odd answers."""

import base64
import hashlib
import http.client
import http.server
import re
import threading
import traceback
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from colophon.errors import NotFound, StoreUnavailable
from colophon.storage import S3Access
from colophon.storage.s3_client import connect, ensure_bucket, get
from colophon.storage.s3_put import put, put_new

Answering = Callable[..., AbstractContextManager[tuple[S3Access, list[Any]]]]
STORED = (200, {"ETag": '"x"'}, b"")


def test_a_put_is_one_request_with_sums_of_its_bytes_and_never_two(answering: Answering) -> None:
    content = bytes(range(256)) * 1000
    with answering((503, {}, b""), STORED) as (access, requests):
        with pytest.raises(StoreUnavailable, match="HTTP 503"):
            put(connect(access), "bucket", "a/b.png", content, {"Content-Type": "image/png"})
        ((verb, target, headers, body),) = requests
    query = parse_qs(urlsplit(target).query)
    assert (verb, urlsplit(target).path, body) == ("PUT", "/bucket/a/b.png", content)
    assert headers["Content-MD5"] == base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    assert query["x-amz-checksum-sha256"] == [base64.b64encode(hashlib.sha256(content).digest()).decode()]
    assert query["X-Amz-Expires"] == ["900"]
    assert "Transfer-Encoding" not in headers
    assert not [name for name in headers if name.lower().startswith("x-amz-")]


@pytest.mark.parametrize("status", [304, 412])
def test_a_condition_that_fails_leaves_what_is_there(status: int, answering: Answering) -> None:
    with answering((status, {}, b"")) as (access, requests):
        assert not put_new(connect(access), "bucket", "key", b"x", {})
        assert [headers["If-None-Match"] for _, _, headers, _ in requests] == ["*"]


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_knows_no_conditions_is_asked_without(status: int, answering: Answering) -> None:
    with answering((status, {}, b""), STORED) as (access, requests):
        assert put_new(connect(access), "bucket", "key", b"x", {"Cache-Control": "no-cache"})
        assert [headers["If-None-Match"] for _, _, headers, _ in requests] == ["*", None]
        assert [headers["Cache-Control"] for _, _, headers, _ in requests] == ["no-cache", "no-cache"]


def test_two_writers_at_once_are_told_to_come_again(answering: Answering) -> None:
    body = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
    with answering((409, {}, body)) as (access, _), pytest.raises(StoreUnavailable, match="Conflict") as raised:
        put_new(connect(access), "bucket", "key", b"x", {})
    assert raised.value.transient
    assert "another writer" in raised.value.hint


def test_a_page_that_says_yes_to_everything_has_stored_nothing(answering: Answering) -> None:
    page = (200, {"Content-Type": "text/html", "Content-Length": "5"}, b"hello")
    with answering(page) as (access, _), pytest.raises(StoreUnavailable, match="not S3"):
        put(connect(access), "bucket", "key", b"x", {})


HOSTILE_BODIES = {
    "message": b"<Error><Code>Odd</Code><Message>hidden</Message></Error>",
    "entities": b'<!DOCTYPE e [<!ENTITY a "hidden">]><Error><Code>&a;</Code></Error>',
    "long": b"<Error><Code>" + b"hidden" * 100 + b"</Code></Error>",
    "late": b" " * 1_000_000 + b"<Code>hidden</Code>",
    "deep": b"<Error>" * 100_000 + b"hidden",
    "echo": b"<Error><Code>key hidden</Code></Error>",
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_messages_hold_a_code_and_nothing_else_of_the_answer(body: bytes, answering: Answering, secret: str) -> None:
    answer = (400, {"Content-Length": str(len(body))}, body)
    with answering(answer) as (access, _), pytest.raises(StoreUnavailable) as raised:
        put(connect(access), "bucket", "object", b"x", {})
    assert re.search("out of reach: (Odd|HTTP 400)$", raised.value.message)
    shown = "".join(traceback.format_exception(raised.value))
    assert not [word for word in ("hidden", secret, "X-Amz-Signature=") if word in shown]


def test_no_message_holds_the_signed_address(unused_port: int, secret: str) -> None:
    dead = S3Access(f"127.0.0.1:{unused_port}", "key", secret, region="us-east-1", secure=False)
    with pytest.raises(StoreUnavailable) as raised:
        put(connect(dead), "bucket", "object", b"x", {})
    shown = "".join(traceback.format_exception(raised.value))
    assert not [word for word in (secret, "X-Amz-Signature=", "X-Amz-Credential=") if word in shown]


class _Tampering(http.server.BaseHTTPRequestHandler):
    """Hands a request on with its last byte changed, and takes out the headers its server was told."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        taken: set[str] = self.server.taken  # type: ignore[attr-defined]
        headers = {name: value for name, value in self.headers.items() if name.lower() not in taken}
        onward = http.client.HTTPConnection(self.server.behind, timeout=10)  # type: ignore[attr-defined]
        onward.request("PUT", self.path, body[:-1] + bytes([body[-1] ^ 1]), headers)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", answer.headers.get("ETag") or "")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.mark.s3
@pytest.mark.parametrize("taken", [set(), {"content-md5"}], ids=["both sums", "sum in the address"])
def test_bytes_that_changed_on_the_way_are_not_stored(s3_access: S3Access, taken: set[str]) -> None:
    bucket = f"b{uuid.uuid4().hex}"
    ensure_bucket(connect(s3_access), bucket)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Tampering)
    server.behind, server.taken = s3_access.endpoint, taken  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        between = replace(s3_access, endpoint=f"127.0.0.1:{server.server_address[1]}", region="us-east-1")
        with pytest.raises(StoreUnavailable, match="BadDigest"):
            put(connect(between), bucket, "key", b"content", {})
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    with pytest.raises(NotFound):
        get(connect(s3_access), bucket, "key", "key")
