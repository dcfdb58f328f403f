"""Where a rendition lies on the public shelf, what is really served there, and the list that says so."""

import json
from collections.abc import Collection
from enum import StrEnum

from colophon.domain.asset import Rendition, sha256
from colophon.domain.record import Publication
from colophon.errors import NotFound
from colophon.ports import Assets, Publications, Shelf


class Served(StrEnum):
    """What the shelf answers with for a publication: the recorded bytes, nothing, or something else. A detached
    manifest counts as part of its file."""

    INTACT = "intact"
    MISSING = "missing"
    OTHER = "other"


def key_of(campaign: str, rendition: Rendition) -> str:
    """Immutable: the name holds the digest, so other bytes get another address."""
    placement = rendition.placement.replace("/", "-")
    if rendition.locale is not None:
        placement = f"{placement}-{rendition.locale.lower()}"
    return f"{campaign}/{placement}-{rendition.sha256[:32]}.{rendition.format.value}"


def manifest_key(key: str) -> str:
    return f"{key}.c2pa"


def served(publication: Publication, rendition: Rendition, shelf: Shelf) -> Served:
    """Reads the shelf; the catalog's row is only a claim. Raises `StoreUnavailable`."""
    parts = [_served(publication.key, publication.sha256, shelf)]
    if rendition.manifest_sha256 is not None:
        parts.append(_served(manifest_key(publication.key), rendition.manifest_sha256, shelf))
    return next((part for part in (Served.OTHER, Served.MISSING) if part in parts), Served.INTACT)


def _served(key: str, digest: str, shelf: Shelf) -> Served:
    try:
        return Served.INTACT if sha256(shelf.get(key)) == digest else Served.OTHER
    except NotFound:
        return Served.MISSING


def write_list(
    campaign: str, *, checked: Collection[str], publications: Publications, assets: Assets, shelf: Shelf
) -> str:
    """Renew the campaign's list of what is public: address, digest, size, type, dimensions, signer. Returns its
    address.

    Only what is served unchanged is listed. ``checked`` are the renditions of which that is known already; the others
    are read from the shelf.
    """
    entries = []
    for publication in publications.of_campaign(campaign, only_open=True):
        rendition = assets.rendition(publication.rendition)
        if rendition.id in checked or served(publication, rendition, shelf) is Served.INTACT:
            entries.append(_entry(publication, rendition))
    content = {"schema_version": 1, "campaign": campaign, "publications": entries}
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    return shelf.replace(f"{campaign}/publications.json", text.encode() + b"\n", "application/json")


def _entry(publication: Publication, rendition: Rendition) -> dict[str, object]:
    return {
        "rendition": rendition.id,
        "asset": rendition.asset,
        "placement": rendition.placement,
        "address": publication.address,
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "media_type": rendition.format.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "signer": rendition.signer,
        "locale": rendition.locale,
        "manifest": manifest_key(publication.address) if rendition.manifest_sha256 else "embedded",
        "from": publication.published_from.isoformat(),
    }
