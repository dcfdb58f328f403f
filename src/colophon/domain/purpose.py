"""What a picture is for, as its brief has it."""

from colophon.domain.brief import Brief
from colophon.domain.decision_policy import Intended


def intended_of(brief: Brief | None, visual: str | None) -> Intended:
    """For which brand, markets and placements; of a visual that the brief does not have any more, all of the brief's
    placements. None: brought in from outside."""
    if brief is None:
        return Intended()
    wanted = next((each for each in brief.visuals if each.id == visual), None)
    placements = (wanted.placements if wanted else None) or brief.placements
    return Intended(brief.brand.name, brief.markets, tuple(dict.fromkeys(wish.placement for wish in placements)))
