"""The brief: one campaign's order, and the brand it is for. Unknown members are errors; all else has a default."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from colophon.domain.money import CEILING, Money
from colophon.domain.placement import PictureFormat
from colophon.domain.subject import Spot
from colophon.domain.template import Templates

MAX_REFERENCES = 8  # the vendor's limit through its API; the ninth is refused before any money is spent
MAX_SEED = 2**31 - 1  # some routes refuse larger seeds and zero

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("text has control or direction-changing characters")
    if not text.strip():
        raise ValueError("text is empty")
    return text


def _amount(value: object) -> object:
    """Money comes as text, or as a decimal read from text: a float has already lost digits when it gets here."""
    if isinstance(value, bool | float):
        raise ValueError('write amounts as text, for example "2.00"')
    if isinstance(value, str | Decimal | int) and not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", str(value)):
        raise ValueError('an amount is digits with at most six decimals, for example "2.00"')
    return value


def _moment(value: object) -> object:
    """A bare number would be read as seconds since 1970, which nobody writes into a brief on purpose."""
    if isinstance(value, bool | int | float | Decimal) or (
        isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value)
    ):
        raise ValueError("a time is a date with hour and offset, for example 2026-11-24T09:00:00Z")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("this is a number, written without quotes")
    return value


def _version(value: object) -> object:
    if type(value) is not int:
        raise ValueError("the version is the whole number 1")
    return value


def _reference(value: object) -> object:
    return {"image": value} if isinstance(value, str) else value


def _brand_file(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _placement_wish(value: object) -> object:
    return {"placement": value} if isinstance(value, str) else value


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("an entry is listed twice")
    return values


Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_plain)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Hex = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
PlacementKey = Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$", max_length=100)]
Seed = Annotated[int, Field(ge=1, le=MAX_SEED, strict=True)]
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(gt=0, le=CEILING, allow_inf_nan=False)]
Fraction = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
LayoutName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Lines = Annotated[tuple[Line, ...], Field(max_length=50), AfterValidator(_unique)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferenceRole(StrEnum):
    PRODUCT = "product"
    FACE = "face"
    OUTFIT = "outfit"
    POSE = "pose"
    STYLE = "style"
    LIGHT = "light"
    BACKGROUND = "background"
    COLOUR = "colour"


class Reference(_Part):
    """A picture the model is shown: a file beside the brief, an https address, or ``asset:ID``.

    ``sha256`` names the bytes that are meant; it is filled in for files when a brief is read."""

    image: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain)]
    role: ReferenceRole = ReferenceRole.PRODUCT
    sha256: Digest | None = None


class Colour(_Part):
    """A brand colour; ``tolerance`` is the largest CIEDE2000 difference that still counts as this colour."""

    name: Line
    hex: Hex
    role: Literal["primary", "secondary", "accent", "neutral"] = "primary"
    tolerance: Annotated[float, BeforeValidator(_number), Field(ge=0, le=50)] = 6.0


Policy = Literal["fixed", "cheapest", "fastest"]
"""How the route of a picture is chosen: the first in the order listed, the lowest price, or the fastest by our own
measurements."""

ModelName = Literal["flux-2-pro", "flux-2-max", "flux-2-flex", "flux-2-klein-4b", "flux-2-klein-9b"]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=12), AfterValidator(_unique)]


class Budget(_Part):
    """The most that may be spent, in ``currency``."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    cap: Amount

    @property
    def money(self) -> Money:
        return Money.of(self.cap, self.currency)


class Buying(_Part):
    """What a brand allows its briefs: ``routes``, ``regions`` and ``models`` (empty: all), its usual ``policy``, and
    the most that all its campaigns together may cost."""

    policy: Policy | None = None
    routes: Slugs = ()
    regions: Slugs = ()
    models: Annotated[tuple[ModelName, ...], Field(max_length=12), AfterValidator(_unique)] = ()
    budget: Budget | None = None


class _BrandFile(_Part):
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


class Brand(_Part):
    name: Line
    palette: Annotated[tuple[Colour, ...], Field(max_length=20)] = ()
    fonts: Annotated[tuple[Annotated[BrandFont, BeforeValidator(_brand_file)], ...], Field(max_length=8)] = ()
    logos: Annotated[tuple[Annotated[BrandLogo, BeforeValidator(_brand_file)], ...], Field(max_length=4)] = ()
    layouts: Templates = {}
    tone: Lines = ()
    do: Lines = ()
    dont: Lines = ()
    banned_concepts: Lines = ()
    trust: Line = "default"
    checks: Line = "default"
    buying: Buying = Buying()

    @model_validator(mode="after")
    def _colours_have_own_names(self) -> Self:
        _unique(tuple(colour.name for colour in self.palette))
        return self


class BoundColour(_Part):
    """A palette colour tied to one object: models keep colours that belong to something."""

    colour: Line
    on: Line


class CopyWords(_Part):
    """The words of one language."""

    headline: Line | None = None
    subline: Line | None = None
    call_to_action: Line | None = None
    legal: Text | None = None

    @property
    def laid_on(self) -> dict[str, str]:
        """What there is, by the name of its slot."""
        return {slot: words for slot in LAID_ON if (words := getattr(self, slot))}


LAID_ON = ("headline", "subline", "call_to_action", "legal")


class Copy(CopyWords):
    """Words for the layout. They are laid on after generation; only ``in_scene`` is asked of the model. ``language`` is
    theirs; ``locales`` are the same words in other languages, for which each file is made as well."""

    in_scene: Annotated[tuple[Line, ...], Field(max_length=3)] = ()
    language: Language | None = None
    locales: Annotated[dict[Language, CopyWords], Field(max_length=40)] = {}

    @property
    def by_locale(self) -> dict[str | None, CopyWords]:
        """The words of each locale, the brief's own first, under None where they name no language."""
        own: dict[str | None, CopyWords] = {self.language: self} if self.laid_on or not self.locales else {}
        return own | dict(self.locales)

    @model_validator(mode="after")
    def _locales_say_as_much(self) -> Self:
        if self.language in self.locales:
            raise ValueError(f"the words in {self.language} are given twice")
        for language, words in self.locales.items():
            if not words.laid_on:
                raise ValueError(f"locale {language} has no words")
            if missing := self.laid_on.keys() - words.laid_on.keys():
                raise ValueError(f"locale {language} lacks {', '.join(sorted(missing))}")
        return self


CopySpace = Literal["top", "bottom", "left", "right"]


class PlacementWish(_Part):
    """A placement by its key in the table; ``formats`` None takes the placement's own default. ``layout`` is the
    template by which words are laid on there, or ``none``."""

    placement: PlacementKey
    layout: LayoutName | None = None
    formats: Annotated[tuple[PictureFormat, ...], Field(min_length=1, max_length=4)] | None = None


class Focus(_Part):
    """Where the focal point of the visual's pictures is: fractions of width and height, from the upper left corner."""

    x: Fraction
    y: Fraction

    @property
    def spot(self) -> Spot:
        return Spot(self.x, self.y)


References = Annotated[tuple[Annotated[Reference, BeforeValidator(_reference)], ...], Field(max_length=MAX_REFERENCES)]
PlacementWishes = Annotated[
    tuple[Annotated[PlacementWish, BeforeValidator(_placement_wish)], ...], Field(min_length=1, max_length=200)
]


class Visual(_Part):
    """One picture idea. ``prompt`` says what is seen; the other parts keep light, camera and place apart from it."""

    id: Slug
    prompt: Text
    variants: Annotated[int, Field(ge=1, le=64, strict=True)] = 1
    seeds: Annotated[tuple[Seed, ...], Field(max_length=64)] = ()
    setting: Text | None = None
    light: Text | None = None
    camera: Text | None = None
    style: Text | None = None
    mood: Text | None = None
    colours: Annotated[tuple[BoundColour, ...], Field(max_length=5)] = ()
    copy_space: CopySpace | None = None
    layout: LayoutName | None = None
    focus: Focus | None = None
    copy_: Annotated[Copy | None, Field(alias="copy")] = None
    references: References = ()
    placements: PlacementWishes | None = None

    @model_validator(mode="after")
    def _one_seed_a_variant(self) -> Self:
        if self.seeds and len(self.seeds) != self.variants:
            raise ValueError(f"{len(self.seeds)} seeds for {self.variants} variants; give one each, or none")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("two variants with the same seed would be bought twice")
        return self


class Safety(StrEnum):
    """Our own scale; each route says what it sends for it."""

    STRICT = "strict"
    NORMAL = "normal"
    LOOSE = "loose"


class Model(_Part):
    """What to buy and where: ``routes`` in order of preference; empty: the configured default. ``policy`` chooses
    among them (without one the brand's, else ``fixed``), ``regions`` keeps those of these regions only, ``fallback``
    allows the next one when a route is out of reach, busy or out of funds."""

    name: ModelName = "flux-2-pro"
    routes: Slugs = ()
    policy: Policy | None = None
    regions: Slugs = ()
    fallback: Flag = True
    safety: Safety = Safety.STRICT


class Rights(_Part):
    territories: Lines = ()
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    note: Text | None = None


class Disclosure(_Part):
    """``label`` asks for a visible AI label, beside where a market's rules do; ``prompts`` allows prompts in the
    manifest. Both are off by default."""

    label: Flag = False
    prompts: Flag = False
    training: Literal["notAllowed", "allowed", "constrained"] = "notAllowed"


class Review(_Part):
    """``approvers`` alone may approve; empty: anybody. ``rule``: one of them, all of them, or so many of them."""

    approvers: Lines = ()
    rule: Literal["any", "all"] | Annotated[int, Field(ge=1, le=50, strict=True)] = "any"

    @model_validator(mode="after")
    def _rule_can_be_met(self) -> Self:
        if isinstance(self.rule, int) and self.approvers and self.rule > len(self.approvers):
            raise ValueError(f"{self.rule} approvals are asked for, but only {len(self.approvers)} people may approve")
        return self


class Brief(_Part):
    schema_version: Annotated[Literal[1], BeforeValidator(_version)]
    campaign: Slug
    title: Line
    brand: Brand
    visuals: Annotated[tuple[Visual, ...], Field(min_length=1, max_length=500)]
    placements: PlacementWishes
    budget: Budget
    owner: Line | None = None
    objective: Text | None = None
    markets: Lines = ()
    copy_: Annotated[Copy, Field(alias="copy")] = Copy()
    layout: LayoutName | None = None
    model: Model = Model()
    references: References = ()
    seeds: Annotated[tuple[Seed, ...], Field(max_length=64)] = ()
    rights: Rights = Rights()
    disclosure: Disclosure = Disclosure()
    review: Review = Review()
    deadline: Moment | None = None
    embargo: Moment | None = None
    notes: Text | None = None

    @property
    def policy(self) -> Policy:
        return self.model.policy or self.brand.buying.policy or "fixed"

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        ids = [visual.id for visual in self.visuals]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"visual ids are listed twice: {', '.join(twice)}")
        known = {colour.name for colour in self.brand.palette}
        for visual in self.visuals:
            if unknown := [bound.colour for bound in visual.colours if bound.colour not in known]:
                raise ValueError(f"visual {visual.id} binds colours the palette lacks: {', '.join(unknown)}")
            if len(visual.references) + len(self.references) > MAX_REFERENCES:
                raise ValueError(f"visual {visual.id} has more than {MAX_REFERENCES} references with the brief's own")
        return self
