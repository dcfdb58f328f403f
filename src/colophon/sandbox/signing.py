"""Signing as the vendor does, with a test authority of the sandbox's own that nobody should trust outside tests."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from c2pa import Builder, C2paSignerInfo, Context, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA
from colophon.sandbox.files import locked, write_whole

GENERATOR = "Colophon Sandbox API"
ORGANISATION = "Colophon Sandbox"
_YEARS = timedelta(days=3650)


def sandbox_ca(folder: Path) -> str:
    """The PEM certificate of the folder's test authority; authority and signing certificate are made when missing."""
    pki = folder / "pki"
    with locked(folder / "pki.lock"):
        # The root is written last: when it is there, all is.
        if not (pki / "root.pem").exists():
            _make(pki)
    return (pki / "root.pem").read_text()


def sign(content: bytes, media_type: str, *, folder: Path, model: str, title: str, when: datetime) -> bytes:
    """The picture with a manifest that says: created by this model, trained algorithmic media."""
    sandbox_ca(folder)
    created = {
        "action": "c2pa.created",
        "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "softwareAgent": {"name": model},
        "when": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    actions = {"label": "c2pa.actions.v2", "data": {"allActionsIncluded": True, "actions": [created]}}
    manifest = {"claim_version": 2, "title": title, "assertions": [actions]}
    signed = io.BytesIO()
    # Native handles are opened per call: one made before a fork is dead in the child.
    with _context() as context, _signer(folder / "pki") as signer, Builder(manifest, context=context) as builder:
        builder.sign(signer, media_type, io.BytesIO(content), signed)
    return signed.getvalue()


def _context() -> Context:
    return Context.from_dict(
        {
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
            "core": {"allowed_network_hosts": [], "allow_redirects": False},
            "builder": {
                "thumbnail": {"enabled": False},
                "claim_generator_info": {"name": GENERATOR, "version": "1"},
                "created_assertion_labels": ["c2pa.actions"],
            },
        }
    )


def _signer(pki: Path) -> Signer:
    chain, key = (pki / "chain.pem").read_bytes(), (pki / "key.pem").read_bytes()
    return Signer.from_info(C2paSignerInfo(b"es256", chain, key, None))


def _make(pki: Path) -> None:
    """The root's key signs one certificate and is forgotten."""
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = _name("sandbox test root"), _name("sandbox test certificate")
    root = _certificate(root_name, root_name, root_key.public_key(), root_key, ca=True)
    leaf = _certificate(leaf_name, root_name, leaf_key.public_key(), root_key, ca=False)
    private = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_whole(pki / "key.pem", private, mode=0o600)
    write_whole(pki / "chain.pem", leaf.public_bytes(serialization.Encoding.PEM))
    write_whole(pki / "root.pem", root.public_bytes(serialization.Encoding.PEM))


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    # Certificates are judged by the time of the world, whatever clock the application was given.
    start = datetime.now(UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _YEARS)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
