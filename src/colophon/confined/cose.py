"""The signature of a manifest, checked here with the certificate that is vouched for (COSE_Sign1, RFC 9052).

The library checks it too, with the chain it picks. Only where the leaf that our walk found has signed the claim as well
do both speak of one signer.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

# IANA "COSE Algorithms": those that C2PA 2.4, section 13.2.1 allows.
_ECDSA: Mapping[int, hashes.HashAlgorithm] = {-7: hashes.SHA256(), -35: hashes.SHA384(), -36: hashes.SHA512()}
_PSS: Mapping[int, hashes.HashAlgorithm] = {-37: hashes.SHA256(), -38: hashes.SHA384(), -39: hashes.SHA512()}
_EDDSA = -8


@lru_cache(maxsize=64)  # all renditions of a picture have its original's manifest inside
def signed_by(leaf_der: bytes, algorithm: object, protected: bytes, signature: bytes, claim: bytes) -> bool:
    """Whether this certificate's key made the signature over the claim box's content."""
    message = cbor2.dumps(["Signature1", protected, b"", claim])
    try:
        key = x509.load_der_x509_certificate(leaf_der).public_key()
        check = _check(key, algorithm, signature)
        if check is None:
            return False
        check(message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, x509.InvalidVersion):
        return False
    return True


def _check(key: Any, algorithm: object, signature: bytes) -> Callable[[bytes], None] | None:
    if not isinstance(algorithm, int):
        return None
    if algorithm == _EDDSA and isinstance(key, ed25519.Ed25519PublicKey):
        return lambda message: key.verify(signature, message)
    if algorithm in _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        return lambda message: key.verify(_der(signature), message, ec.ECDSA(_ECDSA[algorithm]))
    if algorithm in _PSS and isinstance(key, rsa.RSAPublicKey):
        salted = padding.PSS(padding.MGF1(_PSS[algorithm]), _PSS[algorithm].digest_size)
        return lambda message: key.verify(signature, message, salted, _PSS[algorithm])
    return None


def _der(signature: bytes) -> bytes:
    """COSE writes r and s one after the other (RFC 9053, section 2.1)."""
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
