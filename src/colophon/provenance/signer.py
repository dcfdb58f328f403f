"""The signing port: a rendition becomes a signed direct child of its original.

Signing runs in this process, because a key has no business in a process that reads hostile bytes. So parents must have
been read by the confined reader before they come here.
"""

import io
import json
from collections.abc import Callable
from copy import copy
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import Any

import c2pa
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from colophon.confined.manifests import context_settings
from colophon.domain.provenance import ManifestOrder, Signed
from colophon.domain.trust import DEFAULT_EKUS, TrustPolicy
from colophon.errors import SigningError
from colophon.ports import KeyService
from colophon.provenance.keys import Key, LocalKey, ServiceKey, prove
from colophon.provenance.library import require_library
from colophon.provenance.pki import subject_value
from colophon.provenance.stamping import stamped
from colophon.provenance.stamps import StampService

SPEC_VERSION = "2.4.0"  # as semantic version, by C2PA 2.4, section 10.2.3.2
GENERATOR = "colophon"
# Without versions; assertions not named here would be "gathered", which the signer does not vouch for.
CREATED_LABELS = (
    "c2pa.actions",
    "c2pa.ingredient",
    "c2pa.ai-disclosure",
    "c2pa.soft-binding",
    "cawg.training-mining",
    "org.colophon.rendition",
)


class C2paSigner:
    """Signs with one key: PKCS#8 text, or a service that keeps it. The policy's anchors let the parent's validation be
    recorded as what it is here; without a policy every parent is recorded as untrusted. May be used from several
    threads at once.

    Raises `SigningError` when certificate chain and key cannot work together (a service is asked for one signature to
    find out) and `OutdatedLibrary`. With ``stamps`` each signature gets a time stamp.
    """

    def __init__(
        self,
        chain_pem: str,
        key: str | KeyService,
        *,
        policy: TrustPolicy | None = None,
        stamps: StampService | None = None,
    ) -> None:
        require_library()
        leaf = _leaf(chain_pem)
        self._key = _prepared(key, leaf, chain_pem)
        self._leaf = leaf
        self.organisation = subject_value(leaf.subject, x509.NameOID.ORGANIZATION_NAME) or leaf.subject.rfc4514_string()
        self._stamps = stamps
        self._settings = _settings(policy)

    @property
    def stamped(self) -> bool:
        return self._stamps is not None

    def without_stamps(self) -> "C2paSigner":
        """The same key, asking no time-stamp service."""
        other = copy(self)
        other._stamps = None
        return other

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
        """Sign as a direct child of ``parent``. Raises `SigningError`, and `SigningUnavailable` when the key's or the
        time-stamp service is out of reach.

        Every call gives other bytes, even for equal input: the manifest has a fresh label and signature.
        """
        definition = _definition(order)

        def once(stamp_address: str | None = None) -> Signed:
            # A context is cheap and lives for one call: it must not outlive a fork.
            context = c2pa.Context.from_dict(self._settings)
            target, key = io.BytesIO(), self._key()
            try:
                with (
                    c2pa.Builder(definition, context=context) as builder,
                    key.native(stamp_address) as native,
                ):
                    builder.add_ingredient(json.dumps(_ingredient(order)), parent_media_type, io.BytesIO(parent))
                    if detached:
                        builder.set_no_embed()
                    manifest = builder.sign(native, media_type, io.BytesIO(content), target)
            except (c2pa.C2paError, TypeError, ValueError) as error:
                raise key.failure() or SigningError(_plain(error), hint=self._hint(str(error))) from error
            return Signed(content if detached else target.getvalue(), manifest, detached, self.organisation)

        return once() if self._stamps is None else stamped(once, self._stamps)

    def _hint(self, text: str) -> str:
        if "not valid at time of signing" in text:
            end = self._leaf.not_valid_after_utc.date().isoformat()
            return f"the signing certificate is valid until {end}; renew it and set the new one"
        if "certificate is invalid" in text:
            return "the certificate does not meet the C2PA profile: purpose, key usage or issuer identifier is missing"
        return "check the picture, its media type, the actions of the manifest, and the purposes the trust policy lists"


def _prepared(key: str | KeyService, leaf: x509.Certificate, chain_pem: str) -> Callable[[], Key]:
    """The key for each signature, once it is known to belong to the certificate."""
    if isinstance(key, str):
        local = LocalKey(key, leaf, chain_pem)
        return lambda: local
    prove(key, leaf)
    return partial(ServiceKey, key, chain_pem)


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


@cache
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
    """The first certificate of a chain in which each is signed by the next."""
    hint = "a PEM file with the signing certificate first, then its issuers, each signed by the next"
    try:
        chain = x509.load_pem_x509_certificates(chain_pem.encode())
    except ValueError as error:
        raise SigningError("the certificate chain cannot be read", hint=hint) from error
    try:
        for lower, upper in pairwise(chain):
            lower.verify_directly_issued_by(upper)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise SigningError("the certificate chain is out of order or mixed", hint=hint) from error
    return chain[0]


def _plain(error: Exception) -> str:
    return f"no signature was made: {str(error)[:200]}"
