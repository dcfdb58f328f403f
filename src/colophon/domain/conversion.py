"""What becomes of each parameter of an order on a route: declared before money is spent, and what the wire is built
from, so that the two cannot differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Parameter(StrEnum):
    """Everything an order says. Every route says something about each."""

    MODEL = "model"
    PROMPT = "prompt"
    SIZE = "size"
    SEED = "seed"
    SAFETY = "safety"
    FORMAT = "output_format"
    REFERENCES = "references"
    VARIANTS = "variants"
    REWRITING = "prompt_rewriting"


class How(StrEnum):
    """``refused``: this contract has no such parameter; it is not sent, and the note says what holds instead."""

    PASSED = "passed"
    RENAMED = "renamed"
    CONVERTED = "converted"
    EMULATED = "emulated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Conversion:
    """One parameter on one route. ``member`` is where it goes in the request (dotted for nested members, empty when
    nothing is sent as a member); ``value`` is what is sent, a prompt left out and references as their digests;
    ``note`` says for people what the row alone does not."""

    parameter: Parameter
    how: How
    member: str = ""
    value: Any = None
    note: str = ""


def members(conversions: Iterable[Conversion]) -> dict[str, Any]:
    """The request's members as the conversions declare them: ``input.seed`` becomes ``{"input": {"seed": ...}}``.
    Rows without a member or a value (prompt, references, what is refused) are not in it."""
    body: dict[str, Any] = {}
    for row in conversions:
        if not row.member or row.value is None or row.how is How.REFUSED:
            continue
        *path, last = row.member.split(".")
        place = body
        for name in path:
            place = place.setdefault(name, {})
        place[last] = row.value
    return body


def undeclared(conversions: Sequence[Conversion]) -> set[Parameter]:
    """Parameters a route says nothing about; a route that leaves one out drops it silently."""
    return set(Parameter) - {row.parameter for row in conversions}
