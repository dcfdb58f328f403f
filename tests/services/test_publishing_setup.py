"""What publishing is made of under given settings, and whether another process is known to have ended."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from colophon.bootstrap.cdn import cdn_access
from colophon.bootstrap.publishing import dead, make_purge, make_view, this_process
from colophon.errors import InvalidInput
from colophon.ports import Holder
from colophon.settings import Settings
from colophon.storage import FolderShelf, S3Access

STORE = S3Access("store.example", "store-key", "store-secret", "eu-1", secure=False)
OWN = "import sys; from colophon.bootstrap.publishing import this_process; print(this_process(), flush=True); input()"


def settings(**members: Any) -> Settings:
    return Settings(home=Path("/nowhere"), s3_endpoint="store.example", s3_region="eu-1", s3_secure=False, **members)


def test_the_cdn_store_has_keys_of_its_own_or_the_stores() -> None:
    assert cdn_access(settings(), STORE) == STORE
    assert cdn_access(settings(), None) is None
    own = cdn_access(settings(cdn_s3_access_key="k", cdn_s3_secret_key="s", cdn_s3_endpoint="cdn.example"), STORE)
    assert own == S3Access("cdn.example", "k", "s", "eu-1", secure=False)
    assert cdn_access(settings(cdn_s3_secure=True, cdn_s3_region="us-2"), STORE) == S3Access(
        "store.example", "store-key", "store-secret", "us-2", secure=True
    )
    assert "store-secret" not in repr(own)
    for half in ({"cdn_s3_access_key": "k"}, {"cdn_s3_secret_key": "s"}):
        with pytest.raises(InvalidInput, match="half a pair"):
            cdn_access(settings(**half), STORE)


@pytest.mark.parametrize(
    ("members", "public"),
    [
        ({}, False),
        ({"cdn_public_url": "https://cdn.example"}, True),
        ({"cdn_public_url": "https://cdn.example", "cdn_read_back": "store"}, False),
    ],
)
def test_the_public_is_asked_where_it_has_an_address(members: dict[str, Any], public: bool, tmp_path: Path) -> None:
    assert make_view(settings(**members), FolderShelf(tmp_path, "https://cdn.example")).public is public


def test_a_purge_needs_its_parts() -> None:
    assert make_purge(settings()) is None
    with pytest.raises(InvalidInput, match="a service and a token"):
        make_purge(settings(purge={"kind": "fastly", "service": "abc"}))
    made = make_purge(settings(purge={"kind": "fastly", "service": "abc", "token": "secret-token"}))
    assert made is not None
    assert made.name == "fastly"


def test_a_process_is_dead_only_when_that_is_known() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        holder = Holder("t", other.stdout.readline().strip())
        assert not dead(holder)
        other.kill()
        other.wait()
    assert dead(holder)
    boot, space, number, started = holder.process.split(" ")
    assert not dead(Holder("t", f"another-boot {space} {number} {started}"))
    assert not dead(Holder("t", f"{boot} pid:[1] {number} {started}"))
    assert not dead(Holder("t", ""))
    mine = this_process().split(" ")
    assert not dead(Holder("t", " ".join(mine)))
    assert dead(Holder("t", " ".join([*mine[:3], "7"])))  # the number belongs to a younger process now
