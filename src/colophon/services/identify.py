"""Which catalogued asset is this picture? By its bytes, its pixels, or its look."""

from pathlib import Path
from typing import Any

from colophon.domain.asset import Asset, sha256
from colophon.ports import Catalog, Imaging
from colophon.services.ingest import read_picture_file

# Bits of 64 by which a fingerprint may differ and still be named; the same bound as the duplicate check's widest.
_NEAR_BITS = 11


def identify_file(file: Path, *, catalog: Catalog, imaging: Imaging) -> list[dict[str, Any]]:
    """Matches, best first: ``how`` is bytes, rendition, pixels or fingerprint; ``score`` is 1 for the
    first three and falls with the differing bits for the last. Raises `InvalidInput`, `PictureError`."""
    content = read_picture_file(file)
    facts = imaging.inspect(content)
    digest = sha256(content)
    found: dict[str, dict[str, Any]] = {}

    def add(asset: Asset, how: str, score: float) -> None:
        found.setdefault(
            asset.id, {"asset_id": asset.id, "how": how, "score": round(score, 3), "state": asset.state.value}
        )

    for asset in catalog.same_bytes(digest):
        add(asset, "bytes", 1.0)
    for asset in catalog.rendered_as(digest):
        add(asset, "rendition", 1.0)
    for asset in catalog.same_pixels(facts.pixels_sha256):
        add(asset, "pixels", 1.0)
    for asset, (phash_bits, dhash_bits) in catalog.near(facts.fingerprints, _NEAR_BITS):
        add(asset, "fingerprint", 1 - (phash_bits + dhash_bits) / 128)
    return sorted(found.values(), key=lambda match: -match["score"])
