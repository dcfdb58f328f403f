"""What an outside service said about a picture, as it said it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moderated:
    """``model`` is the one that answered, ``scores`` its raw scores (0 to 1) of the categories it looked for in the
    picture, ``unseen`` the categories it scored without looking at the picture. ``flagged``: it objects. ``request`` is
    its id for this answer, None where it gave none."""

    model: str
    scores: Mapping[str, float]
    unseen: frozenset[str]
    flagged: bool
    request: str | None = None
