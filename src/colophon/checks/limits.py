"""Limits on one number: from where on a person looks at the picture, and from where on it is refused."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.domain.finding import Verdict

Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SEVERITY = (Verdict.PASS, Verdict.REVIEW, Verdict.UNKNOWN, Verdict.FAIL)


class _Limits(BaseModel):
    """None: it never does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    review: Bound | None = None
    fail: Bound | None = None


class AtMost(_Limits):
    """What is over ``review`` is for a person, what is over ``fail`` is refused."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review is not None and self.fail is not None and self.review > self.fail:
            raise ValueError("review may not be above fail")
        return self

    def verdict(self, value: float) -> Verdict:
        if self.fail is not None and value > self.fail:
            return Verdict.FAIL
        return Verdict.REVIEW if self.review is not None and value > self.review else Verdict.PASS


class AtLeast(_Limits):
    """What is under ``review`` is for a person, what is under ``fail`` is refused."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review is not None and self.fail is not None and self.review < self.fail:
            raise ValueError("review may not be below fail")
        return self

    def verdict(self, value: float) -> Verdict:
        if self.fail is not None and value < self.fail:
            return Verdict.FAIL
        return Verdict.REVIEW if self.review is not None and value < self.review else Verdict.PASS


def worst(*verdicts: Verdict) -> Verdict:
    """The severest; of none, pass."""
    return max(verdicts, key=SEVERITY.index, default=Verdict.PASS)
