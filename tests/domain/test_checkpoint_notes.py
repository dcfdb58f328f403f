"""Checkpoints as signed notes: one spelling, and no other is read."""

from datetime import UTC, datetime

import pytest

from colophon.domain.checkpoint import Checkpoint, Note, checked_origin, read_note
from colophon.errors import InvalidInput

AT = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
CHECKPOINT = Checkpoint("brand.example/log", 20852163, bytes(range(32)), AT, "ab" * 32)
NOTE = Note(CHECKPOINT, b"\x01\x02\x03\x04", b"signature")


def test_a_note_is_written_as_the_format_says() -> None:
    assert NOTE.dump().decode() == (
        "brand.example/log\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        f"time 2027-03-04T05:06:07Z\ncertificate sha256:{'ab' * 32}\n\n"
        "\u2014 brand.example/log AQIDBHNpZ25hdHVyZQ==\n"
    )
    assert read_note(NOTE.dump()) == NOTE
    assert CHECKPOINT.name == "brand.example/log/0000000020852163.txt"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("20852163", "020852163"),
        lambda text: text.replace("\n\n", "\nmore\n\n"),
        lambda text: text.replace("\u2014 brand.example", "\u2014 other.example"),
        lambda text: text.replace("AAEC", "!!!!"),
        lambda text: text.replace("sha256:ab", "sha256:AB"),
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda _: "",
        lambda _: "\n" * 20_000,
    ],
)
def test_any_other_spelling_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(InvalidInput, match="not a checkpoint"):
        read_note(change(NOTE.dump().decode()).encode())


@pytest.mark.parametrize("origin", ["", "Upper", "../up", "a//b", "certificates", "x" * 200, "a b"])
def test_a_log_has_a_name_that_is_safe_as_a_folder(origin: str) -> None:
    with pytest.raises(InvalidInput):
        checked_origin(origin)
