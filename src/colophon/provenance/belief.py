"""Whether a signature of the brand's over something other than a picture is believed, under the trust policy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from colophon.domain.trust import Anchor, AnchorKind, TrustPolicy, certificates
from colophon.errors import SigningError
from colophon.provenance.keys import algorithm_of
from colophon.provenance.pki import subject_value

LONGEST_CHAIN = 8
UNREADABLE = "its certificate cannot be read"
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
    "ps256": hashes.SHA256(),
}


def doubt_of(
    chain: Sequence[x509.Certificate], signature: bytes, message: bytes, at: datetime, policy: TrustPolicy
) -> str | None:
    """Why a signature (in X.509 form) by the first certificate is not believed; None: it is. It counts when that
    certificate leads to an anchor of kind ``brand``, which was in force, as was the certificate, ``at`` that time.

    The time is the signer's word: who has the key may write any. Revocation lists are not asked.
    """
    try:
        leaf = chain[0]
        public: Any = leaf.public_key()
        public.verify(signature, message, *parameters(algorithm_of(public)))
    except (InvalidSignature, UnsupportedAlgorithm, SigningError):
        return "its signature does not hold"
    except (ValueError, IndexError, TypeError):
        return UNREADABLE
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        return "its certificate was not valid at its time"
    if any(entry.sha256 == sha256_of(leaf) for entry in policy.revoked):
        return "its certificate is believed no more"  # no stamp says that it is from before
    organisation = subject_value(leaf.subject, x509.NameOID.ORGANIZATION_NAME)
    for anchor in policy.in_force(at):
        if anchor.kind is AnchorKind.BRAND and anchor.allows(organisation) and _under(chain, anchor):
            return None
    return "the trust policy has no brand that its certificate belongs to"


def parameters(algorithm: str) -> tuple[Any, ...]:
    """What the library wants to know beside the message, to sign with or verify by a key of this kind."""
    if algorithm == "ed25519":
        return ()
    digest = _DIGESTS[algorithm]
    if algorithm.startswith("es"):
        return (ec.ECDSA(digest),)
    return padding.PSS(padding.MGF1(digest), digest.digest_size), digest


def sha256_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _under(chain: Sequence[x509.Certificate], anchor: Anchor) -> bool:
    if anchor.pins:
        return sha256_of(chain[0]) in {pin for text in anchor.pins for pin in certificates(text)}
    return _leads(chain, x509.load_pem_x509_certificates(anchor.pem.encode()))


def _leads(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> bool:
    """Whether the chain's certificates, each issued by the next, come to one of the roots."""
    current = chain[0]
    for following in [*chain[1:], None]:
        if any(sha256_of(current) == sha256_of(root) or _issued(current, root) for root in roots):
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
