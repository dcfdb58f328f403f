"""The folder's own side: files on the disk, and disks that fail."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from colophon.errors import InvalidInput, StoreUnavailable
from colophon.storage import FolderShelf, FolderStore, open_shelf, open_store


def test_files_are_readable_by_a_web_server_and_nothing_else_is_left(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    path = Path(store.address(store.put(b"content", "image/png")))
    FolderShelf(tmp_path / "shelf", "https://cdn.example").put("a.png", b"content", "image/png")
    for file in (path, tmp_path / "shelf" / "a.png"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_putting_again_mends_a_damaged_object(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest = store.put(b"content", "image/png")
    Path(store.address(digest)).write_bytes(b"c0ntent")
    store.put(b"content", "image/png")
    assert store.get(digest) == b"content"


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a folder")
    store, shelf = FolderStore(tmp_path / "store"), FolderShelf(tmp_path / "store", "https://cdn.example")
    with pytest.raises(StoreUnavailable) as raised:
        store.put(b"x", "image/png")
    assert raised.value.transient
    assert "in the place of the folder" in raised.value.hint
    with pytest.raises(StoreUnavailable):
        shelf.put("a/b.png", b"x", "image/png")


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    store, shelf = FolderStore(tmp_path), FolderShelf(tmp_path / "shelf", "https://cdn.example")
    shelf.replace("list.json", b"[]", "application/json")
    content = b"x" * 100_000
    with _files_of_at_most(5_000), pytest.raises(StoreUnavailable, match="File too large"):
        store.put(content, "image/png")
    with _files_of_at_most(5_000), pytest.raises(StoreUnavailable):
        shelf.replace("list.json", content, "application/json")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["list.json"]
    assert shelf.get("list.json") == b"[]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "folder",
        "file://host/folder",
        "file:relative",
        "https://bucket",
        "s3://",
        "s3://b/../c",
        "s3://u:p@b",
        "ftp://x",
    ],
)
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_store(url, s3=None)
    with pytest.raises(InvalidInput):
        open_shelf(url, None, s3=None)


def test_a_bucket_needs_an_endpoint() -> None:
    with pytest.raises(InvalidInput, match="endpoint and keys"):
        open_store("s3://bucket", s3=None)


def test_a_shelf_without_a_public_address_names_its_folder(tmp_path: Path) -> None:
    shelf = open_shelf((tmp_path / "with space").as_uri(), None, s3=None)
    assert shelf.put("a.png", b"x", "image/png") == (tmp_path / "with space" / "a.png").as_uri()
