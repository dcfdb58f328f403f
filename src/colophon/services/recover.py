"""Manifests for pictures that lost theirs: the read side of the C2PA Soft Binding Resolution API.

Only manifests of renditions that are or were published, and of the originals they were made of, are answered: what was
never published is nobody's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from colophon.domain.jumbf import only_manifest
from colophon.domain.kept import is_label
from colophon.domain.likeness import codes
from colophon.domain.soft_binding import ISCC_ALG, image_code
from colophon.errors import InvalidInput, NotFound
from colophon.ports import Imaging, Lookalikes, Manifests, Store

SUPPORTED = (ISCC_ALG,)


@dataclass(frozen=True, slots=True)
class RecoveryDesk:
    """The ports by which manifests are found again."""

    manifests: Manifests
    lookalikes: Lookalikes
    store: Store
    imaging: Imaging


@dataclass(frozen=True, slots=True)
class Recoverable:
    """``score`` is 0 to 100, the share of fingerprint bits that agree."""

    label: str
    score: int


def by_binding(alg: str, value: str, most: int, *, desk: RecoveryDesk) -> list[Recoverable]:
    """The best first. Raises `InvalidInput` for an algorithm not in `SUPPORTED` and for a value that is none of it."""
    _check_algorithm(alg)
    return _found({"iscc": image_code(value)}, most, desk)


def by_content(
    content: bytes, alg: str | None, most: int, *, desk: RecoveryDesk, hint: str | None = None
) -> list[Recoverable]:
    """The same for a picture; credentials that it carries itself are not looked at. What the ``hint`` finds, another
    binding's value, comes after what the picture finds. Raises `InvalidInput`, `PictureError`."""
    _check_algorithm(alg or ISCC_ALG)
    hinted = {"iscc": image_code(hint)} if hint else None
    found = _found({"iscc": codes(desk.imaging.inspect(content).fingerprints)["iscc"]}, most, desk)
    known = {one.label for one in found}
    more = _found(hinted, most, desk) if hinted else []
    return [*found, *(one for one in more if one.label not in known)][:most]


def manifest_store(label: str, *, only_active: bool, desk: RecoveryDesk) -> bytes:
    """The kept store whose active manifest has this label, or a store with that manifest alone. Raises `NotFound`."""
    kept = desk.manifests.labelled([label], public=True) if is_label(label) else ()
    if not kept:
        raise NotFound("no manifest of this id is published here")
    store = desk.store.get(kept[0].sha256)
    return only_manifest(store, label) if only_active else store


def _check_algorithm(alg: str) -> None:
    if alg not in SUPPORTED:
        raise InvalidInput(f"the algorithm is none of {', '.join(SUPPORTED)}", where="alg")


def _found(wanted: Mapping[str, str], most: int, desk: RecoveryDesk) -> list[Recoverable]:
    scores = {near.subject: round(100 * near.score) for near in desk.lookalikes.alike(wanted, public=True)}
    kept = desk.manifests.of(list(scores), public=True)
    return [Recoverable(manifest.label, scores[manifest.subject]) for manifest in kept][:most]
