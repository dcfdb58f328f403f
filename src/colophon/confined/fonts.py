"""Fonts in the confined child: the shipped ones and a brand's own, which characters they have, and the first that has
all of a text's."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont, features

from colophon.errors import PictureError

_EAST_ASIAN = {"ja", "zh", "ko"}
_MOST_NAMED = 12
_MOST_LENGTHS = 5000
_MOST_SIZES = 64
_SHIPPED = {
    "regular": "ColophonSans-Regular.ttf",
    "bold": "ColophonSans-Bold.ttf",
    "cjk": "ColophonSansCJK-Medium.otf",
}


@dataclass(slots=True)
class Face:
    """One font file; ``characters`` are the code points it has a glyph for."""

    name: str
    content: bytes
    weight: str
    characters: frozenset[int]
    _sized: dict[int, ImageFont.FreeTypeFont] = field(default_factory=dict)
    _lengths: dict[tuple[str, str, str, int], float] = field(default_factory=dict)

    def sized(self, size: int) -> ImageFont.FreeTypeFont:
        """Raises `PictureError` when the file cannot be used."""
        if size not in self._sized:
            if len(self._sized) >= _MOST_SIZES:
                self._sized.clear()
            try:
                stream = io.BytesIO(self.content)
                self._sized[size] = ImageFont.truetype(stream, size, layout_engine=ImageFont.Layout.RAQM)
            except (OSError, ValueError) as error:
                raise _unusable(str(error)) from error
        return self._sized[size]

    def length(self, text: str, size: int, direction: str, language: str) -> float:
        """How far the pen moves in pixels; kept, since the parts of a text are measured again at every width."""
        key = (text, direction, language, size)
        if key not in self._lengths:
            if len(self._lengths) >= _MOST_LENGTHS:
                self._lengths.clear()
            self._lengths[key] = self.sized(size).getlength(text, direction=direction, language=language)
        return self._lengths[key]

    def lacks(self, text: str) -> list[str]:
        """The characters of a text it has nothing to draw with, each once."""
        return [c for c in dict.fromkeys(text) if _drawn(c) and ord(c) not in self.characters]


def require_shaping() -> None:
    """Without Raqm, letters of Arabic would not join and bidirectional lines come out in the wrong order. Raises
    `PictureError`: no words are better than wrong ones."""
    if not features.check_feature("raqm"):
        raise PictureError(
            "words cannot be laid on: this Pillow was built without Raqm, which shapes and orders them",
            reason="shaping",
        )


def open_face(content: bytes, weight: str = "regular") -> Face:
    """Of a file nobody has looked into. Raises `PictureError`."""
    try:
        with TTFont(io.BytesIO(content), lazy=True, fontNumber=0) as font:
            name = str(font["name"].getDebugName(4) or "a font without a name")[:100]
            known = frozenset((font.getBestCmap() or {}).keys())
    except (TTLibError, KeyError, ValueError, OSError, AttributeError) as error:
        raise _unusable(str(error)[:100]) from error
    if not known:
        raise _unusable("it says of no character which glyph is its")
    face = Face(name, content, weight, known)
    face.sized(20).getlength("a")
    return face


def shipped(language: str) -> list[Face]:
    """The fonts of this package, in the order they are tried for a language."""
    western, eastern = [_shipped("regular"), _shipped("bold")], [_shipped("cjk")]
    return eastern + western if language.partition("-")[0] in _EAST_ASIAN else western + eastern


def face_for(text: str, weight: str, own: Sequence[Face], language: str) -> Face:
    """The first font that has every character: of the brand's those of this weight, then its others, then the shipped
    ones in the same way. A text is set in one font: two in a line seldom go together. Raises `PictureError` with
    reason ``missing_glyphs`` that names the characters and the font that comes nearest."""
    by_weight = [sorted(faces, key=lambda face: face.weight != weight) for faces in (own, shipped(language))]
    faces = [face for group in by_weight for face in group]
    for face in faces:
        if not face.lacks(text):
            return face
    nearest = min(faces, key=lambda face: len(face.lacks(text)))
    missing = nearest.lacks(text)
    named = ", ".join(f"{c} (U+{ord(c):04X})" for c in missing[:_MOST_NAMED])
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    raise PictureError(f"no font has {named}{more}; the nearest is {nearest.name}", reason="missing_glyphs")


def _drawn(character: str) -> bool:
    """Whether it takes a glyph: format characters, marks that choose a variant, and white space do not."""
    return not (
        character.isspace() or unicodedata.category(character) in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f"
    )


@lru_cache(maxsize=len(_SHIPPED))
def _shipped(which: str) -> Face:
    content = (files("colophon.data") / "fonts" / _SHIPPED[which]).read_bytes()
    return open_face(content, "bold" if which == "bold" else "regular")


def _unusable(why: str) -> PictureError:
    return PictureError(f"this font cannot be used: {why}", reason="font")
