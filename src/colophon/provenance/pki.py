"""Certificates: a development authority with a signing leaf, and the facts of any certificate.

Leaves follow the C2PA specification's certificate profile: version 3, digitalSignature, authority key identifier,
the C2PA claim-signing purpose, and e-mail protection beside it for readers that know only the older profile.
"""

import datetime as dt
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from colophon.domain.trust import C2PA_SIGNING
from colophon.errors import Conflict, InvalidInput

SIGNING_PURPOSES = (ObjectIdentifier(C2PA_SIGNING), ExtendedKeyUsageOID.EMAIL_PROTECTION)
ROOT_DAYS, LEAF_DAYS = 3650, 365
SigningKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

DEVELOPMENT_MARK = "(development)"  # ends the organisation's name

_FILES = ("key.pem", "chain.pem", "ca.pem")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key. The key is left out of the representation."""

    certificate: x509.Certificate
    key: SigningKey

    def __repr__(self) -> str:
        return f"Issued({self.certificate.subject.rfc4514_string()})"

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """PKCS#8, unencrypted: the one form the C2PA library takes."""
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, form, none).decode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A certificate to issue. ``path_length`` None with ``authority``: no limit of its own."""

    common_name: str
    organisation: str
    days: int = LEAF_DAYS
    authority: bool = False
    path_length: int | None = None
    purposes: Sequence[ObjectIdentifier] = SIGNING_PURPOSES


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """``days_left`` is negative once the certificate has expired. ``serial`` is hexadecimal, ``purposes`` are OIDs of
    its extended key usage."""

    subject: str
    organisation: str | None
    common_name: str | None
    issuer: str
    serial: str
    not_before: dt.datetime
    not_after: dt.datetime
    days_left: int
    sha256: str
    purposes: tuple[str, ...]

    @property
    def development(self) -> bool:
        """Made by `make_development_ca`: believed by its own installation only."""
        return (self.organisation or "").endswith(DEVELOPMENT_MARK)


def issue(wanted: Wanted, *, now: dt.datetime, issuer: Issued | None = None, key: SigningKey | None = None) -> Issued:
    """A certificate with its key (a new P-256 one unless given), valid from five minutes before ``now``; self-signed
    without ``issuer``."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = issuer.certificate.subject if issuer else _name(wanted)
    return Issued(certify(key.public_key(), wanted, now=now, issuer=name, by=issuer.key if issuer else key), key)


def certify(
    public: CertificatePublicKeyTypes, wanted: Wanted, *, now: dt.datetime, issuer: x509.Name, by: SigningKey
) -> x509.Certificate:
    """A certificate for a key that is somewhere else, signed with the issuer's."""
    start = now - dt.timedelta(minutes=5)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(wanted))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=wanted.days))
        .add_extension(x509.BasicConstraints(ca=wanted.authority, path_length=wanted.path_length), critical=True)
        .add_extension(_key_usage(wanted.authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if wanted.purposes and not wanted.authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(wanted.purposes)), critical=False)
    return builder.sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def _name(wanted: Wanted) -> x509.Name:
    # X.520 bounds both attributes at 64 characters.
    parts = ((NameOID.ORGANIZATION_NAME, wanted.organisation), (NameOID.COMMON_NAME, wanted.common_name))
    return x509.Name([x509.NameAttribute(oid, value[:64]) for oid, value in parts if value])


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def make_development_ca(folder: Path, *, organisation: str, now: dt.datetime) -> None:
    """A root and a signing leaf as ``ca.pem``, ``chain.pem`` and ``key.pem`` (only its owner may read it).

    The root's own key is not kept, so renewal means a new set, and an issuing authority between the two would protect
    nothing: it would only add half a kilobyte to every signed file.

    A complete folder is left as it is. The folder appears with all files or not at all. Raises `Conflict` when it
    holds something else.
    """
    if all((folder / name).is_file() for name in _FILES):
        return
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            "the folder for the development certificates is not empty and not complete",
            where=str(folder),
            hint="move it away, then run this again",
        )
    root, leaf = _development_set(f"{organisation[:50]} {DEVELOPMENT_MARK}", now)
    texts = {"key.pem": leaf.key_pem, "chain.pem": leaf.pem, "ca.pem": root.pem}
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir(parents=True, mode=0o700)
    try:
        for name, text in texts.items():
            path = draft / name
            path.touch(mode=0o600 if name == "key.pem" else 0o644)
            path.write_text(text)
        draft.rename(folder)
    except OSError as error:
        if not all((folder / name).is_file() for name in _FILES):
            raise Conflict(f"cannot write development certificates: {error.strerror}", where=str(folder)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _development_set(organisation: str, now: dt.datetime) -> tuple[Issued, Issued]:
    root = issue(Wanted("Development root", organisation, ROOT_DAYS, authority=True, path_length=0), now=now)
    return root, issue(Wanted("Development signer", organisation), now=now, issuer=root)


def certificate_facts(pem: str, *, now: dt.datetime) -> tuple[CertificateFacts, ...]:
    """The facts of every certificate in a PEM text, in its order. Raises `InvalidInput`."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        return tuple(_facts(certificate, now) for certificate in found)
    except ValueError as error:
        # The library's own text may quote the input, which may be a key pasted into the wrong place.
        raise InvalidInput("not a readable PEM certificate", hint="expected BEGIN CERTIFICATE blocks") from error


def _facts(certificate: x509.Certificate, now: dt.datetime) -> CertificateFacts:
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        organisation=subject_value(certificate.subject, NameOID.ORGANIZATION_NAME),
        common_name=subject_value(certificate.subject, NameOID.COMMON_NAME),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        days_left=(certificate.not_valid_after_utc - now).days,
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        purposes=_purposes(certificate),
    )


def _purposes(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return ()
    return tuple(oid.dotted_string for oid in extension.value)


def subject_value(name: x509.Name, oid: ObjectIdentifier) -> str | None:
    values = name.get_attributes_for_oid(oid)
    return str(values[0].value) if values else None
