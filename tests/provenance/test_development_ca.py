"""The development authority: complete or absent, private, and good enough to sign with."""

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.trust_file import default_policy, parse_policy
from colophon.errors import Conflict, InvalidInput
from colophon.provenance.pki import certificate_facts, make_development_ca
from colophon.provenance.reader import C2paReader
from colophon.provenance.selftest import self_test
from colophon.provenance.signer import C2paSigner

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

NOW = datetime.now(UTC)


def test_files_rights_and_facts(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "certificates"
    make_development_ca(folder, organisation="Northwind", now=NOW)
    assert sorted(path.name for path in folder.iterdir()) == ["ca.pem", "chain.pem", "key.pem"]
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.parent.iterdir()) == ["certificates"]
    (leaf,) = certificate_facts((folder / "chain.pem").read_text(), now=NOW)
    assert leaf.organisation == "Northwind (development)"
    assert leaf.days_left == 364
    (root,) = certificate_facts((folder / "ca.pem").read_text(), now=NOW)
    assert (leaf.issuer, root.subject) == (root.subject, root.issuer)
    assert root.days_left > 3600


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    make_development_ca(tmp_path / "ca", organisation="Northwind", now=NOW)
    before = {path.name: path.read_bytes() for path in (tmp_path / "ca").iterdir()}
    make_development_ca(tmp_path / "ca", organisation="Other", now=NOW + timedelta(days=1))
    assert {path.name: path.read_bytes() for path in (tmp_path / "ca").iterdir()} == before


def test_an_empty_folder_is_filled_and_a_strange_one_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    make_development_ca(tmp_path / "empty", organisation="Northwind", now=NOW)
    assert (tmp_path / "empty" / "ca.pem").is_file()
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "key.pem").write_text("somebody's")
    with pytest.raises(Conflict):
        make_development_ca(tmp_path / "strange", organisation="Northwind", now=NOW)
    assert (tmp_path / "strange" / "key.pem").read_text() == "somebody's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "strange"]


def test_a_fresh_home_signs_what_it_trusts(world: World, tmp_path: Path) -> None:
    make_development_ca(tmp_path / "ca", organisation="Northwind", now=NOW)
    chain, key, authority = ((tmp_path / "ca" / f"{name}.pem").read_text() for name in ("chain", "key", "ca"))
    policy = parse_policy(default_policy(authority, world.vendor.root.pem, date(2026, 1, 1)), str)
    assert self_test(C2paSigner(chain, key, policy=policy), C2paReader(world.confined, policy)) == []


def test_an_expired_certificate_has_negative_days(world: World) -> None:
    (leaf, _) = certificate_facts(world.brand.chain, now=NOW + timedelta(days=400))
    assert leaf.days_left < 0


def test_what_is_no_certificate_is_refused_without_quoting_it() -> None:
    with pytest.raises(InvalidInput) as caught:
        certificate_facts("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", now=NOW)
    assert "c2VjcmV0" not in f"{caught.value} {caught.value.hint}"
