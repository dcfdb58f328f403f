"""From stored bytes to a catalogued asset: look at them, judge them, write it all down in one step."""

import os
import stat
from dataclasses import replace
from pathlib import Path

from colophon.domain.asset import Asset, AssetState, PictureFacts, sha256
from colophon.domain.finding import Outcome
from colophon.domain.generation import Generation, GenerationState
from colophon.domain.identity import new_id
from colophon.domain.kept import KeptManifest, active_label
from colophon.domain.provenance import Provenance
from colophon.domain.record import Progress
from colophon.errors import InvalidInput, PictureError
from colophon.services.examine import Bench, examine

OUTSIDE = "_outside"  # no campaign can have this name
_LARGEST_FILE = 64 * 1024 * 1024
_STATES = {
    Outcome.ACCEPT: AssetState.CHECKED,
    Outcome.HOLD: AssetState.HELD,
    Outcome.REJECT: AssetState.REJECTED,
}


def ingest(generation: str, *, bench: Bench) -> GenerationState:
    """Examine the delivered original of a generation and register it as an asset, if that is not yet done.

    Bytes that are no acceptable picture make the generation ``rejected``; they stay in the store. Raises
    `StoreUnavailable`, `ObjectCorrupt`.
    """
    progress = bench.orders.progress(generation)
    if progress.state is not GenerationState.DELIVERED or progress.original_sha256 is None:
        return progress.state
    content = bench.store.get(progress.original_sha256)
    try:
        facts = bench.imaging.inspect(content)
    except PictureError as error:
        bench.orders.reject_original(
            generation, progress.attempt, code=f"picture_{error.reason}", problem=error.message, now=bench.clock.now()
        )
        return GenerationState.REJECTED
    _register(_asset(progress, content, facts, bench), content, progress.generation, bench)
    return bench.orders.progress(generation).state


def ingest_file(path: Path, *, bench: Bench) -> Asset:
    """Bring a picture from outside into the catalog, after the same checks. Raises `InvalidInput`, `PictureError`."""
    return ingest_content(read_picture_file(path), bench=bench)


def ingest_content(content: bytes, *, bench: Bench) -> Asset:
    """The same of bytes that are here already. What the catalog has is not registered twice. Raises `PictureError`."""
    facts = bench.imaging.inspect(content)
    digest = sha256(content)
    for known in bench.neighbours.same_bytes(digest):
        return known
    bench.store.put(content, facts.format.media_type)
    now = bench.clock.now()
    asset = Asset(
        id=new_id("asset", now),
        sha256=digest,
        bytes=len(content),
        facts=facts,
        campaign=OUTSIDE,
        visual=None,
        variant=None,
        generation=None,
        state=AssetState.HELD,
    )
    return _register(asset, content, None, bench)


def read_picture_file(path: Path) -> bytes:
    """The bytes of a regular file of at most 64 MB. Raises `InvalidInput` when there is none of that name, when it is
    larger, or something else: a pipe could keep its reader waiting for ever, a device never end."""
    try:
        content = _regular_content(path)
    except OSError as error:
        raise InvalidInput(f"cannot read the file: {error.strerror}", where=str(path), hint="check its name") from error
    if content is None:
        raise InvalidInput("not a regular file", where=str(path), hint="name a picture file")
    if len(content) > _LARGEST_FILE:
        raise InvalidInput(
            "the file is larger than 64 MB", where=str(path), hint="no picture for the web is this large"
        )
    return content


def _regular_content(path: Path) -> bytes | None:
    """At most one byte more than is allowed; None for what is not a regular file."""
    # Without O_NONBLOCK already the opening of a pipe waits for somebody to write into it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(_LARGEST_FILE + 1)
    finally:
        os.close(handle)


def _asset(progress: Progress, content: bytes, facts: PictureFacts, bench: Bench) -> Asset:
    generation = progress.generation
    return Asset(
        id=new_id("asset", bench.clock.now()),
        sha256=progress.original_sha256 or sha256(content),
        bytes=len(content),
        facts=facts,
        campaign=generation.campaign,
        visual=generation.visual,
        variant=generation.variant,
        generation=generation.id,
        state=AssetState.HELD,
    )


def _register(asset: Asset, content: bytes, ordered: Generation | None, bench: Bench) -> Asset:
    provenance = bench.reader.read(content)
    manifest = _kept(asset, content, provenance, bench)
    findings, judgement = examine(asset, content, provenance, ordered, bench)
    decided = replace(asset, state=_STATES[judgement.outcome])
    return bench.assets.add(
        decided,
        provenance=provenance,
        findings=findings,
        judgement=judgement,
        now=bench.clock.now(),
        manifest=manifest,
    )


def _kept(asset: Asset, content: bytes, provenance: Provenance, bench: Bench) -> KeptManifest | None:
    """Its manifest store as an object of its own. One over the limits is not kept apart: it is in the original."""
    label = active_label(provenance)
    if label is None:
        return None
    try:
        store = bench.stores.store_of(content)
    except PictureError:
        return None
    if store is None:
        return None
    digest = bench.store.put(store, "application/c2pa")
    return KeptManifest(label, digest, asset.id, None, provenance.state)
