"""What was measured of a picture's look, for checks to judge."""

from collections.abc import Iterator
from dataclasses import dataclass

from colophon.domain.colour import Lab

GRID = 16  # rows and columns of cells in which busyness is measured


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
    white, with no detail left. ``blown`` is the share (0 to 1) of what is no flat light ground that is pale and clipped
    in a channel: overexposed, its hue or shading lost. ``busyness`` is, for the cells of a grid of `GRID` rows and
    columns, the mean change of grey level from a pixel to its neighbours on that copy; empty: not measured.
    ``profile_broken``: it has a colour profile that cannot be read, and its colours were taken for sRGB."""

    colours: tuple[ColourArea, ...]
    sharpness: float
    brightest: float
    shadows: float
    highlights: float
    busyness: tuple[tuple[float, ...], ...] = ()
    profile_broken: bool = False
    blown: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a picture, as fractions of its sides from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


def busy_share(measures: Measures, area: Area, busy: float) -> float:
    """The share (0 to 1) of an area that lies in cells busier than ``busy``. Without measured cells, or of an empty
    area, it is 1: what is not known to be calm is not."""
    weights = [(weight, value > busy) for weight, value in _cells(measures, area)]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, over in weights if over) / total if total else 1.0


def _cells(measures: Measures, area: Area) -> Iterator[tuple[float, float]]:
    """Each cell's value, with how much of the area lies in it."""
    for row, values in enumerate(measures.busyness):
        high = _overlap(row, area.top, area.bottom)
        for column, value in enumerate(values):
            yield high * _overlap(column, area.left, area.right), value


def _overlap(cell: int, start: float, end: float) -> float:
    return max(0.0, min(end * GRID, cell + 1) - max(start * GRID, cell))
