"""Pixels, bytes in and bytes out: the parent's side, which trusts neither the bytes nor the child that decodes them."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.domain.asset import Fingerprints, PictureFacts
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Change, Encoded, Recipe
from colophon.errors import PictureError

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
MAX_XMP = 60_000  # bytes; a JPEG segment holds no more
_RECIPES_PER_EFFORT = 3


class Confinement(Protocol):
    """Runs a named function on bytes in a limited child; raises `PictureError` (see `colophon.confined.Confined`)."""

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes] = (), *, effort: int = 1
    ) -> tuple[dict[str, Any], list[bytes]]: ...


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Code = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    phash: Hash
    dhash: Hash
    iscc: Code
    windows: Annotated[tuple[Code, ...], Field(max_length=32)]


class _Facts(BaseModel):
    """What a child may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: PictureFormat
    width: Annotated[int, Field(ge=1, lt=2**31)]
    height: Annotated[int, Field(ge=1, lt=2**31)]
    mode: Annotated[str, Field(pattern=r"^[A-Za-z0-9;]{1,8}$")]
    frames: Literal[1]
    pixels_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    deviation: Annotated[float, Field(ge=0, le=127.5, allow_inf_nan=False)]
    fingerprints: _Look


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: Annotated[int, Field(ge=0, le=256)]
    similarity: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    tries: Annotated[int, Field(ge=1, le=100)]
    changes: Annotated[tuple[Change, ...], Field(max_length=len(Change))]
    fingerprints: _Look


class _Made(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[_File, ...]


class ConfinedImaging:
    """Implements `colophon.ports.Imaging`."""

    def __init__(self, confined: Confinement, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> None:
        self._confined = confined
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels

    def inspect(self, content: bytes) -> PictureFacts:
        """What the picture is. Raises `PictureError` unless it is one whole still PNG, JPEG, WebP or AVIF."""
        self._check_size(content)
        answer, _ = self._confined.call("inspect", {"max_pixels": self._max_pixels}, [content])
        try:
            facts = _Facts.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        values = facts.model_dump(exclude={"fingerprints"})
        return PictureFacts(**values, fingerprints=_fingerprints(facts.fingerprints))

    def render(self, content: bytes, recipes: Sequence[Recipe]) -> list[Encoded]:
        """One file per recipe, in order; crops are of the upright picture. The same input gives the same bytes under
        one version of the codecs. Raises `PictureError`."""
        self._check_size(content)
        for recipe in recipes:
            self._check_recipe(recipe)
        if not recipes:
            return []
        parameters = {"max_pixels": self._max_pixels, "recipes": [_wire(recipe) for recipe in recipes]}
        effort = math.ceil(len(recipes) / _RECIPES_PER_EFFORT)
        answer, files = self._confined.call("render", parameters, [content], effort=effort)
        try:
            told = _Made.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        if not len(told.files) == len(files) == len(recipes) or not all(files):
            raise _unbelievable()
        return [_encoded(*made) for made in zip(recipes, files, told.files, strict=True)]

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
    }


def _encoded(recipe: Recipe, content: bytes, told: _File) -> Encoded:
    return Encoded(
        content,
        told.quality,
        fits=recipe.budget is None or len(content) <= recipe.budget,
        changes=told.changes,
        fingerprints=_fingerprints(told.fingerprints),
        similarity=told.similarity,
        reached=told.similarity >= recipe.floor,
        tries=told.tries,
    )


def _fingerprints(look: _Look) -> Fingerprints:
    return Fingerprints(look.phash, look.dhash, look.iscc, look.windows)


def _unbelievable() -> PictureError:
    return PictureError("the confined process gave an answer that makes no sense for a picture", reason="limits")
