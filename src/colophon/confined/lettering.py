"""Laying words, button, logo and label on a picture in the confined child: their room, their letters, their places."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from colophon.confined.arranging import Block, Copy, Part, Room
from colophon.confined.contrast import Edges
from colophon.confined.drawing import Sheet
from colophon.confined.fonts import Face, face_for, open_face, require_shaping
from colophon.confined.sides import corner, freest
from colophon.confined.typesetting import Hand
from colophon.domain.lettering import Laid, Lettering, Slot
from colophon.domain.subject import Box
from colophon.errors import PictureError

_LABEL = 0.024  # the usual size of a label's letters, of the picture's shorter side
_LEAST_LABEL = 9  # pixels
_SAFE_EDGE = 0.03  # of the shorter side, kept free where the template says nothing


def lay_on(
    picture: Image.Image,
    lettering: Lettering,
    safe: Sequence[int] | None,
    subject: Box | None,
    files: Mapping[str, bytes],
    logos: Sequence[Image.Image],
) -> tuple[Image.Image, list[Laid]]:
    """The picture (RGB) with everything on it, and what that was. ``safe`` are the pixels a channel covers at the top,
    right, bottom and left; ``subject`` is what should stay in view; ``files`` are the brand's fonts by digest. Raises
    `PictureError`: ``missing_glyphs``, ``does_not_fit``, ``shaping``, ``font``."""
    require_shaping()
    own = [open_face(files[font.sha256], font.weight) for font in lettering.fonts]
    room = _room(picture, lettering, safe)
    sheet = Sheet(picture.copy(), lettering.inks, [])
    pill = _pill(lettering, room, own)
    blocks: list[Block] = []
    if lettering.texts and lettering.shape is not None:
        copy = _copy(lettering, own, logos)
        kept = Room(room.width, room.height, room.clear, pill.size if pill else (0, 0))
        blocks = freest(copy, kept, lettering.side, lambda edges: _crowding(picture, edges, subject))
        for block in blocks:
            sheet.lay(block, logos)
    if pill is not None:
        sheet.lay_label(_placed(pill, blocks, room, lettering.right_to_left))
    return sheet.picture, sheet.laid


def _room(picture: Image.Image, lettering: Lettering, safe: Sequence[int] | None) -> Room:
    top, right, bottom, left = safe or (0, 0, 0, 0)
    share = lettering.shape.margin if lettering.shape else _SAFE_EDGE
    margin = max(4, round(share * min(picture.size)))
    clear = (
        max(left, margin),
        max(top, margin),
        picture.width - max(right, margin),
        picture.height - max(bottom, margin),
    )
    if clear[2] - clear[0] < 1 or clear[3] - clear[1] < 1:
        raise PictureError("the safe area leaves no room for words", reason="does_not_fit")
    return Room(picture.width, picture.height, clear)


def _copy(lettering: Lettering, own: Sequence[Face], logos: Sequence[Image.Image]) -> Copy:
    assert lettering.shape is not None  # noqa: S101 - asked before
    faces = {}
    for slot, text in lettering.texts:
        scale = getattr(lettering.shape, slot.value, None)
        if scale is not None:
            faces[slot] = _face(slot, text, scale.weight, own, lettering.language)
    return Copy(
        lettering.shape,
        dict(lettering.texts),
        faces,
        lettering.language,
        lettering.right_to_left,
        max((logo.width / logo.height for logo in logos), default=None),
    )


def _face(slot: Slot, text: str, weight: str, own: Sequence[Face], language: str) -> Face:
    try:
        return face_for(text, weight, own, language)
    except PictureError as error:
        raise PictureError(f"{slot.value}: {error.message}", reason=error.reason) from error


def _crowding(picture: Image.Image, edges: Edges, subject: Box | None) -> float:
    """How much goes on where words would stand: the mean step between neighbouring grey levels, 0 to 255, and how
    much of the subject they would cover, which counts for more."""
    grey = np.asarray(picture.crop(edges).convert("L"), dtype=np.int16)
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1) if grey.shape[axis] > 1]
    left, top, right, bottom = edges
    covered = subject.shared(Box(left, top, right - left, bottom - top)) if subject else 0.0
    return float(sum(steps)) + 100 * covered


def _pill(lettering: Lettering, room: Room, own: Sequence[Face]) -> Part | None:
    """The label at (0, 0): its full words where they take at most half of the width, else the short ones."""
    if lettering.label is None:
        return None
    size = max(round(max(_LABEL, lettering.label.share) * room.short), _LEAST_LABEL)
    left, top, right, bottom = room.clear
    row = lettering.shape is not None and lettering.shape.arrangement == "row" and bool(lettering.texts)
    most = (right - left) * (0.2 if row else 0.5)
    for words, width in [*((word, most) for word in lettering.label.words), (lettering.label.words[-1], right - left)]:
        rtl = lettering.right_to_left
        face = _face(Slot.LABEL, words, "regular", own, lettering.language)
        text = Hand(face, size, lettering.language, rtl, 1.2).set(words, room.width, 1)
        around = max(3, round(size * 0.5)), max(2, round(size * 0.4))
        if text is not None and text.width + 2 * around[0] <= width:
            height = max(text.height, round(size * 0.72)) + 2 * around[1]
            if height > bottom - top:
                around = around[0], max(0, (bottom - top - text.height) // 2)
                height = text.height + 2 * around[1]
            if height <= bottom - top:
                return Part(Slot.LABEL, (0, 0, text.width + 2 * around[0], height), text)
    raise PictureError(f"the AI label does not fit {room.width}x{room.height} pixels", reason="does_not_fit")


def _placed(pill: Part, blocks: Sequence[Block], room: Room, right_to_left: bool) -> Part:
    """In the first corner where it covers no words."""
    left, top, right, bottom = room.clear
    for at_right, at_bottom in corner(blocks, right_to_left):
        placed = pill.moved(right - pill.size[0] if at_right else left, bottom - pill.size[1] if at_bottom else top)
        if not any(_meet(placed.edges, part.edges) for block in blocks for part in block.parts):
            return placed
    raise PictureError("the words leave no corner for the AI label", reason="does_not_fit")


def _meet(one: Edges, other: Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
