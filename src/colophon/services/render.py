"""Cut, encode and sign the renditions of an asset, and keep only what our own verifier accepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from colophon.domain.asset import Asset, AssetState, Rendition
from colophon.domain.descent import acceptable
from colophon.domain.generation import Generation
from colophon.domain.identity import new_id
from colophon.domain.kept import KeptManifest, active_label
from colophon.domain.manifest import Lineage, rendition_manifest
from colophon.domain.placement import USUAL_SIGNATURE
from colophon.domain.provenance import Provenance, Signed
from colophon.domain.quality import QualityTable
from colophon.domain.recipe import Words, crop_of, lettering_of, recipe_digest, subject_of, wanted_files, words_of
from colophon.domain.record import Progress
from colophon.domain.rendition import Encoded, PlannedRendition, Recipe
from colophon.domain.soft_binding import with_soft_binding
from colophon.errors import PictureError, SigningError
from colophon.ports import Assets, Clock, Imaging, ManifestReader, ManifestSigner, Orders, Store
from colophon.services.unmade import enlarged, not_made, wordless

_SPARE = 160  # ids and times in a manifest vary in length by some bytes
_MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Workshop:
    """The ports by which renditions are made. ``enlarge`` is how many times as many pixels a side a file may have as
    its crop."""

    orders: Orders
    assets: Assets
    store: Store
    imaging: Imaging
    signer: ManifestSigner
    reader: ManifestReader
    clock: Clock
    quality: QualityTable
    enlarge: float = 1.0


@dataclass(frozen=True, slots=True)
class _Job:
    """All that the renditions of one asset have in common."""

    asset: Asset
    generation: Generation
    original: bytes
    provenance: Provenance
    words: Words
    files: Mapping[str, bytes] = field(default_factory=dict)


def render_generation(generation: str, *, workshop: Workshop) -> list[Rendition]:
    """Make the renditions that the generation's asset lacks. Returns those made now; none for a rejected asset.

    One counts as made when it is on record with the recipe of the campaign's newest revision. Raises `SigningError`
    when a file cannot be signed, or does not verify after signing, and `PictureError` when one is over its cap at any
    quality or would be enlarged beyond the limit; nothing of that file is recorded.
    """
    progress = workshop.orders.progress(generation)
    if progress.asset_id is None:
        return []
    asset = workshop.assets.get(progress.asset_id)
    if asset.state is AssetState.REJECTED:
        return []
    brief = workshop.orders.campaign(asset.campaign).brief
    wanted = wanted_files(asset, progress, workshop.orders.planned_renditions(asset.campaign), brief)
    made = {rendition.recipe for rendition in workshop.assets.renditions(asset.id)}
    missing = [planned for recipe, planned in wanted.items() if recipe not in made]
    return _make(_job(asset, progress, brief, workshop), missing, workshop) if missing else []


def _job(asset: Asset, progress: Progress, brief: str, workshop: Workshop) -> _Job:
    return _Job(
        asset=asset,
        generation=progress.generation,
        original=workshop.store.get(asset.sha256),
        provenance=workshop.assets.provenance(asset.id),
        words=words_of(progress, brief),
    )


def _make(job: _Job, missing: Sequence[PlannedRendition], workshop: Workshop) -> list[Rendition]:
    """One decode for all; the few that come out too heavy once signed are encoded again, smaller."""
    refused = {planned: error for planned in missing if (error := enlarged(job.asset, planned, workshop.enlarge))}
    possible = [planned for planned in missing if planned not in refused]
    recipes = [_recipe(job, planned, USUAL_SIGNATURE, workshop.quality) for planned in possible]
    job = replace(job, files=_brand_files(recipes, workshop))
    encoded = workshop.imaging.render(job.original, recipes, job.files)
    made, problems = [], list(refused.values())
    for planned, recipe, first in zip(possible, recipes, encoded, strict=True):
        try:
            if first.problem is not None:
                raise wordless(job.asset, planned, first.problem)
            made.append(_finish(job, planned, recipe, first, workshop))
        except PictureError as error:  # says something about this file only; the others are still made
            problems.append(error)
    if problems:
        raise not_made(problems, job.asset.id)
    return made


def _brand_files(recipes: Sequence[Recipe], workshop: Workshop) -> dict[str, bytes]:
    """The fonts and logos that the recipes' letterings name."""
    wanted = {digest for recipe in recipes if recipe.lettering for digest in recipe.lettering.files}
    return {digest: workshop.store.get(digest) for digest in sorted(wanted)}


def _recipe(job: _Job, planned: PlannedRendition, overhead: int, quality: QualityTable) -> Recipe:
    crop, lettering = crop_of(job.asset, planned), lettering_of(job.asset, planned)
    subject = subject_of(job.asset, planned) if lettering else None
    across, down = planned.width / crop.width, planned.height / crop.height
    return Recipe(
        crop=crop,
        width=planned.width,
        height=planned.height,
        format=planned.format,
        budget=None if planned.max_bytes is None else max(1, planned.max_bytes - overhead),
        xmp=job.words.xmp,
        floor=quality.floor(planned.placement, planned.format),
        lettering=lettering,
        safe=planned.safe if lettering else None,
        subject=subject.seen_in(crop).scaled(across, down) if subject else None,
    )


def _finish(job: _Job, planned: PlannedRendition, recipe: Recipe, encoded: Encoded, workshop: Workshop) -> Rendition:
    signed, encoded = _sign_within_cap(job, planned, recipe, encoded, workshop)
    detached = signed.manifest if signed.detached else None
    verdict = workshop.reader.read(signed.content, detached)
    if not acceptable(verdict, job.provenance):
        raise SigningError(
            f"the signed rendition for {planned.placement} does not verify: {verdict.doubts}",
            where=job.asset.id,
            hint="check `colophon doctor`: certificate, key and trust policy must belong together",
        )
    return _register(job, planned, encoded, signed, verdict, workshop)


def _sign_within_cap(
    job: _Job, planned: PlannedRendition, recipe: Recipe, encoded: Encoded, workshop: Workshop
) -> tuple[Signed, Encoded]:
    """The manifest counts inside the placement's cap. Where even the lowest quality leaves no room for it, it
    travels beside the file. Raises `PictureError` when the picture alone is over the cap."""
    cap = planned.max_bytes
    for _ in range(_MOST_TRIES):
        signed = _sign(job, planned, recipe, encoded, workshop, detached=False)
        if cap is None or len(signed.content) <= cap:
            return signed, encoded
        overhead = len(signed.content) - len(encoded.content) + _SPARE
        smaller = _recipe(job, planned, overhead, workshop.quality)
        if smaller.budget == recipe.budget:
            break
        recipe, [encoded] = smaller, workshop.imaging.render(job.original, [smaller], job.files)
        if not encoded.fits:
            break
    [bare] = workshop.imaging.render(job.original, [_recipe(job, planned, 0, workshop.quality)], job.files)
    if not bare.fits:
        raise PictureError(
            f"{planned.placement} as {planned.format.value} weighs {len(bare.content)} bytes at the lowest quality; "
            f"its cap is {cap}",
            reason="too_large",
            where=job.asset.id,
            hint="ask for another format of this placement",
        )
    return _sign(job, planned, recipe, bare, workshop, detached=True), bare


def _sign(
    job: _Job, planned: PlannedRendition, recipe: Recipe, encoded: Encoded, workshop: Workshop, *, detached: bool
) -> Signed:
    lineage = Lineage(
        asset=job.asset.id,
        campaign=job.asset.campaign,
        placement=planned.placement,
        brand=job.words.brand,
        origin=job.words.origin,
        made_at=workshop.clock.now(),
    )
    order = rendition_manifest(lineage, recipe, encoded.changes, encoded.laid, training=job.words.training)
    return workshop.signer.sign(
        encoded.content,
        planned.format.media_type,
        with_soft_binding(order, encoded.fingerprints),
        parent=job.original,
        parent_media_type=job.asset.facts.format.media_type,
        detached=detached,
    )


def _register(
    job: _Job,
    planned: PlannedRendition,
    encoded: Encoded,
    signed: Signed,
    verdict: Provenance,
    workshop: Workshop,
) -> Rendition:
    """Objects before rows: a row never promises bytes that are not there. The manifest is an object of its own also
    where it is in the file, since what comes back to us later may have lost it."""
    digest = workshop.store.put(signed.content, planned.format.media_type)
    manifest = workshop.store.put(signed.manifest, "application/c2pa")
    now = workshop.clock.now()
    rendition = Rendition(
        id=new_id("rend", now),
        asset=job.asset.id,
        placement=planned.placement,
        format=planned.format,
        width=planned.width,
        height=planned.height,
        sha256=digest,
        bytes=len(signed.content),
        recipe=recipe_digest(job.asset, planned, job.words),
        quality=encoded.quality,
        signer=signed.signer,
        manifest_sha256=manifest if signed.detached else None,
        similarity=encoded.similarity,
        floor=workshop.quality.floor(planned.placement, planned.format),
        locale=planned.locale,
    )
    label = active_label(verdict)
    kept = KeptManifest(label, manifest, job.asset.id, rendition.id, verdict.state) if label else None
    return workshop.assets.add_rendition(
        rendition, now=now, manifest=kept, fingerprints=encoded.fingerprints, provenance=verdict
    )
