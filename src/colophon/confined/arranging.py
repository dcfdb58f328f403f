"""Where the parts of a layout go in a picture: sizes chosen so that all fits, boxes in pixels; nothing is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from colophon.confined.contrast import Edges
from colophon.confined.fonts import Face
from colophon.confined.typesetting import Hand, Set
from colophon.domain.lettering import Slot
from colophon.domain.template import Shape, Side, TypeScale
from colophon.errors import PictureError

_STEPS = 12  # type sizes tried between the largest and the smallest
_WORDS = (Slot.HEADLINE, Slot.SUBLINE, Slot.CALL_TO_ACTION, Slot.LEGAL)
_APART = {Slot.SUBLINE: 0.7, Slot.CALL_TO_ACTION: 1.3, Slot.LEGAL: 1.3, Slot.HEADLINE: 0.0, Slot.LOGO: 0.0}
_BUTTON_SIDE, _BUTTON_END = 1.0, 0.62  # of its type size, from the words to the button's edges
_LOGO_CLEAR = 0.5  # of its height, kept free around it


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the layout at its place. ``words`` None: a logo."""

    slot: Slot
    edges: Edges
    words: Set | None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.edges[2] - self.edges[0], self.edges[3] - self.edges[1]

    def moved(self, x: int, y: int) -> "Part":
        left, top, right, bottom = self.edges
        return replace(self, edges=(left + x, top + y, right + x, bottom + y))


@dataclass(frozen=True, slots=True)
class Block:
    """Parts that stand together at one side of the picture."""

    side: Side
    parts: tuple[Part, ...]

    @property
    def edges(self) -> Edges:
        lefts, tops, rights, bottoms = zip(*(part.edges for part in self.parts), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True, slots=True)
class Room:
    """A picture's size and the part of it that is clear of edges and of what the channel covers; ``label`` are the
    width and height kept for a label, in the corner away from the words."""

    width: int
    height: int
    clear: Edges
    label: tuple[int, int] = (0, 0)

    @property
    def short(self) -> int:
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Copy:
    """The words with the font of each, and the widest logo's width over height; None: there is none."""

    shape: Shape
    texts: Mapping[Slot, str]
    faces: Mapping[Slot, Face]
    language: str
    right_to_left: bool
    logo: float | None = None

    def scale(self, slot: Slot) -> TypeScale | None:
        found: TypeScale | None = getattr(self.shape, slot.value)
        return found

    def without(self, spared: Sequence[str]) -> "Copy":
        texts = {slot: text for slot, text in self.texts.items() if slot.value not in spared}
        return replace(self, texts=texts, logo=None if Slot.LOGO.value in spared else self.logo)

    @property
    def wanted(self) -> list[Slot]:
        return [slot for slot in _WORDS if slot in self.texts and self.scale(slot) is not None]


def arrange(copy: Copy, room: Room, side: Side) -> list[Block]:
    """The largest arrangement that fits at one side. Raises `PictureError` with reason ``does_not_fit``."""
    make = _row if copy.shape.arrangement == "row" else _stack
    for step in range(_STEPS, -1, -1):
        blocks = make(copy, room, side, step / _STEPS)
        if blocks is not None:
            return blocks
    raise PictureError(_too_much(copy, room, side), reason="does_not_fit")


def _hand(copy: Copy, slot: Slot, room: Room, step: float) -> Hand:
    scale = copy.scale(slot)
    assert scale is not None  # noqa: S101 - only wanted slots are set
    share = scale.smallest + (scale.largest - scale.smallest) * step
    size = max(round(share * room.short), scale.least)
    return Hand(copy.faces[slot], size, copy.language, copy.right_to_left, scale.leading)


def _part(copy: Copy, slot: Slot, room: Room, step: float, width: int) -> Part | None:
    """Set at (0, 0), at most ``width`` wide; None: it does not fit."""
    hand, scale = _hand(copy, slot, room, step), copy.scale(slot)
    around = (0, 0)
    if slot is Slot.CALL_TO_ACTION:
        around = round(hand.size * _BUTTON_SIDE), round(hand.size * _BUTTON_END)
    words = hand.set(copy.texts[slot], width - 2 * around[0], scale.lines if scale else 1)
    if words is None:
        return None
    height = max(words.height, round(hand.size * 0.72)) if slot is Slot.CALL_TO_ACTION else words.height
    return Part(slot, (0, 0, words.width + 2 * around[0], height + 2 * around[1]), words)


def _logo(copy: Copy, room: Room) -> Part | None:
    box = copy.shape.logo
    if box is None or copy.logo is None:
        return None
    width, height = box.width * room.width, box.height * room.height
    width, height = min(width, height * copy.logo), min(height, width / copy.logo)
    return Part(Slot.LOGO, (0, 0, max(1, round(width)), max(1, round(height))))


def _gap(above: Part, below: Part) -> int:
    if above.slot is Slot.LOGO:
        return round(above.size[1] * _LOGO_CLEAR * 1.2)
    size = below.words.size if below.words else 0
    return round(size * _APART[below.slot])


def _column(parts: Sequence[Part], width: int, right_to_left: bool) -> tuple[list[Part], int]:
    """Below one another from (0, 0), and their height."""
    placed: list[Part] = []
    y = 0
    for part in parts:
        y += _gap(placed[-1], part) if placed else 0
        placed.append(part.moved(width - part.size[0] if right_to_left else 0, y))
        y += part.size[1]
    return placed, y


def _stack(copy: Copy, room: Room, side: Side, step: float) -> list[Block] | None:
    left, top, right, bottom = room.clear
    beside = side in ("left", "right")
    width = min(right - left, round(copy.shape.share * room.width)) if beside else right - left
    height = bottom - top if beside else round(copy.shape.share * (bottom - top))
    slots = copy.wanted
    foot = [Slot.LEGAL] if side == "top" and Slot.LEGAL in slots and len(slots) > 1 else []
    parts = [_part(copy, slot, room, step, width) for slot in slots if slot not in foot]
    if not all(parts):
        return None
    logo = _logo(copy, room)
    whole = [part for part in (logo, *parts) if part is not None]
    if not whole:
        return None
    used = max(part.size[0] for part in whole)
    column, tall = _column(whole, used, copy.right_to_left)
    if used > width or tall > height:
        return None
    x = left if side == "left" or (not beside and not copy.right_to_left) else right - used
    y = {"top": top, "bottom": bottom - tall}.get(side, top + (bottom - top - tall) // 2)
    body = Block(side, tuple(part.moved(x, y) for part in column))
    if not foot:
        return [body]
    below = _foot(copy, room, step)
    if below is None or below.edges[1] - body.edges[3] < room.short * 0.05:
        return None
    return [body, below]


def _foot(copy: Copy, room: Room, step: float) -> Block | None:
    """The legal line at the bottom of a picture whose words stand at the top, beside the label."""
    left, _, right, bottom = room.clear
    width = right - left - (room.label[0] + round(room.short * 0.03) if room.label[0] else 0)
    part = _part(copy, Slot.LEGAL, room, step, width)
    if part is None:
        return None
    x = right - part.size[0] if copy.right_to_left else left
    return Block("bottom", (part.moved(x, bottom - part.size[1]),))


def _row(copy: Copy, room: Room, side: Side, step: float) -> list[Block] | None:
    """Logo, words below one another, button: beside one another, from the side inwards."""
    left, top, right, bottom = room.clear
    gap = round(room.short * 0.2)
    width = round(copy.shape.share * (right - left)) - (room.label[0] + gap if room.label[0] else 0)
    logo, slots = _logo(copy, room), copy.wanted
    button = _part(copy, Slot.CALL_TO_ACTION, room, step, width) if Slot.CALL_TO_ACTION in slots else None
    if Slot.CALL_TO_ACTION in slots and button is None:
        return None
    beside = [part for part in (logo, button) if part is not None]
    free = width - sum(part.size[0] + gap for part in beside)
    stacked = [slot for slot in slots if slot is not Slot.CALL_TO_ACTION]
    words = [_part(copy, slot, room, step, free) for slot in stacked] if free > 0 else [None]
    if not all(words):
        return None
    set_words = [part for part in words if part is not None]
    used = max((part.size[0] for part in set_words), default=0)
    column, tall = _column(set_words, used, copy.right_to_left)
    if max([tall, *(part.size[1] for part in beside)]) > bottom - top:
        return None
    groups: list[tuple[list[Part], int, int]] = [([logo], *logo.size)] if logo else []
    groups += [(column, used, tall)] if column else []
    groups += [([button], *button.size)] if button else []
    total = sum(wide for _, wide, _ in groups) + gap * (len(groups) - 1)
    if copy.right_to_left:
        groups.reverse()
    x, placed = (left if side == "left" else right - total), []
    for parts, wide, high in groups:
        y = top + (bottom - top - high) // 2
        placed += [part.moved(x, y) for part in parts]
        x += wide + gap
    return [Block(side, tuple(placed))]


def _too_much(copy: Copy, room: Room, side: Side) -> str:
    """Which part is too much, at the smallest type."""
    left, _, right, _ = room.clear
    width = right - left
    if copy.shape.arrangement == "stack" and side in ("left", "right"):
        width = min(width, round(copy.shape.share * room.width))
    where = f"of {room.width}x{room.height} pixels"
    for slot in copy.wanted:
        if _part(copy, slot, room, 0.0, width) is None:
            scale, size = copy.scale(slot), _hand(copy, slot, room, 0.0).size
            lines = scale.lines if scale else 1
            smallest = f"at {size} pixels, the smallest type"
            return f"{slot.value} does not fit {lines} lines of {width} pixels {smallest}, {where}"
    names = ", ".join(slot.value for slot in copy.wanted)
    return f"{names} do not fit together at the smallest type {where}"
