"""Drawing words, button, logo and label at their places on a picture, each read on whatever lies under it."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from colophon.confined.arranging import Block, Part
from colophon.confined.contrast import Edges, against, luminances, needed_cover, worst_contrast
from colophon.confined.typesetting import Set
from colophon.domain.lettering import LEAST_CONTRAST, Inks, Laid, Slot, luminance
from colophon.errors import PictureError

_AIM = 4.8  # what a ground is made to reach, so that encoding leaves it above the least
_AGAINST_NATURE = 0.35  # a light haze over a dark picture is worth this much less darkening
_APART = 3.0  # contrast of a button or logo to its ground (WCAG 2.2, 1.4.11)
_FINE = 4  # steps a pixel in which round corners are drawn


class Sheet:
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
