"""certs: what is in use and until when, a request for a real certificate, a renewed development set."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from colophon.provenance.pki import Wanted, issue

if TYPE_CHECKING:
    from tests.cli.conftest import Call

APPLICANT = ("--organisation", "Northwind Ltd", "--country", "gb", "--common-name", "Northwind Publishing")
C2PA, EMAIL, DOCUMENT = "1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"


def test_show_names_the_chain_and_the_anchors_with_days_left(call: Call, ready: Path) -> None:
    answer = call("certs", "show", "--json")
    assert answer.code == 0
    view = answer.json
    [leaf] = view["signing"]["chain"]
    assert view["ok"]
    assert view["signing"]["development"]
    assert 360 < leaf["days_left"] <= 365
    assert leaf["purposes"] == [C2PA, EMAIL]
    assert len(leaf["sha256"]) == 64
    assert {"subject", "issuer", "serial", "not_before", "not_after"} <= leaf.keys()
    assert {anchor["name"]: anchor["kind"] for anchor in view["anchors"]} == {"brand": "brand", "sandbox": "vendor"}
    people = call("certs", "show")
    assert "development certificate" in people.out
    assert leaf["subject"] in people.out


def own_set(folder: Path, monkeypatch: pytest.MonkeyPatch, *, days: int, ago: int = 0) -> Any:
    """A certificate of ones own, in the settings and in a policy."""
    start = datetime.now(UTC) - timedelta(days=ago)
    root = issue(Wanted("Root", "Brand Ltd", 3650, authority=True), now=start)
    leaf = issue(Wanted("Signer", "Brand Ltd", days), now=start, issuer=root)
    (folder / "own.pem").write_text(leaf.pem)
    (folder / "own.key").write_text(leaf.key_pem)
    policy = (
        'name = "own"\nversion = "1"\nissued = 2026-01-01\n[[anchor]]\nname = "own"\nkind = "brand"\nreason = "x"\n'
    )
    (folder / "own.toml").write_text(f'{policy}pem = """\n{root.pem}"""\n')
    monkeypatch.setenv("COLOPHON_SIGNING_CERT", str(folder / "own.pem"))
    monkeypatch.setenv("COLOPHON_SIGNING_KEY", str(folder / "own.key"))
    monkeypatch.setenv("COLOPHON_TRUST_POLICY", str(folder / "own.toml"))
    return leaf


def test_show_says_no_once_the_certificate_has_ended(
    call: Call, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_set(tmp_path, monkeypatch, days=10, ago=12)
    answer = call("certs", "show", "--json")
    assert (answer.code, answer.json["ok"]) == (1, False)
    assert "ended on" in answer.json["problems"][0]
    assert answer.json["signing"]["chain"][0]["days_left"] < 0
    assert not answer.json["signing"]["development"]


def test_show_says_no_when_key_and_certificate_do_not_match(
    call: Call, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_set(tmp_path, monkeypatch, days=100)
    monkeypatch.setenv("COLOPHON_SIGNING_KEY", str(ready / "pki" / "key.pem"))
    answer = call("certs", "show", "--json")
    assert answer.code == 1
    assert "does not belong" in answer.json["problems"][0]
    assert "problem: " in call("certs", "show").out


def test_doctor_warns_thirty_days_ahead_for_signer_and_anchors(
    call: Call, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_set(tmp_path, monkeypatch, days=25)
    pinned = issue(Wanted("Vendor", "Vendor Inc.", 29), now=datetime.now(UTC))
    ended = issue(Wanted("Old vendor", "Vendor Inc.", 5), now=datetime.now(UTC) - timedelta(days=9))
    later = issue(Wanted("Later", "Vendor Inc.", 40), now=datetime.now(UTC))
    with (tmp_path / "own.toml").open("a") as policy:
        for name, each in (("vendor", pinned), ("old", ended), ("later", later)):
            policy.write(f'[[anchor]]\nname = "{name}"\nkind = "vendor"\nreason = "x"\npins = ["""{each.pem}"""]\n')
        policy.write('[[anchor]]\nname = "over"\nkind = "vendor"\nreason = "x"\nvalid_until = 2026-01-02\n')
        policy.write(f'pins = ["""{ended.pem}"""]\n')
    answer = call("doctor", "--json")
    assert answer.code == 0
    notes = {
        part: [row["message"] for row in answer.json["checks"] if (row["part"], row["state"]) == (part, "note")]
        for part in ("signing", "trust")
    }
    assert any("24 days left" in message for message in notes["signing"])
    soon, past = notes["trust"]
    assert soon.startswith("anchor vendor,")
    assert soon.endswith("28 days left")
    assert past.startswith("anchor old,")
    assert "ended on" in past


@pytest.mark.parametrize("algorithm", ["es256", "es384", "ps256", "ed25519"])
def test_a_request_has_the_profile_and_a_key_that_only_its_owner_reads(
    call: Call, home: Path, tmp_path: Path, algorithm: str
) -> None:
    answer = call("certs", "request", *APPLICANT, "--algorithm", algorithm, "--second", "document", "--json")
    assert answer.code == 0
    assert {k: answer.json[k] for k in ("request", "new_key", "algorithm")} == {
        "request": "signing.csr", "new_key": "signing-key.pem", "algorithm": algorithm,
    }  # fmt: skip
    request = x509.load_pem_x509_csr((tmp_path / "signing.csr").read_bytes())
    key = serialization.load_pem_private_key((tmp_path / "signing-key.pem").read_bytes(), None)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert request.subject.rfc4514_string() == "CN=Northwind Publishing,O=Northwind Ltd,C=GB"
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [oid.dotted_string for oid in purposes] == [C2PA, DOCUMENT]
    usage = request.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert stat.S_IMODE((tmp_path / "signing-key.pem").stat().st_mode) == 0o600
    assert not home.exists()


def test_a_request_overwrites_nothing(call: Call, home: Path, tmp_path: Path) -> None:
    (tmp_path / "signing-key.pem").write_text("somebody's key")
    answer = call("certs", "request", *APPLICANT, "--json")
    assert (answer.code, answer.error["code"], answer.error["where"]) == (1, "conflict", "signing-key.pem")
    assert (tmp_path / "signing-key.pem").read_text() == "somebody's key"
    assert not (tmp_path / "signing.csr").exists()
    assert call("certs", "request", *APPLICANT, "--new-key", "other.pem", "--json").code == 0
    answer = call("certs", "request", *APPLICANT, "--new-key", "third.pem", "--json")
    assert (answer.code, answer.error["where"]) == (1, "signing.csr")
    assert not (tmp_path / "third.pem").exists()


def test_a_request_for_a_key_there_is(call: Call, ready: Path, tmp_path: Path) -> None:
    key = ready / "pki" / "key.pem"
    answer = call("certs", "request", *APPLICANT, "--key", f"file:{key}", "--json")
    assert (answer.code, answer.json["new_key"]) == (0, None)
    request = x509.load_pem_x509_csr((tmp_path / "signing.csr").read_bytes())
    leaf = x509.load_pem_x509_certificate((ready / "pki" / "chain.pem").read_bytes())
    assert request.public_key() == leaf.public_key()


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("--organisation", "Northwind", "--country", "GBR", "--common-name", "x"), "--country"),
        (("--organisation", " ", "--country", "GB", "--common-name", "x"), "--organisation"),
        (("--organisation", "Northwind", "--country", "GB", "--common-name", "x" * 65), "--common-name"),
        ((*APPLICANT, "--key", "env:NOT_SET"), "COLOPHON_SIGNING_KEY"),
        ((*APPLICANT, "--out", "nowhere/signing.csr"), "nowhere/signing.csr"),
    ],
)
def test_a_request_that_makes_no_sense_leaves_no_file(
    call: Call, home: Path, tmp_path: Path, arguments: tuple[str, ...], where: str
) -> None:
    answer = call("certs", "request", *arguments, "--json")
    assert (answer.code, answer.error["where"]) == (2, where)
    assert not (tmp_path / "signing.csr").exists()
    assert "nowhere" in where or not (tmp_path / "signing-key.pem").exists()


def test_develop_renews_and_the_next_command_uses_it(call: Call, ready: Path) -> None:
    old = call("certs", "show", "--json").json["signing"]["chain"][0]["sha256"]
    answer = call("certs", "develop", "--json")
    assert answer.code == 0
    assert {"anchor", "policy", "archived", "certificate"} <= answer.json.keys()
    view = call("certs", "show", "--json").json
    assert view["ok"]
    assert view["signing"]["chain"][0]["sha256"] == answer.json["certificate"]["sha256"] != old
    assert answer.json["anchor"] in [anchor["name"] for anchor in view["anchors"]]
    assert call("doctor").code == 0
    assert "their key is deleted" in call("certs", "develop").out


def test_develop_without_a_home_says_what_to_do_and_makes_nothing(call: Call, home: Path) -> None:
    answer = call("certs", "develop", "--json")
    assert (answer.code, answer.error["hint"]) == (2, "run `colophon init`")
    assert not home.exists()
