"""Pixels, bytes in and bytes out: the parent's side, which trusts neither the bytes nor the child that decodes them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from colophon.domain.asset import Fingerprints, PictureFacts
from colophon.domain.lettering import Laid
from colophon.domain.measures import GRID, ColourArea, Measures
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Change, Encoded, Recipe
from colophon.domain.sketch import Beside, Colours, Illustration, Patches, Sketch, Tiles
from colophon.domain.subject import Box, Point, Subject
from colophon.errors import PictureError

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
MAX_XMP = 60_000  # bytes; a JPEG segment holds no more
_RECIPES_PER_EFFORT = 3
_MAX_ILLUSTRATION = 2 * 2**20  # bytes; four times what 1024 pixels a side of noise take
_MAX_SHRUNK = 4 * 2**20  # bytes; noise of 1440 pixels a side takes two thirds of it
_KINDS = {Patches: "patches", Colours: "colours", Beside: "beside", Tiles: "tiles"}
_MOST_COLOURS = 32
_MOST_LAID = 12


class Confinement(Protocol):
    """Runs a named function on bytes in a limited child; raises `PictureError` (see `colophon.confined.Confined`)."""

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes] = (), *, effort: int = 1
    ) -> tuple[dict[str, Any], list[bytes]]: ...


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Code = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Share = Annotated[float, Field(ge=0, le=1 + 1e-9, allow_inf_nan=False)]
_Lightness = Annotated[float, Field(ge=-1, le=101, allow_inf_nan=False)]
_Axis = Annotated[float, Field(ge=-130, le=130, allow_inf_nan=False)]
_Cell = Annotated[float, Field(ge=0, le=256, allow_inf_nan=False)]
_Cells = Annotated[tuple[_Cell, ...], Field(min_length=GRID, max_length=GRID)]
_Area = tuple[_Lightness, _Axis, _Axis, _Share]


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    phash: Hash
    dhash: Hash
    iscc: Code
    windows: Annotated[tuple[Code, ...], Field(max_length=32)]


Pixels = Annotated[int, Field(ge=0, lt=2**31)]


class _Subject(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    left: Pixels
    top: Pixels
    width: Annotated[int, Field(ge=1, lt=2**31)]
    height: Annotated[int, Field(ge=1, lt=2**31)]
    x: Pixels
    y: Pixels

    def inside(self, width: int, height: int) -> bool:
        reached = (self.left + self.width <= width, self.top + self.height <= height)
        return all(reached) and self.x < width and self.y < height


class _Measures(BaseModel):
    """Colours as L*, a*, b* and share of the area."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colours: Annotated[tuple[_Area, ...], Field(max_length=_MOST_COLOURS)]
    sharpness: Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]
    brightest: Annotated[float, Field(ge=0, le=256, allow_inf_nan=False)]
    shadows: _Share
    highlights: _Share
    blown: _Share
    busyness: Annotated[tuple[_Cells, ...], Field(min_length=GRID, max_length=GRID)]
    profile_broken: bool

    def value(self) -> Measures:
        areas = tuple(ColourArea((lightness, a, b), share) for lightness, a, b, share in self.colours)
        values = self.model_dump(exclude={"colours"})
        return Measures(areas, **values)


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
    subject: _Subject | None
    measures: _Measures

    @model_validator(mode="after")
    def _subject_is_in_the_picture(self) -> Self:
        if self.subject is not None and not self.subject.inside(self.width, self.height):
            raise ValueError("the subject lies outside of the picture")
        return self


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: Annotated[int, Field(ge=0, le=256)]
    similarity: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    tries: Annotated[int, Field(ge=1, le=100)]
    changes: Annotated[tuple[Change, ...], Field(max_length=len(Change))]
    fingerprints: _Look
    laid: Annotated[tuple[Laid, ...], Field(max_length=_MOST_LAID)] = ()


class _Unmade(BaseModel):
    """Why the words of one recipe could not be laid on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,30}$")]
    message: Annotated[str, Field(max_length=1000)]

    @property
    def value(self) -> Encoded:
        message = "".join(character for character in self.message if character.isprintable())
        return Encoded(b"", None, fits=False, problem=PictureError(message, reason=self.reason))


class _Made(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[_File | _Unmade, ...]


class _FontFacts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    characters: Annotated[int, Field(ge=1, le=0x110000)]


class _Drawn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Annotated[int, Field(ge=1, le=1024)]
    height: Annotated[int, Field(ge=1, le=1024)]


class _Shrunk(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Annotated[int, Field(ge=1, le=2048)]
    height: Annotated[int, Field(ge=1, le=2048)]


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
        try:
            facts = _Facts.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        values = facts.model_dump(exclude={"fingerprints", "subject", "measures"})
        return PictureFacts(
            **values,
            fingerprints=_fingerprints(facts.fingerprints),
            subject=_subject(facts.subject),
            measures=facts.measures.value(),
        )

    def check_font(self, content: bytes) -> str:
        """The font's name. Raises `PictureError` unless letters can be drawn with it."""
        self._check_size(content)
        answer, _ = self._confined.call("check_font", {}, [content])
        try:
            return _FontFacts.model_validate(answer).name
        except ValidationError as error:
            raise _unbelievable() from error

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
        try:
            told = _Made.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        count = sum(isinstance(one, _File) for one in told.files)
        if len(told.files) != len(recipes) or len(made) != count or not all(made):
            raise _unbelievable()
        contents = iter(made)
        return [
            _encoded(recipe, next(contents), one) if isinstance(one, _File) else one.value
            for recipe, one in zip(recipes, told.files, strict=True)
        ]

    def illustrate(self, content: bytes, sketch: Sketch, other: bytes | None = None) -> Illustration:
        """A WebP of at most 1024 pixels a side. Raises `PictureError`."""
        blobs = [content] if other is None else [content, other]
        for blob in blobs:
            self._check_size(blob)
        parameters = {"max_pixels": self._max_pixels, "kind": _KINDS[type(sketch)], **asdict(sketch)}
        answer, files = self._confined.call("illustrate", parameters, blobs, effort=len(blobs))
        try:
            told = _Drawn.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        if len(files) != 1 or not 0 < len(files[0]) <= _MAX_ILLUSTRATION:
            raise _unbelievable()
        return Illustration(files[0], PictureFormat.WEBP.media_type, told.width, told.height)

    def shrink(self, content: bytes, side: int) -> Illustration:
        """A WebP of at most ``side`` pixels a side, upright, never larger than the picture. Raises `PictureError`."""
        self._check_size(content)
        answer, files = self._confined.call("shrink", {"max_pixels": self._max_pixels, "side": side}, [content])
        try:
            told = _Shrunk.model_validate(answer)
        except ValidationError as error:
            raise _unbelievable() from error
        if len(files) != 1 or not 0 < len(files[0]) <= _MAX_SHRUNK or max(told.width, told.height) > side:
            raise _unbelievable()
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
        laid=told.laid,
    )


def _subject(found: _Subject | None) -> Subject | None:
    if found is None:
        return None
    return Subject(Box(found.left, found.top, found.width, found.height), Point(found.x, found.y))


def _fingerprints(look: _Look) -> Fingerprints:
    return Fingerprints(look.phash, look.dhash, look.iscc, look.windows)


def _unbelievable() -> PictureError:
    return PictureError("the confined process gave an answer that makes no sense for a picture", reason="limits")
