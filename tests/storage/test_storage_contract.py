"""What every store and every shelf promises, run against the folder and against a real S3 server."""

import hashlib
import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from colophon.errors import Conflict, InvalidInput, NotFound, ObjectCorrupt
from colophon.ports import Shelf, Store
from colophon.storage import S3Access, open_shelf, open_store
from colophon.storage.s3_client import connect
from colophon.storage.s3_put import put

PNG = b"\x89PNG" + bytes(range(256)) * 40
NOWHERE = "0" * 64


@dataclass(frozen=True)
class Places:
    """A store and a shelf on one kind of storage, a way to damage a stored object behind its back, and a way to tell
    whether a public file was written again: a mark that any write would take off."""

    store: Store
    shelf: Shelf
    overwrite: Callable[[str, bytes], None]
    mark: Callable[[str], None]
    marked: Callable[[str], bool]


def _folder(request: pytest.FixtureRequest) -> Places:
    path: Path = request.getfixturevalue("tmp_path")
    store = open_store((path / "a store").as_uri(), s3=None)
    shelf = open_shelf((path / "shelf").as_uri(), "https://cdn.example/p/", s3=None)

    def overwrite(digest: str, content: bytes) -> None:
        Path(store.address(digest)).write_bytes(content)

    def mark(key: str) -> None:
        os.utime(path / "shelf" / key, ns=(10**18, 10**18))

    def marked(key: str) -> bool:
        return (path / "shelf" / key).stat().st_mtime_ns == 10**18

    return Places(store, shelf, overwrite, mark, marked)


def _s3(request: pytest.FixtureRequest) -> Places:
    access: S3Access = request.getfixturevalue("s3_access")
    s3, bucket = connect(access), f"b{uuid.uuid4().hex}"
    store = open_store(f"s3://{bucket}/originals", s3=access)
    shelf = open_shelf(f"s3://{bucket}/public", "https://cdn.example/p/", s3=access)

    def overwrite(digest: str, content: bytes) -> None:
        put(s3, bucket, store.address(digest).removeprefix(f"s3://{bucket}/"), content, {})

    def mark(key: str) -> None:
        put(s3, bucket, f"public/{key}", shelf.get(key), {"Cache-Control": "max-age=7"})

    def marked(key: str) -> bool:
        found = s3.api.stat_object(bucket_name=bucket, object_name=f"public/{key}").metadata or {}
        return found.get("Cache-Control") == "max-age=7"

    return Places(store, shelf, overwrite, mark, marked)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def places(request: pytest.FixtureRequest) -> Places:
    return _folder(request) if request.param == "folder" else _s3(request)


def test_what_is_put_comes_back_under_its_digest(places: Places) -> None:
    digest = places.store.put(PNG, "image/png")
    assert digest == hashlib.sha256(PNG).hexdigest()
    assert places.store.get(digest) == PNG
    assert places.store.exists(digest)
    assert places.store.address(digest).endswith(f"sha256/{digest[:2]}/{digest}")


def test_putting_twice_changes_nothing(places: Places) -> None:
    assert places.store.put(PNG, "image/png") == places.store.put(PNG, "image/png")
    assert places.store.get(hashlib.sha256(PNG).hexdigest()) == PNG


def test_empty_bytes_are_bytes(places: Places) -> None:
    assert places.store.get(places.store.put(b"", "text/plain")) == b""


def test_a_megabyte_survives(places: Places) -> None:
    content = PNG * 110
    assert places.store.get(places.store.put(content, "image/png")) == content


def test_what_is_not_there_is_not_found(places: Places) -> None:
    assert not places.store.exists(NOWHERE)
    with pytest.raises(NotFound, match=NOWHERE):
        places.store.get(NOWHERE)
    with pytest.raises(NotFound):
        places.shelf.get("campaign/nothing.png")


@pytest.mark.parametrize("damaged", [PNG[:-1], PNG + b"\0", b"", b"other"])
def test_a_damaged_object_is_reported_and_not_returned(places: Places, damaged: bytes) -> None:
    digest = places.store.put(PNG, "image/png")
    places.overwrite(digest, damaged)
    with pytest.raises(ObjectCorrupt, match=digest):
        places.store.get(digest)


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "/" + "0" * 63, "0" * 64 + "\n"]
)
def test_only_digests_name_objects(places: Places, digest: str) -> None:
    for ask in (places.store.get, places.store.exists, places.store.address):
        with pytest.raises(InvalidInput):
            ask(digest)


def test_eight_threads_may_put_the_same_and_different_bytes(places: Places) -> None:
    start = threading.Barrier(8)

    def work(number: int) -> list[str]:
        start.wait(10)
        return [places.store.put(PNG, "image/png"), places.store.put(PNG + bytes([number]), "image/png")]

    with ThreadPoolExecutor(8) as pool:
        digests = [digest for both in pool.map(work, range(8)) for digest in both]
    assert len(set(digests)) == 9
    assert all(hashlib.sha256(places.store.get(digest)).hexdigest() == digest for digest in digests)


def test_a_shelf_serves_what_was_put_and_says_where(places: Places) -> None:
    assert places.shelf.put("mugs/hero-1.png", PNG, "image/png") == "https://cdn.example/p/mugs/hero-1.png"
    assert places.shelf.get("mugs/hero-1.png") == PNG


def test_a_public_address_never_changes_its_content(places: Places) -> None:
    address = places.shelf.put("mugs/hero-1.png", PNG, "image/png")
    assert places.shelf.put("mugs/hero-1.png", PNG, "image/png") == address
    with pytest.raises(Conflict):
        places.shelf.put("mugs/hero-1.png", PNG + b"more", "image/png")
    assert places.shelf.get("mugs/hero-1.png") == PNG


def test_of_eight_writers_of_one_address_one_wins_and_all_others_know(places: Places) -> None:
    start = threading.Barrier(8)

    def work(number: int) -> bytes | None:
        start.wait(10)
        try:
            places.shelf.put("race.png", bytes([number]) * 1000, "image/png")
        except Conflict:
            return None
        return bytes([number]) * 1000

    with ThreadPoolExecutor(8) as pool:
        winners = [content for content in pool.map(work, range(8)) if content is not None]
    assert winners == [places.shelf.get("race.png")]


def test_lists_may_be_replaced(places: Places) -> None:
    places.shelf.replace("mugs/list.json", b"[]", "application/json")
    assert places.shelf.replace("mugs/list.json", b"[1]", "application/json").endswith("/mugs/list.json")
    assert places.shelf.get("mugs/list.json") == b"[1]"


@pytest.mark.parametrize("content", [b"[1]", b"", PNG])
def test_a_list_that_is_there_already_is_not_written_again(places: Places, content: bytes) -> None:
    address = places.shelf.replace("mugs/list.json", content, "application/json")
    places.mark("mugs/list.json")
    assert places.shelf.replace("mugs/list.json", content, "application/json") == address
    assert places.marked("mugs/list.json")
    for other in (content + b"\n", bytes(len(content) + 1), content):
        places.shelf.replace("mugs/list.json", other, "application/json")
        assert places.shelf.get("mugs/list.json") == other
    assert not places.marked("mugs/list.json")


def test_a_public_file_that_is_there_already_is_not_written_again(places: Places) -> None:
    places.shelf.put("mugs/hero-1.png", PNG, "image/png")
    places.mark("mugs/hero-1.png")
    places.shelf.put("mugs/hero-1.png", PNG, "image/png")
    assert places.marked("mugs/hero-1.png")


def test_what_is_deleted_is_gone_and_its_address_is_free(places: Places) -> None:
    places.shelf.put("mugs/a.png", PNG, "image/png")
    places.shelf.delete("mugs/a.png")
    places.shelf.delete("mugs/a.png")
    with pytest.raises(NotFound):
        places.shelf.get("mugs/a.png")
    places.shelf.put("mugs/a.png", b"new", "image/png")
    assert places.shelf.get("mugs/a.png") == b"new"


HOSTILE_KEYS = [
    "",
    "/etc/passwd",
    "../up.png",
    "a/../../up.png",
    "a/./b.png",
    "a//b.png",
    "a/",
    ".hidden",
    "a/.hidden",
    "a\\b.png",
    "a b.png",
    "A.png",
    "ä.png",
    "a%2e%2e/b.png",
    "a\x00.png",
    "a.png\n",
    "a?versionId=1",
    "x" * 300,
    "/".join(["abcdefgh"] * 100),
]


@pytest.mark.parametrize("key", HOSTILE_KEYS, ids=lambda key: ascii(key)[:20])
def test_hostile_keys_are_refused_everywhere(places: Places, key: str) -> None:
    with pytest.raises(InvalidInput):
        places.shelf.put(key, b"x", "image/png")
    with pytest.raises(InvalidInput):
        places.shelf.replace(key, b"x", "image/png")
    with pytest.raises(InvalidInput):
        places.shelf.get(key)
    with pytest.raises(InvalidInput):
        places.shelf.delete(key)
