"""Manifests: read, taken out, and signed."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from colophon.domain.provenance import ManifestOrder, Provenance, Signed


class ManifestReader(Protocol):
    def read(self, content: bytes, detached: bytes | None = None, *, at: datetime | None = None) -> Provenance:
        """The verdict on any bytes; what cannot be read is state ``error``, never an exception."""


class ManifestStores(Protocol):
    def store_of(self, content: bytes) -> bytes | None:
        """The manifest store inside a picture, as it stands there; None where it has none that can be read. Says
        nothing about whether it holds. Raises `PictureError` for one over a limit."""


class ManifestSigner(Protocol):
    organisation: str

    def sign(
        self,
        content: bytes,
        media_type: str,
        order: ManifestOrder,
        *,
        parent: bytes,
        parent_media_type: str,
        detached: bool = False,
    ) -> Signed:
        """Sign as a direct child of ``parent``. Raises `SigningError`."""


class KeyService(Protocol):
    """A signing key that never leaves where it is kept: a hardware token, a key service.

    ``algorithm`` is es256, es384, es512, ps256, ps384, ps512 or ed25519."""

    algorithm: str

    def sign(self, message: bytes) -> bytes:
        """The signature of the whole message (not of its digest), for ECDSA as DER or as r and s one after the other.
        Called from several threads. Raises `SigningError`, or `SigningUnavailable` when the same call may succeed
        later."""


@runtime_checkable
class CertifiableKey(KeyService, Protocol):
    """A key service that also tells its public key, which a certificate request needs."""

    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo in DER. Raises `SigningError`."""
