"""Signatures on checkpoints: by the same key that signs pictures, believed under the same trust policy."""

import hashlib
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from colophon.domain.checkpoint import Note
from colophon.domain.trust import TrustPolicy
from colophon.errors import SigningError
from colophon.ports import KeyService
from colophon.provenance.belief import LONGEST_CHAIN, UNREADABLE, doubt_of, parameters, sha256_of
from colophon.provenance.keys import algorithm_of, local_key, prove, sign_with, x509_form


class BrandNotes:
    """Implements `colophon.ports.NoteSigner` with PKCS#8 text or a key service. Raises `SigningError` when key and
    certificate do not belong together."""

    def __init__(self, chain_pem: str, key: str | KeyService) -> None:
        try:
            leaf = x509.load_pem_x509_certificates(chain_pem.encode())[0]
        except (ValueError, IndexError) as error:
            raise SigningError("the signing certificate cannot be read") from error
        self.certificate = sha256_of(leaf)
        self.chain = chain_pem.encode()
        service = _LocalService(key) if isinstance(key, str) else key
        prove(service, leaf)
        self._service = service
        self._key_id = key_id(leaf)

    def sign(self, text: str) -> tuple[bytes, bytes]:
        return self._key_id, x509_form(self._service.algorithm, sign_with(self._service, text.encode()))


class PolicyNotes:
    """Implements `colophon.ports.NoteVerifier`, by the certificate that the checkpoint names and its own time."""

    def __init__(self, policy: TrustPolicy) -> None:
        self._policy = policy

    def doubt(self, note: Note, chain: bytes) -> str | None:
        try:
            found = x509.load_pem_x509_certificates(chain)[:LONGEST_CHAIN]
            if sha256_of(found[0]) != note.checkpoint.certificate or key_id(found[0]) != note.key_id:
                return "the certificate beside it is another one"
        except (ValueError, IndexError, TypeError, UnsupportedAlgorithm):
            return UNREADABLE
        return doubt_of(found, note.signature, note.checkpoint.text.encode(), note.checkpoint.at, self._policy)


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
            signature: bytes = key.sign(message, *parameters(algorithm))
            return signature

        # A function, so that nothing that shows attributes shows the key.
        self.sign = sign
