"""Every kind of trouble in the table of `docs/provenance.md`, made and read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from colophon.confined import Confined
from colophon.domain.provenance import Provenance
from colophon.provenance.reader import C2paReader
from tests.provenance.conftest import World
from tests.provenance.lab import Lab
from tests.provenance.stamping import OPENSSL, responder_in
from tests.provenance.troubles import TROUBLES, Trouble

PAGE = Path(__file__).parents[2] / "docs" / "provenance.md"
ROWS = [row for group in TROUBLES.values() for row in group]


@pytest.fixture(scope="module")
def lab(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if OPENSSL is None:
        pytest.skip("needs the openssl program")
    with responder_in(tmp_path_factory.mktemp("tsa"), world) as stamps:
        yield Lab(world, stamps.url, world.stranger)


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    pool = Confined(1)
    yield pool
    pool.close()


@pytest.mark.parametrize("row", ROWS, ids=[re.sub(r"[^a-zA-Z0-9]+", "-", row.words) for row in ROWS])
def test_each_kind_of_trouble_has_its_verdict_in_parts(row: Trouble, lab: Lab, confined: Confined) -> None:
    subject = row.make(lab)
    reader = C2paReader(confined, subject.policy or lab.policy())
    verdict = reader.read(subject.content, subject.detached, at=subject.at)
    assert parts(verdict) == row.parts
    assert codes(verdict) == row.problems


def parts(verdict: Provenance) -> tuple[str, ...]:
    signer = "none"
    if verdict.signer is not None:
        signer = verdict.signer.anchor or "not known"
        signer += " (pin)" if verdict.signer.basis == "pin" else ""
    return verdict.state.value, verdict.integrity, signer, verdict.timestamp, verdict.revocation


def codes(verdict: Provenance) -> tuple[str, ...]:
    return tuple(problem for problem in verdict.problems if re.fullmatch(r"[\w-]+(\.[\w-]+)+", problem))


def test_the_table_in_the_documentation_is_this_one() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


def table() -> str:
    lines = []
    for name, rows in TROUBLES.items():
        lines += [f"**{name}**", "", "| trouble | state | integrity | signer | time stamp | revocation | problems |"]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += ["| " + " | ".join((row.words, *row.parts, _codes(row))) + " |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def _codes(row: Trouble) -> str:
    return ", ".join(f"`{code}`" for code in row.problems) or "-"
