"""The crop of a picture for a placement, by where its subject is. Arithmetic on fractions, so nothing depends on the
machine; the placement's shape, its safe area and the picture's edges are all that is known of pixels."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from colophon.domain.placement import SafeArea
from colophon.domain.rendition import crop_box
from colophon.domain.subject import Box, Subject

# How much closer than the largest box a crop may go to bring a subject out from under a channel's controls. A house
# rule: beyond it, a placement would show another picture than its neighbours.
CLOSEST = Fraction(3, 2)
_OPEN = SafeArea(0, 0, 0, 0)
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Target:
    """The size of a placement in pixels, and what the channel covers of it."""

    width: int
    height: int
    safe: SafeArea | None = None


def crop_for(width: int, height: int, target: Target, subject: Subject | None) -> Box:
    """The box to cut out of ``width`` x ``height`` pixels: of the target's shape to within a pixel, inside the picture.

    Without a subject the largest box, centred. With one, the largest box that has the whole subject clear of the safe
    area; else the focal point clear of it; else the largest there is. A box is made smaller for that by at most
    `CLOSEST`, and never below the target's own pixels. At that size it lies as near to the subject's middle as keeping
    focal point, then subject, in view and clear allows.
    """
    if subject is None:
        return crop_box(width, height, target.width, target.height)
    across, down = _axes(width, height, target, subject)
    scale = _scale(across, down)
    kept = [max(1, min(axis.side, round(scale * axis.target))) for axis in (across, down)]
    return Box(across.start(kept[0], scale), down.start(kept[1], scale), kept[0], kept[1])


def enlargement(box: Box, width: int, height: int) -> float:
    """How many times as many pixels a side the file has as what it is cut from; over 1, pixels are made up."""
    return max(width / box.width, height / box.height)


def clear_of(box: Box, target: Target) -> Box:
    """The part of a crop that the channel leaves uncovered, in pixels of the picture it is cut from."""
    safe, across, down = target.safe or _OPEN, box.width / target.width, box.height / target.height
    left, top = round(safe.left * across), round(safe.top * down)
    right, bottom = round(safe.right * across), round(safe.bottom * down)
    return Box(box.left + left, box.top + top, box.width - left - right, box.height - top - bottom)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One direction: ``side`` pixels of picture, ``target`` of placement, of which ``before`` and ``after`` are
    covered; ``whole`` is where the subject begins and ends, ``focus`` where its focal pixel does."""

    side: int
    target: int
    before: int
    after: int
    whole: _Span
    focus: _Span

    @property
    def widest(self) -> Fraction:
        """Picture pixels for each pixel of the placement when the box spans the whole side."""
        return Fraction(self.side, self.target)

    def clear(self, span: _Span) -> Fraction:
        """The largest scale at which a box inside the picture can have the span's ends clear of what is covered."""
        limits = [self.widest]
        if self.before:
            limits.append(Fraction(span[0], self.before))
        if self.after:
            limits.append(Fraction(self.side - span[1], self.after))
        return min(limits)

    def holds(self, span: _Span, scale: Fraction) -> bool:
        return span[1] - span[0] <= scale * (self.target - self.before - self.after)

    def start(self, length: int, scale: Fraction) -> int:
        """Where a box of ``length`` begins."""
        before, after = scale * self.before, scale * self.after
        low, high = 0, self.side - length
        for span, margins in (
            (self.focus, (0, 0)),
            (self.focus, (before, after)),
            (self.whole, (0, 0)),
            (self.whole, (before, after)),
        ):
            least, most = ceil(span[1] - (length - margins[1])), floor(span[0] - margins[0])
            if max(low, least) <= min(high, most):
                low, high = max(low, least), min(high, most)
        aim = self.whole if self.whole[1] - self.whole[0] <= length else self.focus
        centred = Fraction(sum(aim), 2) - before - (length - before - after) / 2
        return min(max(round(centred), low), high)


def _axes(width: int, height: int, target: Target, subject: Subject) -> tuple[_Axis, _Axis]:
    safe, box, focus = target.safe or _OPEN, subject.box, subject.focus
    return (
        _Axis(width, target.width, safe.left, safe.right, (box.left, box.right), (focus.x, focus.x + 1)),
        _Axis(height, target.height, safe.top, safe.bottom, (box.top, box.bottom), (focus.y, focus.y + 1)),
    )


def _scale(across: _Axis, down: _Axis) -> Fraction:
    """Picture pixels for each pixel of the placement."""
    widest = min(across.widest, down.widest)
    closest = max(widest / CLOSEST, min(widest, Fraction(1)))
    for spans in ((across.whole, down.whole), (across.focus, down.focus)):
        scale = min(across.clear(spans[0]), down.clear(spans[1]))
        if scale >= closest and across.holds(spans[0], scale) and down.holds(spans[1], scale):
            return scale
    return widest
