"""Routes: the ways to buy a picture, and the price rules that belong to each, read from two TOML tables."""

import re
import tomllib
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from colophon.domain.brief import MAX_REFERENCES, Safety
from colophon.domain.money import PriceRule
from colophon.domain.placement import PictureFormat
from colophon.errors import InvalidInput, Problem

_HOST_PATTERN = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")

Wire = Literal["prose", "json"]
"""The form a prompt is sent in."""


def _host(pattern: str) -> str:
    if not _HOST_PATTERN.fullmatch(pattern):
        raise ValueError("a host is a lower-case name, or *. and a name for everything below it")
    return pattern


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("a base URL is http(s)://host/path without query or fragment")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a base URL has no user information")
    return url.rstrip("/")


Host = Annotated[str, Field(max_length=253), AfterValidator(_host)]
Hosts = Annotated[tuple[Host, ...], Field(max_length=20)]
RouteName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]


VendorModel = Annotated[str, Field(pattern=r"^[A-Za-z0-9./_-]{1,200}$")]
Adapter = Literal[
    "bfl",
    "replicate",
    "fal",
    "lumenfall",
    "openai-images",
    "azure",
    "together",
    "fireworks",
    "cometapi",
    "aimlapi",
    "callmissed",
]
"""The wire contracts this package speaks."""

_AT_ONCE = {"lumenfall", "openai-images", "azure", "together", "aimlapi", "callmissed"}


class Route(BaseModel):
    """One way to buy pictures. ``models`` maps our model names to the vendor's, ``edit_models`` those that have
    another name when references are sent; ``key_variable`` is the environment variable the vendor's own samples use;
    ``wire`` is the form prompts are sent in; ``hosts`` adds to what the vendor may name for polling and delivery;
    ``model_references`` names the models that take fewer references than ``max_references``.
    ``side_multiple``, ``min_side``, ``max_side`` and ``max_pixels`` bound the pictures that can be ordered, in pixels.
    ``safety`` is what is sent for each step of our scale; a step that is missing cannot be said on this route.
    ``capabilities`` switch on request members that only newer servers of a contract know.
    ``active_limit`` is how many unfinished tasks the vendor allows one key; None: it states none.
    ``signers`` are the organisations that sign this route's pictures, empty: not checked; ``states_model`` says that
    their manifests name the model by the vendor's name for it. ``why_off`` says why a route is shipped off."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RouteName
    adapter: Adapter
    provider: Annotated[str, Field(min_length=1, max_length=100)]
    base_url: Annotated[str, Field(max_length=2000), AfterValidator(_base_url)]
    models: dict[str, VendorModel] = Field(min_length=1)
    edit_models: dict[str, VendorModel] = Field(default_factory=dict)
    poll_hosts: Hosts = ()
    delivery_hosts: Hosts = ()
    hosts: Hosts = ()
    key_variable: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    wire: Wire = "prose"
    region: Annotated[str, Field(min_length=1, max_length=40)] = "global"
    enabled: bool = False
    allow_private: bool = False
    max_references: Annotated[int, Field(ge=0, le=MAX_REFERENCES)] = MAX_REFERENCES
    model_references: dict[str, Annotated[int, Field(ge=0, le=MAX_REFERENCES)]] = Field(default_factory=dict)
    max_prompt: Annotated[int, Field(ge=1, le=32_000)] = 4000
    side_multiple: Annotated[int, Field(ge=1, le=256)] = 16
    min_side: Annotated[int, Field(ge=1, le=4096)] = 64
    max_side: Annotated[int, Field(ge=64, le=16_384)] = 4096
    max_pixels: Annotated[int, Field(ge=4096, le=64_000_000)] = 4_194_304
    formats: Annotated[tuple[PictureFormat, ...], Field(max_length=5)] = (PictureFormat.PNG,)
    safety: dict[Safety, int | str] = Field(default_factory=dict)
    capabilities: frozenset[Literal["disable_pup", "seed"]] = frozenset()
    active_limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    why_off: Annotated[str, Field(max_length=300)] = ""
    signers: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=20)] = ()
    states_model: bool = False

    @property
    def embedded(self) -> bool:
        """Reached inside this process: ``.invalid`` names never resolve (RFC 6761)."""
        return (urlsplit(self.base_url).hostname or "").endswith(".invalid")

    @property
    def answers_with_picture(self) -> bool:
        """The answer to an order is the picture: there is no task to wait for."""
        return self.adapter in _AT_ONCE

    @property
    def unplaced(self) -> bool:
        """Its address is the buyer's own and not known here: a name under ``.example`` stands for it (RFC 2606)."""
        return (urlsplit(self.base_url).hostname or "").endswith(".example")

    def vendor_model(self, model: str, *, references: bool) -> str:
        """The vendor's name for our ``model``. Raises ``KeyError`` when it is not sold here."""
        return (self.edit_models if references and model in self.edit_models else self.models)[model]

    def obstacle(self, model: str, width: int, height: int, references: int, prompt: str) -> str | None:
        """Why this route cannot take such an order, for people; None when it can. Sizes in pixels."""
        limit = self.reference_limit(model)
        checks = (
            (model not in self.models, f"does not sell {model}"),
            (references > limit, f"takes at most {limit} references with {model}, not {references}"),
            (len(prompt) > self.max_prompt, f"takes at most {self.max_prompt} characters of prompt, not {len(prompt)}"),
            (
                min(width, height) < self.min_side or max(width, height) > self.max_side,
                f"takes sides of {self.min_side} to {self.max_side} pixels, not {width}x{height}",
            ),
            (
                bool(width % self.side_multiple or height % self.side_multiple),
                f"takes sides that are multiples of {self.side_multiple}, not {width}x{height}",
            ),
            (PictureFormat.PNG not in self.formats, "does not make PNG, the format all pictures are ordered in"),
            (width * height > self.max_pixels, f"takes at most {self.max_pixels} pixels, not {width}x{height}"),
        )
        return next((reason for wrong, reason in checks if wrong), None)

    def reference_limit(self, model: str) -> int:
        return min(self.max_references, self.model_references.get(model, self.max_references))

    def expected(self, model: str) -> "Expected":
        """What the papers of a picture made by our ``model`` should say."""
        return Expected(self.signers, self.models.get(model, model) if self.states_model else None, self.name)


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose papers a bought picture should carry, and the model they should name, as the vendor calls it. No
    signers, or model None: that is not checked."""

    signers: tuple[str, ...] = ()
    model: str | None = None
    route: str | None = None


def parse_routes(text: str, *, file: str = "routes.toml") -> dict[str, Route]:
    """The routes by name, in the order of the table. Raises `InvalidInput` naming every bad member."""
    table = _mapping(_toml(text, file).get("routes"), file, "routes")
    routes: dict[str, Route] = {}
    problems: list[Problem] = []
    for name, members in table.items():
        try:
            routes[name] = Route.model_validate({**_mapping(members, file, f"routes.{name}"), "name": name})
        except ValidationError as error:
            problems += _problems(error, file, f"routes.{name}")
    if problems:
        raise InvalidInput.of(problems)
    return routes


class _RoutedRule(PriceRule):
    route: RouteName


_RULES = TypeAdapter(tuple[_RoutedRule, ...])


def parse_prices(text: str, *, file: str = "prices.toml") -> dict[str, tuple[PriceRule, ...]]:
    """Price rules by route, in the order of the table. Raises `InvalidInput` naming every bad member."""
    try:
        rules = _RULES.validate_python(tuple(_list(_toml(text, file).get("rule"), file)))
    except ValidationError as error:
        raise InvalidInput.of(_problems(error, file, "rule")) from None
    by_route: dict[str, tuple[PriceRule, ...]] = {}
    for rule in rules:
        plain = PriceRule(**rule.model_dump(exclude={"route"}))
        by_route[rule.route] = (*by_route.get(rule.route, ()), plain)
    return by_route


def _toml(text: str, file: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"not TOML: {error}", where=file) from error


def _mapping(value: object, file: str, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput("a table is missing here", where=f"{file} {path}")
    return value


def _list(value: object, file: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput("the [[rule]] tables are missing", where=file)
    return value


def _problems(error: ValidationError, file: str, path: str) -> list[Problem]:
    return [
        Problem(
            f"bad_{item['type']}",
            item["msg"],
            file=file,
            path=".".join([path, *map(str, item["loc"])]),
            found=repr(item["input"])[:100],
        )
        for item in error.errors(include_url=False)
    ]
