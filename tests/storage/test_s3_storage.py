"""S3's own side: headers, wrong keys, and servers that are dead, slow or something else."""

import http.server
import inspect
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import minio.error
import pytest
import urllib3.exceptions

from colophon.errors import InvalidInput, ObjectCorrupt, StoreUnavailable
from colophon.storage import S3Access, S3Store, open_shelf, open_store
from colophon.storage.s3_client import client, ensure_bucket, own_errors

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
    s3 = client(s3_access)
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
    store = S3Store(client(wrong), "bucket")
    with pytest.raises(StoreUnavailable) as raised:
        store.put(b"x", "image/png")
    assert "COLOPHON_S3_SECRET_KEY" in raised.value.hint
    assert SECRET not in repr(raised.value) + repr(wrong)


def test_a_missing_bucket_is_told(s3_access: S3Access) -> None:
    store = S3Store(client(s3_access), _bucket())
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        store.put(b"x", "image/png")


@pytest.mark.parametrize("name", ["x", "a..b", "-a", "1.2.3.4", "a/b", "a" * 64])
def test_impossible_bucket_names_are_refused(s3_access: S3Access, name: str) -> None:
    with pytest.raises(InvalidInput, match="not an address S3 takes"):
        ensure_bucket(client(s3_access), name)


def test_an_endpoint_that_is_none_is_refused(s3_access: S3Access) -> None:
    with pytest.raises(InvalidInput, match="endpoint"):
        client(replace(s3_access, endpoint="http://127.0.0.1/path?x"))


def test_a_dead_server_is_told_quickly(s3_access: S3Access, unused_port: int) -> None:
    dead = replace(s3_access, endpoint=f"127.0.0.1:{unused_port}")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as raised:
        open_store("s3://bucket", s3=dead)
    assert raised.value.transient
    store = S3Store(client(dead), "bucket")
    for ask in (store.get, store.exists):
        with pytest.raises(StoreUnavailable):
            ask("0" * 64)
    assert time.monotonic() - started < 5


class _Odd(http.server.BaseHTTPRequestHandler):
    """Answers every request with the bytes and headers its server was given."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = self.server.answer  # type: ignore[attr-defined]
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
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    server.answer = (status, headers, body)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield S3Access(f"127.0.0.1:{server.server_address[1]}", "key", SECRET, region="us-east-1", secure=False)
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
        store = S3Store(client(access), "bucket")
        with pytest.raises(StoreUnavailable):
            store.put(b"x", "image/png")
        with pytest.raises(StoreUnavailable):
            store.get("0" * 64)


def test_an_answer_cut_short_is_no_object() -> None:
    with _server(200, {"Content-Length": "1000"}, b"x" * 10) as access, pytest.raises(StoreUnavailable):
        S3Store(client(access), "bucket").get("0" * 64)


def test_an_endless_object_is_cut_off() -> None:
    body = b"x" * (128 * 1024 * 1024 + 1)
    with _server(200, {"Content-Length": str(len(body))}, body) as access, pytest.raises(ObjectCorrupt, match="larger"):
        S3Store(client(access), "bucket").get("0" * 64)


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
