"""The vendor's request bodies for FLUX.2, with the bounds of its published schema (members it lacks are ignored)."""

import base64
import binascii
import io
import warnings
from dataclasses import dataclass
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

MULTIPLE = 16
MAX_PIXELS = 4_194_304
MAX_REFERENCE_BYTES = 20 * 1024 * 1024
MAX_REFERENCE_PIXELS = 20_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_BASE64 = Annotated[str, Field(min_length=1, max_length=MAX_REFERENCE_BYTES * 4 // 3 + 100)]


Side = Annotated[int, Field(ge=64, multiple_of=MULTIPLE)]


class KleinInputs(BaseModel):
    """flux-2-klein: at most four references."""

    model_config = ConfigDict(extra="ignore")

    prompt: Annotated[str, Field(min_length=1, max_length=128_000)]
    input_image: _BASE64 | None = None
    input_image_2: _BASE64 | None = None
    input_image_3: _BASE64 | None = None
    input_image_4: _BASE64 | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    width: Side | None = None
    height: Side | None = None
    safety_tolerance: Annotated[int, Field(ge=0, le=5)] = 2
    output_format: Literal["jpeg", "png", "webp"] | None = "jpeg"
    webhook_url: Annotated[str, Field(min_length=1, max_length=2083)] | None = None
    webhook_secret: str | None = None

    @model_validator(mode="after")
    def _not_too_large(self) -> "KleinInputs":
        if (self.width or 64) * (self.height or 64) > MAX_PIXELS:
            raise ValueError("width times height is at most 4 megapixels (4194304)")
        return self

    def references(self) -> list["Reference"]:
        """The pictures sent, in the order of their members. Raises ``ValueError`` for what is not a picture."""
        names = ["input_image", *(f"input_image_{place}" for place in range(2, 9))]
        given = [(name, getattr(self, name, None)) for name in names]
        return [Reference.decode(name, value) for name, value in given if value is not None]

    def size(self, references: list["Reference"]) -> tuple[int, int]:
        """What was asked for; else the first reference's size, cut down to whole multiples; else 1024."""
        width, height = references[0].aligned() if references else (1024, 1024)
        return self.width or width, self.height or height


class ProInputs(KleinInputs):
    """flux-2-pro and flux-2-max: up to eight references."""

    input_image_5: _BASE64 | None = None
    input_image_6: _BASE64 | None = None
    input_image_7: _BASE64 | None = None
    input_image_8: _BASE64 | None = None


class FlexInputs(ProInputs):
    """flux-2-flex: steps and guidance beside."""

    prompt_upsampling: bool | None = True
    steps: Annotated[int, Field(ge=1, le=50)] | None = 50
    guidance: Annotated[float, Field(ge=1.5, le=10)] | None = 5.0


@dataclass(frozen=True, slots=True)
class Reference:
    content: bytes
    size: tuple[int, int]

    def aligned(self) -> tuple[int, int]:
        """Its size cut down to whole multiples, and by halves to what a model makes."""
        width, height = (max(64, side // MULTIPLE * MULTIPLE) for side in self.size)
        while width * height > MAX_PIXELS:
            width, height = (max(64, side // 2 // MULTIPLE * MULTIPLE) for side in (width, height))
        return width, height

    @classmethod
    def decode(cls, name: str, value: str) -> "Reference":
        """A picture from base64, with or without a data-URI prefix; addresses are not fetched."""
        _, marker, raw = value.partition(";base64,")
        try:
            content = base64.b64decode(raw if marker else value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"{name} is not base64 (the sandbox fetches no addresses)") from None
        return cls.read(name, content)

    @classmethod
    def read(cls, name: str, content: bytes) -> "Reference":
        """Raises ``ValueError`` for what is too large or not a picture."""
        if len(content) > MAX_REFERENCE_BYTES:
            raise ValueError(f"{name} is larger than 20 MB")
        return cls(content, _size(name, content))


def _size(name: str, content: bytes) -> tuple[int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # bounded below, before any decoding
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                size = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValueError(f"{name} is not a PNG, JPEG or WebP picture") from None
    if size[0] * size[1] > MAX_REFERENCE_PIXELS:
        raise ValueError(f"{name} has more than 20 megapixels")
    return size
