"""Which catalogued asset is this picture? By its bytes or pixels, by its credentials, or by its look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from colophon.domain.asset import PictureFacts, sha256
from colophon.domain.kept import KeptManifest, active_label, labels
from colophon.domain.likeness import Likeness, codes
from colophon.domain.provenance import Provenance
from colophon.errors import InvalidInput, NotFound
from colophon.ports import Catalog, Imaging, ManifestReader, Store
from colophon.services.ingest import read_picture_file

EXACT = ("bytes", "rendition", "pixels")
_MOST = 200  # of each of them: a crowd of equal blank pictures is not listed whole
View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One reason to think that the picture is this asset, or this rendition of it."""

    how: str
    asset: str
    rendition: str | None = None

    @property
    def subject(self) -> str:
        return self.rendition or self.asset


def identify_file(file: Path, *, catalog: Catalog, imaging: Imaging, reader: ManifestReader) -> View:
    """``matches``, best first, one an asset, and the state of the file's own ``credentials``.

    ``how`` is bytes, rendition (the bytes of one), pixels, credentials (a manifest of this label is kept here) or
    fingerprint. ``score`` is 1 for the first three and else the share of fingerprint bits that agree. A label can be
    copied into any file: credentials whose picture does not look alike come last. A detached manifest beside the file
    counts as its own. Raises `InvalidInput`, `PictureError`.
    """
    content = read_picture_file(file)
    beside = file.with_name(file.name + ".c2pa")
    verdict = reader.read(content, read_picture_file(beside) if beside.is_file() else None)
    facts = imaging.inspect(content)
    matches = _matches(sha256(content), facts, verdict, catalog)
    return {"file": str(file), "sha256": sha256(content), "credentials": _credentials(verdict), "matches": matches}


def recover_to(out: Path, view: View, *, store: Store) -> None:
    """Write the manifest store kept for the best match that looks alike into a new file. Raises `NotFound` when none
    is kept, and `InvalidInput` when the file cannot be made or is there already."""
    alike = (match for match in view["matches"] if match["looks_alike"] is not False)
    kept = next((match["manifest"] for match in alike if match["manifest"]), None)
    if kept is None:
        raise NotFound("no manifest is kept for this picture", where=view["file"])
    content = store.get(kept["sha256"])
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise InvalidInput(f"cannot write it: {error.strerror}", where=str(out), hint="name a new file") from error


def _matches(digest: str, facts: PictureFacts, verdict: Provenance, catalog: Catalog) -> list[View]:
    alike = catalog.lookalikes.alike(codes(facts.fingerprints))
    first: dict[str, _Evidence] = {}
    for evidence in _evidence(digest, facts, verdict, alike, catalog):
        first.setdefault(evidence.asset, evidence)
    found = list(first.values())
    subjects = list(dict.fromkeys([e.subject for e in found] + [e.asset for e in found]))
    near = {n.subject: n for n in catalog.lookalikes.distances(codes(facts.fingerprints), subjects)}
    kept = {manifest.subject: manifest for manifest in catalog.manifests.of(subjects)}
    rows = [_match(e, near.get(e.subject) or near.get(e.asset), kept.get(e.subject), catalog) for e in found]
    return sorted(rows, key=_rank)


def _evidence(
    digest: str, facts: PictureFacts, verdict: Provenance, alike: Sequence[Likeness], catalog: Catalog
) -> Iterator[_Evidence]:
    """The strongest first."""
    for asset in islice(catalog.same_bytes(digest), _MOST):
        yield _Evidence("bytes", asset.id)
    for asset in islice(catalog.rendered_as(digest), _MOST):
        own = (r.id for r in catalog.assets.renditions(asset.id) if r.sha256 == digest)
        yield _Evidence("rendition", asset.id, next(own, None))
    for asset in islice(catalog.same_pixels(facts.pixels_sha256), _MOST):
        yield _Evidence("pixels", asset.id)
    for kept in catalog.manifests.labelled(labels(verdict)):
        yield _Evidence("credentials", kept.asset, kept.rendition)
    for near in alike:
        yield _Evidence("fingerprint", near.asset, near.rendition)


def _match(evidence: _Evidence, near: Likeness | None, kept: KeptManifest | None, catalog: Catalog) -> View:
    exact = evidence.how in EXACT
    return {
        "asset_id": evidence.asset,
        "rendition_id": evidence.rendition,
        "how": evidence.how,
        "score": 1.0 if exact else round(near.score, 3) if near else 0.0,
        "looks_alike": exact or (near.same if near else None),
        "state": catalog.assets.get(evidence.asset).state.value,
        "distances": dict(near.distances) if near else {},
        "manifest": _recovered(kept),
    }


def _recovered(kept: KeptManifest | None) -> View | None:
    """What is kept for the match says nothing about the bytes that were asked about: it is never more than this."""
    if kept is None:
        return None
    return {"label": kept.label, "state": "recovered", "kind": kept.kind, "sha256": kept.sha256}


def _credentials(verdict: Provenance) -> View:
    return {
        "state": verdict.state.value,
        "label": active_label(verdict),
        "problems": list(verdict.problems),
    }


def _rank(match: View) -> tuple[int, float, str]:
    if match["how"] in EXACT:
        return EXACT.index(match["how"]), 0.0, match["asset_id"]
    doubtful = match["how"] == "credentials" and match["looks_alike"] is False
    tier = len(EXACT) + (2 if doubtful else 0 if match["how"] == "credentials" else 1)
    return tier, -match["score"], match["asset_id"]
