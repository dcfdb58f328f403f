"""Things a detector found in a picture."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detection:
    """``kind`` is the detector's own word, ``score`` how sure it is (0 to 1), ``box`` left, top, right and bottom as
    fractions of the sides."""

    kind: str
    score: float
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def highest(found: Iterable[Detection]) -> dict[str, float]:
    """The highest score of each kind."""
    scores: dict[str, float] = {}
    for each in found:
        scores[each.kind] = max(scores.get(each.kind, 0.0), each.score)
    return scores
