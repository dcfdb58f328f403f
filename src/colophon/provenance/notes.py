"""Signatures on checkpoints: by the same key that signs pictures, believed under the same trust policy."""

import hashlib
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from colophon.domain.checkpoint import Note
from colophon.domain.trust import Anchor, AnchorKind, TrustPolicy, certificates
from colophon.errors import SigningError
from colophon.ports import KeyService
from colophon.provenance.keys import algorithm_of, local_key, prove, sign_with, x509_form
from colophon.provenance.pki import subject_value

_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
    "ps256": hashes.SHA256(),
}
_LONGEST_CHAIN = 8


class BrandNotes:
    """Implements `colophon.ports.NoteSigner` with PKCS#8 text or a key service. Raises `SigningError` when key and
    certificate do not belong together."""

    def __init__(self, chain_pem: str, key: str | KeyService) -> None:
        try:
            leaf = x509.load_pem_x509_certificates(chain_pem.encode())[0]
        except (ValueError, IndexError) as error:
            raise SigningError("the signing certificate cannot be read") from error
        self.certificate = _sha256(leaf)
        self.chain = chain_pem.encode()
        service = _LocalService(key) if isinstance(key, str) else key
        prove(service, leaf)
        self._service = service
        self._key_id = key_id(leaf)

    def sign(self, text: str) -> tuple[bytes, bytes]:
        return self._key_id, x509_form(self._service.algorithm, sign_with(self._service, text.encode()))


class PolicyNotes:
    """Implements `colophon.ports.NoteVerifier`: a checkpoint counts when a certificate signed it that leads to an
    anchor of kind ``brand``, which was in force, as was the certificate, at the checkpoint's own time.

    That time is the signer's word: who has the key may write any. Revocation lists are not asked.
    """

    def __init__(self, policy: TrustPolicy) -> None:
        self._policy = policy

    def doubt(self, note: Note, chain: bytes) -> str | None:
        try:
            found = x509.load_pem_x509_certificates(chain)[:_LONGEST_CHAIN]
            leaf = found[0]
            if _sha256(leaf) != note.checkpoint.certificate or key_id(leaf) != note.key_id:
                return "the certificate beside it is another one"
            _check(leaf.public_key(), note.signature, note.checkpoint.text.encode())
        except (InvalidSignature, UnsupportedAlgorithm, SigningError):
            return "its signature does not hold"
        except (ValueError, IndexError, TypeError):
            return "its certificate cannot be read"
        at = note.checkpoint.at
        if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
            return "its certificate was not valid at its time"
        if any(entry.sha256 == _sha256(leaf) for entry in self._policy.revoked):
            return "its certificate is believed no more"  # no stamp says that it is from before
        organisation = subject_value(leaf.subject, x509.NameOID.ORGANIZATION_NAME)
        for anchor in self._policy.in_force(at):
            if anchor.kind is AnchorKind.BRAND and anchor.allows(organisation) and _under(found, anchor):
                return None
        return "the trust policy has no brand that its certificate belongs to"


def key_id(leaf: x509.Certificate) -> bytes:
    """Of signed notes by ECDSA: the beginning of the SHA-256 of the public key (https://c2sp.org/signed-note, type 2).
    Other keys are named the same way."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(leaf.public_key().public_bytes(serialization.Encoding.DER, form)).digest()[:4]


class _LocalService:
    """An unencrypted PKCS#8 key as a key service in this process."""

    def __init__(self, key_pem: str) -> None:
        key: Any = local_key(key_pem)
        self.algorithm = algorithm_of(key.public_key())
        algorithm = self.algorithm

        def sign(message: bytes) -> bytes:
            signature: bytes = key.sign(message, *_parameters(algorithm))
            return signature

        # A function, so that nothing that shows attributes shows the key.
        self.sign = sign


def _parameters(algorithm: str) -> tuple[Any, ...]:
    if algorithm == "ed25519":
        return ()
    digest = _DIGESTS[algorithm]
    if algorithm.startswith("es"):
        return (ec.ECDSA(digest),)
    return padding.PSS(padding.MGF1(digest), digest.digest_size), digest


def _check(public: Any, signature: bytes, message: bytes) -> None:
    public.verify(signature, message, *_parameters(algorithm_of(public)))


def _under(chain: list[x509.Certificate], anchor: Anchor) -> bool:
    if anchor.pins:
        return _sha256(chain[0]) in {pin for text in anchor.pins for pin in certificates(text)}
    return _leads(chain, x509.load_pem_x509_certificates(anchor.pem.encode()))


def _leads(chain: list[x509.Certificate], roots: list[x509.Certificate]) -> bool:
    """Whether the chain's certificates, each issued by the next, come to one of the roots."""
    current = chain[0]
    for following in [*chain[1:], None]:
        if any(_sha256(current) == _sha256(root) or _issued(current, root) for root in roots):
            return True
        if following is None or not _issued(current, following):
            return False
        current = following
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return authority


def _sha256(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()
