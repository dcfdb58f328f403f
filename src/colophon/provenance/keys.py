"""The two kinds of keys behind a signature: PKCS#8 text in this process, and a service that keeps the key itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any, Protocol

import c2pa
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from colophon.errors import SigningError
from colophon.ports import KeyService

_PROBE = b"colophon: do this key and this certificate belong together?"
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_SCALAR = {"es256": 32, "es384": 48, "es512": 66}  # bytes of r, and of s (RFC 7518, section 3.4)
_ALGORITHMS = {each.name.lower(): each for each in c2pa.C2paSigningAlg}
_MISMATCH = "the signing key does not belong to the certificate"


class Key(Protocol):
    """A key for one signature."""

    def native(self, stamp_address: str | None) -> AbstractContextManager[Any]:
        """The library's signer. Raises `SigningError` when the library does not take certificate or key."""

    def failure(self) -> SigningError | None:
        """What the key itself said when the library only knows that there is no signature."""


class LocalKey:
    """An unencrypted PKCS#8 key. It is in no representation and in no error.

    Raises `SigningError` when it cannot be read, cannot sign, or is not the key of ``leaf``.
    """

    def __init__(self, key_pem: str, leaf: x509.Certificate, chain_pem: str) -> None:
        key = local_key(key_pem)
        algorithm = algorithm_of(key.public_key()).encode()
        if _spki(key.public_key()) != _spki(leaf.public_key()):
            raise SigningError(_MISMATCH, hint="check both settings", reason="mismatch")

        def native(stamp_address: str | None) -> Any:
            stamp = stamp_address.encode() if stamp_address else None
            try:
                return c2pa.Signer.from_info(
                    c2pa.C2paSignerInfo(algorithm, chain_pem.encode(), key_pem.encode(), stamp)
                )
            except (c2pa.C2paError, TypeError, ValueError):
                hint = "see colophon doctor"
                raise SigningError("the library does not take this certificate and key", hint=hint) from None

        self._native = native  # a function, so that nothing that shows attributes shows the key
        self._plain = native(None)  # costs a third of a millisecond, as much as signing a small file

    def native(self, stamp_address: str | None) -> AbstractContextManager[Any]:
        return closing(self._native(stamp_address)) if stamp_address else nullcontext(self._plain)

    def failure(self) -> SigningError | None:
        return None


class ServiceKey:
    """A key service as the library calls it, for one signature: an error cannot pass through the library, so it is
    kept until asked for."""

    def __init__(self, service: KeyService, chain_pem: str) -> None:
        self._service = service
        self._chain = chain_pem
        self._failure: SigningError | None = None

    def native(self, stamp_address: str | None) -> AbstractContextManager[Any]:
        algorithm = _ALGORITHMS[self._service.algorithm]
        try:
            return closing(c2pa.Signer.from_callback(self._signed, algorithm, self._chain, stamp_address))
        except c2pa.C2paError as error:
            raise SigningError("the library does not take this certificate", hint="see colophon doctor") from error

    def failure(self) -> SigningError | None:
        return self._failure

    def _signed(self, message: bytes) -> bytes:
        """Empty on failure. Nothing is raised: the library would write the error's text to a log."""
        try:
            return sign_with(self._service, message)
        except SigningError as error:
            self._failure = error
            return b""


def sign_with(service: KeyService, message: bytes) -> bytes:
    """A service's signature in COSE's form. Raises `SigningError`, whatever a service of others raises."""
    try:
        return _cose_form(service.algorithm, service.sign(message))
    except SigningError:
        raise
    except Exception as error:  # a plug-in may raise anything; its text may quote what must not be told
        raise SigningError(
            f"the key service failed: {type(error).__name__}", hint="its own log may say more"
        ) from error


def _cose_form(algorithm: str, signature: bytes) -> bytes:
    """ECDSA signatures as r and s one after the other (RFC 9053, section 2.1); others as they are."""
    size = _SCALAR.get(algorithm)
    if size is None or len(signature) == 2 * size:
        return bytes(signature)
    r, s = decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def prove(service: KeyService, leaf: x509.Certificate) -> None:
    """Have a message signed and check it with the certificate's public key.

    Raises `SigningError` when they do not belong together, and what the service raises.
    """
    if service.algorithm not in _ALGORITHMS:
        raise SigningError(f"a key service cannot sign by {service.algorithm!r}", hint=", ".join(_ALGORITHMS))
    signature = sign_with(service, _PROBE)
    try:
        _verifier(leaf.public_key(), service.algorithm)(signature)
    except (InvalidSignature, TypeError, ValueError, AttributeError) as error:
        hint = "check certificate, key and algorithm"
        raise SigningError(_MISMATCH, hint=hint, reason="mismatch") from error


def _verifier(public: Any, algorithm: str) -> Callable[[bytes], None]:
    if algorithm == "ed25519":
        return lambda signature: public.verify(signature, _PROBE)
    digest = _HASHES[algorithm[2:]]
    if algorithm in _SCALAR:
        if algorithm_of(public) != algorithm:
            raise TypeError("another curve")
        return lambda signature: public.verify(x509_form(algorithm, signature), _PROBE, ec.ECDSA(digest))
    salted = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return lambda signature: public.verify(signature, _PROBE, salted, digest)


def x509_form(algorithm: str, signature: bytes) -> bytes:
    """A signature of `sign_with` as certificates and requests hold it: ECDSA in DER."""
    if algorithm not in _SCALAR:
        return signature
    half = _SCALAR[algorithm]
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def algorithm_of(public: Any) -> str:
    """How a key of this kind signs. Raises `SigningError`."""
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _CURVES:
        return _CURVES[public.curve.name]
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= 2048:
        return "ps256"
    raise SigningError("this kind of key cannot sign", hint="P-256, P-384, P-521, Ed25519, or RSA of 2048 bits or more")


def local_key(key_pem: str) -> PrivateKeyTypes:
    """An unencrypted PKCS#8 key, the one form the library takes. Raises `SigningError`, which never quotes it."""
    if "BEGIN PRIVATE KEY" not in key_pem:
        hint = "convert it: openssl pkcs8 -topk8 -nocrypt -in old.pem -out key.pem"
        raise SigningError("the signing key is not an unencrypted PKCS#8 key in PEM form", hint=hint)
    try:
        return serialization.load_pem_private_key(key_pem.encode(), password=None)
    except (ValueError, TypeError):
        # No "from": the parser's text could quote the key.
        raise SigningError("the signing key cannot be read", hint="it starts like PKCS#8 but is damaged") from None


def _spki(public: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = public.public_bytes(serialization.Encoding.DER, form)
    return encoded
