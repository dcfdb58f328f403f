"""The kinds of values that briefs and brands are made of, each with what it refuses."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from colophon.domain.money import CEILING

MAX_SEED = 2**31 - 1  # some routes refuse larger seeds and zero

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("text has control or direction-changing characters")
    if not text.strip():
        raise ValueError("text is empty")
    return text


def _amount(value: object) -> object:
    """Money comes as text, or as a decimal read from text: a float has already lost digits when it gets here."""
    if isinstance(value, bool | float):
        raise ValueError('write amounts as text, for example "2.00"')
    if isinstance(value, str | Decimal | int) and not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", str(value)):
        raise ValueError('an amount is digits with at most six decimals, for example "2.00"')
    return value


def _moment(value: object) -> object:
    """A bare number would be read as seconds since 1970, which nobody writes into a brief on purpose."""
    if isinstance(value, bool | int | float | Decimal) or (
        isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value)
    ):
        raise ValueError("a time is a date with hour and offset, for example 2026-11-24T09:00:00Z")
    return value


def number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("this is a number, written without quotes")
    return value


def version(value: object) -> object:
    if type(value) is not int:
        raise ValueError("the version is the whole number 1")
    return value


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("an entry is listed twice")
    return values


Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(plain)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Hex = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
PlacementKey = Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$", max_length=100)]
Seed = Annotated[int, Field(ge=1, le=MAX_SEED, strict=True)]
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(gt=0, le=CEILING, allow_inf_nan=False)]
Fraction = Annotated[float, BeforeValidator(number), Field(ge=0, le=1, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
LayoutName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Lines = Annotated[tuple[Line, ...], Field(max_length=50), AfterValidator(unique)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
