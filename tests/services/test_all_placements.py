"""Every placement of the table in every format it takes: made by the product from the sandbox's originals, then read by
the C2PA library alone, with the two test authorities' certificates and nothing of ours."""

from __future__ import annotations

import io
import json
import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import c2pa
import numpy as np
from PIL import Image, ImageDraw

from colophon.domain.asset import sha256
from colophon.domain.placement import PictureFormat
from colophon.services.render import render_generation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from colophon.domain.asset import Rendition
    from colophon.domain.placement import Placement
    from colophon.domain.provenance import ManifestOrder, Signed
    from colophon.ports import ManifestSigner
    from tests.services.conftest import World

EKUS = "1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.4"
TOO_SMALL = 5_000  # bytes; a cap that has no room for a picture and its papers
MEDIAN = 9_000  # bytes a signature may add


@dataclass
class Weighed:
    """Implements `colophon.ports.ManifestSigner` by another; notes what each signature inside a file added."""

    signer: ManifestSigner
    organisation: str
    added: dict[str, int] = field(default_factory=dict)

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
        made = self.signer.sign(
            content, media_type, order, parent=parent, parent_media_type=parent_media_type, detached=detached
        )
        if not detached:
            self.added[sha256(made.content)] = len(made.content) - len(content)
        return made


def poster(_prompt: str, seed: int, width: int, height: int, _references: Sequence[bytes] = ()) -> Image.Image:
    """Flat shapes and a strip of noise: quick to encode, and too heavy for the tighter caps at full quality."""
    picture = Image.new("RGB", (width, height), "#f4ead8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 2 // 3, width, height), fill="#7a5230")
    draw.ellipse((width // 3, height // 3, width * 2 // 3, height * 3 // 4), fill="#2f6f5e")
    noise = np.random.default_rng(seed).integers(0, 256, (max(1, height // 40), width, 3), dtype=np.uint8)
    picture.paste(Image.fromarray(noise), (0, height // 2))
    return picture


def made_everywhere(world: World) -> tuple[list[Rendition], Weighed]:
    """The renditions of one visual for all placements in all their formats."""
    wishes = [
        {"placement": key, "formats": [f.value for f in placement.formats]}
        for key, placement in world.rt.rules.placements.items()
    ]
    campaign = world.register(placements=wishes, budget={"currency": "USD", "cap": "9.00"})
    signer = Weighed(world.rt.workshop.signer, world.rt.workshop.signer.organisation)
    for progress in world.rt.catalog.orders.wanted(campaign):
        generation = progress.generation.id
        world.submit(generation)
        world.collect(generation)
        world.ingest(generation)
        render_generation(generation, workshop=replace(world.rt.workshop, signer=signer))
    return list(world.rt.catalog.assets.renditions_of_campaign(campaign)), signer


class Library:
    """The C2PA library with the certificates of the two test authorities."""

    def __init__(self, world: World) -> None:
        roots = {"brand": world.settings.home / "pki/ca.pem", "vendor": world.settings.sandbox_folder / "pki/root.pem"}
        anchors = [
            {"trust_uri": f"urn:test:{name}", "trust_kind": "manifest", "trust_anchors": file.read_text()}
            for name, file in roots.items()
        ]
        self._settings = {
            "trust": {"anchors": anchors, "trust_config": EKUS},
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
            "core": {"allowed_network_hosts": []},
        }

    def read(self, content: bytes, media_type: str, manifest: bytes | None = None) -> Any:
        beside = (manifest,) if manifest is not None else ()
        with (
            c2pa.Context.from_dict(self._settings) as context,
            c2pa.Reader(media_type, io.BytesIO(content), *beside, context=context) as reader,
        ):
            return json.loads(reader.json())


def test_every_placement_in_every_format(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.sandbox.pictures.draw", poster)
    renditions, signer = made_everywhere(world)
    placements = world.rt.rules.placements
    wanted = [(key, fmt, s.width) for key, place in placements.items() for s in place.sizes for fmt in place.formats]
    assert len(placements) >= 72
    assert sorted((r.placement, r.format, r.width) for r in renditions) == sorted(wanted)
    library, added = Library(world), dict[PictureFormat, list[int]]()
    originals = {a.id: _original_label(world, library, a.id) for a in world.rt.catalog.assets.of_campaign("spring")}
    for rendition in renditions:
        content = world.rt.store.get(rendition.sha256)
        manifest = world.rt.store.get(rendition.manifest_sha256) if rendition.manifest_sha256 else None
        _is_what_was_planned(rendition, content, placements[rendition.placement])
        _chains_to_the_vendor(library.read(content, rendition.format.media_type, manifest), originals[rendition.asset])
        if manifest is None:
            added.setdefault(rendition.format, []).append(signer.added[rendition.sha256])
    beside = {r.placement for r in renditions if r.manifest_sha256}
    assert beside == {key for key, placement in placements.items() if placement.max_bytes == TOO_SMALL}
    assert all(statistics.median(each) <= MEDIAN for each in added.values())
    assert statistics.median(n for each in added.values() for n in each) <= MEDIAN


def _original_label(world: World, library: Library, asset_id: str) -> str:
    asset = world.rt.catalog.assets.get(asset_id)
    label = library.read(world.rt.store.get(asset.sha256), asset.facts.format.media_type)["active_manifest"]
    assert isinstance(label, str)
    return label


def _is_what_was_planned(rendition: Rendition, content: bytes, placement: Placement) -> None:
    assert rendition.bytes == len(content)
    [size] = [size for size in placement.sizes if size.width == rendition.width]
    assert size.max_bytes is None or len(content) <= size.max_bytes, rendition
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == ("JPEG" if rendition.format is PictureFormat.JPEG else rendition.format.name)
        assert picture.size == (size.width, size.height)


def _chains_to_the_vendor(store: Any, vendor: str) -> None:
    assert store["validation_state"] == "Trusted", store["validation_results"]
    assert len(store["manifests"]) == 2
    active, oldest = store["manifests"][store["active_manifest"]], store["manifests"][vendor]
    assert active["signature_info"]["issuer"] == "Example Brand (development)"
    assert oldest["signature_info"]["issuer"] == "Colophon Sandbox"
    [parent] = active["ingredients"]
    assert (parent["relationship"], parent["active_manifest"]) == ("parentOf", vendor)
    assert not oldest.get("ingredients")
