"""Having pictures looked at, cut and drawn by a confined child: what it is asked, and how much of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from colophon.domain.asset import PictureFacts
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Encoded, Recipe
from colophon.domain.sketch import Beside, Colours, Illustration, Patches, Sketch, Tiles
from colophon.errors import PictureError
from colophon.imaging.answers import Drawn, Facts, File, FontFacts, Made, Shrunk, believed, unbelievable

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
MAX_XMP = 60_000  # bytes; a JPEG segment holds no more
_RECIPES_PER_EFFORT = 3
_MAX_ILLUSTRATION = 2 * 2**20  # bytes; four times what 1024 pixels a side of noise take
_MAX_SHRUNK = 4 * 2**20  # bytes; noise of 1440 pixels a side takes two thirds of it
_KINDS = {Patches: "patches", Colours: "colours", Beside: "beside", Tiles: "tiles"}


class Confinement(Protocol):
    """Runs a named function on bytes in a limited child; raises `PictureError` (see `colophon.confined.Confined`)."""

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes] = (), *, effort: int = 1
    ) -> tuple[dict[str, Any], list[bytes]]: ...


class ConfinedImaging:
    """Implements `colophon.ports.Imaging`, and the `Shrinking` of pages."""

    def __init__(self, confined: Confinement, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> None:
        self._confined = confined
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels

    def inspect(self, content: bytes) -> PictureFacts:
        """What the picture is. Raises `PictureError` unless it is one whole still PNG, JPEG, WebP or AVIF."""
        self._check_size(content)
        answer, _ = self._confined.call("inspect", {"max_pixels": self._max_pixels}, [content])
        return believed(Facts, answer).value

    def check_font(self, content: bytes) -> str:
        """The font's name. Raises `PictureError` unless letters can be drawn with it."""
        self._check_size(content)
        answer, _ = self._confined.call("check_font", {}, [content])
        return believed(FontFacts, answer).name

    def render(
        self, content: bytes, recipes: Sequence[Recipe], files: Mapping[str, bytes] | None = None
    ) -> list[Encoded]:
        """One file per recipe, in order; crops are of the upright picture. The same input gives the same bytes under
        one version of the codecs. ``files`` are the brand's fonts and logos that letterings name, by digest. A
        recipe whose words cannot be laid on gives no content but a ``problem``. Raises `PictureError`."""
        self._check_size(content)
        for recipe in recipes:
            self._check_recipe(recipe)
        if not recipes:
            return []
        brand = dict(sorted((files or {}).items()))
        parameters = {
            "max_pixels": self._max_pixels,
            "recipes": [_wire(recipe) for recipe in recipes],
            "files": list(brand),
        }
        effort = math.ceil(len(recipes) / _RECIPES_PER_EFFORT)
        answer, made = self._confined.call("render", parameters, [content, *brand.values()], effort=effort)
        told = believed(Made, answer)
        count = sum(isinstance(one, File) for one in told.files)
        if len(told.files) != len(recipes) or len(made) != count or not all(made):
            raise unbelievable()
        contents = iter(made)
        return [
            one.of(recipe, next(contents)) if isinstance(one, File) else one.value
            for recipe, one in zip(recipes, told.files, strict=True)
        ]

    def illustrate(self, content: bytes, sketch: Sketch, other: bytes | None = None) -> Illustration:
        """A WebP of at most 1024 pixels a side. Raises `PictureError`."""
        blobs = [content] if other is None else [content, other]
        for blob in blobs:
            self._check_size(blob)
        parameters = {"max_pixels": self._max_pixels, "kind": _KINDS[type(sketch)], **asdict(sketch)}
        answer, files = self._confined.call("illustrate", parameters, blobs, effort=len(blobs))
        told = believed(Drawn, answer)
        if len(files) != 1 or not 0 < len(files[0]) <= _MAX_ILLUSTRATION:
            raise unbelievable()
        return Illustration(files[0], PictureFormat.WEBP.media_type, told.width, told.height)

    def shrink(self, content: bytes, side: int) -> Illustration:
        """A WebP of at most ``side`` pixels a side, upright, never larger than the picture. Raises `PictureError`."""
        self._check_size(content)
        answer, files = self._confined.call("shrink", {"max_pixels": self._max_pixels, "side": side}, [content])
        told = believed(Shrunk, answer)
        if len(files) != 1 or not 0 < len(files[0]) <= _MAX_SHRUNK or max(told.width, told.height) > side:
            raise unbelievable()
        return Illustration(files[0], PictureFormat.WEBP.media_type, told.width, told.height)

    def _check_size(self, content: bytes) -> None:
        if not content:
            raise PictureError("the file is empty", reason="empty")
        if len(content) > self._max_bytes:
            raise PictureError(f"{len(content)} bytes; at most {self._max_bytes} are accepted", reason="too_large")

    def _check_recipe(self, recipe: Recipe) -> None:
        sides = (recipe.width, recipe.height, recipe.crop.width, recipe.crop.height)
        if min(sides) < 1 or recipe.width * recipe.height > self._max_pixels:
            raise PictureError(f"a rendition of {recipe.width} x {recipe.height} cannot be made", reason="pixels")
        if len(recipe.xmp.encode()) > MAX_XMP:
            raise PictureError(f"an XMP packet may have at most {MAX_XMP} bytes", reason="too_large")


def _wire(recipe: Recipe) -> dict[str, object]:
    crop = recipe.crop
    return {
        "crop": [crop.left, crop.top, crop.width, crop.height],
        "width": recipe.width,
        "height": recipe.height,
        "format": recipe.format.value,
        "budget": recipe.budget,
        "xmp": recipe.xmp,
        "floor": recipe.floor,
        **({"lettering": _lettering(recipe)} if recipe.lettering else {}),
    }


def _lettering(recipe: Recipe) -> dict[str, object]:
    assert recipe.lettering is not None  # noqa: S101 - asked before
    safe, subject = recipe.safe, recipe.subject
    return {
        "what": recipe.lettering.model_dump(mode="json"),
        "safe": [safe.top, safe.right, safe.bottom, safe.left] if safe else None,
        "subject": [subject.left, subject.top, subject.width, subject.height] if subject else None,
    }
