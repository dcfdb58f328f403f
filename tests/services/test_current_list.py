"""The lists that publishing jobs read: their schema, their markup, their signature, and what a reader can find out."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from colophon.bootstrap.rotation import renew_development_set
from colophon.briefs import schemas
from colophon.domain.asset import sha256
from colophon.errors import ObjectCorrupt, SigningError, StoreUnavailable
from colophon.provenance.list_signing import JwsSigner
from colophon.services.publish import publish
from colophon.services.withdraw import unpublish, uphold

if TYPE_CHECKING:
    from tests.services.conftest import World

PAGE = Path(__file__).parents[2] / "docs" / "publishing.md"


@pytest.fixture
def world(tmp_path: Path, approved_home: Path, open_world: Any) -> World:
    shutil.copytree(approved_home, tmp_path / "home")
    made: World = open_world(tmp_path)
    return made


def public(world: World, name: str = "current.json") -> bytes:
    return (world.settings.home / "cdn" / name).read_bytes()


def checked(world: World, content: bytes | None = None) -> Any:
    """The reader that the documentation shows, run as it stands there."""
    [code] = re.findall(r"```python\n(# check current.json.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    root = x509.load_pem_x509_certificate((world.settings.pki_folder / "ca.pem").read_bytes())
    content = public(world) if content is None else content
    return names["check"](content, public(world, "current.json.jws"), root, world.clock.moment.astimezone(UTC))


def valid(name: str, content: bytes) -> Any:
    document = json.loads(content)
    jsonschema.Draft202012Validator(json.loads(schemas()[name])).validate(document)
    return document


def test_both_lists_are_as_their_schemas_say_and_lead_from_the_signature_to_each_file(world: World) -> None:
    publish("spring", press=world.rt.press)
    current = valid("current-list.schema.json", public(world))
    assert checked(world) == current
    assert (current["sequence"], current["previous"]) == (1, None)
    [campaign] = current["campaigns"]
    text = public(world, "spring/publications.json")
    assert (campaign["sha256"], campaign["bytes"], campaign["publications"]) == (sha256(text), len(text), 1)
    assert campaign["list"].endswith("/spring/publications.json")
    listed = valid("publication-list.schema.json", text)
    [entry] = listed["publications"]
    assert sha256(public(world, entry["address"].split("/cdn/")[1])) == entry["sha256"]
    assert (listed["territories"], listed["valid_from"], listed["valid_until"]) == ([], None, None)


def test_a_changed_list_or_one_signed_by_others_is_not_believed(world: World) -> None:
    publish("spring", press=world.rt.press)
    with pytest.raises(InvalidSignature):
        checked(world, public(world).replace(b'"sequence": 1', b'"sequence": 2'))
    renew_development_set(world.settings, world.clock.now())
    with pytest.raises(ValueError, match="not signed under"):
        checked(world)  # the root in the home is another one now


def test_the_number_counts_up_with_each_change_and_names_the_one_before(world: World) -> None:
    publish("spring", press=world.rt.press)
    first = public(world)
    before = {p: p.read_bytes() for p in (world.settings.home / "cdn").rglob("*") if p.is_file()}
    publish("spring", press=world.rt.press)
    assert {p: p.read_bytes() for p in (world.settings.home / "cdn").rglob("*") if p.is_file()} == before
    unpublish("spring", press=world.rt.press)
    second = checked(world)
    assert (second["sequence"], second["previous"]) == (2, sha256(first))
    assert second["campaigns"][0]["publications"] == 0


def test_a_list_that_was_rolled_back_or_lost_is_put_right_by_the_next_publish(world: World) -> None:
    publish("spring", press=world.rt.press)
    old = public(world), public(world, "current.json.jws")
    unpublish("spring", press=world.rt.press)
    publish("spring", press=world.rt.press)
    newest = public(world)
    (world.settings.home / "cdn" / "current.json").write_bytes(old[0])
    (world.settings.home / "cdn" / "current.json.jws").unlink()
    publish("spring", press=world.rt.press)
    assert public(world) == newest
    assert checked(world)["sequence"] == 3


def test_the_same_list_is_signed_anew_once_a_day(world: World) -> None:
    publish("spring", press=world.rt.press)
    world.clock.moment += timedelta(hours=23)
    uphold(press=world.rt.press)
    assert checked(world)["sequence"] == 1
    world.clock.moment += timedelta(hours=2)
    uphold(press=world.rt.press)
    assert checked(world)["sequence"] == 2


def test_two_campaigns_that_change_at_once_are_both_in_the_list(world: World) -> None:
    world.approved("autumn")
    press = world.rt.press

    class Late:
        """Another process puts its own list out between this one's number and this one's write."""

        def __init__(self) -> None:
            self.latest, self.ran = press.issues.latest, False

        def add(self, issue: Any) -> bool:
            if not self.ran:
                self.ran = True
                publish("autumn", press=press)
            return press.issues.add(issue)

    publish("spring", press=replace(press, issues=Late()))
    current = checked(world)
    assert [each["campaign"] for each in current["campaigns"]] == ["autumn", "spring"]
    assert current["sequence"] == 2


def test_a_store_that_is_full_when_the_lists_are_written_is_told_and_a_rerun_completes(world: World) -> None:
    press = world.rt.press

    class Full:
        def __init__(self) -> None:
            self.put, self.get, self.delete = press.shelf.put, press.shelf.get, press.shelf.delete

        def replace(self, key: str, content: bytes, media_type: str) -> str:
            raise StoreUnavailable("the store is out of reach: No space left on device", where=key)

    with pytest.raises(StoreUnavailable, match="No space left"):
        publish("spring", press=replace(press, shelf=Full()))
    assert not (world.settings.home / "cdn" / "current.json").exists()
    assert len(publish("spring", press=press).kept) == 1
    assert checked(world)["campaigns"][0]["publications"] == 1


def test_a_key_that_is_not_the_certificates_signs_no_list(world: World) -> None:
    pki = world.settings.pki_folder
    chain = (pki / "chain.pem").read_text()
    renew_development_set(world.settings, world.clock.now())
    signer = JwsSigner(lambda: (chain, (pki / "key.pem").read_text()))
    with pytest.raises(SigningError, match="does not belong"):
        signer.sign(b"{}")


def test_the_signature_is_in_the_form_of_rfc_7515(world: World) -> None:
    publish("spring", press=world.rt.press)
    header, middle, signature = public(world, "current.json.jws").split(b".")
    assert middle == b""
    read = json.loads(base64.urlsafe_b64decode(header + b"=="))
    assert read["alg"] == "ES256"
    assert len(base64.urlsafe_b64decode(signature + b"==")) == 64
    x509.load_der_x509_certificate(base64.b64decode(read["x5c"][0]))


def test_a_list_that_somebody_changed_in_the_catalog_is_never_signed(world: World) -> None:
    """The next list is made of the one on record: what was put into that would go out under the brand's signature."""
    world.approved()
    publish("spring", press=world.rt.press)
    with closing(sqlite3.connect(world.settings.home / "catalog.db")) as database, database:
        database.execute("UPDATE issues SET content = replace(content, 'spring', 'forged')")
    with pytest.raises(ObjectCorrupt, match="not the list that was signed"):
        unpublish("spring", press=world.rt.press)
