"""Keys that another program keeps: their signatures are ours, their errors are told, their secrets are not."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from colophon.bootstrap import signing
from colophon.bootstrap.signing import key_at
from colophon.errors import InvalidInput, OutdatedLibrary, SigningError, SigningUnavailable
from colophon.provenance.pki import SigningKey, Wanted
from colophon.provenance.requests import PemKey
from colophon.provenance.signer import C2paSigner

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

KINDS: tuple[tuple[str, Callable[[], SigningKey]], ...] = (
    ("es256", lambda: ec.generate_private_key(ec.SECP256R1())),
    ("es384", lambda: ec.generate_private_key(ec.SECP384R1())),
    ("es512", lambda: ec.generate_private_key(ec.SECP521R1())),
    ("ps256", lambda: rsa.generate_private_key(65537, 2048)),
    ("ed25519", ed25519.Ed25519PrivateKey.generate),
)


class Counted(PemKey):
    """A service over a key of ours, which may fail after its first signature (the one that proves it)."""

    def __init__(self, pem: str, failure: Exception | None = None) -> None:
        super().__init__(pem)
        self.failure, self.messages = failure, list[bytes]()

    def sign(self, message: bytes) -> bytes:
        self.messages.append(message)
        if self.failure is not None and len(self.messages) > 1:
            raise self.failure
        return super().sign(message)


class Raw(PemKey):
    """Gives r and s one after the other, as some services do."""

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(super().sign(message))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.mark.parametrize(("algorithm", "make"), KINDS, ids=[name for name, _ in KINDS])
def test_a_service_signs_what_our_reader_trusts(world: World, algorithm: str, make: Callable[[], SigningKey]) -> None:
    brand = world.brand.with_leaf(Wanted("Signer", "Brand Ltd"), world.now, make())
    signer = C2paSigner(brand.chain, Counted(brand.leaf.key_pem), policy=world.policy())
    verdict = world.reader().read(world.child(world.original(), signer=signer))
    assert verdict.clean
    assert verdict.signer is not None
    assert verdict.signer.algorithm == algorithm


def test_a_raw_signature_does_as_well(world: World) -> None:
    signer = C2paSigner(world.brand.chain, Raw(world.brand.leaf.key_pem), policy=world.policy())
    assert world.reader().read(world.child(world.original(), signer=signer)).clean


def test_the_service_gets_the_whole_message_once_for_each_signature(world: World) -> None:
    service = Counted(world.brand.leaf.key_pem)
    signer = C2paSigner(world.brand.chain, service, policy=world.policy())
    world.child(world.original(), signer=signer)
    probe, message = service.messages
    assert probe.startswith(b"colophon:")
    assert len(message) > 1_000


def test_a_service_with_another_key_is_refused_before_anything_is_signed(world: World) -> None:
    for service in (
        Counted(world.vendor.leaf.key_pem),
        Counted(world.brand.with_leaf(Wanted("x", "Brand Ltd"), world.now, KINDS[1][1]()).leaf.key_pem),
        Counted(world.brand.with_leaf(Wanted("x", "Brand Ltd"), world.now, KINDS[3][1]()).leaf.key_pem),
        Counted(world.brand.with_leaf(Wanted("x", "Brand Ltd"), world.now, KINDS[4][1]()).leaf.key_pem),
    ):
        with pytest.raises(SigningError, match="does not belong") as caught:
            C2paSigner(world.brand.chain, service)
        assert caught.value.reason == "mismatch"
        assert len(service.messages) == 1


def test_an_unknown_algorithm_is_refused_in_words(world: World) -> None:
    service = Counted(world.brand.leaf.key_pem)
    service.algorithm = "rs256"
    with pytest.raises(SigningError, match="rs256"):
        C2paSigner(world.brand.chain, service)
    assert service.messages == []


def test_the_services_own_error_is_what_is_told(world: World) -> None:
    service = Counted(world.brand.leaf.key_pem, SigningUnavailable("the vault is closed", hint="open it"))
    signer = C2paSigner(world.brand.chain, service, policy=world.policy())
    with pytest.raises(SigningUnavailable, match="vault is closed"):
        world.child(world.original(), signer=signer)


def test_what_a_service_raises_by_mistake_is_not_quoted(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    service = Counted(world.brand.leaf.key_pem, RuntimeError("PIN 4711 was refused"))
    signer = C2paSigner(world.brand.chain, service, policy=world.policy())
    with pytest.raises(SigningError, match="RuntimeError") as caught:
        world.child(world.original(), signer=signer)
    said = capfd.readouterr()
    assert "4711" not in str(caught.value) + caught.value.hint + caplog.text + said.out + said.err


def test_a_service_that_answers_rubbish_signs_nothing(world: World) -> None:
    class Rubbish(Counted):
        def sign(self, message: bytes) -> bytes:
            return super().sign(message) if not self.messages else b"not a signature"

    signer = C2paSigner(world.brand.chain, Rubbish(world.brand.leaf.key_pem), policy=world.policy())
    with pytest.raises(SigningError):
        world.child(world.original(), signer=signer)


def test_a_service_makes_files_nine_kilobytes_heavier(world: World, make_picture: Callable[..., bytes]) -> None:
    """The library reserves more for a signature it does not make itself; the documentation says how much."""
    parent = world.original()
    local = len(world.child(parent)) - len(make_picture("webp"))
    service = C2paSigner(world.brand.chain, PemKey(world.brand.leaf.key_pem), policy=world.policy())
    assert 9_000 < len(world.child(parent, signer=service)) - len(make_picture("webp")) - local < 10_000


class Entry:
    """An installed package's entry point."""

    dist = None
    value = "vault:key"

    def __init__(self, name: str, load: Callable[[], Any]) -> None:
        self.name, self.load = name, load


def installed(monkeypatch: pytest.MonkeyPatch, entries: Sequence[Entry]) -> None:
    monkeypatch.setattr(signing, "entry_points", lambda group: entries if group == "colophon.key_services" else ())


def test_a_package_serves_a_scheme_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def make(uri: str) -> PemKey:
        asked.append(uri)
        return PemKey(world.brand.leaf.key_pem)

    installed(monkeypatch, [Entry("vault", lambda: make)])
    assert isinstance(key_at("vault:brand/signing?version=3"), PemKey)
    assert asked == ["vault:brand/signing?version=3"]


def test_a_scheme_that_nobody_or_two_serve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, [Entry("vault", dict), Entry("vault", dict), Entry("cloud", dict)])
    with pytest.raises(InvalidInput, match="no package serves") as caught:
        key_at("kms:brand")
    assert "vault" in caught.value.hint
    with pytest.raises(InvalidInput, match="several packages"):
        key_at("vault:brand")


def test_a_package_that_breaks_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(uri: str) -> PemKey:
        raise RuntimeError(f"cannot use {uri}")

    installed(monkeypatch, [Entry("vault", lambda: broken)])
    with pytest.raises(SigningError, match="RuntimeError") as caught:
        key_at("vault:brand?token=secret")
    assert "secret" not in str(caught.value) + caught.value.where + caught.value.hint


def test_a_key_in_the_place_of_its_address_is_refused_without_quoting_it(world: World) -> None:
    with pytest.raises(InvalidInput, match="holds a key itself") as caught:
        key_at(world.brand.leaf.key_pem)
    assert world.brand.leaf.key_pem.splitlines()[1] not in str(caught.value) + caught.value.where


def test_files_and_variables_hold_keys(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = world.brand.leaf.key_pem
    (tmp_path / "a:b.pem").write_text(pem)
    monkeypatch.setenv("BRAND_KEY", pem)
    for address in (str(tmp_path / "a:b.pem"), f"file:{tmp_path / 'a:b.pem'}", "env:BRAND_KEY"):
        assert key_at(address) == pem
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for address in ("env:NOT_THERE", str(tmp_path / "nothing"), f"file:{tmp_path}", str(tmp_path / "binary")):
        with pytest.raises(InvalidInput):
            key_at(address)


def test_a_chain_out_of_order_or_mixed_is_refused(world: World) -> None:
    brand = world.brand
    for chain in (brand.issuing.pem + brand.leaf.pem, brand.leaf.pem + world.vendor.issuing.pem, brand.chain * 2):
        with pytest.raises(SigningError, match="out of order"):
            C2paSigner(chain, brand.leaf.key_pem)
    for chain in ("", "not PEM", brand.chain[:400]):
        with pytest.raises(SigningError, match="cannot be read"):
            C2paSigner(chain, brand.leaf.key_pem)


@pytest.mark.parametrize("found", ["0.90.9", "0.9.1", "0.67.1-beta"])
def test_a_library_that_accepts_forged_files_is_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.setattr(c2pa, "sdk_version", lambda: found)
    for make in (world.signer, world.reader):
        with pytest.raises(OutdatedLibrary, match=found):
            make()
    monkeypatch.setattr(c2pa, "sdk_version", lambda: "1.0.0")
    world.signer(), world.reader()


def test_no_key_is_shown_by_what_holds_it(world: World) -> None:
    secret = world.brand.leaf.key_pem.splitlines()[1]
    service = PemKey(world.brand.leaf.key_pem)
    signer = C2paSigner(world.brand.chain, service)
    target = io.StringIO()
    for shown in (service, signer, world.signer(), signer.__dict__, world.signer().__dict__):
        print(repr(shown), file=target)
    assert secret not in target.getvalue()
