"""The wheel holds everything a worker needs, and nothing of the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_package_and_flows_are_in_it(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {"colophon", "flows"} <= tops
    assert all(top in ("colophon", "flows") or top.endswith(".dist-info") for top in tops)


@pytest.mark.parametrize("folder", ["data", "catalog/migrations"])
def test_files_that_are_no_modules_are_in_it(names: list[str], folder: str) -> None:
    source = ROOT / "src" / "colophon" / folder
    wanted = {f"colophon/{folder}/{f.relative_to(source)}" for f in source.rglob("*") if f.suffix not in (".pyc", "")}
    assert wanted
    assert wanted <= set(names)


def test_nothing_generated_is_in_it(names: list[str]) -> None:
    assert not [name for name in names if name.endswith((".pem", ".key", ".pyc", ".db", ".jsonl"))]


def test_the_locks_name_no_addresses_and_every_line_has_its_hash() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "deployments" / "requirements.lock"):
        text = lock.read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
        assert len(pins) > 50
        assert all(line.endswith("\\") for line in pins), "a pin without a hash"
