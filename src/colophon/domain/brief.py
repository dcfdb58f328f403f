"""The brief: one campaign's order, and the brand it is for. Unknown members are errors; all else has a default."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from colophon.domain.brand import Brand, Budget, ModelName, Policy, Slugs
from colophon.domain.brief_copy import Alt, BoundColour, Copy
from colophon.domain.brief_fields import (
    Digest,
    Flag,
    Fraction,
    LayoutName,
    Line,
    Lines,
    Moment,
    Part,
    PlacementKey,
    Seed,
    Slug,
    Text,
    plain,
    version,
)
from colophon.domain.placement import PictureFormat
from colophon.domain.subject import Spot

MAX_REFERENCES = 8  # the vendor's limit through its API; the ninth is refused before any money is spent


def _reference(value: object) -> object:
    return {"image": value} if isinstance(value, str) else value


def _placement_wish(value: object) -> object:
    return {"placement": value} if isinstance(value, str) else value


def _alt(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class ReferenceRole(StrEnum):
    PRODUCT = "product"
    FACE = "face"
    OUTFIT = "outfit"
    POSE = "pose"
    STYLE = "style"
    LIGHT = "light"
    BACKGROUND = "background"
    COLOUR = "colour"


class Reference(Part):
    """A picture the model is shown: a file beside the brief, an https address, or ``asset:ID``.

    ``sha256`` names the bytes that are meant; it is filled in for files when a brief is read."""

    image: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(plain)]
    role: ReferenceRole = ReferenceRole.PRODUCT
    sha256: Digest | None = None


CopySpace = Literal["top", "bottom", "left", "right"]


class PlacementWish(Part):
    """A placement by its key in the table; ``formats`` None takes the placement's own default. ``layout`` is the
    template by which words are laid on there, or ``none``."""

    placement: PlacementKey
    layout: LayoutName | None = None
    formats: Annotated[tuple[PictureFormat, ...], Field(min_length=1, max_length=4)] | None = None


class Focus(Part):
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


class Visual(Part):
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
    alt: Annotated[Alt | None, BeforeValidator(_alt)] = None
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


class Model(Part):
    """What to buy and where: ``routes`` in order of preference; empty: the configured default. ``policy`` chooses
    among them (without one the brand's, else ``fixed``), ``regions`` keeps those of these regions only, ``fallback``
    allows the next one when a route is out of reach, busy or out of funds."""

    name: ModelName = "flux-2-pro"
    routes: Slugs = ()
    policy: Policy | None = None
    regions: Slugs = ()
    fallback: Flag = True
    safety: Safety = Safety.STRICT


class Rights(Part):
    territories: Lines = ()
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    note: Text | None = None


class Disclosure(Part):
    """``label`` asks for a visible AI label, beside where a market's rules do; ``prompts`` allows prompts in the
    manifest. Both are off by default."""

    label: Flag = False
    prompts: Flag = False
    training: Literal["notAllowed", "allowed", "constrained"] = "notAllowed"


class Review(Part):
    """``approvers`` alone may approve; empty: anybody. ``rule``: one of them, all of them, or so many of them."""

    approvers: Lines = ()
    rule: Literal["any", "all"] | Annotated[int, Field(ge=1, le=50, strict=True)] = "any"

    @model_validator(mode="after")
    def _rule_can_be_met(self) -> Self:
        if isinstance(self.rule, int) and self.approvers and self.rule > len(self.approvers):
            raise ValueError(f"{self.rule} approvals are asked for, but only {len(self.approvers)} people may approve")
        return self


class Brief(Part):
    schema_version: Annotated[Literal[1], BeforeValidator(version)]
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
