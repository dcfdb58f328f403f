"""S3's own side: headers, wrong keys, and servers that are dead, slow or something else."""

import base64
import hashlib
import http.client
import http.server
import inspect
import threading
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import minio.error
import pytest
import urllib3.exceptions

from colophon.errors import InvalidInput, NotFound, ObjectCorrupt, StoreUnavailable
from colophon.storage import S3Access, S3Store, open_shelf, open_store
from colophon.storage.s3_client import connect, ensure_bucket, get, own_errors
from colophon.storage.s3_put import put, put_new

pytestmark = pytest.mark.s3
SECRET = "a-secret-that-is-shown-nowhere"


def _bucket() -> str:
    return f"b{uuid.uuid4().hex}"


def test_media_types_and_cache_rules_are_kept(s3_access: S3Access) -> None:
    bucket = _bucket()
    store = open_store(f"s3://{bucket}", s3=s3_access)
    shelf = open_shelf(f"s3://{bucket}/cdn", "https://cdn.example", s3=s3_access)
    shelf.put("a.png", b"x", "image/png")
    shelf.replace("list.json", b"[]", "application/json")
    key = store.address(store.put(b"original", "image/avif")).removeprefix(f"s3://{bucket}/")
    s3 = connect(s3_access).api
    found = {name: s3.stat_object(bucket_name=bucket, object_name=name) for name in (key, "cdn/a.png", "cdn/list.json")}
    assert [stat.content_type for stat in found.values()] == ["image/avif", "image/png", "application/json"]
    metadata = {name: stat.metadata or {} for name, stat in found.items()}
    assert metadata["cdn/a.png"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert metadata["cdn/list.json"]["Cache-Control"] == "no-cache"


def test_opening_twice_finds_the_bucket_it_made(s3_access: S3Access) -> None:
    url = f"s3://{_bucket()}"
    digest = open_store(url, s3=s3_access).put(b"x", "image/png")
    assert open_store(url, s3=s3_access).get(digest) == b"x"


def test_wrong_keys_are_told_without_the_key(s3_access: S3Access) -> None:
    wrong = replace(s3_access, secret_key=SECRET)
    store = S3Store(connect(wrong), "bucket")
    with pytest.raises(StoreUnavailable) as raised:
        store.put(b"x", "image/png")
    assert "COLOPHON_S3_SECRET_KEY" in raised.value.hint
    assert SECRET not in repr(raised.value) + repr(wrong)


def test_a_missing_bucket_is_told(s3_access: S3Access) -> None:
    store = S3Store(connect(s3_access), _bucket())
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        store.put(b"x", "image/png")


@pytest.mark.parametrize("name", ["x", "a..b", "-a", "1.2.3.4", "a/b", "a" * 64])
def test_impossible_bucket_names_are_refused(s3_access: S3Access, name: str) -> None:
    with pytest.raises(InvalidInput, match="not an address S3 takes"):
        ensure_bucket(connect(s3_access), name)


def test_an_endpoint_that_is_none_is_refused(s3_access: S3Access) -> None:
    with pytest.raises(InvalidInput, match="endpoint"):
        connect(replace(s3_access, endpoint="http://127.0.0.1/path?x"))


def test_a_dead_server_is_told_quickly(s3_access: S3Access, unused_port: int) -> None:
    dead = replace(s3_access, endpoint=f"127.0.0.1:{unused_port}")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as raised:
        open_store("s3://bucket", s3=dead)
    assert raised.value.transient
    store = S3Store(connect(dead), "bucket")
    for ask in (store.get, store.exists):
        with pytest.raises(StoreUnavailable):
            ask("0" * 64)
    assert time.monotonic() - started < 5


Answer = tuple[int, dict[str, str], bytes]
XML = {"Content-Type": "application/xml"}
STORED: Answer = (200, {"ETag": '"x"'}, b"")


class _Odd(http.server.BaseHTTPRequestHandler):
    """Gives the answers its server was given, the last one again and again, and keeps what was asked."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, self.headers, body))  # type: ignore[attr-defined]
        answers = self.server.answers  # type: ignore[attr-defined]
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def _server(status: int, headers: dict[str, str], body: bytes) -> Iterator[S3Access]:
    with _answering((status, headers, body)) as (access, _):
        yield access


@contextmanager
def _answering(*answers: Answer) -> Iterator[tuple[S3Access, list[Any]]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    server.answers, server.requests = list(answers), []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        access = S3Access(f"127.0.0.1:{server.server_address[1]}", "key", SECRET, region="us-east-1", secure=False)
        yield access, server.requests  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (500, {}, b""),
        (503, {"Content-Type": "text/html"}, b"<html>sorry"),
        (403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDen"),
        (403, {"Content-Type": "application/xml"}, b"\xff\xfe"),
        (302, {"Location": "http://127.0.0.1:9/secret", "Content-Type": "application/xml"}, b""),
    ],
    ids=["500", "html", "cut xml", "no text", "redirect"],
)
def test_odd_answers_are_out_of_reach(status: int, headers: dict[str, str], body: bytes) -> None:
    with _server(status, {**headers, "Content-Length": str(len(body))}, body) as access:
        store = S3Store(connect(access), "bucket")
        with pytest.raises(StoreUnavailable):
            store.put(b"x", "image/png")
        with pytest.raises(StoreUnavailable):
            store.get("0" * 64)


def test_a_put_is_one_request_with_sums_of_its_bytes_and_never_two() -> None:
    content = bytes(range(256)) * 1000
    with _answering((503, {}, b""), STORED) as (access, requests):
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
def test_a_condition_that_fails_leaves_what_is_there(status: int) -> None:
    with _answering((status, {}, b"")) as (access, requests):
        assert not put_new(connect(access), "bucket", "key", b"x", {})
        assert [headers["If-None-Match"] for _, _, headers, _ in requests] == ["*"]


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_knows_no_conditions_is_asked_without(status: int) -> None:
    with _answering((status, {}, b""), STORED) as (access, requests):
        assert put_new(connect(access), "bucket", "key", b"x", {"Cache-Control": "no-cache"})
        assert [headers["If-None-Match"] for _, _, headers, _ in requests] == ["*", None]
        assert [headers["Cache-Control"] for _, _, headers, _ in requests] == ["no-cache", "no-cache"]


def test_two_writers_at_once_are_told_to_come_again() -> None:
    body = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
    with _answering((409, XML, body)) as (access, _), pytest.raises(StoreUnavailable, match="Conflict") as raised:
        put_new(connect(access), "bucket", "key", b"x", {})
    assert raised.value.transient
    assert "another writer" in raised.value.hint


def test_a_page_that_says_yes_to_everything_has_stored_nothing() -> None:
    with _server(200, {"Content-Type": "text/html", "Content-Length": "5"}, b"hello") as access:
        with pytest.raises(StoreUnavailable, match="not S3"):
            S3Store(connect(access), "bucket").put(b"x", "image/png")


HOSTILE_BODIES = {
    "message": b"<Error><Code>Odd</Code><Message>hidden</Message></Error>",
    "entities": b'<!DOCTYPE e [<!ENTITY a "hidden">]><Error><Code>&a;</Code></Error>',
    "long": b"<Error><Code>" + b"hidden" * 100 + b"</Code></Error>",
    "late": b" " * 1_000_000 + b"<Code>hidden</Code>",
    "deep": b"<Error>" * 100_000 + b"hidden",
    "echo": b"<Error><Code>key hidden</Code></Error>",
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_messages_hold_a_code_and_nothing_else_of_the_answer(body: bytes) -> None:
    with _answering((400, {**XML, "Content-Length": str(len(body))}, body)) as (access, _):
        with pytest.raises(StoreUnavailable, match="out of reach: (Odd|HTTP 400)$") as raised:
            put(connect(access), "bucket", "object", b"x", {})
    shown = "".join(traceback.format_exception(raised.value))
    assert not [word for word in ("hidden", SECRET, "X-Amz-Signature=") if word in shown]


def test_no_message_holds_the_signed_address(unused_port: int) -> None:
    dead = S3Access(f"127.0.0.1:{unused_port}", "key", SECRET, region="us-east-1", secure=False)
    with pytest.raises(StoreUnavailable) as raised:
        put(connect(dead), "bucket", "object", b"x", {})
    shown = "".join(traceback.format_exception(raised.value))
    assert not [word for word in (SECRET, "X-Amz-Signature=", "X-Amz-Credential=") if word in shown]


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


@pytest.mark.parametrize("taken", [set(), {"content-md5"}], ids=["both sums", "sum in the address"])
def test_bytes_that_changed_on_the_way_are_not_stored(s3_access: S3Access, taken: set[str]) -> None:
    bucket = _bucket()
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


def test_an_answer_cut_short_is_no_object() -> None:
    with _server(200, {"Content-Length": "1000"}, b"x" * 10) as access, pytest.raises(StoreUnavailable):
        S3Store(connect(access), "bucket").get("0" * 64)


def test_an_endless_object_is_cut_off() -> None:
    body = b"x" * (128 * 1024 * 1024 + 1)
    with _server(200, {"Content-Length": str(len(body))}, body) as access, pytest.raises(ObjectCorrupt, match="larger"):
        S3Store(connect(access), "bucket").get("0" * 64)


def test_every_exception_of_the_client_is_mapped() -> None:
    families = (minio.error.MinioException, urllib3.exceptions.HTTPError)
    raised = [
        each
        for module in (minio.error, urllib3.exceptions)
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Exception) and not issubclass(each, Warning) and each.__module__ == module.__name__
    ]
    assert len(raised) > 20
    # Of the administration client and of proxies, neither of which is used.
    others = {"MinioAdminException", "ProxySchemeUnsupported"}
    assert {each.__name__ for each in raised if not issubclass(each, families)} == others
    for family in families:
        with pytest.raises(StoreUnavailable), own_errors("s3://bucket/key"):
            raise family("foreign")
