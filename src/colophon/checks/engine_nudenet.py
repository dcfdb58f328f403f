"""NudeNet as a safety engine, run in a process of its own.

NudeNet's wheel carries AGPL-3.0 licence texts. This package never imports it; the program started here does, where the
operator has installed it.
"""

import importlib.metadata
import importlib.util
import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.confined.pool import PYTHON, Confined
from colophon.domain.sketch import Sighting
from colophon.errors import CheckError, PictureError

_WORKER = (*PYTHON, "-m", "colophon.confined.nudenet_worker")
_MEMORY = 4 * 2**30  # address space: the inference runtime reserves far more than it touches
_CPU_SECONDS = 30
_WALL_SECONDS = 60.0
_MAX_CLASSES = 100


_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Found = tuple[Annotated[str, Field(max_length=100)], _Share, _Share, _Share, _Share, _Share]


class _Seen(BaseModel):
    """What a child may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: Annotated[tuple[_Found, ...], Field(max_length=_MAX_CLASSES)]


def available() -> bool:
    """Whether NudeNet is installed, found out without importing it."""
    return importlib.util.find_spec("nudenet") is not None


class NudeNetEngine:
    """Implements `colophon.ports.SafetyEngine`; one child process that keeps the model loaded."""

    name = "nudenet"

    def __init__(self, workers: int = 1) -> None:
        """Raises `CheckError` when NudeNet is not installed."""
        if not available():
            raise CheckError("NudeNet is not installed", hint="install the extra colophon[safety]", reason="no_engine")
        self.version = importlib.metadata.version("nudenet")
        self._confined = Confined(
            workers, memory_bytes=_MEMORY, cpu_seconds=_CPU_SECONDS, wall_seconds=_WALL_SECONDS, command=_WORKER
        )

    def detect(self, content: bytes) -> Mapping[str, float]:
        """Highest score per class in a picture that was already inspected. Raises `CheckError`."""
        try:
            answer, _ = self._confined.call("detect", {}, [content])
        except PictureError as error:
            raise CheckError(f"NudeNet reached no verdict: {error.message}", reason=error.reason) from error
        scores = answer.get("scores")
        if not isinstance(scores, dict) or len(scores) > _MAX_CLASSES or not all(map(_is_score, scores.values())):
            raise CheckError("NudeNet gave an answer that makes no sense", reason="limits")
        return {str(name): float(score) for name, score in scores.items()}

    def locate(self, content: bytes) -> Sequence[Sighting]:
        """Everything found in a picture that was already inspected. Raises `CheckError`."""
        try:
            answer, _ = self._confined.call("locate", {}, [content])
            seen = _Seen.model_validate(answer).seen
        except PictureError as error:
            raise CheckError(f"NudeNet reached no verdict: {error.message}", reason=error.reason) from error
        except ValidationError as error:
            raise CheckError("NudeNet gave an answer that makes no sense", reason="limits") from error
        return [Sighting(*found) for found in seen]

    def close(self) -> None:
        self._confined.close()


def _is_score(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and 0 <= value <= 1
