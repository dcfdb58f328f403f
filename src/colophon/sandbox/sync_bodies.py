"""Reading what the synchronous vendors are sent: key, JSON, pictures, sizes. Complaints are `Refusal`."""

import re
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from colophon.sandbox.bfl_bodies import MAX_PIXELS, MULTIPLE, Reference
from colophon.sandbox.incoming import key_of
from colophon.sandbox.prices import MODELS
from colophon.sandbox.sync_multipart import Part
from colophon.sandbox.sync_refusals import Refusal

MIN_SIDE = 64
# What each model takes, by the first word of its name behind "flux-2-".
REFERENCES = {"klein": 4, "dev": 4}
MOST_REFERENCES = 8
# Names that vendors give without saying which weights.
_SHORT = {"flux-2": "flux-2-dev", "flux-2-klein": "flux-2-klein-4b"}


class SyncBody(BaseModel):
    """Numbers are numbers and text is text; members a vendor does not name are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)


Body = TypeVar("Body", bound=SyncBody)
# A picture's member, and its bytes or what stands for them.
Named = tuple[str, str | bytes]


def bearer(authorization: str | None) -> str:
    """The key behind ``Bearer``. Raises `Refusal` (unauthorised)."""
    key = key_of("bearer", authorization)
    if key is None:
        raise Refusal("unauthorised", "No API key was given. Send it as: Authorization: Bearer KEY")
    return key


def parse(kind: type[Body], content: bytes) -> Body:
    """Raises `Refusal` (invalid), which names the first member that is wrong and does not repeat its value."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise _wrong(error) from None


def parse_fields(kind: type[Body], parts: Iterable[Part]) -> Body:
    """The same members as the text fields of a form. Raises `Refusal` (invalid)."""
    try:
        fields = {part.name: part.content.decode() for part in parts if part.filename is None}
        return kind.model_validate_strings(fields)
    except UnicodeDecodeError:
        raise Refusal("invalid", "a field of the form is not UTF-8") from None
    except ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    param = ".".join(str(step) for step in first["loc"]) or None
    return Refusal("invalid", f"{param}: {first['msg']}" if param else first["msg"], param=param)


def model_named(name: str) -> str:
    """The desk's word for a vendor's model id. Raises `Refusal` (unknown_model)."""
    word = name.rsplit("/", 1)[-1].lower().replace("flux.2", "flux-2").removesuffix("-edit")
    word = _SHORT.get(word, word)
    if word not in MODELS:
        raise Refusal(
            "unknown_model", f"The model {name[:100]!r} does not exist or is not offered here.", param="model"
        )
    return word


def pictures(named: Iterable[Named], model: str, *, most: int | None = None) -> list[Reference]:
    """References from files, base64 or data URIs, in order. Raises `Refusal` (invalid), also for more than ``most``, by
    default what the model takes."""
    given = list(named)
    limit = most if most is not None else REFERENCES.get(model.split("-")[2], MOST_REFERENCES)
    if len(given) > limit:
        raise Refusal(
            "invalid", f"{model} takes at most {limit} reference images, not {len(given)}.", param=given[0][0]
        )
    try:
        return [
            Reference.read(name, value) if isinstance(value, bytes) else Reference.decode(name, value)
            for name, value in given
        ]
    except ValueError as error:
        raise Refusal("invalid", str(error), param=given[0][0]) from None


def data_uris(name: str, values: Iterable[str]) -> list[Named]:
    """Values of a member that takes addresses, of which the sandbox reads only data URIs. Raises `Refusal`."""
    given = list(values)
    if any(not value.startswith("data:image/") for value in given):
        raise Refusal("invalid", f"{name}: the sandbox fetches no addresses; send a data URI", param=name)
    return [(name, value) for value in given]


def files(parts: Iterable[Part], names: Iterable[str]) -> list[Named]:
    """The files of a form under any of these names."""
    wanted = frozenset(names)
    return [(part.name, part.content) for part in parts if part.name in wanted and part.filename is not None]


def sides(text: str, param: str = "size") -> tuple[int, int]:
    """``WIDTHxHEIGHT``. Raises `Refusal` (invalid)."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", text)
    if found is None:
        raise Refusal("invalid", f"{param} is WIDTHxHEIGHT in pixels, such as 1024x1024.", param=param)
    return int(found[1]), int(found[2])


def aligned(size: tuple[int, int], param: str = "size", *, low: int = MIN_SIDE) -> tuple[int, int]:
    """The size, when the model draws it: multiples of 16, at most 4 megapixels. Raises `Refusal` (invalid)."""
    if any(side % MULTIPLE or side < low for side in size):
        raise Refusal("invalid", f"{param}: both sides are multiples of {MULTIPLE} from {low} pixels on.", param=param)
    if size[0] * size[1] > MAX_PIXELS:
        raise Refusal("invalid", f"{param}: at most 4 megapixels ({MAX_PIXELS} pixels).", param=param)
    return size


def snapped(size: tuple[int, int], *, low: int = MIN_SIDE) -> tuple[int, int]:
    """The nearest smaller size the model draws, as gateways do without a word: never larger, never above 4 MP."""
    width, height = size
    if width * height > MAX_PIXELS:
        scale = (MAX_PIXELS / (width * height)) ** 0.5
        width, height = int(width * scale), int(height * scale)
    # A very long side is cut further where the short one was lifted to the least the model draws.
    width, height = (max(low, side // MULTIPLE * MULTIPLE) for side in (width, height))
    most = MAX_PIXELS // low
    return min(width, most), min(height, most)


def like_first(references: list[Reference]) -> tuple[int, int]:
    """The size of the first reference as the model can draw it, or 1024 x 1024."""
    return snapped(references[0].size) if references else (1024, 1024)
