"""The confined child's picture functions: say what a picture is, and cut and encode renditions of it."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from colophon.confined.blown import blown
from colophon.confined.calm import busyness
from colophon.confined.clusters import clusters
from colophon.confined.decode import decode, plain, profile_broken, rgba_strips, to_srgb, upright
from colophon.confined.encode import changed_by_writing, encode, flatten
from colophon.confined.fingerprints import fingerprints
from colophon.confined.lettering_desk import WORDS_TROUBLE, LetteringDesk
from colophon.confined.memo import Memo
from colophon.confined.saliency import subject
from colophon.confined.seen import seen
from colophon.confined.sharing import in_turn
from colophon.confined.technique import technique
from colophon.domain.rendition import Change
from colophon.errors import PictureError

_NAMES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "AVIF": "avif"}


def inspect(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """Facts of ``blobs[0]``; width, height and digest are of the upright picture. Raises `PictureError`."""
    form, picture = decode(blobs[0], parameters["max_pixels"])
    mode, picture = picture.mode, upright(picture)
    small, broken = seen(picture), profile_broken(picture)
    picture = plain(picture)
    opaque = flatten(picture) if picture.mode in ("LA", "RGBA") else picture
    return {
        "format": _NAMES[form],
        "width": picture.width,
        "height": picture.height,
        "mode": mode,
        "frames": 1,
        "pixels_sha256": _pixels_digest(picture),
        "deviation": _deviation(opaque),
        "fingerprints": fingerprints(opaque),
        "subject": subject(opaque),
        "measures": {
            "colours": clusters(small),
            **technique(small),
            "blown": blown(small),
            "busyness": busyness(small),
            "profile_broken": broken,
        },
    }, []


def render(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """One file per recipe from ``blobs[0]``, which is decoded once, with what was done to the picture for it and its
    fingerprints; the reason in its place where words cannot be laid on. The other blobs are the brand's files that
    ``files`` names. Raises `PictureError`."""
    source, before = _source(blobs[0], parameters["max_pixels"])
    desk = LetteringDesk(dict(zip(parameters.get("files", ()), blobs[1:], strict=True)), parameters["max_pixels"])
    made = in_turn(parameters["recipes"], _cut_key, lambda recipe: _cut_out(source, recipe, desk), _file)
    told = [
        {**facts, "changes": [*before, *_changed_by_cutting(source, recipe), *facts["changes"]]} if content else facts
        for recipe, (content, facts) in zip(parameters["recipes"], made, strict=True)
    ]
    return {"files": told}, [content for content, _ in made if content]


def _cut_key(recipe: Mapping[str, Any]) -> tuple[object, ...]:
    lettering = json.dumps(recipe.get("lettering"), sort_keys=True)
    return (*recipe["crop"], recipe["width"], recipe["height"], lettering)


class Cut:
    """The pixels of one cut at one size as they will be written, what was laid on them, what that changed, and what
    its files in several formats have in common."""

    def __init__(
        self, picture: Image.Image, laid: Sequence[Mapping[str, object]] = (), changes: Sequence[Change] = ()
    ) -> None:
        self.picture, self.laid, self.changes = picture, laid, changes
        self.look = fingerprints(flatten(picture))
        self.memo = Memo()


def _cut_out(source: Image.Image, recipe: Mapping[str, Any], desk: LetteringDesk) -> Cut | PictureError:
    """The error where its words cannot be laid on: that is said of its files, and the others are made."""
    cut, wanted = _cut(source, recipe), recipe.get("lettering")
    if wanted is None:
        return Cut(cut)
    opaque = flatten(cut)  # words are read against something: what shows through would be another ground everywhere
    changes = [Change.FLATTENED] if changed_by_writing(cut, "jpg", 0) else []
    try:
        picture, laid = desk.lay_on(opaque, wanted)
    except PictureError as error:
        if error.reason not in WORDS_TROUBLE:
            raise
        return error
    return Cut(picture, [one.model_dump(mode="json") for one in laid], [*changes, Change.LETTERED])


def _file(recipe: Mapping[str, Any], cut: Cut | PictureError) -> tuple[bytes, dict[str, Any]]:
    """No bytes where there is a reason in their place."""
    if isinstance(cut, PictureError):
        return b"", {"reason": cut.reason, "message": cut.message[:1000]}
    form = recipe["format"]
    made = encode(cut.picture, form, recipe["budget"], recipe["xmp"], recipe["floor"], cut.memo)
    return made.content, {
        "quality": made.quality,
        "similarity": made.similarity,
        "tries": made.tries,
        "changes": [*cut.changes, *changed_by_writing(cut.picture, form, made.quality)],
        "fingerprints": cut.look,
        "laid": list(cut.laid),
    }


def _source(content: bytes, max_pixels: int) -> tuple[Image.Image, list[Change]]:
    """The picture all renditions are cut from, and what making it of the file's pixels changed."""
    _, stored = decode(content, max_pixels)
    turned = upright(stored)
    changes = [] if turned is stored else [Change.TURNED]
    del stored
    source, converted = to_srgb(turned)
    return source, [*changes, Change.CONVERTED] if converted else changes


def _changed_by_cutting(source: Image.Image, recipe: Mapping[str, Any]) -> list[Change]:
    kept = tuple(recipe["crop"][2:])
    cropped = [] if kept == source.size else [Change.CROPPED]
    return cropped if kept == (recipe["width"], recipe["height"]) else [*cropped, Change.RESIZED]


def _cut(source: Image.Image, recipe: Mapping[str, Any]) -> Image.Image:
    left, top, width, height = recipe["crop"]
    box = (left, top, left + width, top + height)
    if min(left, top) < 0 or box[2] > source.width or box[3] > source.height:
        raise PictureError(f"the crop {box} lies outside of {source.width} x {source.height} pixels", reason="pixels")
    cut = source.crop(box)  # first, or the filter would take in what lies beyond the edge
    size = (recipe["width"], recipe["height"])
    return cut if size == cut.size else cut.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _pixels_digest(picture: Image.Image) -> str:
    """SHA-256 over width and height (four bytes each, big endian) and the RGBA bytes, row by row."""
    digest = hashlib.sha256(picture.width.to_bytes(4, "big") + picture.height.to_bytes(4, "big"))
    for strip in rgba_strips(picture):
        digest.update(strip)
    return digest.hexdigest()


def _deviation(picture: Image.Image) -> float:
    """Standard deviation of the grey levels, from their histogram."""
    levels = picture.convert("L").histogram()
    count = sum(levels)
    mean = sum(level * n for level, n in enumerate(levels)) / count
    return math.sqrt(sum(n * (level - mean) ** 2 for level, n in enumerate(levels)) / count)
