"""A certificate request (PKCS#10, RFC 2986) with the profile of the C2PA specification, for any kind of key."""

import base64
import textwrap
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, core, csr, keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from colophon.domain.trust import C2PA_SIGNING, DOCUMENT_SIGNING
from colophon.errors import InvalidInput
from colophon.ports import CertifiableKey
from colophon.provenance.keys import algorithm_of, local_key, sign_with, x509_form

SECOND_PURPOSES = {
    "email": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "document": ObjectIdentifier(DOCUMENT_SIGNING),
}
_RSA_BITS = 3072
_COUNTRY_LETTERS = 2
_MOST = 64  # characters of O and CN (X.520)
_NEW = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ps256": lambda: rsa.generate_private_key(65537, _RSA_BITS),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
NEW_KEYS = tuple(_NEW)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whom the certificate is to name, as the authority will check it. ``country``: two letters (ISO 3166-1)."""

    country: str
    organisation: str
    common_name: str

    def name(self) -> x509.Name:
        """Raises `InvalidInput`."""
        if len(self.country) != _COUNTRY_LETTERS or not self.country.isascii() or not self.country.isalpha():
            raise InvalidInput("a country is named by two letters", where="--country", hint="ISO 3166-1, as in GB")
        for option, value in (("--organisation", self.organisation), ("--common-name", self.common_name)):
            if not value.strip() or len(value) > _MOST or not value.isprintable():
                raise InvalidInput(f"1 to {_MOST} printable characters are needed", where=option)
        parts = (
            (NameOID.COUNTRY_NAME, self.country.upper()),
            (NameOID.ORGANIZATION_NAME, self.organisation.strip()),
            (NameOID.COMMON_NAME, self.common_name.strip()),
        )
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


class PemKey:
    """A PKCS#8 key as a service, so that requests know one kind of key only."""

    def __init__(self, pem: str) -> None:
        key = local_key(pem)
        self.algorithm = algorithm_of(key.public_key())
        self._key: Any = key

    def __repr__(self) -> str:
        return f"PemKey({self.algorithm})"

    def sign(self, message: bytes) -> bytes:
        if self.algorithm == "ed25519":
            made: bytes = self._key.sign(message)
        elif self.algorithm == "ps256":
            digest = hashes.SHA256()
            made = self._key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        else:
            bits = self.algorithm.removeprefix("es")
            digests = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
            made = self._key.sign(message, ec.ECDSA(digests[bits]))
        return made

    def public_key(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        encoded: bytes = self._key.public_key().public_bytes(serialization.Encoding.DER, form)
        return encoded


def new_key(algorithm: str) -> str:
    """A new key as PKCS#8 text. ``algorithm``: one of `NEW_KEYS`."""
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key: Any = _NEW[algorithm]()
    text: str = key.private_bytes(serialization.Encoding.PEM, form, none).decode()
    return text


def certificate_request(applicant: Applicant, key: CertifiableKey, *, second: str = "email") -> str:
    """A signed request in PEM form, asking for digitalSignature, C2PA claim signing and one of `SECOND_PURPOSES` beside
    it. Raises `InvalidInput`, `SigningError`."""
    purposes = x509.ExtendedKeyUsage([ObjectIdentifier(C2PA_SIGNING), SECOND_PURPOSES[second]])
    extensions = [_extension("key_usage", _usage().public_bytes(), critical=True)]
    extensions.append(_extension("extended_key_usage", purposes.public_bytes(), critical=False))
    wanted = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1.Name.load(applicant.name().public_bytes()),
            "subject_pk_info": keys.PublicKeyInfo.load(key.public_key()),
            "attributes": csr.CRIAttributes([{"type": "extension_request", "values": [csr.Extensions(extensions)]}]),
        }
    )
    signature = x509_form(key.algorithm, sign_with(key, wanted.dump()))
    request = csr.CertificationRequest(
        {
            "certification_request_info": wanted,
            "signature_algorithm": _signed_by(key.algorithm),
            "signature": core.OctetBitString(signature),
        }
    )
    body = textwrap.fill(base64.b64encode(request.dump()).decode(), 64)
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"


def _extension(name: str, value: bytes, *, critical: bool) -> asn1.Extension:
    return asn1.Extension({"extn_id": name, "critical": critical, "extn_value": core.ParsableOctetString(value)})


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(True, *[False] * 8)  # digitalSignature alone


def _signed_by(algorithm: str) -> algos.SignedDigestAlgorithm:
    if algorithm == "ed25519":
        return algos.SignedDigestAlgorithm({"algorithm": "ed25519"})
    digest = f"sha{algorithm[2:]}"
    if algorithm.startswith("es"):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": digest}}
    salted = {
        "hash_algorithm": {"algorithm": digest},
        "mask_gen_algorithm": mask,
        "salt_length": int(algorithm[2:]) // 8,
    }
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(salted)})
