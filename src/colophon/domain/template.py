"""Templates: where words, logo and button go on pictures of each shape, as data that a brand may replace."""

import tomllib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from colophon.errors import InvalidInput, Problem

NONE = "none"
STANDARD = "standard"

Side = Literal["top", "bottom", "left", "right"]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TypeScale(_Part):
    """How large a text may be: ``largest`` and ``smallest`` as shares of the picture's shorter side, but never under
    ``least`` pixels. ``lines`` is the most it may be broken into, ``leading`` the line height in type sizes."""

    largest: Share
    smallest: Share
    least: Annotated[int, Field(ge=8, le=200, strict=True)]
    lines: Annotated[int, Field(ge=1, le=6, strict=True)] = 2
    weight: Literal["regular", "bold"] = "regular"
    leading: Annotated[float, Field(ge=0.9, le=2, allow_inf_nan=False)] = 1.25

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if self.smallest > self.largest:
            raise ValueError("smallest is over largest")
        return self


class LogoBox(_Part):
    """The most a logo may take, as shares of the picture's width and height."""

    width: Share
    height: Share


class Shape(_Part):
    """The layout of pictures at least ``min_aspect`` times as wide as high, at least ``min_width`` by ``min_height``
    pixels and at most ``max_height`` high. Words stand at one of ``sides``, and take at most ``share`` of
    the picture in that direction; ``margin`` is a share of the shorter side. In a ``row`` the parts stand beside one
    another, in a ``stack`` below. A part that is not named is not shown; the legal line always is. Those of ``spare``
    are left out, the first named first, where there is no room for all."""

    min_aspect: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    min_width: Annotated[int, Field(ge=1, le=16384, strict=True)]
    min_height: Annotated[int, Field(ge=1, le=16384, strict=True)]
    max_height: Annotated[int, Field(ge=1, le=16384, strict=True)] = 16384
    arrangement: Literal["stack", "row"] = "stack"
    sides: Annotated[tuple[Side, ...], Field(min_length=1, max_length=4)]
    share: Share
    margin: Annotated[float, Field(ge=0.01, le=0.2, allow_inf_nan=False)]
    headline: TypeScale
    subline: TypeScale | None = None
    call_to_action: TypeScale | None = None
    legal: TypeScale
    logo: LogoBox | None = None
    spare: Annotated[tuple[Literal["subline", "logo"], ...], Field(max_length=2)] = ()

    def takes(self, width: int, height: int) -> bool:
        large_enough = width >= self.min_width and self.min_height <= height <= self.max_height
        return large_enough and width / height >= self.min_aspect


def _widest_first(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple(sorted(shapes, key=lambda shape: -shape.min_aspect))


Template = Annotated[tuple[Shape, ...], Field(min_length=1, max_length=12), AfterValidator(_widest_first)]
Templates = Annotated[dict[Name, Template], Field(max_length=20)]


class LayoutTable(_Part):
    """The shipped templates, and for placements and channels the one that is used where the brief names none."""

    templates: Templates
    places: dict[str, Name] = {}

    def name_for(self, placement: str) -> str:
        """The narrowest of placement (``web/hero``), channel (``web``) and the standard."""
        return self.places.get(placement) or self.places.get(placement.partition("/")[0]) or STANDARD


_TEMPLATES: TypeAdapter[Templates] = TypeAdapter(Templates)


def shape_of(template: Template, width: int, height: int) -> Shape | None:
    """The layout for a picture of this size; None: it carries no words, since there is no shape for it."""
    return next((shape for shape in template if shape.takes(width, height)), None)


def parse_layouts(text: str, *, file: str = "templates.toml") -> LayoutTable:
    """The shipped table. Raises `InvalidInput` with every problem."""
    try:
        table = LayoutTable.model_validate(_toml(text, file))
    except ValidationError as error:
        raise _refused(error, file) from error
    unknown = {name for name in table.places.values() if name != NONE and name not in table.templates}
    if STANDARD not in table.templates or unknown:
        missing = ", ".join(sorted(unknown)) or STANDARD
        raise InvalidInput.of([Problem("no_template", f"no such template: {missing}", file=file)])
    return table


def parse_templates(text: str, *, file: str) -> Mapping[str, Template]:
    """A brand's own templates, a list of shapes under each name. Raises `InvalidInput` with every problem."""
    try:
        return _TEMPLATES.validate_python(_toml(text, file))
    except ValidationError as error:
        raise _refused(error, file) from error


def _toml(text: str, file: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput.of([Problem("bad_toml", str(error)[:200], file=file)]) from error


def _refused(error: ValidationError, file: str) -> InvalidInput:
    return InvalidInput.of(
        [
            Problem("bad_template", detail["msg"], file=file, path=".".join(map(str, detail["loc"]))[:200])
            for detail in error.errors(include_url=False)[:50]
        ]
    )
