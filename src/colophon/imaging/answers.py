"""What a confined child may answer about pictures: anything else is not believed."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from colophon.domain.asset import Fingerprints, PictureFacts
from colophon.domain.lettering import Laid
from colophon.domain.measures import GRID, ColourArea, Measures
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Change, Encoded, Recipe
from colophon.domain.subject import Box, Point, Subject
from colophon.errors import PictureError

_MOST_COLOURS = 32
_MOST_LAID = 12

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_Code = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Share = Annotated[float, Field(ge=0, le=1 + 1e-9, allow_inf_nan=False)]
_Lightness = Annotated[float, Field(ge=-1, le=101, allow_inf_nan=False)]
_Axis = Annotated[float, Field(ge=-130, le=130, allow_inf_nan=False)]
_Cell = Annotated[float, Field(ge=0, le=256, allow_inf_nan=False)]
_Cells = Annotated[tuple[_Cell, ...], Field(min_length=GRID, max_length=GRID)]
_Area = tuple[_Lightness, _Axis, _Axis, _Share]


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    phash: _Hash
    dhash: _Hash
    iscc: _Code
    windows: Annotated[tuple[_Code, ...], Field(max_length=32)]

    @property
    def value(self) -> Fingerprints:
        return Fingerprints(self.phash, self.dhash, self.iscc, self.windows)


_Pixels = Annotated[int, Field(ge=0, lt=2**31)]


class _Subject(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    left: _Pixels
    top: _Pixels
    width: Annotated[int, Field(ge=1, lt=2**31)]
    height: Annotated[int, Field(ge=1, lt=2**31)]
    x: _Pixels
    y: _Pixels

    def inside(self, width: int, height: int) -> bool:
        reached = (self.left + self.width <= width, self.top + self.height <= height)
        return all(reached) and self.x < width and self.y < height

    @property
    def value(self) -> Subject:
        return Subject(Box(self.left, self.top, self.width, self.height), Point(self.x, self.y))


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

    @property
    def value(self) -> Measures:
        areas = tuple(ColourArea((lightness, a, b), share) for lightness, a, b, share in self.colours)
        values = self.model_dump(exclude={"colours"})
        return Measures(areas, **values)


class Facts(BaseModel):
    """Of a picture that was looked at."""

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

    @property
    def value(self) -> PictureFacts:
        values = self.model_dump(exclude={"fingerprints", "subject", "measures"})
        return PictureFacts(
            **values,
            fingerprints=self.fingerprints.value,
            subject=self.subject.value if self.subject else None,
            measures=self.measures.value,
        )


class File(BaseModel):
    """Made by one recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: Annotated[int, Field(ge=0, le=256)]
    similarity: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    tries: Annotated[int, Field(ge=1, le=100)]
    changes: Annotated[tuple[Change, ...], Field(max_length=len(Change))]
    fingerprints: _Look
    laid: Annotated[tuple[Laid, ...], Field(max_length=_MOST_LAID)] = ()

    def of(self, recipe: Recipe, content: bytes) -> Encoded:
        return Encoded(
            content,
            self.quality,
            fits=recipe.budget is None or len(content) <= recipe.budget,
            changes=self.changes,
            fingerprints=self.fingerprints.value,
            similarity=self.similarity,
            reached=self.similarity >= recipe.floor,
            tries=self.tries,
            laid=self.laid,
        )


class Unmade(BaseModel):
    """Why the words of one recipe could not be laid on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,30}$")]
    message: Annotated[str, Field(max_length=1000)]

    @property
    def value(self) -> Encoded:
        message = "".join(character for character in self.message if character.isprintable())
        return Encoded(b"", None, fits=False, problem=PictureError(message, reason=self.reason))


class Made(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[File | Unmade, ...]


class FontFacts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    characters: Annotated[int, Field(ge=1, le=0x110000)]


class Drawn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Annotated[int, Field(ge=1, le=1024)]
    height: Annotated[int, Field(ge=1, le=1024)]


class Shrunk(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Annotated[int, Field(ge=1, le=2048)]
    height: Annotated[int, Field(ge=1, le=2048)]


_Answer = TypeVar("_Answer", bound=BaseModel)


def believed(model: type[_Answer], answer: Mapping[str, Any]) -> _Answer:
    """Raises `PictureError` with reason ``limits`` where the answer is none that a child may give."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise unbelievable() from error


def unbelievable() -> PictureError:
    return PictureError("the confined process gave an answer that makes no sense for a picture", reason="limits")
