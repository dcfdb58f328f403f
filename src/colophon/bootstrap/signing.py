"""The brand's signer: which certificate, which key, which stamps. The key is chosen by the scheme of its address."""

import time
from collections.abc import Callable
from importlib.metadata import entry_points
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.confined import Confined
from colophon.domain.trust import TrustPolicy
from colophon.domain.trust_file import MAX_POLICY_CHARS, parse_policy
from colophon.errors import InvalidInput, SigningError
from colophon.ports import KeyService
from colophon.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from colophon.provenance import C2paSigner, StampService

KEY_SERVICES = "colophon.key_services"  # entry points: the name is a scheme, the object makes a KeyService from a URI
_WHERE = "COLOPHON_SIGNING_KEY"
_SWAP_SECONDS = 0.05


def make_signer(
    settings: Settings,
    policy: Callable[[], TrustPolicy],
    now: "Callable[[], datetime]",
    confined: Confined | None = None,
) -> "C2paSigner":
    """The signer under these settings. The policy is read after the key: while a development set is renewed, its
    root is in the policy before its key is in place.

    Raises `InvalidInput` for what cannot be read, `SigningError` for what does not fit or does not sign.
    """
    from colophon.provenance import C2paSigner

    stamps = stamp_service(settings, now)
    chain, key = signing_chain(settings), signing_key(settings)
    believed = policy()
    try:
        return C2paSigner(chain, key, policy=believed, stamps=stamps, confined=confined)
    except SigningError as error:
        if error.reason != "mismatch" or settings.signing_cert is not None:
            raise
    time.sleep(_SWAP_SECONDS)  # read between the two files of a set that was being renewed
    return C2paSigner(signing_chain(settings), signing_key(settings), policy=believed, stamps=stamps, confined=confined)


def signing_chain(settings: Settings) -> str:
    """The certificate chain in PEM form: the one configured, or the development one of the home. Raises
    `InvalidInput`."""
    return read_text(settings.signing_cert or settings.pki_folder / "chain.pem", "the signing certificate")


def signing_key(settings: Settings) -> str | KeyService:
    """The key as PKCS#8 text, or the service that keeps it. Raises `InvalidInput`, `SigningError`."""
    if settings.signing_key is None:
        return read_text(settings.pki_folder / "key.pem", "the signing key")
    return key_at(settings.signing_key.get_secret_value())


def key_at(address: str) -> str | KeyService:
    """The key at ``PATH``, ``file:PATH``, ``env:NAME``, ``pkcs11:...``, or an address of a scheme that a plug-in
    serves. Raises `InvalidInput`, `SigningError`."""
    scheme, colon, rest = address.partition(":")
    if address.lstrip().startswith("-----BEGIN"):
        raise InvalidInput("the setting holds a key itself", where=_WHERE, hint="name a file or env:NAME that holds it")
    if scheme == "env":
        return _variable(rest, "the signing key")
    if scheme == "pkcs11":
        return _token_key(address)
    if not colon or scheme == "file" or Path(address).exists():
        return read_text(Path(rest if scheme == "file" else address), "the signing key")
    return _service(scheme, address)


def stamp_service(settings: Settings, now: "Callable[[], datetime]") -> "StampService | None":
    """Raises `InvalidInput` for an address that cannot be one."""
    from colophon.provenance import StampService

    if settings.tsa_url is None:
        return None
    return StampService(
        settings.tsa_url,
        timeout=settings.tsa_timeout_seconds,
        tries=settings.tsa_tries,
        outage=settings.tsa_outage,
        clock=now,
    )


def read_policy(file: Path) -> TrustPolicy:
    """The policy in a file; the files it names are beside it. Raises `InvalidInput`."""
    return parse_policy(
        read_text(file, "the trust policy"),
        lambda name: read_text(file.parent / name, "a certificate of the trust policy"),
        file=str(file),
    )


def read_text(file: Path, what: str) -> str:
    """Raises `InvalidInput`, which quotes nothing of the content."""
    try:
        with file.open(encoding="utf-8") as source:  # which may be a device that never ends
            text = source.read(MAX_POLICY_CHARS + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise InvalidInput(f"{what} cannot be read: {reason}", where=str(file), hint="run `colophon init`") from error
    if len(text) > MAX_POLICY_CHARS:
        raise InvalidInput(f"{what} has over {MAX_POLICY_CHARS} characters", where=str(file), hint="name another file")
    return text


def _variable(name: str, what: str) -> str:
    if not environ.get(name):
        raise InvalidInput(f"{what}: the variable {name} is not set", where=_WHERE)
    return environ[name]


def _token_key(address: str) -> KeyService:
    from colophon.provenance.hsm import TokenKey
    from colophon.provenance.hsm_uri import TokenKeyName

    name = TokenKeyName.parse(address)
    return TokenKey(name, lambda: _pin(name.pin_source))


def _pin(source: str | None) -> str | None:
    if source is None:
        return None
    if source.startswith("env:"):
        return _variable(source.removeprefix("env:"), "the token's PIN")
    return read_text(Path(source.removeprefix("file:")), "the token's PIN").strip()


def _service(scheme: str, address: str) -> KeyService:
    found = [entry for entry in entry_points(group=KEY_SERVICES) if entry.name == scheme]
    if len(found) != 1:
        known = ", ".join(sorted({"file", "env", "pkcs11", *(e.name for e in entry_points(group=KEY_SERVICES))}))
        several = "several packages serve" if found else "no package serves"
        raise InvalidInput(f"{several} keys at {ascii(scheme)[1:-1][:40]}:", where=_WHERE, hint=f"known here: {known}")
    try:
        service: KeyService = found[0].load()(address)
    except (InvalidInput, SigningError):
        raise
    except Exception as error:  # a plug-in may raise anything; its text may quote the address
        package = found[0].dist.name if found[0].dist else found[0].value
        raise SigningError(f"the key service {scheme} cannot be made: {type(error).__name__}", where=package) from error
    return service
