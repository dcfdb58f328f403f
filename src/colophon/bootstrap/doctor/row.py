"""What doctor says of one part."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``state``: ok, note (works, worth knowing) or problem."""

    state: str
    part: str
    message: str
    hint: str = ""
