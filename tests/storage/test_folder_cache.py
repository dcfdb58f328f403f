"""A cache in a folder: bounded, and never other bytes than were put."""

import os
from pathlib import Path

import pytest

from colophon.storage.cache import FolderCache


def test_what_was_put_comes_back_and_what_was_not_does_not(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache", 10_000)
    assert cache.get("abcd-1") is None
    cache.put("abcd-1", b"picture")
    assert cache.get("abcd-1") == b"picture"
    assert FolderCache(tmp_path / "cache", 10_000).get("abcd-1") == b"picture"


@pytest.mark.parametrize("damage", [b"", b"half", b"x" * 39])
def test_damaged_files_are_as_if_they_were_not_there(tmp_path: Path, damage: bytes) -> None:
    cache = FolderCache(tmp_path, 10_000)
    cache.put("abcd-1", b"picture")
    (tmp_path / "ab" / "abcd-1").write_bytes(damage)
    assert cache.get("abcd-1") is None


def test_the_limit_holds_and_what_was_not_asked_for_goes_first(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 5_000)
    for number in range(4):
        cache.put(f"name-{number}", b"x" * 1_000)
        os.utime(tmp_path / "na" / f"name-{number}", (number, number))
    assert cache.get("name-0") is not None  # asked for: now it is the newest
    cache.put("name-9", b"x" * 1_000)
    assert cache.get("name-0") is not None
    assert cache.get("name-1") is None
    assert cache.get("name-9") is not None
    assert sum(file.stat().st_size for file in tmp_path.glob("*/*")) <= 5_000


def test_what_is_larger_than_the_whole_cache_is_not_kept(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, 100)
    cache.put("name-1", b"x" * 101)
    assert cache.get("name-1") is None


@pytest.mark.parametrize("name", ["../../etc", "a/b/c/d", "", "ABCD", ".hidden"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        FolderCache(tmp_path, 100).get(name)


def test_a_disk_that_cannot_be_written_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FolderCache(tmp_path / "file", 1_000)
    cache.put("name-1", b"x")
    assert cache.get("name-1") is None
