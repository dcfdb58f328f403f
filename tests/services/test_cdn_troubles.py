"""A CDN store that is full, read-only or shut, and a disk that is full while an export is written: told, nothing half
public, and a re-run completes it. The full ones are real: tiny file systems in a mount namespace of their own."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap.auditing import Elsewhere, audit_of
from colophon.domain.asset import sha256
from colophon.errors import StoreUnavailable
from colophon.services.audit_verify import audit_view, verify
from colophon.services.publish import publish
from colophon.services.withdraw import unpublish
from colophon.storage import S3Access, S3Shelf
from colophon.storage.s3_client import connect

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World

OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")
TINY = r"""
import json, os, subprocess, sys
from pathlib import Path
from colophon.bootstrap import runtime
from colophon.bootstrap.exports import write_export
from colophon.errors import ColophonError
from colophon.services.publish import publish

place, told = Path(sys.argv[1]), {}
place.mkdir(exist_ok=True)

def tried(name, options, work):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
    try:
        work()
        told[name] = ["done", "", []]
    except ColophonError as error:
        left = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
        told[name] = [error.code, error.message, left]
    subprocess.run(["umount", place], check=True)

rt = runtime()
for size in ("4k", "12k", "20k", "28k", "ro"):
    tried(f"publish {size}", "ro" if size == "ro" else f"size={size}", lambda: publish("spring", press=rt.press))
tried("export", "size=4k", lambda: write_export("spring", "json", rt, out=place / "lineage.json"))
print(json.dumps(told))
"""


def agrees(world: "World") -> list[dict[str, Any]]:
    with audit_of(world.rt, Elsewhere(), sample=None, signatures=False) as audit:
        found: list[dict[str, Any]] = audit_view(verify(audit))["problems"]
        return found


def can_mount() -> bool:
    return (
        shutil.which("unshare") is not None
        and not subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, check=False).returncode
    )


@pytest.fixture
def world(approved_home: Path, tmp_path: Path, open_world: "OpenWorld") -> "World":
    shutil.copytree(approved_home, tmp_path / "home")
    return open_world(tmp_path)


@pytest.mark.skipif(not can_mount(), reason="this system lets nobody but root mount in a namespace of its own")
def test_full_and_read_only_places_are_told_and_a_rerun_completes(world: "World") -> None:
    done = subprocess.run(
        [*OWN_MOUNTS, sys.executable, "-c", TINY, str(world.settings.home / "cdn")],
        env={**os.environ, "COLOPHON_HOME": str(world.settings.home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    codes = {name: code for name, (code, *_) in told.items()}
    assert codes["publish 4k"] == codes["publish ro"] == "store_unavailable"
    assert set(codes.values()) <= {"store_unavailable", "invalid_input", "done"}
    assert "read-only" in told["publish ro"][1].lower()
    assert "No space left" in told["publish 4k"][1]
    assert codes["export"] != "done"
    assert told["export"][2] == []
    for name, (code, _, files) in told.items():
        assert not any(".part" in file for file in files), name
        assert code == "done" or "current.json" not in files, name
    # On a disk that has room everything is there, and agrees.
    assert publish("spring", press=world.rt.press).list_address
    assert agrees(world) == []


class Until:
    """A shelf in front of another on which so many writes succeed, and then none."""

    def __init__(self, inner: Any, writes: int) -> None:
        self._inner, self.left = inner, writes
        self.get, self.delete = inner.get, inner.delete

    def put(self, key: str, content: bytes, media_type: str) -> str:
        return self._write(self._inner.put, key, content, media_type)

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        return self._write(self._inner.replace, key, content, media_type)

    def _write(self, write: Any, key: str, content: bytes, media_type: str) -> str:
        if not self.left:
            raise StoreUnavailable("the store is out of reach: No space left on device", where=key)
        self.left -= 1
        return str(write(key, content, media_type))


@pytest.mark.parametrize("writes", range(5))
def test_a_store_that_fills_up_at_any_write_lists_only_what_is_served(writes: int, world: "World") -> None:
    """Manifest, file, list, signature, list of lists: one more of them succeeds each time."""
    press, cdn = world.rt.press, world.settings.home / "cdn"
    with pytest.raises(StoreUnavailable, match="No space left"):
        publish("spring", press=replace(press, shelf=Until(press.shelf, writes)))
    for listed in cdn.glob("*/publications.json"):
        for entry in json.loads(listed.read_bytes())["publications"]:
            assert sha256(Path(entry["address"].removeprefix("file://")).read_bytes()) == entry["sha256"]
    publish("spring", press=press)
    assert agrees(world) == []
    unpublish("spring", press=press)
    assert agrees(world) == []


@pytest.mark.s3
def test_a_bucket_that_is_shut_is_told_and_a_rerun_completes(
    approved_home: Path, tmp_path: Path, open_world: "OpenWorld", s3_access: S3Access
) -> None:
    shutil.copytree(approved_home, tmp_path / "home")
    bucket = f"b{uuid.uuid4().hex}"
    keys = {"cdn_url": f"s3://{bucket}", "cdn_s3_endpoint": s3_access.endpoint, "cdn_s3_secure": False}
    own = {"cdn_s3_access_key": s3_access.access_key, "cdn_s3_secret_key": s3_access.secret_key}
    shut = open_world(tmp_path, **keys, **own | {"cdn_s3_secret_key": "not-this-one"})
    with pytest.raises(StoreUnavailable) as refused:  # when it is opened
        publish("spring", press=shut.rt.press)
    assert "not-this-one" not in repr(refused.value) + refused.value.hint
    world = open_world(tmp_path, **keys, **own)
    for access, name in ((replace(s3_access, secret_key="not-this-one"), bucket), (s3_access, f"{bucket}-gone")):
        shelf = S3Shelf(connect(access), name, "", f"s3://{name}")
        with pytest.raises(StoreUnavailable):  # and when it is shut later
            publish("spring", press=replace(world.rt.press, shelf=shelf))
    assert world.rt.catalog.publications.of_campaign("spring") == []
    done = publish("spring", press=world.rt.press)
    assert len(done.added) == 1
    assert world.rt.shelf.get("current.json")
    assert agrees(world) == []
