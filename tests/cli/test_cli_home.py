"""init, doctor, schema and the settings: what people do first, and what goes wrong first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def files(folder: Path) -> dict[str, bytes]:
    """All but the database's own bookkeeping."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.startswith("catalog.db")
    }


def test_init_twice_changes_nothing(call: Call, home: Path) -> None:
    first = call("init", "--json")
    assert first.code == 0
    assert {"home", "made"} <= first.json.keys()
    before = files(home)
    assert {"colophon.toml", "trust.toml", "pki/ca.pem", "pki/chain.pem", "pki/key.pem"} <= before.keys()
    assert (home / "pki" / "key.pem").stat().st_mode & 0o077 == 0
    second = call("init", "--json")
    assert (second.code, second.json) == (0, {"home": str(home), "made": []})
    assert files(home) == before
    assert "everything was there already" in call("init").out


def test_init_completes_a_home_that_lacks_something(call: Call, ready: Path) -> None:
    key = (ready / "pki" / "key.pem").read_bytes()
    (ready / "trust.toml").unlink()
    assert call("init", "--json").json["made"] == [str(ready / "trust.toml")]
    assert (ready / "pki" / "key.pem").read_bytes() == key


@pytest.mark.parametrize(("with_issuer", "code"), [(True, 0), (False, 1)])
def test_a_home_for_a_certificate_of_ones_own_believes_its_issuer(
    call: Call, ready: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, with_issuer: bool, code: int
) -> None:
    """Without the issuer in the chain nothing vouches for it, and doctor says so."""
    pki = ready / "pki"
    own = tmp_path / "own.pem"
    own.write_text((pki / "chain.pem").read_text() + ((pki / "ca.pem").read_text() if with_issuer else ""))
    monkeypatch.setenv("COLOPHON_SIGNING_CERT", str(own))
    monkeypatch.setenv("COLOPHON_SIGNING_KEY", str(pki / "key.pem"))
    monkeypatch.setenv("COLOPHON_HOME", str(tmp_path / "other"))
    assert call("init").code == 0
    assert not (tmp_path / "other" / "pki").exists()
    doctor = call("doctor", "--json")
    assert doctor.code == code
    assert {row["part"] for row in doctor.json["checks"] if row["state"] == "problem"} == (
        {"signing"} if code else set()
    )


def test_init_refuses_a_certificate_file_without_certificates(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own.pem").write_text("not a certificate")
    monkeypatch.setenv("COLOPHON_SIGNING_CERT", str(tmp_path / "own.pem"))
    answer = call("init", "--json")
    assert answer.code == 2
    assert answer.error["where"] == str(tmp_path / "own.pem")


def test_a_file_in_the_place_of_the_home_is_told(call: Call, home: Path) -> None:
    home.write_text("not a folder")
    answer = call("init", "--json")
    assert answer.code == 2
    assert answer.error["code"] == "invalid_input"
    assert answer.error["where"] == str(home)
    assert "COLOPHON_HOME" in answer.error["hint"]
    assert home.read_text() == "not a folder"


@pytest.mark.parametrize("command", [("campaigns",), ("status", "spring"), ("run", "brief.json"), ("doctor",)])
def test_no_command_falls_over_a_file_in_the_place_of_the_home(
    call: Call, home: Path, brief: Callable[..., str], command: tuple[str, ...]
) -> None:
    brief()
    home.write_text("not a folder")
    answer = call(*command, "--json")
    assert answer.code in (1, 2, 3)
    assert isinstance(answer.json, dict)
    assert home.read_text() == "not a folder"


@pytest.mark.parametrize("command", [("campaigns",), ("status", "spring"), ("assets", "list"), ("review", "list")])
def test_a_broken_database_is_told_in_plain_words(call: Call, ready: Path, command: tuple[str, ...]) -> None:
    (ready / "catalog.db").write_bytes(b"this is not a database file\n" * 200)
    answer = call(*command, "--json")
    assert (answer.code, answer.error["code"]) == (2, "invalid_input")
    assert "catalog's file cannot be used" in answer.error["message"]
    assert "backup" in answer.error["hint"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COLOPHON_IMAGING_WORKERS", "many"),
        ("COLOPHON_CROP_LOSS", "2"),
        ("COLOPHON_ROUTES__BFL__BASE_URLL", "https://api.bfl.ai"),
        ("COLOPHON_DATABASE_URL", "mysql://localhost/colophon"),
        ("COLOPHON_STORAGE_URL", "ftp://somewhere"),
    ],
)
def test_a_wrong_setting_is_named(
    call: Call, ready: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = call("status", "spring", "--json")
    assert answer.code == 2
    assert answer.error["code"] == "invalid_input"
    assert name in json.dumps(answer.error)


def test_a_wrong_secret_is_not_repeated(call: Call, ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOPHON_DATABASE_URL", "postgresql+psycopg://me:hunter2secret@localhost:port/colophon")
    for flags in ((), ("--json",)):
        answer = call("status", "spring", *flags)
        assert answer.code == 2
        assert "hunter2secret" not in answer.out + answer.err


@pytest.mark.parametrize("text", ["organisation = ", "surprise = 1", "\x00\x01"])
def test_a_settings_file_that_cannot_be_read_is_told(call: Call, ready: Path, text: str) -> None:
    (ready / "colophon.toml").write_text(text)
    answer = call("campaigns", "--json")
    assert answer.code == 2
    assert answer.error["message"]


def test_the_environment_wins_over_the_settings_file(
    call: Call, ready: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (ready / "colophon.toml").write_text(f'database_url = "sqlite:///{tmp_path}/file.db"\n')
    assert call("campaigns").code == 0
    assert (tmp_path / "file.db").exists()
    monkeypatch.setenv("COLOPHON_DATABASE_URL", f"sqlite:///{tmp_path}/environment.db")
    assert call("campaigns").code == 0
    assert (tmp_path / "environment.db").exists()


def test_doctor_on_a_fresh_home_finds_notes_and_no_problem(call: Call, ready: Path) -> None:
    answer = call("doctor", "--json")
    assert (answer.code, answer.json["ok"]) == (0, True)
    states = {row["part"]: row["state"] for row in answer.json["checks"]}
    assert states["catalog"] == states["store"] == states["trust"] == "ok"
    assert states["route bfl"] == "note"
    texts = " ".join(row["message"] for row in answer.json["checks"])
    assert "development certificate" in texts
    assert "draws its own pictures" in texts


def test_doctor_without_a_home_says_what_to_do_and_makes_none(call: Call, home: Path) -> None:
    answer = call("doctor", "--json")
    assert (answer.code, answer.json["ok"]) == (1, False)
    assert answer.json["checks"][0]["hint"] == "colophon init"
    assert not home.exists()


def test_doctor_finds_a_key_that_does_not_belong_and_goes_on(call: Call, ready: Path) -> None:
    (ready / "trust.toml").write_text('name = "none"\nversion = "1"\nissued = 2026-01-01\n')
    answer = call("doctor", "--json")
    assert answer.code == 1
    found = {row["part"]: row["state"] for row in answer.json["checks"]}
    assert found["signing"] == "problem"
    assert found["catalog"] == "ok"
    assert "prefect" in found


def test_doctor_finds_a_damaged_policy(call: Call, ready: Path) -> None:
    (ready / "trust.toml").write_text("surprise = 1\n")
    answer = call("doctor", "--json")
    assert answer.code == 1
    assert "problem" in {row["state"] for row in answer.json["checks"] if row["part"] in ("signing", "trust")}


def test_schema_writes_the_schemas_that_are_shipped(call: Call, home: Path, tmp_path: Path) -> None:
    assert call("schema", str(tmp_path / "out"), "--json").json == {"folder": str(tmp_path / "out")}
    shipped = Path(__file__).parents[2] / "schemas"
    written = {p.name: p.read_text() for p in (tmp_path / "out").iterdir()}
    assert written == {p.name: p.read_text() for p in (*shipped.glob("*.schema.json"), shipped / "api.openapi.json")}
    assert not home.exists()


def test_schema_into_a_place_that_cannot_be_is_told(call: Call, home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = call("schema", str(tmp_path / "file"), "--json")
    assert answer.code == 2
    assert answer.error["where"] == str(tmp_path / "file")
