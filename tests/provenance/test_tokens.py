"""Keys on a token, with SoftHSM in the place of the hardware."""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from colophon.bootstrap.certificates import Application, request_certificate
from colophon.bootstrap.signing import key_at
from colophon.errors import InvalidInput, SigningError, SigningUnavailable
from colophon.provenance import hsm
from colophon.provenance.hsm import TokenKey
from colophon.provenance.hsm_uri import TokenKeyName
from colophon.provenance.pki import Wanted, certify
from colophon.provenance.signer import C2paSigner

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
MODULE = next((place for place in PLACES if Path(place).exists()), None)
MISSING = [
    name
    for name, there in (
        ("SoftHSM's library", MODULE),
        ("softhsm2-util", shutil.which("softhsm2-util")),
        ("python-pkcs11", importlib.util.find_spec("pkcs11")),
    )
    if not there
]
needs_softhsm = pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}")
PIN = "4711-secret"
CURVES = {"es256": "06082a8648ce3d030107", "es384": "06052b81040022", "es512": "06052b81040023"}
ED25519 = "06032b6570"


@dataclass(frozen=True)
class Tokens:
    """``brand`` holds a key of each kind; ``other`` is never unlocked."""

    def uri(self, key: str, *, on: str = "brand", pin: str = "env:TEST_TOKEN_PIN") -> str:
        return f"pkcs11:token={on};object={key}?module-path={quote(str(MODULE))}&pin-source={pin}"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    import pkcs11

    folder = tmp_path_factory.mktemp("tokens")
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv("TEST_TOKEN_PIN", PIN)
        for label in ("brand", "other"):
            command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN]
            subprocess.run([*command, "--so-pin", "12345678"], check=True, capture_output=True)
        token = pkcs11.lib(str(MODULE)).get_token(token_label="brand")
        with token.open(rw=True, user_pin=PIN) as session:
            for label, oid in CURVES.items():
                curve = {pkcs11.Attribute.EC_PARAMS: bytes.fromhex(oid)}
                parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
                parameters.generate_keypair(store=True, label=label, id=label.encode())
            curve = {pkcs11.Attribute.EC_PARAMS: bytes.fromhex(ED25519)}
            parameters = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
            make = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
            parameters.generate_keypair(mechanism=make, store=True, label="ed25519")
            session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="ps256")
            for _ in range(2):
                session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="twice")
        yield Tokens()


def opened(uri: str) -> TokenKey:
    key = key_at(uri)
    assert isinstance(key, TokenKey)
    return key


@needs_softhsm
@pytest.mark.parametrize("algorithm", [*CURVES, "ed25519", "ps256"])
def test_a_token_signs_what_our_reader_trusts(world: World, tokens: Tokens, algorithm: str) -> None:
    key = opened(tokens.uri(algorithm))
    assert key.algorithm == algorithm
    public: Any = load_der_public_key(key.public_key())
    above = world.brand.issuing
    wanted = Wanted("Signer", "Brand Ltd")
    leaf = certify(public, wanted, now=world.now, issuer=above.certificate.subject, by=above.key)
    chain = leaf.public_bytes(Encoding.PEM).decode() + above.pem
    signer = C2paSigner(chain, key, policy=world.policy())
    verdict = world.reader().read(world.child(world.original(), signer=signer))
    assert verdict.clean
    assert verdict.signer is not None
    assert verdict.signer.algorithm == algorithm
    key.close()


@needs_softhsm
def test_a_session_that_ended_is_opened_again(tokens: Tokens) -> None:
    key = opened(tokens.uri("es256"))
    first = key.sign(b"x")
    key._session.close()  # as a token does that was unplugged or restarted
    assert len(key.sign(b"x")) == len(first) == 64
    key.close()


@needs_softhsm
def test_certificate_and_key_of_a_token_must_belong_together(world: World, tokens: Tokens) -> None:
    with pytest.raises(SigningError, match="does not belong"):
        C2paSigner(world.brand.chain, opened(tokens.uri("es256")))


@needs_softhsm
def test_a_wrong_pin_is_told_once_and_never_shown(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "9999-wrong"
    monkeypatch.setenv("WRONG_PIN", wrong)
    (tmp_path / "pin").write_text(f"{wrong}\n")
    for source in ("env:WRONG_PIN", f"file:{tmp_path / 'pin'}"):
        with pytest.raises(SigningError, match="does not take the PIN") as caught:
            key_at(tokens.uri("es256", on="other", pin=source))
        assert not isinstance(caught.value, SigningUnavailable)  # nobody tries again: tokens lock
        told = f"{caught.value} {caught.value.where} {caught.value.hint} {caught.value.__cause__!r} {caplog.text}"
        assert wrong not in told
    with pytest.raises(InvalidInput, match="NOT_SET"):
        key_at(tokens.uri("es256", on="other", pin="env:NOT_SET"))


@needs_softhsm
def test_a_token_or_key_that_is_not_there_is_told(tokens: Tokens) -> None:
    with pytest.raises(SigningUnavailable, match="token is not there") as caught:
        key_at(tokens.uri("es256", on="lost"))
    assert "lost" in caught.value.where
    with pytest.raises(SigningError, match="no such key"):
        key_at(tokens.uri("nothing"))
    with pytest.raises(SigningError, match="several keys"):
        key_at(tokens.uri("twice"))


@needs_softhsm
def test_a_library_that_is_none_is_told(tmp_path: Path, tokens: Tokens) -> None:
    with pytest.raises(InvalidInput, match="cannot be loaded") as caught:
        key_at(f"pkcs11:object=x?module-path={tmp_path}/none.so")
    assert caught.value.where == f"{tmp_path}/none.so"


@needs_softhsm
def test_a_certificate_is_requested_for_a_key_on_a_token(tokens: Tokens, tmp_path: Path) -> None:
    for algorithm in (*CURVES, "ed25519", "ps256"):
        out = tmp_path / f"{algorithm}.csr"
        wish = Application("GB", "Brand Ltd", "Signer", tokens.uri(algorithm), tmp_path / "new", "", "document", out)
        view = request_certificate(wish)
        assert (view["algorithm"], view["new_key"]) == (algorithm, None)
        assert x509.load_pem_x509_csr(out.read_bytes()).is_signature_valid
    assert not (tmp_path / "new").exists()


def test_addresses_follow_rfc_7512() -> None:
    name = TokenKeyName.parse(
        "pkcs11:token=Brand%20HSM;serial=0001;object=sign%3Bing;id=%01%ff;type=private"
        "?pin-source=file:/run/pin&module-path=/usr/lib/p11.so"
    )
    assert (name.token, name.serial, name.label, name.id) == ("Brand HSM", "0001", "sign;ing", b"\x01\xff")
    assert (name.module, name.pin_source) == ("/usr/lib/p11.so", "file:/run/pin")
    assert str(name) == "key sign;ing on token Brand HSM"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("pkcs11:object=a?module-path=/m&pin-value=4711-secret", "PIN does not belong"),
        ("pkcs11:object=a?module-path=/m&pin-source=4711-secret", "pin-source is"),
        ("pkcs11:object=a?module-path=/m&pin-source=|cat 4711-secret", "pin-source is"),
        ("pkcs11:object=a", "module-path"),
        ("pkcs11:token=4711-secret?module-path=/m", "names no key"),
        ("pkcs11:object=a;4711-secret=b?module-path=/m", "unknown"),
        ("pkcs11:object=a;object=4711-secret?module-path=/m", "given twice"),
        ("pkcs11:object=a;type=cert?module-path=/m", "type=private"),
        ("pkcs11:object=%ff?module-path=/m", "UTF-8"),
        ("pkcs11:", "module-path"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(uri: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        TokenKeyName.parse(uri)
    assert "4711" not in str(caught.value) + caught.value.hint + caught.value.where


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hsm, "pkcs11", None)
    with pytest.raises(InvalidInput) as caught:
        TokenKey(TokenKeyName("/m", label="a"), lambda: None)
    assert "colophon[pkcs11]" in caught.value.hint
