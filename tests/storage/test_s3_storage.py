"""S3's own side: headers, wrong keys, and servers that are dead, slow or something else."""

import inspect
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import minio.error
import pytest
import urllib3.exceptions

from colophon.errors import InvalidInput, ObjectCorrupt, StoreUnavailable
from colophon.storage import S3Access, S3Store, open_shelf, open_store
from colophon.storage.s3_client import connect, ensure_bucket, own_errors

pytestmark = pytest.mark.s3
Answering = Callable[..., AbstractContextManager[tuple[S3Access, list[Any]]]]


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


def test_wrong_keys_are_told_without_the_key(s3_access: S3Access, secret: str) -> None:
    wrong = replace(s3_access, secret_key=secret)
    store = S3Store(connect(wrong), "bucket")
    with pytest.raises(StoreUnavailable) as raised:
        store.put(b"x", "image/png")
    assert "COLOPHON_S3_SECRET_KEY" in raised.value.hint
    assert secret not in repr(raised.value) + repr(wrong)


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
def test_odd_answers_are_out_of_reach(answering: Answering, status: int, headers: dict[str, str], body: bytes) -> None:
    with answering((status, {**headers, "Content-Length": str(len(body))}, body)) as (access, _):
        store = S3Store(connect(access), "bucket")
        with pytest.raises(StoreUnavailable):
            store.put(b"x", "image/png")
        with pytest.raises(StoreUnavailable):
            store.get("0" * 64)


def test_an_answer_cut_short_is_no_object(answering: Answering) -> None:
    with answering((200, {"Content-Length": "1000"}, b"x" * 10)) as (access, _), pytest.raises(StoreUnavailable):
        S3Store(connect(access), "bucket").get("0" * 64)


def test_an_endless_object_is_cut_off(answering: Answering) -> None:
    body = b"x" * (128 * 1024 * 1024 + 1)
    answer = (200, {"Content-Length": str(len(body))}, body)
    with answering(answer) as (access, _), pytest.raises(ObjectCorrupt, match="larger"):
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
