"""A laboratory for papers: pictures signed, changed, chained and spoilt in every way the trouble table needs."""

import io
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import c2pa
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ObjectIdentifier
from PIL import Image

from colophon.confined.manifests import context_settings
from colophon.confined.stores import store_of
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.trust import DEFAULT_EKUS, Anchor, AnchorKind, Revoked, TrustPolicy
from colophon.provenance import C2paSigner
from colophon.provenance.pki import Wanted
from tests.provenance.conftest import MEDIA, Party, World, party, picture

CREATED = {"action": "c2pa.created", "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA, "softwareAgent": "flux-2-pro"}
OTHER_PURPOSE = ObjectIdentifier("1.3.6.1.4.1.99999.7")
HOSTILE = "\x1b[31m<script>alert(1)</script>=HYPERLINK(\u202e"


@dataclass(frozen=True)
class Subject:
    """A file to judge, and how."""

    content: bytes
    detached: bytes | None = None
    policy: TrustPolicy | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Lab:
    """What trouble is made from. ``stamps`` is a stamping service's address, ``stamper`` its authority."""

    world: World
    stamps: str
    stamper: Party
    made: dict[str, bytes] = field(default_factory=dict)

    def original(self, fmt: str = "png") -> bytes:
        return self.made.setdefault(fmt, self.world.original(fmt=fmt))

    def child(self, parent: bytes | None = None, **more: Any) -> bytes:
        return self.world.child(self.original() if parent is None else parent, **more)

    def policy(self, *more: Anchor, vendor: Mapping[str, Any] | None = None, **settings: Any) -> TrustPolicy:
        world = self.world
        anchors = world.brand.anchor("brand", AnchorKind.BRAND), world.vendor.anchor("vendor", **(vendor or {}))
        return world.policy(*anchors, *more, **settings)

    def vendor_leaf(self, **wanted: Any) -> Party:
        defaults = {"common_name": "Signer", "organisation": "Vendor Inc."}
        key = wanted.pop("key", None)
        return self.world.vendor.with_leaf(Wanted(**(defaults | wanted)), self.world.now, key)

    def created(self, who: Party, actions: Sequence[Mapping[str, Any]] = (CREATED,), **more: Any) -> bytes:
        content = more.pop("content", None) or picture("png")
        return signed(content, "image/png", definition(actions, **more.pop("definition", {})), who, **more)

    def later(self, days: int) -> datetime:
        return self.world.now + timedelta(days=days)

    def sha256_of(self, who: Party) -> str:
        return who.leaf.certificate.fingerprint(hashes.SHA256()).hex()


def definition(actions: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": [dict(a) for a in actions]}}]
    return {"title": "picture", "assertions": [*assertions, *more.pop("assertions", ())], **more}


def signed(
    content: bytes,
    media_type: str,
    manifest: Mapping[str, Any],
    who: Party,
    *,
    algorithm: bytes = b"es256",
    ingredients: Sequence[tuple[Mapping[str, Any], bytes]] = (),
    tsa_url: str | None = None,
    remote: str | None = None,
    embed: bool = False,
    chain: str | None = None,
) -> bytes:
    """By the library alone, as a stranger's program would."""
    settings = context_settings([], (*DEFAULT_EKUS, OTHER_PURPOSE.dotted_string))
    settings |= {"builder": {"thumbnail": {"enabled": False}}}
    info = c2pa.C2paSignerInfo(
        algorithm, (chain or who.chain).encode(), who.leaf.key_pem.encode(), tsa_url.encode() if tsa_url else None
    )
    target = io.BytesIO()
    with c2pa.Signer.from_info(info) as signer, c2pa.Context.from_dict(settings) as context:
        builder = c2pa.Builder(dict(manifest), context=context)
        for facts, ingredient in ingredients:
            builder.add_ingredient(json.dumps(dict(facts)), "image/png", io.BytesIO(ingredient))
        if remote:
            builder.set_remote_url(remote)
            if not embed:
                builder.set_no_embed()
        builder.sign(signer, media_type, io.BytesIO(content), target)
    return target.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunk(png: bytes, chunk: bytes) -> bytes:
    return png[:33] + chunk + png[33:]


def with_store(png: bytes, store: bytes) -> bytes:
    return with_chunk(png, png_chunk(b"caBX", store))


def changed(content: bytes, found: bytes, other: bytes) -> bytes:
    """The store changed inside a PNG, its chunk's checksum made right again: only C2PA's own hashes can tell."""
    store = store_of(content)
    assert store is not None
    assert found in store
    start = content.index(store)
    bad = store.replace(found, other, 1)
    return content[: start - 8] + png_chunk(b"caBX", bad) + content[start + len(store) + 4 :]


def flipped_signature(content: bytes) -> bytes:
    """One bit in the middle of the active manifest's signature value, which ends before the padding."""
    store = store_of(content)
    assert store is not None
    at = store.rindex(b"c2pa.signature")
    start = store.index(b"\x58\x40", store.index(b"\xf6", at))  # no payload, then 64 bytes of signature
    return changed(content, store[start : start + 10], store[start : start + 9] + bytes([store[start + 9] ^ 1]))


def nested_boxes(depth: int) -> bytes:
    box = b""
    for _ in range(depth):
        label = struct.pack(">I", 26) + b"jumd" + b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03\x00"
        box = struct.pack(">I", 8 + len(label) + len(box)) + b"jumb" + label + box
    return box


def re_encoded(content: bytes) -> bytes:
    target = io.BytesIO()
    Image.open(io.BytesIO(content)).save(target, "png")
    return target.getvalue()


def detached(lab: Lab, fmt: str = "png") -> tuple[bytes, bytes]:
    order = ManifestOrder("rendition", ({"action": "c2pa.transcoded"},))
    content = picture(fmt)
    made = lab.world.signer().sign(
        content, MEDIA[fmt], order, parent=lab.original(), parent_media_type="image/png", detached=True
    )
    return made.content, made.manifest


def lookalike(lab: Lab) -> Party:
    """Every name of the vendor, from the root down; other keys."""
    return party("Vendor Inc.", lab.world.now)


def chained(lab: Lab, depth: int) -> bytes:
    content = lab.original()
    for _ in range(depth):
        content = lab.child(content, fmt="png")
    return content


def component(lab: Lab, other: bytes) -> bytes:
    placed = [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}},
        {"action": "c2pa.placed", "parameters": {"ingredientIds": ["logo"]}},
    ]
    parts = [
        ({"title": "original", "relationship": "parentOf", "label": "parent"}, lab.original()),
        ({"title": "logo", "relationship": "componentOf", "label": "logo"}, other),
    ]
    return lab.created(lab.world.brand, placed, ingredients=parts)


def stamped(lab: Lab, **leaf: Any) -> bytes:
    return lab.world.original(lab.vendor_leaf(**leaf), tsa_url=lab.stamps)


def tsa(lab: Lab) -> Anchor:
    return lab.stamper.anchor("stamps", AnchorKind.TSA)


def pin(lab: Lab) -> dict[str, Any]:
    return {"pins": (lab.world.vendor.leaf.pem,)}


def revoked(lab: Lab, days: int) -> dict[str, Any]:
    entry = Revoked(sha256=lab.sha256_of(lab.world.vendor), since=lab.later(days).date(), reason="test")
    return {"revoked": (entry,)}


def own_signer(lab: Lab, who: Party) -> C2paSigner:
    return lab.world.signer(who)


def unsigned(_: Lab, fmt: str = "png") -> bytes:
    return picture(fmt)


def brand_may(lab: Lab, action: Any, **more: Any) -> TrustPolicy:
    brand = lab.world.brand.anchor("brand", AnchorKind.BRAND, may=(action,), **more)
    return lab.world.policy(brand, lab.world.vendor.anchor("vendor"))
