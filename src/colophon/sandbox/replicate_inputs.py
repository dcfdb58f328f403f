"""Replicate's ``input`` for FLUX.2, and the size that its ratio and resolution words mean."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.sandbox.bfl_bodies import MAX_PIXELS, MULTIPLE, Reference
from colophon.sandbox.prices import MEGAPIXEL

MOST_REFERENCES = {"flux-2-flex": 10, "flux-2-klein-4b": 4, "flux-2-klein-9b": 4, "flux-2-dev": 4}
MAX_SIDE = 2048
MIN_SIDE = 256
_SMALLEST = MEGAPIXEL // 2

Ratio = Literal[
    "match_input_image",
    "custom",
    "1:1",
    "16:9",
    "3:2",
    "2:3",
    "4:5",
    "5:4",
    "9:16",
    "3:4",
    "4:3",
    "21:9",
    "9:21",
]
CustomSide = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)]


class ReplicateInput(BaseModel):
    """Members the model does not know are left out, as its runtime does."""

    model_config = ConfigDict(extra="ignore")

    prompt: Annotated[str, Field(min_length=1, max_length=128_000)]
    input_images: Annotated[list[str], Field(max_length=10)] = []
    aspect_ratio: Ratio = "1:1"
    resolution: Literal["match_input_image", "0.5 MP", "1 MP", "2 MP", "4 MP"] = "1 MP"
    width: CustomSide | None = None
    height: CustomSide | None = None
    safety_tolerance: Annotated[int, Field(ge=1, le=5)] = 2
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    output_format: Literal["webp", "jpg", "png"] = "webp"
    output_quality: Annotated[int, Field(ge=0, le=100)] = 80

    def size(self, references: list[Reference]) -> tuple[int, int]:
        """In pixels. Width and height count only with the ratio ``custom``; the resolution only without."""
        first = references[0].size if references else None
        if self.aspect_ratio == "custom":
            return _rounded(self.width or 1024, self.height or 1024)
        if self.aspect_ratio == "match_input_image":
            ratio = first[0] / first[1] if first else 1.0
        else:
            across, down = self.aspect_ratio.split(":")
            ratio = int(across) / int(down)
        if self.resolution == "match_input_image":
            area = min(max(first[0] * first[1], _SMALLEST), MAX_PIXELS) if first else MEGAPIXEL
        else:
            area = round(float(self.resolution.removesuffix(" MP")) * MEGAPIXEL)
        return _rounded(math.sqrt(area * ratio), math.sqrt(area / ratio))


def _rounded(width: float, height: float) -> tuple[int, int]:
    """To the nearest multiples, within the largest side."""
    across, down = (math.floor(side / MULTIPLE + 0.5) * MULTIPLE for side in (width, height))
    return min(MAX_SIDE, max(MULTIPLE, across)), min(MAX_SIDE, max(MULTIPLE, down))


def problems(error: ValidationError) -> list[str]:
    """One line per wrong member, in the vendor's manner."""
    return [f"- input.{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]


def openapi_schema() -> dict[str, Any]:
    """What ``latest_version.openapi_schema`` says: the members taken, and one address as the output."""
    taken = ReplicateInput.model_json_schema()
    output = {"type": "string", "title": "Output", "format": "uri"}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {"schemas": {"Input": taken, "Output": output}},
    }
