"""Assets and renditions as rows and as values."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from colophon.catalog import bits, focuses
from colophon.catalog.asset_tables import AssetRow, RenditionRow
from colophon.domain.asset import Asset, AssetState, Fingerprints, PictureFacts, Rendition
from colophon.domain.finding import Outcome
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import Provenance
from colophon.domain.subject import Subject
from colophon.errors import NotFound

PROVENANCE: TypeAdapter[Provenance] = TypeAdapter(Provenance)
_SUBJECT: TypeAdapter[Subject | None] = TypeAdapter(Subject | None)

STATES = {
    Outcome.ACCEPT: AssetState.CHECKED,
    Outcome.HOLD: AssetState.HELD,
    Outcome.REJECT: AssetState.REJECTED,
}


def row_of(session: Session, asset: str) -> AssetRow:
    """Raises `NotFound`."""
    row = session.get(AssetRow, asset)
    if row is None:
        raise missing(asset)
    return row


def missing(asset: str) -> NotFound:
    return NotFound(f"there is no asset {asset}", where=asset, hint="`colophon assets list` lists those that exist")


def asset_values(asset: Asset) -> dict[str, Any]:
    facts = asset.facts
    return {
        "id": asset.id,
        "sha256": asset.sha256,
        "bytes": asset.bytes,
        "campaign": asset.campaign,
        "visual": asset.visual,
        "variant": asset.variant,
        "generation": asset.generation,
        "format": facts.format.value,
        "width": facts.width,
        "height": facts.height,
        "mode": facts.mode,
        "frames": facts.frames,
        "pixels_sha256": facts.pixels_sha256,
        "phash": bits.signed(facts.fingerprints.phash),
        "dhash": bits.signed(facts.fingerprints.dhash),
        "deviation": facts.deviation,
        "subject": _SUBJECT.dump_python(facts.subject, mode="json"),
    }


def asset(row: AssetRow) -> Asset:
    return Asset(
        id=row.id,
        sha256=row.sha256,
        bytes=row.bytes,
        facts=PictureFacts(
            format=PictureFormat(row.format),
            width=row.width,
            height=row.height,
            mode=row.mode,
            frames=row.frames,
            pixels_sha256=row.pixels_sha256,
            fingerprints=Fingerprints(bits.unsigned(row.phash), bits.unsigned(row.dhash)),
            deviation=row.deviation,
            subject=_SUBJECT.validate_python(row.subject),
        ),
        campaign=row.campaign,
        visual=row.visual,
        variant=row.variant,
        generation=row.generation,
        state=AssetState(row.state),
        focus=focuses.point(row.focus_x, row.focus_y),
        synthetic_person=row.synthetic_person,
    )


def rendition_values(rendition: Rendition) -> dict[str, Any]:
    return {
        "id": rendition.id,
        "asset": rendition.asset,
        "placement": rendition.placement,
        "format": rendition.format.value,
        "width": rendition.width,
        "height": rendition.height,
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "recipe": rendition.recipe,
        "quality": rendition.quality,
        "signer": rendition.signer,
        "manifest_sha256": rendition.manifest_sha256,
        "similarity": rendition.similarity,
        "floor": rendition.floor,
        "locale": rendition.locale,
    }


def rendition(row: RenditionRow) -> Rendition:
    return Rendition(
        id=row.id,
        asset=row.asset,
        placement=row.placement,
        format=PictureFormat(row.format),
        width=row.width,
        height=row.height,
        sha256=row.sha256,
        bytes=row.bytes,
        recipe=row.recipe,
        quality=row.quality,
        signer=row.signer,
        manifest_sha256=row.manifest_sha256,
        similarity=row.similarity,
        floor=row.floor,
        locale=row.locale,
    )
