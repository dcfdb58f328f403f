"""Where a brand's logo was likeliest found in a picture, and how much it looks like it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogoSight:
    """``score`` (0 to 1) is the share of the logo's edges that lie on edges of the picture running the same way, less
    those that run across. ``stretch`` is how many times too wide it is there, ``turn`` its turn in degrees. ``box`` are
    left, top, right and bottom as shares of the picture's sides."""

    score: float
    stretch: float
    turn: float
    box: tuple[float, float, float, float]
