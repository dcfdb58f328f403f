"""A signing key on a hardware token, by PKCS#11 through ``python-pkcs11`` (the extra ``colophon[pkcs11]``)."""

from collections.abc import Callable
from threading import Lock
from typing import Any, NoReturn, TypeVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from colophon.errors import InvalidInput, SigningError, SigningUnavailable
from colophon.provenance.hsm_uri import TokenKeyName

try:
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key
except ImportError:  # an extra
    pkcs11 = None  # type: ignore[assignment]

Answer = TypeVar("Answer")

# Named curves as the token tells them, DER of their OIDs (RFC 5480, section 2.1.1.1).
_CURVES = {"06082a8648ce3d030107": "es256", "06052b81040022": "es384", "06052b81040023": "es512"}
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
}


class TokenKey:
    """Signs on the token: P-256, P-384, P-521, Ed25519, and RSA as PS256.

    One session is kept open and used by one thread at a time; after an error another one is opened. ``pin``
    is called for each session and its answer is not kept. Raises `InvalidInput` when the library is missing,
    `SigningError` when PIN or key are wrong, `SigningUnavailable` when the token is not there.
    """

    def __init__(self, name: TokenKeyName, pin: Callable[[], str | None]) -> None:
        if pkcs11 is None:
            raise InvalidInput("keys on tokens need python-pkcs11", where=str(name), hint="install colophon[pkcs11]")
        self._name = name
        self._pin = pin
        self._turn = Lock()
        self._session: Any = None
        self._key: Any = None
        with self._turn:
            self.algorithm = self._asked(lambda: _algorithm(self._opened()))

    def __repr__(self) -> str:
        return f"TokenKey({self._name})"

    def sign(self, message: bytes) -> bytes:
        with self._turn:
            if self._key is not None:
                try:
                    return _sign(self._key, self.algorithm, message)
                except pkcs11.PKCS11Error:
                    self._forget()  # the session may have ended; if it was something else, it is told now
            return self._asked(lambda: _sign(self._opened(), self.algorithm, message))

    def public_key(self) -> bytes:
        with self._turn:
            return self._asked(lambda: _public(self._session, self._opened(), self._name))

    def close(self) -> None:
        with self._turn:
            self._forget()

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except pkcs11.PKCS11Error as error:
            self._forget()
            _tell(error, self._name)

    def _opened(self) -> Any:
        if self._key is None:
            self._session = _session(_token(self._name), self._pin())
            self._key = _found(self._session, pkcs11.ObjectClass.PRIVATE_KEY, self._name)
        return self._key

    def _forget(self) -> None:
        session, self._session, self._key = self._session, None, None
        if session is not None:
            try:
                session.close()
            except pkcs11.PKCS11Error:
                return  # it was gone already


def _token(name: TokenKeyName) -> Any:
    try:
        library = pkcs11.lib(name.module)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        hint = "module-path names the library that came with the token"
        raise InvalidInput("the token's PKCS#11 library cannot be loaded", where=name.module, hint=hint) from error
    serial = name.serial.encode() if name.serial else None
    return library.get_token(token_label=name.token, token_serial=serial)


def _session(token: Any, pin: str | None) -> Any:
    try:
        return token.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        return token.open()  # whoever logs in, does so for all sessions of the process


def _found(session: Any, kind: Any, name: TokenKeyName) -> Any:
    """The one object of a kind by that name. All are read: a search left half-way disturbs the session's end."""
    attribute = pkcs11.Attribute
    wanted = {attribute.CLASS: kind, attribute.LABEL: name.label, attribute.ID: name.id}
    found = list(session.get_objects({key: value for key, value in wanted.items() if value is not None}))
    if not found:
        hint = "check object, id and pin-source"
        raise SigningError("the token shows no such key", where=str(name), hint=hint)
    if len(found) > 1:
        raise SigningError("several keys of the token match", where=str(name), hint="give both object and id")
    return found[0]


def _tell(error: Exception, name: TokenKeyName) -> NoReturn:
    """The token's error in our family. A wrong PIN is never tried again here: tokens lock after a few."""
    e = pkcs11.exceptions
    wrong: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
        (
            (e.PinLocked, e.PinExpired),
            "the token's PIN is locked or has expired",
            "unlock it with the token's own tool",
        ),
        (
            (e.PinIncorrect, e.PinInvalid, e.PinLenRange, e.ArgumentsBad),
            "the token does not take the PIN",
            "check what pin-source names before trying again: tokens lock after a few wrong PINs",
        ),
        ((e.MultipleTokensReturned,), "several tokens match", "give token or serial"),
        (
            (e.MechanismInvalid, e.KeyTypeInconsistent),
            "the token cannot sign with this key",
            "P-256 is the usual choice",
        ),
    )
    for kinds, message, hint in wrong:
        if isinstance(error, kinds):
            raise SigningError(message, where=str(name), hint=hint) from error
    if isinstance(error, e.NoSuchToken | e.TokenNotPresent | e.DeviceRemoved):
        raise SigningUnavailable("the token is not there", where=str(name), hint="check token and serial") from error
    raise SigningUnavailable(f"the token failed: {type(error).__name__}", where=str(name), hint="try again") from error


def _algorithm(key: Any) -> str:
    if key.key_type is pkcs11.KeyType.RSA:
        return "ps256"
    if key.key_type is pkcs11.KeyType.EC_EDWARDS:
        return "ed25519"
    curve = key[pkcs11.Attribute.EC_PARAMS].hex() if key.key_type is pkcs11.KeyType.EC else ""
    if curve not in _CURVES:
        hint = "P-256, P-384, P-521, Ed25519, or RSA of 2048 bits or more"
        raise SigningError("this kind of key cannot sign", hint=hint)
    return _CURVES[curve]


def _sign(key: Any, algorithm: str, message: bytes) -> bytes:
    """ECDSA over a digest made here: that every token can do."""
    mechanism = pkcs11.Mechanism
    if algorithm == "ed25519":
        return bytes(key.sign(message, mechanism=mechanism.EDDSA))
    if algorithm == "ps256":
        salted = (mechanism.SHA256, pkcs11.MGF.SHA256, 32)
        return bytes(key.sign(message, mechanism=mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=salted))
    digest = hashes.Hash(_DIGESTS[algorithm])
    digest.update(message)
    return bytes(key.sign(digest.finalize(), mechanism=mechanism.ECDSA))


def _public(session: Any, key: Any, name: TokenKeyName) -> bytes:
    held = _found(session, pkcs11.ObjectClass.PUBLIC_KEY, name)
    attribute = pkcs11.Attribute
    if key.key_type is pkcs11.KeyType.EC:
        return bytes(encode_ec_public_key(held))
    if key.key_type is pkcs11.KeyType.EC_EDWARDS:
        point = held[attribute.EC_POINT][-32:]  # the last part of an OCTET STRING
        return _spki(ed25519.Ed25519PublicKey.from_public_bytes(point))
    modulus, exponent = (int.from_bytes(held[a], "big") for a in (attribute.MODULUS, attribute.PUBLIC_EXPONENT))
    return _spki(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def _spki(public: ed25519.Ed25519PublicKey | rsa.RSAPublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
