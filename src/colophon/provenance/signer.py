"""The signing port: a rendition becomes a signed direct child of its original.

Signing runs in this process, because a key has no business in a process that reads hostile bytes. So parents must have
been read by the confined reader before they come here.
"""

import functools
import io
import json
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from colophon.confined.manifests import context_settings
from colophon.domain.provenance import ManifestOrder, Signed
from colophon.domain.trust import DEFAULT_EKUS, TrustPolicy
from colophon.errors import SigningError
from colophon.provenance.pki import subject_value

SPEC_VERSION = "2.4.0"  # as semantic version, by C2PA 2.4, section 10.2.3.2
GENERATOR = "colophon"
# Without versions; assertions not named here would be "gathered", which the signer does not vouch for.
CREATED_LABELS = (
    "c2pa.actions",
    "c2pa.ingredient",
    "c2pa.ai-disclosure",
    "cawg.training-mining",
    "org.colophon.rendition",
)
_CURVES = {"secp256r1": b"es256", "secp384r1": b"es384"}


class C2paSigner:
    """Signs with one key. The policy's anchors let the parent's validation be recorded as what it is here; without
    a policy every parent is recorded as untrusted. May be used from several threads at once.

    Raises `SigningError` when certificate chain and key cannot work together. With ``tsa_url`` each signature asks
    that service for a time stamp, and fails when it does not answer.
    """

    def __init__(
        self, chain_pem: str, key_pem: str, *, policy: TrustPolicy | None = None, tsa_url: str | None = None
    ) -> None:
        leaf = _leaf(chain_pem)
        key = _key(key_pem)
        if _public(key.public_key()) != _public(leaf.public_key()):
            raise SigningError("the signing key does not belong to the certificate", hint="check both settings")
        self._leaf = leaf
        self.organisation = subject_value(leaf.subject, x509.NameOID.ORGANIZATION_NAME) or leaf.subject.rfc4514_string()
        self._stamped = tsa_url is not None
        self._settings = _settings(policy)
        self._signer = _native(_algorithm(key), chain_pem, key_pem, tsa_url)

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
        """Sign as a direct child of ``parent``. Raises `SigningError`.

        Every call gives other bytes, even for equal input: the manifest has a fresh label and signature.
        """
        target = io.BytesIO()
        try:
            # A context is cheap and lives for one call: it must not outlive a fork.
            context = c2pa.Context.from_dict(self._settings)
            with c2pa.Builder(_definition(order), context=context) as builder:
                builder.add_ingredient(json.dumps(_ingredient(order)), parent_media_type, io.BytesIO(parent))
                if detached:
                    builder.set_no_embed()
                manifest = builder.sign(self._signer, media_type, io.BytesIO(content), target)
        except (c2pa.C2paError, TypeError, ValueError) as error:
            raise SigningError(_plain(error), hint=self._hint(str(error))) from error
        return Signed(content if detached else target.getvalue(), manifest, detached, self.organisation)

    def _hint(self, text: str) -> str:
        if "not valid at time of signing" in text:
            end = self._leaf.not_valid_after_utc.date().isoformat()
            return f"the signing certificate is valid until {end}; renew it and set the new one"
        if "certificate is invalid" in text:
            return "the certificate does not meet the C2PA profile: purpose, key usage or issuer identifier is missing"
        if self._stamped and re.search(r"http|time ?stamp", text, re.IGNORECASE):
            return "the time-stamp service did not answer; try again or check its address"
        return "check the picture, its media type, the actions of the manifest, and the purposes the trust policy lists"


def _definition(order: ManifestOrder) -> dict[str, Any]:
    opened: dict[str, Any] = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    if order.when is not None:
        opened["when"] = order.when.strftime("%Y-%m-%dT%H:%M:%SZ")
    # One template for all actions names the software in half the bytes of a reference from each action.
    agent = {"action": "*", "softwareAgent": {"name": GENERATOR, "version": _own_version()}}
    actions = {"allActionsIncluded": True, "actions": [opened, *order.steps], "templates": [agent]}
    definition = {"assertions": [{"label": "c2pa.actions.v2", "data": actions}, *order.assertions]}
    return definition if order.title is None else {"title": order.title, **definition}


def _ingredient(order: ManifestOrder) -> dict[str, str]:
    """Without a title: by the specification the parent's own manifest is the place for that. Our identifier of the
    parent takes the place of a random one."""
    ingredient = {"relationship": "parentOf", "label": "parent"}
    return ingredient if order.parent is None else {**ingredient, "instance_id": order.parent}


@functools.cache
def _own_version() -> str:
    try:
        return version("colophon")
    except PackageNotFoundError:
        return "0"


def _settings(policy: TrustPolicy | None) -> dict[str, Any]:
    anchors = [
        {"name": a.name, "kind": a.kind.value, "pem": a.pem, "pins": list(a.pins)}
        for a in (policy.anchors if policy else ())
    ]
    return context_settings(anchors, policy.ekus if policy else DEFAULT_EKUS) | {
        "builder": {
            "thumbnail": {"enabled": False},
            "claim_generator_info": {"name": GENERATOR, "version": _own_version(), "specVersion": SPEC_VERSION},
            "created_assertion_labels": list(CREATED_LABELS),
        }
    }


def _leaf(chain_pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(chain_pem.encode())[0]
    except (ValueError, IndexError) as error:
        hint = "a PEM file with the signing certificate first, then its issuers"
        raise SigningError("the certificate chain cannot be read", hint=hint) from error


def _key(key_pem: str) -> PrivateKeyTypes:
    if "BEGIN PRIVATE KEY" not in key_pem:
        hint = "convert it: openssl pkcs8 -topk8 -nocrypt -in old.pem -out key.pem"
        raise SigningError("the signing key is not an unencrypted PKCS#8 key in PEM form", hint=hint)
    try:
        return serialization.load_pem_private_key(key_pem.encode(), password=None)
    except (ValueError, TypeError):
        # No "from": the parser's text could quote the key.
        raise SigningError("the signing key cannot be read", hint="it starts like PKCS#8 but is damaged") from None


def _algorithm(key: PrivateKeyTypes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return b"ps256"
    raise SigningError("this kind of key cannot sign", hint="P-256, P-384, Ed25519, or RSA of 2048 bits or more")


def _public(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, form)
    return encoded


def _native(algorithm: bytes, chain_pem: str, key_pem: str, tsa_url: str | None) -> Any:
    stamp = tsa_url.encode() if tsa_url else None
    try:
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain_pem.encode(), key_pem.encode(), stamp))
    except (c2pa.C2paError, TypeError, ValueError):
        raise SigningError("the library does not take this certificate and key", hint="see colophon doctor") from None


def _plain(error: Exception) -> str:
    return f"no signature was made: {str(error)[:200]}"
