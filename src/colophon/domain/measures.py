"""What was measured of a picture's look, for checks to judge."""

from dataclasses import dataclass

from colophon.domain.colour import Lab


@dataclass(frozen=True, slots=True)
class ColourArea:
    """A colour of a picture and the ``share`` of its area (0 to 1) that has about this colour."""

    lab: Lab
    share: float


@dataclass(frozen=True, slots=True)
class Measures:
    """``colours`` are the picture's, the largest first, of what is not transparent; their shares add up to 1."""

    colours: tuple[ColourArea, ...]
