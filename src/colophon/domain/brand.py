"""The brand that briefs are for: how it looks and sounds, and what it allows to be spent."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from colophon.domain.brief_fields import Amount, Digest, Hex, Line, Lines, Part, Slug, number, unique
from colophon.domain.money import Money
from colophon.domain.template import Templates


def _brand_file(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class Colour(Part):
    """A brand colour; ``tolerance`` is the largest CIEDE2000 difference that still counts as this colour."""

    name: Line
    hex: Hex
    role: Literal["primary", "secondary", "accent", "neutral"] = "primary"
    tolerance: Annotated[float, BeforeValidator(number), Field(ge=0, le=50)] = 6.0


Policy = Literal["fixed", "cheapest", "fastest"]
"""How the route of a picture is chosen: the first in the order listed, the lowest price, or the fastest by our own
measurements."""

ModelName = Literal["flux-2-pro", "flux-2-max", "flux-2-flex", "flux-2-klein-4b", "flux-2-klein-9b"]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=12), AfterValidator(unique)]


class Budget(Part):
    """The most that may be spent, in ``currency``."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    cap: Amount

    @property
    def money(self) -> Money:
        return Money.of(self.cap, self.currency)


class Buying(Part):
    """What a brand allows its briefs: ``routes``, ``regions`` and ``models`` (empty: all), its usual ``policy``, and
    the most that all its campaigns together may cost."""

    policy: Policy | None = None
    routes: Slugs = ()
    regions: Slugs = ()
    models: Annotated[tuple[ModelName, ...], Field(max_length=12), AfterValidator(unique)] = ()
    budget: Budget | None = None


class _BrandFile(Part):
    """Something of the brand's: a file beside the brand file, or only a name people know it by. ``sha256`` names the
    bytes that are meant; it is filled in for files when a brief is read."""

    endings: ClassVar[tuple[str, ...]]

    name: Line
    sha256: Digest | None = None

    @property
    def is_file(self) -> bool:
        return self.name.lower().endswith(self.endings)


class BrandFont(_BrandFile):
    """A TrueType or OpenType file, or the name of a family."""

    endings: ClassVar[tuple[str, ...]] = (".ttf", ".otf")

    weight: Literal["regular", "bold"] = "regular"


class BrandLogo(_BrandFile):
    """A picture with a transparent ground."""

    endings: ClassVar[tuple[str, ...]] = (".png", ".webp", ".avif", ".jpg", ".jpeg")


class Brand(Part):
    name: Line
    palette: Annotated[tuple[Colour, ...], Field(max_length=20)] = ()
    fonts: Annotated[tuple[Annotated[BrandFont, BeforeValidator(_brand_file)], ...], Field(max_length=8)] = ()
    logos: Annotated[tuple[Annotated[BrandLogo, BeforeValidator(_brand_file)], ...], Field(max_length=4)] = ()
    layouts: Templates = Field(default={})
    tone: Lines = ()
    do: Lines = ()
    dont: Lines = ()
    banned_concepts: Lines = ()
    trust: Line = "default"
    checks: Line = "default"
    buying: Buying = Buying()

    @model_validator(mode="after")
    def _colours_have_own_names(self) -> Self:
        unique(tuple(colour.name for colour in self.palette))
        return self
