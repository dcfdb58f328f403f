"""A vendor, a brand, a stranger and a stamping authority, and pictures signed by them."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import c2pa
import pytest
from PIL import Image

from colophon.confined.manifests import context_settings, read
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.trust import C2PA_SIGNING, EMAIL_PROTECTION, Anchor, AnchorKind, TrustPolicy
from colophon.provenance.pki import Issued, SigningKey, Wanted, issue
from colophon.provenance.reader import C2paReader
from colophon.provenance.signer import C2paSigner
from colophon.provenance.stamps import StampService

MEDIA = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}


class InProcess:
    """Calls the confined function directly, through JSON as the real one does."""

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        assert function == "read_manifest"
        answer, made = read(json.loads(json.dumps(parameters)), blobs)
        return json.loads(json.dumps(answer)), made


@dataclass(frozen=True)
class Party:
    """An organisation with a root, an issuing authority and a leaf."""

    root: Issued
    issuing: Issued
    leaf: Issued

    @property
    def chain(self) -> str:
        return self.leaf.pem + self.issuing.pem

    def anchor(self, name: str, kind: AnchorKind = AnchorKind.VENDOR, **more: Any) -> Anchor:
        return Anchor(name=name, kind=kind, reason="test", pem=self.root.pem, **more)

    def with_leaf(self, wanted: Wanted, now: datetime, key: SigningKey | None = None) -> "Party":
        return Party(self.root, self.issuing, issue(wanted, now=now, issuer=self.issuing, key=key))


def party(organisation: str, now: datetime) -> Party:
    root = issue(Wanted("Root", organisation, 3650, authority=True), now=now)
    issuing = issue(Wanted("Issuing", organisation, 3650, authority=True, path_length=0), now=now, issuer=root)
    return Party(root, issuing, issue(Wanted("Signer", organisation), now=now, issuer=issuing))


def picture(fmt: str = "png", size: tuple[int, int] = (96, 96)) -> bytes:
    target = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(target, fmt)
    return target.getvalue()


def tampered(signed: bytes) -> bytes:
    """One bit of the picture's own data turned (in WebP the manifest comes last, elsewhere the picture)."""
    content = bytearray(signed)
    content[300 if signed[:4] == b"RIFF" else -400] ^= 1
    return bytes(content)


@dataclass(frozen=True)
class World:
    now: datetime
    vendor: Party
    brand: Party
    stranger: Party
    confined: InProcess = field(default_factory=InProcess)

    def policy(self, *anchors: Anchor, **more: Any) -> TrustPolicy:
        entries = anchors or (self.brand.anchor("brand", AnchorKind.BRAND), self.vendor.anchor("vendor"))
        return TrustPolicy(name="test", version="1", issued=date(2026, 1, 1), anchors=entries, **more)

    def reader(self, *anchors: Anchor, **more: Any) -> C2paReader:
        return C2paReader(self.confined, self.policy(*anchors, **more))

    def signer(self, who: Party | None = None, *, tsa_url: str | None = None, **more: Any) -> C2paSigner:
        who = who or self.brand
        stamps = {"stamps": StampService(tsa_url, pause=0.01)} if tsa_url else {}
        return C2paSigner(who.chain, who.leaf.key_pem, **({"policy": self.policy()} | stamps | more))

    def original(self, who: Party | None = None, *, tsa_url: str | None = None, fmt: str = "png") -> bytes:
        """What a provider delivers: a picture with a manifest of its own."""
        who = who or self.vendor
        key = who.leaf.key_pem.encode()
        info = c2pa.C2paSignerInfo(b"es256", who.chain.encode(), key, tsa_url.encode() if tsa_url else None)
        created = {
            "action": "c2pa.created",
            "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
            "softwareAgent": {"name": "flux-2-pro", "version": "1"},
            "when": "2026-03-01T10:00:00Z",
        }
        generator = {"name": "Vendor API", "version": "2"}
        definition = {"title": "original", "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}]}
        settings = context_settings([], (C2PA_SIGNING, EMAIL_PROTECTION)) | {
            "builder": {"thumbnail": {"enabled": False}, "claim_generator_info": generator}
        }
        target = io.BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Context.from_dict(settings) as context:
            builder = c2pa.Builder(definition, context=context)
            builder.sign(signer, MEDIA[fmt], io.BytesIO(picture(fmt)), target)
        return target.getvalue()

    def child(self, parent: bytes, *, signer: C2paSigner | None = None, fmt: str = "webp") -> bytes:
        kind = "image/webp" if parent[:4] == b"RIFF" else "image/png"
        order = ManifestOrder("rendition", ({"action": "c2pa.transcoded"},))
        signed = (signer or self.signer()).sign(picture(fmt), MEDIA[fmt], order, parent=parent, parent_media_type=kind)
        return signed.content


@pytest.fixture(scope="session")
def world() -> World:
    now = datetime.now(UTC)
    return World(now, party("Vendor Inc.", now), party("Brand Ltd", now), party("Stranger", now))


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., bytes]:
    return picture


@pytest.fixture(scope="session")
def tamper() -> Callable[[bytes], bytes]:
    return tampered
