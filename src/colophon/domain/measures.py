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
    """``colours`` are the picture's, the largest first, of what is not transparent; their shares add up to 1.

    ``sharpness`` is the deviation of the Laplacian of grey levels in the sharper parts of a copy of 512 pixels: 8 and
    more in focus, under 4 when blurred by a 250th of the side. ``brightest`` is the grey level (0 to 255) that only a
    hundredth of the area is above. ``shadows`` and ``highlights`` are the shares of the area (0 to 1) that are black or
    white, with no detail left."""

    colours: tuple[ColourArea, ...]
    sharpness: float
    brightest: float
    shadows: float
    highlights: float
