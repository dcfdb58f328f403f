"""RapidOCR as a reader of words, run in a process of its own: half a gigabyte of models and runtime that only pictures
with words asked of them need."""

import importlib.metadata
import importlib.util
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.confined.pool import PYTHON, Confined
from colophon.domain.words import Reading
from colophon.errors import CheckError, PictureError

_WORKER = (*PYTHON, "-m", "colophon.confined.rapidocr_worker")
_MEMORY = 4 * 2**30  # address space: the inference runtime reserves far more than it touches
_CPU_SECONDS = 60
_WALL_SECONDS = 90.0

_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Line = tuple[
    Annotated[str, Field(max_length=300)],
    Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)],
    Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)],
    tuple[_Share, _Share, _Share, _Share],
]


class _Answer(BaseModel):
    """What a child may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Annotated[tuple[_Line, ...], Field(max_length=200)]


def available() -> bool:
    """Whether RapidOCR is installed, found out without importing it."""
    return importlib.util.find_spec("rapidocr") is not None


class RapidOcrReader:
    """Implements `colophon.ports.WordReader`; one child process that keeps the models loaded."""

    name = "rapidocr"

    def __init__(self, workers: int = 1) -> None:
        """Raises `CheckError` when RapidOCR is not installed."""
        if not available():
            raise CheckError("RapidOCR is not installed", hint="install the extra colophon[ocr]", reason="no_engine")
        self.version = importlib.metadata.version("rapidocr")
        self._confined = Confined(
            workers, memory_bytes=_MEMORY, cpu_seconds=_CPU_SECONDS, wall_seconds=_WALL_SECONDS, command=_WORKER
        )

    def read(self, content: bytes) -> Sequence[Reading]:
        """The lines of text in a picture that was already inspected, from top to bottom. Raises `CheckError`."""
        try:
            answer, _ = self._confined.call("read", {}, [content])
            lines = _Answer.model_validate(answer).lines
        except PictureError as error:
            raise CheckError(f"RapidOCR read nothing: {error.message}", reason=error.reason) from error
        except ValidationError as error:
            raise CheckError("RapidOCR gave an answer that makes no sense", reason="limits") from error
        return [Reading(text, score, height, box) for text, score, height, box in lines]

    def close(self) -> None:
        self._confined.close()
