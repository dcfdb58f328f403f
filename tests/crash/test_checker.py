"""The checker finds what it is there for: what a clean run left is changed, and each change is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash import invariants
from tests.crash.driver import Bench, ForkServer, Place
from tests.crash.invariants import Evidence, Line


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, fork_servers: list[ForkServer]) -> Place:
    """The home of a run that nothing disturbed."""
    return Bench(tmp_path_factory.mktemp("checker"), fork_servers[:1]).finished()


def found(place: Place, evidence: Evidence) -> set[str]:
    return {text[:2] for text in invariants.violations(evidence, anchors=place.anchors, in_doubt=0)}


def test_a_run_that_nothing_disturbed_violates_nothing(clean: Place) -> None:
    assert found(clean, clean.evidence()) == set()


@pytest.mark.parametrize(
    ("statement", "violated"),
    [
        ("UPDATE generations SET state = 'submitted' WHERE variant = 1", "I1"),
        ("DELETE FROM renditions WHERE rowid = 1", "I1"),
        ("UPDATE ledger SET micros = micros + 1 WHERE kind = 'charge'", "I3"),
        ("UPDATE ledger SET request_id = NULL WHERE kind = 'charge'", "I3"),
        ("DELETE FROM ledger WHERE kind = 'release'", "I3"),
        ("UPDATE attempts SET outcome = 'unknown'", "I2"),
        ("UPDATE purses SET spent = spent + 1", "I7"),
        ("UPDATE assets SET bytes = bytes + 1", "I5"),
        ("UPDATE assets SET state = 'held'", "I6"),
        ("UPDATE publications SET published_until = published_from", "I6"),
    ],
)
def test_a_row_that_was_changed_is_found(clean: Place, tmp_path: Path, statement: str, violated: str) -> None:
    copied = tmp_path / "catalog.db"
    with sqlite3.connect(clean.home / "catalog.db") as source, sqlite3.connect(copied) as target:
        source.backup(target)
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute(statement)
    for connection in (source, target):
        connection.close()
    evidence = replace(clean.evidence(), rows=invariants.read_rows(str(copied)))
    assert violated in found(clean, evidence)
    assert invariants.changed(clean.evidence(), evidence)


def _second_line(evidence: Evidence) -> Evidence:
    first = evidence.invoice[0]
    return replace(evidence, invoice=[*evidence.invoice, Line("another", first.wish, first.micros)])


def _dearer(evidence: Evidence) -> Evidence:
    first, *rest = evidence.invoice
    return replace(evidence, invoice=[Line(first.id, first.wish, first.micros + 1), *rest])


def _no_store(evidence: Evidence) -> Evidence:
    return replace(evidence, store={})


def _other_bytes(evidence: Evidence) -> Evidence:
    return replace(
        evidence, shelf={path: content + b"x" for path, content in evidence.shelf.items() if "json" not in path}
    )


def _one_more_file(evidence: Evidence) -> Evidence:
    return replace(evidence, shelf={**evidence.shelf, "spring/extra.jpg": b"x"})


@pytest.mark.parametrize(
    ("change", "violated"),
    [(_second_line, "I2"), (_second_line, "I3"), (_dearer, "I3"), (_no_store, "I5"), (_other_bytes, "I5"),
     (_one_more_file, "I6")],
)  # fmt: skip
def test_an_invoice_and_files_that_do_not_fit_are_found(
    clean: Place, change: Callable[[Evidence], Evidence], violated: str
) -> None:
    assert violated in found(clean, change(clean.evidence()))


def test_a_signature_under_another_authority_is_found(clean: Place) -> None:
    vendor_only = clean.anchors[clean.anchors.rindex("-----BEGIN") :]
    evidence = clean.evidence()
    assert {text[:2] for text in invariants.violations(evidence, anchors=vendor_only)} == {"I6"}


def test_rows_of_the_ledger_that_are_gone_are_found(clean: Place) -> None:
    rows = clean.evidence().rows["ledger"]
    assert invariants.rewritten(rows, rows) == []
    assert len(invariants.rewritten(rows, rows[1:])) == 1


def test_the_checker_imports_nothing_of_the_product() -> None:
    source = Path(invariants.__file__).read_text(encoding="utf-8")
    assert "colophon" not in source.replace("colophon@", "")
