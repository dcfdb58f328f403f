"""fal's inputs for FLUX.2: its endpoints, sizes and presets."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.sandbox.bfl_bodies import MAX_PIXELS, MULTIPLE, Reference
from colophon.sandbox.incoming import picture
from colophon.sandbox.uploads import Uploads

PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_FULL = {"flux-2-pro": "flux-2-pro", "flux-2-max": "flux-2-max", "flux-2-flex": "flux-2-flex"}
_SMALL = {"flux-2": "flux-2-dev", "flux-2/klein/4b": "flux-2-klein-4b", "flux-2/klein/9b": "flux-2-klein-9b"}
_MOST_FULL, _MOST_SMALL = 8, 4

Side = Annotated[int, Field(ge=64, le=4096)]


class ImageSize(BaseModel):
    """A side that is not given is 512."""

    width: Side = 512
    height: Side = 512


class FalInput(BaseModel):
    """flux-2-pro, -max and -flex. Members a model does not have are ignored."""

    model_config = ConfigDict(extra="ignore")

    prompt: Annotated[str, Field(min_length=1, max_length=128_000)]
    image_urls: list[str] = []
    image_size: (
        ImageSize
        | Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9", "auto"]
        | None
    ) = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    safety_tolerance: Literal["1", "2", "3", "4", "5"] = "2"
    enable_safety_checker: bool = True
    output_format: Literal["jpeg", "png"] = "jpeg"
    sync_mode: bool = False

    def size(self, references: list[Reference]) -> tuple[int, int]:
        """In pixels, cut down to whole multiples."""
        wanted = self.image_size or ("auto" if references else "landscape_4_3")
        if wanted == "auto":
            return references[0].aligned() if references else PRESETS["landscape_4_3"]
        if isinstance(wanted, str):
            return PRESETS[wanted]
        return wanted.width // MULTIPLE * MULTIPLE, wanted.height // MULTIPLE * MULTIPLE


class FalSmallInput(FalInput):
    """flux-2 (the dev model) and klein: no tolerance, WebP beside, PNG when nothing is said."""

    safety_tolerance: Any = None
    output_format: Literal["jpeg", "png", "webp"] = "png"  # type: ignore[assignment]
    num_images: Annotated[int, Field(ge=1, le=1)] = 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``name`` is the whole id, ``app`` the part of it that status and result addresses have."""

    name: str
    app: str
    model: str
    edit: bool
    small: bool


def _endpoints() -> dict[str, Endpoint]:
    found = {}
    for path, model in (_FULL | _SMALL).items():
        for edit in (False, True):
            name = f"fal-ai/{path}" + ("/edit" if edit else "")
            app = f"fal-ai/{path.split('/')[0]}"
            found[name] = Endpoint(name, app, model, edit, path in _SMALL)
    return found


ENDPOINTS = _endpoints()


@dataclass(frozen=True, slots=True)
class Wanted:
    body: FalInput
    references: list[Reference]
    size: tuple[int, int]


class Invalid(Exception):
    """``detail`` is the vendor's list of what is wrong."""

    def __init__(self, detail: list[dict[str, object]]) -> None:
        super().__init__("invalid input")
        self.detail = detail


def problem(member: str, message: str, kind: str, given: object = None) -> dict[str, object]:
    """One entry of a ``detail`` list."""
    loc = ["body", member] if member else ["body"]
    return {"loc": loc, "msg": message, "type": kind, "url": f"https://docs.fal.ai/errors#{kind}", "input": given}


def read(endpoint: Endpoint, given: dict[str, Any], root: str, uploads: Uploads) -> Wanted:
    """Raises `Invalid`."""
    try:
        body = (FalSmallInput if endpoint.small else FalInput).model_validate(given)
    except ValidationError as error:
        raise Invalid(
            [{"loc": ["body", *item["loc"]], "msg": item["msg"], "type": item["type"]} for item in error.errors()]
        ) from None
    images = body.image_urls if endpoint.edit else []
    if endpoint.edit and not images:
        raise Invalid([problem("image_urls", "Field required", "missing")])
    most = _MOST_SMALL if endpoint.small else _MOST_FULL
    if endpoint.small:
        images = images[:most]  # the vendor uses the first four and says nothing
    elif len(images) > most:
        raise Invalid([problem("image_urls", f"List should have at most {most} items", "too_long")])
    try:
        references = [picture("image_urls", each, root, uploads) for each in images]
    except ValueError as error:
        raise Invalid([problem("image_urls", str(error), "image_load_error")]) from None
    size = body.size(references)
    if size[0] * size[1] > MAX_PIXELS:
        raise Invalid([problem("image_size", "The image is larger than 4 megapixels", "image_too_large")])
    return Wanted(body, references, size)
