"""How the evidence of a finding is to be drawn: said by checks in plain values, drawn by the imaging process.

Places are shares (0 to 1) of the picture's width and height, so that a sketch holds for a copy of any size.
"""

from dataclasses import dataclass

from colophon.domain.colour import Lab


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle, its corners as shares of the picture. ``label`` is written at it; ``blurred``: what is in it is not
    shown; ``bad``: it is what the finding is about, and no mere landmark."""

    left: float
    top: float
    right: float
    bottom: float
    label: str = ""
    bad: bool = True
    blurred: bool = False


@dataclass(frozen=True, slots=True)
class Patches:
    """Rectangles over the picture."""

    shows: str
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class Colours:
    """The areas of these colours (CIELAB) stand out, all else is grey: a pixel belongs to the nearest colour of both
    lists together."""

    shows: str
    marked: tuple[Lab, ...]
    others: tuple[Lab, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """The picture beside the original of another one, by the digest of its bytes."""

    shows: str
    other_sha256: str
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Tiles:
    """How sharp the picture is, tile by tile; from ``sharp_from`` on a tile counts as in focus."""

    shows: str
    sharp_from: float


Sketch = Patches | Colours | Beside | Tiles


@dataclass(frozen=True, slots=True)
class Illustration:
    """A sketch drawn: a small picture file."""

    content: bytes
    media_type: str
    width: int
    height: int
