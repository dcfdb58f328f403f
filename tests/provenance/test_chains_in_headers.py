"""A forger who writes a signature's headers by hand: only the chain a signature was made with may be judged."""

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import c2pa
import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from colophon.confined.manifests import context_settings
from colophon.confined.stores import store_of
from colophon.domain.provenance import ProvenanceState
from colophon.domain.trust import DEFAULT_EKUS
from colophon.provenance.pki import Wanted, issue
from tests.provenance.conftest import Party, World, picture
from tests.provenance.lab import CREATED, changed, definition

ALGORITHM, ES256, X5CHAIN, OLD_NAME, SIGN1 = 1, -7, 33, "x5chain", 18
Headers = Mapping[Any, Any]


def forged(who: Party, protected: Headers, unprotected: Headers) -> bytes:
    """A picture signed with this party's key, under headers of the forger's own choice."""
    key = who.leaf.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    asked: list[bytes] = []

    def sign(content: bytes) -> bytes:
        asked.append(content)
        return key.sign(content, ec.ECDSA(hashes.SHA256()))

    content = _signed(who, sign)
    headers, claim = cbor2.dumps(protected), cbor2.loads(asked[-1])[3]
    r, s = decode_dss_signature(sign(cbor2.dumps(["Signature1", headers, b"", claim])))
    store = store_of(content) or b""
    at = store.index(b"cbor", store.rindex(b"c2pa.signature")) + 4
    old = store[at : at + int.from_bytes(store[at - 8 : at - 4]) - 8]
    return changed(content, old, _padded([headers, unprotected, None, r.to_bytes(32) + s.to_bytes(32)], len(old)))


def _signed(who: Party, sign: Any) -> bytes:
    """By the library, which keeps much room for the signature of a callback."""
    target = io.BytesIO()
    with (
        c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg.ES256, who.chain, None) as signer,
        c2pa.Context.from_dict(context_settings([], DEFAULT_EKUS)) as context,
    ):
        builder = c2pa.Builder(definition([CREATED]), context=context)
        builder.sign(signer, "image/png", io.BytesIO(picture("png")), target)
    return target.getvalue()


def _padded(message: list[Any], length: int) -> bytes:
    """To the length of the signature it replaces, so that the hash over the file still fits."""

    def made(pad: int) -> bytes:
        return cbor2.dumps(cbor2.CBORTag(SIGN1, [message[0], {**message[1], "pad": bytes(pad)}, *message[2:]]))

    room = length - len(made(0))
    return next(whole for pad in range(room, 0, -1) if len(whole := made(pad)) == length)


def _ders(chain: str) -> list[bytes]:
    return [c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(chain.encode())]


@pytest.fixture
def forgers(world: World) -> list[bytes]:
    """The chain of one who calls itself the vendor, by a certificate from its own authority that has ended: the one
    case in which the library's own doubts about an active manifest are not asked."""
    stranger, begun = world.stranger, world.now - timedelta(days=90)
    wanted = Wanted("Signer", "Vendor Inc.", days=10)
    return _ders(issue(wanted, now=begun, issuer=stranger.issuing, key=stranger.leaf.key).pem + stranger.issuing.pem)


def test_a_forger_cannot_put_the_vendors_certificates_beside_its_own(world: World, forgers: list[bytes]) -> None:
    """The library takes the first of the two headers, whatever its name."""
    headers = {ALGORITHM: ES256, OLD_NAME: forgers, X5CHAIN: _ders(world.vendor.chain)}
    forgery = forged(world.stranger, headers, {})
    child = world.child(forgery)
    for content, at in ((forgery, None), (forgery, world.now), (child, None), (child, world.now)):
        verdict = world.reader().read(content, at=at)
        assert not verdict.clean
        assert not verdict.chain[-1].trusted
        assert "policy.signer-unproven" in verdict.problems


def test_a_header_that_only_the_library_can_read_hides_no_forger(world: World, forgers: list[bytes]) -> None:
    headers = {ALGORITHM: ES256, X5CHAIN: forgers, "deep": [[[[[[[[[[]]]]]]]]]]}
    shared = cbor2.CBORTag(28, _ders(world.vendor.chain))  # a list to some readers and not to others
    verdict = world.reader().read(forged(world.stranger, headers, {X5CHAIN: shared}))
    assert not verdict.clean
    assert verdict.signer is not None
    assert not verdict.signer.trusted


def test_a_chain_in_the_unprotected_header_is_read(world: World) -> None:
    """As the first versions of the specification had it."""
    content = forged(world.vendor, {ALGORITHM: ES256}, {OLD_NAME: _ders(world.vendor.chain)})
    assert world.reader().read(content).state is ProvenanceState.TRUSTED


def test_a_certificate_of_no_known_version_names_nobody(world: World) -> None:
    leaf, *above = _ders(world.vendor.chain)
    odd = leaf.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)
    verdict = world.reader().read(forged(world.vendor, {ALGORITHM: ES256, X5CHAIN: [odd, *above]}, {}))
    assert "policy.signer-unproven" in verdict.problems
    assert not verdict.clean


@pytest.mark.parametrize(("revoked", "state"), [(False, ProvenanceState.TRUSTED), (True, ProvenanceState.INVALID)])
def test_a_response_that_travels_in_the_manifest_says_whether_it_was_revoked(
    world: World, revoked: bool, state: ProvenanceState
) -> None:
    headers = {ALGORITHM: ES256, X5CHAIN: _ders(world.vendor.chain)}
    stapled = {"rVals": {"ocspVals": [_response(world, revoked=revoked)]}}
    verdict = world.reader().read(forged(world.vendor, headers, stapled))
    assert (verdict.state, verdict.integrity) == (state, "intact")
    assert verdict.revocation == ("revoked" if revoked else "not_revoked")
    assert verdict.problems == (("signingCredential.ocsp.revoked",) if revoked else ())


def _response(world: World, *, revoked: bool) -> bytes:
    """OCSP (RFC 6960), by a responder that the vendor's authority named."""
    vendor, since = world.vendor, world.now - timedelta(minutes=4)
    wanted = Wanted("Responder", "Vendor Inc.", purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,))
    responder = issue(wanted, now=world.now, issuer=vendor.issuing)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=vendor.leaf.certificate,
        issuer=vendor.issuing.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303 - names the certificate, and is what responders use
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=since,
        next_update=world.now + timedelta(days=1),
        revocation_time=since if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    named = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    signed = named.certificates([responder.certificate]).sign(responder.key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)
