"""Which side of a picture its words take, and in which corner a label then stands."""

from collections.abc import Callable, Sequence

from colophon.confined.arranging import Block, Copy, Room, arrange
from colophon.confined.contrast import Edges
from colophon.domain.template import Side
from colophon.errors import PictureError

Measure = Callable[[Edges], float]
"""How much goes on within a box of the picture; the less, the better words stand there."""


def freest(copy: Copy, room: Room, wanted: Side | None, crowding: Measure) -> list[Block]:
    """The side a visual keeps free where its words fit there, else the least crowded of the shape's sides; what the
    template can spare is left out only where all sides are too small. Raises `PictureError` with reason
    ``does_not_fit`` when the words fit nowhere."""
    problem: PictureError | None = None
    for left_out in range(len(copy.shape.spare) + 1):
        found = _fitting(copy.without(copy.shape.spare[:left_out]), room, wanted, crowding)
        if not isinstance(found, PictureError):
            return found
        problem = found
    assert problem is not None  # noqa: S101 - there is at least one turn
    raise problem


def corner(block: Sequence[Block], right_to_left: bool) -> list[tuple[bool, bool]]:
    """Corners for a label as (at the right, at the bottom), the best first: away from the words, at the line's end."""
    side = block[0].side if block else "top"
    end = not right_to_left
    best: dict[Side, tuple[bool, bool]] = {
        "top": (end, True),
        "bottom": (end, False),
        "left": (True, False),
        "right": (False, False),
    }
    first = best[side]
    return [
        first,
        *(place for place in ((end, True), (end, False), (not end, False), (not end, True)) if place != first),
    ]


def _fitting(copy: Copy, room: Room, wanted: Side | None, crowding: Measure) -> list[Block] | PictureError:
    sides = copy.shape.sides
    first = [wanted] if wanted in sides else []
    found: list[tuple[float, int, list[Block]]] = []
    problem: PictureError | None = None
    for order, side in enumerate([*first, *(side for side in sides if side not in first)]):
        try:
            blocks = arrange(copy, room, side)
        except PictureError as error:
            problem = problem or error
            continue
        if side == wanted:
            return blocks
        found.append((crowding(blocks[0].edges), order, blocks))
    if found:
        return min(found, key=lambda one: one[:2])[2]
    assert problem is not None  # noqa: S101 - a shape has at least one side
    return problem
