"""NudeNet as a safety engine, run in a process of its own.

NudeNet's wheel carries AGPL-3.0 licence texts. This package never imports it; the program started here does, where the
operator has installed it.
"""

import importlib.metadata
import importlib.util
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.confined.pool import PYTHON, Confined
from colophon.domain.detection import Detection
from colophon.errors import CheckError, PictureError

_WORKER = (*PYTHON, "-m", "colophon.confined.nudenet_worker")
_MEMORY = 4 * 2**30  # address space: the inference runtime reserves far more than it touches
_CPU_SECONDS = 30
_WALL_SECONDS = 60.0

_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[str, Field(pattern=r"^[A-Z_]{1,60}$")]
    score: _Share
    box: tuple[_Share, _Share, _Share, _Share]


class _Answer(BaseModel):
    """What a child may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    found: Annotated[tuple[_Found, ...], Field(max_length=500)]


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

    def detect(self, content: bytes) -> Sequence[Detection]:
        """Everything found in a picture that was already inspected, the surest first. Raises `CheckError`."""
        try:
            answer, _ = self._confined.call("detect", {}, [content])
            found = _Answer.model_validate(answer).found
        except PictureError as error:
            raise CheckError(f"NudeNet reached no verdict: {error.message}", reason=error.reason) from error
        except ValidationError as error:
            raise CheckError("NudeNet gave an answer that makes no sense", reason="limits") from error
        detections = (Detection(each.kind, each.score, each.box) for each in found)
        return sorted(detections, key=lambda each: -each.score)

    def close(self) -> None:
        self._confined.close()
