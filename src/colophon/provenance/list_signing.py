"""Detached signatures over lists: JSON Web Signature (RFC 7515, appendix F) by the key that signs the pictures.

The form is ``HEADER..SIGNATURE``; what is signed is ``HEADER.BASE64URL(list)``. The header holds the certificate chain
(``x5c``), leaf first, so that a reader needs the root alone.
"""

import base64
import json
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from colophon.errors import SigningError
from colophon.ports import KeyService
from colophon.provenance.keys import prove, sign_with
from colophon.provenance.requests import PemKey

_NAMES = {"ed25519": "EdDSA"}  # the others are COSE's names in capitals (RFC 7518, section 3.1)


class JwsSigner:
    """Implements `colophon.ports.ListSigner`. ``material`` gives chain and key anew for each signature, since a
    certificate may be renewed while a process lives."""

    def __init__(self, material: Callable[[], tuple[str, str | KeyService]]) -> None:
        self._material = material

    def sign(self, content: bytes) -> bytes:
        """Raises `SigningError` where key and certificate do not belong together, and what a key service raises."""
        chain_pem, given = self._material()
        try:
            chain = x509.load_pem_x509_certificates(chain_pem.encode())
        except ValueError as error:
            raise SigningError("the certificate chain cannot be read", hint="see colophon doctor") from error
        key = PemKey(given) if isinstance(given, str) else given
        prove(key, chain[0])
        x5c = [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain]
        header = url64(json.dumps({"alg": jws_name(key.algorithm), "x5c": x5c}, separators=(",", ":")).encode())
        return header + b".." + url64(sign_with(key, header + b"." + url64(content)))


def jws_name(algorithm: str) -> str:
    return _NAMES.get(algorithm, algorithm.upper())


def url64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
