"""Laying words, button, logo and label on a picture in the confined child: read on any ground, by measurement."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from colophon.confined.arranging import Block, Copy, Part, Room, corner, freest
from colophon.confined.contrast import Edges, against, luminances, needed_cover, worst_contrast
from colophon.confined.fonts import Face, face_for, open_face, require_shaping
from colophon.confined.typesetting import Hand, Set
from colophon.domain.lettering import LEAST_CONTRAST, Inks, Laid, Lettering, Slot, luminance
from colophon.domain.subject import Box
from colophon.errors import PictureError

_AIM = 4.8  # what a ground is made to reach, so that encoding leaves it above the least
_AGAINST_NATURE = 0.35  # a light haze over a dark picture is worth this much less darkening
_APART = 3.0  # contrast of a button or logo to its ground (WCAG 2.2, 1.4.11)
_FINE = 4  # steps a pixel in which round corners are drawn
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
    sheet = _Sheet(picture.copy(), lettering.inks, [])
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


class _Sheet:
    """The picture while it is being worked on, and what is on it."""

    def __init__(self, picture: Image.Image, inks: Inks, laid: list[Laid]) -> None:
        self.picture, self.laid = picture, laid
        self._inks = inks
        self._ink: str | None = None

    def lay(self, block: Block, logos: Sequence[Image.Image]) -> None:
        ink, cover, share = self._ground(_padded(block.edges, self._pad, self.picture))
        if share:
            self._shade(block, cover, share)
        for part in block.parts:
            if part.slot is Slot.LOGO:
                self._logo(part, logos)
            elif part.slot is Slot.CALL_TO_ACTION:
                self._button(part, ink, share)
            elif part.words is not None:
                x, y = part.edges[:2]
                self._words(part, part.words, x, y, ink, share)

    def lay_label(self, part: Part) -> None:
        """On a plate of its own, so that it is read wherever it lies."""
        assert part.words is not None  # noqa: S101 - a label is words
        ink, cover = self._inks.light, self._inks.dark
        found = needed_cover(ink, cover, self.picture, part.edges, _AIM)
        share = max(0.6, 1.0 if found is None else found)
        self._plate(part.edges, cover, share, min(part.size) * 0.3)
        self._centred(part, part.words, ink, share)

    @property
    def _pad(self) -> int:
        return max(2, round(min(self.picture.size) * 0.012))

    def _ground(self, edges: Edges) -> tuple[str, str, float]:
        """The ink, and how much of which colour has to lie under it: light ink on what is dark and dark ink on what is
        light, unless the other way needs much less."""
        light, dark = self._inks.light, self._inks.dark
        mean = float(luminances(np.asarray(self.picture.crop(edges))).mean())
        natural = self._ink or max((light, dark), key=lambda ink: _ratio(luminance(ink), mean))
        found = []
        for ink, cover in ((light, dark), (dark, light)):
            if worst_contrast(ink, self.picture, edges) >= _AIM:
                found.append((0.0, ink, cover))
            elif (share := needed_cover(ink, cover, self.picture, edges, _AIM)) is not None:
                found.append((share, ink, cover))
        if not found:
            raise PictureError("light and dark of the palette are too alike for words", reason="does_not_fit")
        share, ink, cover = min(found, key=lambda one: one[0] + (_AGAINST_NATURE if one[1] != natural else 0.0))
        self._ink = ink  # a second block looks like the first where it can
        return ink, cover, share

    def _shade(self, block: Block, cover: str, share: float) -> None:
        """From the picture's edge to a little beyond the words, then fading out."""
        left, top, right, bottom = _padded(block.edges, self._pad, self.picture)
        width, height = self.picture.size
        length, reach, fade = {
            "top": (height, bottom, bottom - top),
            "bottom": (height, height - top, bottom - top),
            "left": (width, right, right - left),
            "right": (width, width - left, right - left),
        }[block.side]
        strip = _falling(length, reach, max(1, round(fade * 0.6))) * share
        if block.side in ("bottom", "right"):
            strip = strip[::-1]
        levels = np.rint(strip * 255).astype(np.uint8)
        # Rounded up under the words: they were promised at least this much.
        mask = levels[:, None] if block.side in ("top", "bottom") else levels[None, :]
        shade = Image.fromarray(np.ascontiguousarray(np.broadcast_to(mask, (height, width))))
        self.picture.paste(Image.new("RGB", self.picture.size, cover), (0, 0), shade)

    def _words(self, part: Part, words: Set, x: int, y: int, ink: str, share: float) -> None:
        """Its first line's highest ink at ``y``, flush with the side its writing starts from."""
        box = (x, y, x + words.width, y + words.height)
        contrast = worst_contrast(ink, self.picture, _padded(box, 1, self.picture))
        draw = ImageDraw.Draw(self.picture)
        base = y - words.lines[0].top
        for line in words.lines:
            start = x - line.left if not words.right_to_left else x + words.width - line.right
            draw.text(
                (start, base),
                line.text,
                font=words.face.sized(words.size),
                fill=ink,
                anchor="ls",
                direction="rtl" if words.right_to_left else "ltr",
                language=words.language,
            )
            base += words.step
        if contrast < LEAST_CONTRAST:
            raise PictureError(f"{part.slot.value} would stand at {contrast:.2f} : 1", reason="contrast")
        self._note(part, words, contrast, share)

    def _centred(self, part: Part, words: Set, ink: str, share: float) -> None:
        left, top, right, bottom = part.edges
        x, y = left + (right - left - words.width) // 2, top + (bottom - top - words.height) // 2
        self._words(part, words, x, y, ink, share)

    def _button(self, part: Part, ink: str, share: float) -> None:
        assert part.words is not None  # noqa: S101 - a button is words
        around = luminances(np.asarray(self.picture.crop(part.edges)))
        low, high = float(around.min()), float(around.max())
        colours = [*self._inks.accents, ink]
        fill = next((c for c in colours if against(luminance(c), low, high) >= _APART), ink)
        self._plate(part.edges, fill, 1.0, min(part.size) * 0.22)
        light, dark = self._inks.light, self._inks.dark
        words = max((light, dark), key=lambda one: _contrast(one, fill))
        if _contrast(words, fill) < LEAST_CONTRAST:  # pure white or black reaches 4.58 on any colour
            words = max(("#FFFFFF", "#000000"), key=lambda one: _contrast(one, fill))
        self._centred(part, part.words, words, share)

    def _logo(self, part: Part, logos: Sequence[Image.Image]) -> None:
        """Of several the one that stands out best; on a plate where none does."""
        ground = float(luminances(np.asarray(self.picture.crop(part.edges))).mean())
        tone = {id(logo): _tone(logo) for logo in logos}
        best = max(logos, key=lambda logo: against(tone[id(logo)], ground, ground))
        shown = against(tone[id(best)], ground, ground)
        if shown < _APART:
            plate = max((self._inks.light, self._inks.dark), key=lambda c: _ratio(luminance(c), tone[id(best)]))
            clear = max(2, round(part.size[1] * 0.15))
            self._plate(_padded(part.edges, clear, self.picture), plate, 1.0, clear)
            shown = _ratio(luminance(plate), tone[id(best)])
        width, height = part.size
        scale = min(width / best.width, height / best.height)
        size = max(1, round(best.width * scale)), max(1, round(best.height * scale))
        small = best.resize(size, Image.Resampling.LANCZOS)
        left, top = part.edges[0], part.edges[1] + (height - size[1]) // 2
        self.picture.paste(small.convert("RGB"), (left, top), small.getchannel("A"))
        self._note(part, None, min(21.0, shown), 0.0)

    def _plate(self, edges: Edges, colour: str, share: float, radius: float) -> None:
        left, top, right, bottom = edges
        size = (right - left) * _FINE, (bottom - top) * _FINE
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * _FINE, fill=255)
        mask = mask.resize((right - left, bottom - top), Image.Resampling.BOX)
        self.picture.paste(Image.new("RGB", mask.size, colour), (left, top), mask.point(lambda v: round(v * share)))

    def _note(self, part: Part, words: Set | None, contrast: float, share: float) -> None:
        left, top, right, bottom = part.edges
        self.laid.append(
            Laid(
                slot=part.slot,
                box=(left, top, right - left, bottom - top),
                size=words.size if words else 0,
                lines=len(words.lines) if words else 0,
                font=words.face.name if words else "",
                contrast=round(contrast, 2),
                ground=share,
            )
        )


def _falling(length: int, reach: int, fade: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """1 up to ``reach``, then smoothly to 0 over ``fade`` pixels."""
    place = np.clip((np.arange(length) - reach) / fade, 0.0, 1.0)
    return 1 - place * place * (3 - 2 * place)


def _padded(edges: Edges, pad: int, picture: Image.Image) -> Edges:
    left, top, right, bottom = edges
    return max(0, left - pad), max(0, top - pad), min(picture.width, right + pad), min(picture.height, bottom + pad)


def _tone(logo: Image.Image) -> float:
    """Mean luminance of what is seen of it."""
    pixels = np.asarray(logo)
    seen = pixels[..., 3] > 127
    return float(luminances(pixels[..., :3][seen]).mean()) if seen.any() else 0.0


def _ratio(one: float, other: float) -> float:
    return against(one, other, other)


def _contrast(one: str, other: str) -> float:
    return _ratio(luminance(one), luminance(other))
