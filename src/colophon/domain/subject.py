"""Where the subject of a picture is: boxes and points, found by the imaging process or said by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the picture it is cut from."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def scaled(self, across: float, down: float) -> "Box":
        """The same box in a picture so many times as wide and high."""
        left, top = round(self.left * across), round(self.top * down)
        width, height = round(self.width * across), round(self.height * down)
        return Box(left, top, max(1, width), max(1, height))

    def shared(self, other: "Box") -> float:
        """The share of this box (0 to 1) that lies inside the other."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height) / (self.width * self.height)


@dataclass(frozen=True, slots=True)
class Point:
    """A pixel of a picture, counted from its upper left corner."""

    x: int
    y: int

    def inside(self, width: int, height: int) -> bool:
        return 0 <= self.x < width and 0 <= self.y < height


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a picture of any size: fractions (0 to 1) of its width and height, from the upper left corner."""

    x: float
    y: float

    def on(self, width: int, height: int) -> Point:
        return Point(min(int(self.x * width), width - 1), min(int(self.y * height), height - 1))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a picture is of: the box around it, and the point in it that every crop should have."""

    box: Box
    focus: Point

    def seen_in(self, crop: Box) -> Box:
        """The part of its box that a crop shows, in pixels of the crop; its focal pixel where it shows none."""
        left, top = max(self.box.left, crop.left), max(self.box.top, crop.top)
        right, bottom = min(self.box.right, crop.right), min(self.box.bottom, crop.bottom)
        if right <= left or bottom <= top:
            left, top, right, bottom = self.focus.x, self.focus.y, self.focus.x + 1, self.focus.y + 1
        return Box(left - crop.left, top - crop.top, right - left, bottom - top)

    @classmethod
    def at(cls, point: Point) -> Self:
        """Nothing but a point, which is what a person gives."""
        return cls(Box(point.x, point.y, 1, 1), point)


@dataclass(frozen=True, slots=True)
class FocusChoice:
    """A person's word on where the focal point of an asset is. ``point`` None: take back what was said before."""

    id: str
    asset: str
    point: Point | None
    by: str
    at: datetime
