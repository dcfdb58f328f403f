"""The confined child's door to lettering: letterings as they come over the wire, with the brand's files opened once."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from colophon.confined.decode import decode, to_srgb, upright
from colophon.domain.lettering import Laid, Lettering
from colophon.domain.subject import Box

WORDS_TROUBLE = frozenset(("missing_glyphs", "does_not_fit", "shaping", "font", "contrast"))
"""Reasons why one rendition goes without its words, and so is not made."""


class LetteringDesk:
    """``files`` are the brand's fonts and logos by digest. The libraries of lettering are imported when first wanted:
    most children never need them."""

    def __init__(self, files: Mapping[str, bytes], max_pixels: int) -> None:
        self._files = files
        self._max_pixels = max_pixels
        self._logos: dict[str, Image.Image] = {}
        self._one_at_a_time = threading.Lock()  # files of one picture are made by two threads; a font face serves one

    def lay_on(self, picture: Image.Image, wanted: Mapping[str, Any]) -> tuple[Image.Image, list[Laid]]:
        """Raises `PictureError`, with one of `WORDS_TROUBLE` where words are what is wrong."""
        from colophon.confined.lettering import lay_on

        what = Lettering.model_validate(wanted["what"])
        subject = Box(*wanted["subject"]) if wanted["subject"] else None
        with self._one_at_a_time:
            logos = [self._logo(digest) for digest in what.logos]
            return lay_on(picture, what, wanted["safe"], subject, self._files, logos)

    def _logo(self, digest: str) -> Image.Image:
        """Upright, in sRGB, with transparency, and cut to what is seen of it."""
        if digest not in self._logos:
            _, stored = decode(self._files[digest], self._max_pixels)
            logo = to_srgb(upright(stored))[0].convert("RGBA")
            seen = logo.getchannel("A").getbbox()
            self._logos[digest] = logo.crop(seen) if seen else logo
        return self._logos[digest]


def check_font(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The name of the font in ``blobs[0]``, and how many characters it has. Raises `PictureError`."""
    from colophon.confined.fonts import open_face

    face = open_face(blobs[0])
    return {"name": face.name, "characters": len(face.characters)}, []
