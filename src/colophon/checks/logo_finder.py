"""Looks for a brand's logo files in a picture, in the confined child that decodes both."""

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.domain.logo_sight import LogoSight
from colophon.errors import CheckError, NotFound, ObjectCorrupt, PictureError

_MOST_PIXELS = 50_000_000
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Confinement(Protocol):
    def call(
        self, function: str, parameters: dict[str, object], blobs: Sequence[bytes], *, effort: int = 1
    ) -> tuple[dict[str, object], list[bytes]]: ...


class _Sight(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    score: _Share
    stretch: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
    turn: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    box: tuple[_Share, _Share, _Share, _Share]


class _Answer(BaseModel):
    """What a child may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    found: tuple[_Sight | None, ...]


class StoredLogos:
    """Implements `colophon.ports.LogoFinder`; ``get`` gives the bytes of a digest."""

    name, version = "edges", "1"

    def __init__(self, confined: _Confinement, get: Callable[[str], bytes]) -> None:
        self._confined = confined
        self._get = get

    def find(self, content: bytes, logos: Sequence[str]) -> Sequence[LogoSight | None]:
        """Where each logo is likeliest; None for one without a shape. Raises `CheckError`."""
        try:
            files = [self._get(digest) for digest in logos]
            parameters: dict[str, object] = {"max_pixels": _MOST_PIXELS}
            answer, _ = self._confined.call("find_logos", parameters, [content, *files], effort=len(files))
            found = _Answer.model_validate(answer).found
        except (PictureError, NotFound, ObjectCorrupt) as error:
            raise CheckError(f"no logo was looked for: {error.message}", reason="no_engine") from error
        except ValidationError as error:
            raise CheckError("the search for logos gave an answer that makes no sense", reason="limits") from error
        if len(found) != len(logos):
            raise CheckError("the search for logos gave an answer that makes no sense", reason="limits")
        return [LogoSight(each.score, each.stretch, each.turn, each.box) if each else None for each in found]
