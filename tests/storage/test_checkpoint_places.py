"""Places for checkpoints, in a folder and on a real S3 server: names are written once and listed."""

import uuid
from pathlib import Path

import pytest

from colophon.errors import Conflict, InvalidInput, NotFound
from colophon.ports import CheckpointPlace
from colophon.storage import open_place


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def place(request: pytest.FixtureRequest) -> CheckpointPlace:
    if request.param == "s3":
        access = request.getfixturevalue("s3_access")
        return open_place(f"s3://b{uuid.uuid4().hex}/originals", "checkpoints", s3=access)
    path: Path = request.getfixturevalue("tmp_path")
    return open_place((path / "store").as_uri(), "checkpoints", s3=None)


def test_names_are_written_once_and_listed(place: CheckpointPlace) -> None:
    assert list(place.names("")) == []
    for name in ("log/0002.txt", "log/0001.txt", "log/sub/0001.txt", "other/0001.txt"):
        place.put(name, name.encode())
        place.put(name, name.encode())
    assert list(place.names("log/")) == ["log/0001.txt", "log/0002.txt", "log/sub/0001.txt"]
    assert place.get("log/0002.txt") == b"log/0002.txt"
    with pytest.raises(Conflict):
        place.put("log/0002.txt", b"other")
    with pytest.raises(NotFound):
        place.get("log/0003.txt")
    with pytest.raises(InvalidInput):
        place.put("../outside.txt", b"")
