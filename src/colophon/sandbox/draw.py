"""Drawing a picture as a pure function of prompt, seed, size and references."""

import hashlib
import io
import random
import re
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from colophon.sandbox import architecture, botanical, landscape, still_life
from colophon.sandbox.canvas import Canvas
from colophon.sandbox.palette import Palette, palette_for

Painter = Callable[[Canvas, Palette, random.Random, str], None]

_FAMILIES: tuple[tuple[Painter, frozenset[str]], ...] = (
    (still_life.paint, still_life.WORDS),
    (landscape.paint, landscape.WORDS),
    (architecture.paint, architecture.WORDS),
    (botanical.paint, botanical.WORDS),
)
_CAPTION_SIDE = 160  # smaller pictures have no room for words
_CAPTION_LETTERS = 64
_CALM = re.compile(r"\bthe (upper|lower|left|right) third stays calm\b")
_VEIL = 185  # of 255


def draw(prompt: str, seed: int, width: int, height: int, references: Sequence[bytes] = ()) -> Image.Image:
    """The picture of this order, RGB, ``width`` x ``height`` pixels. Equal arguments give equal pixels; nothing but
    the arguments is used. ``references`` are encoded pictures: they lend colours and are shown as small prints."""
    digest = _digest(prompt, seed, references)
    rng = random.Random(digest)  # noqa: S311 - a picture, not a secret
    palette = palette_for(prompt, references, rng)
    canvas = Canvas(width, height, palette.ground)
    _painter(prompt, rng)(canvas, palette, rng, prompt)
    _calm(canvas, prompt)
    _prints(canvas, references, rng)
    canvas.vignette(rng.uniform(0.18, 0.34))
    canvas.grain(digest & 0xFFFFFFFF)
    if min(width, height) >= _CAPTION_SIDE:
        _caption(canvas.image, prompt, seed)
    return canvas.image


def _digest(prompt: str, seed: int, references: Sequence[bytes]) -> int:
    parts = [prompt.encode("utf-8", "surrogatepass"), str(seed).encode(), *references]
    return int.from_bytes(hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest())


def _painter(prompt: str, rng: random.Random) -> Painter:
    """The family whose words the prompt has most of, the earliest word deciding a tie; else any."""
    words = re.findall(r"[a-z]+", prompt.lower())
    scores = [sum(word.removesuffix("s") in known or word in known for word in words) for _, known in _FAMILIES]
    if not any(scores):
        return rng.choice(_FAMILIES)[0]
    return _FAMILIES[scores.index(max(scores))][0]


def _calm(canvas: Canvas, prompt: str) -> None:
    """The third that a prompt asks to stay calm, under a veil of its own tone: models leave room when asked."""
    asked = _CALM.search(prompt)
    if asked is None:
        return
    width, height = canvas.width, canvas.height
    box = {
        "upper": (0, 0, width, height // 3),
        "lower": (0, height - height // 3, width, height),
        "left": (0, 0, width // 3, height),
        "right": (width - width // 3, 0, width, height),
    }[asked[1]]
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rectangle(box, fill=_VEIL)
    tone = canvas.image.crop(box).resize((1, 1), Image.Resampling.BOX).resize((width, height))
    canvas.image.paste(tone, (0, 0), mask.filter(ImageFilter.GaussianBlur(max(1, canvas.unit // 60))))


def _prints(canvas: Canvas, references: Sequence[bytes], rng: random.Random) -> None:
    """Each reference as a small print with a white border, along the upper edge."""
    side = max(8, canvas.unit // 32)
    gap = max(2, side // 8)
    from_right = rng.random() < 0.5
    for place, content in enumerate(references):
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as picture:
            picture.draft("RGB", (side, side))
            small = ImageOps.fit(picture.convert("RGB"), (side, side))
        offset = gap + place * (side + 2 * gap)
        x = canvas.width - offset - side - gap if from_right else offset + gap
        canvas.image.paste(ImageOps.expand(small, border=max(1, gap // 2), fill=(250, 248, 244)), (x, 2 * gap))


def _caption(image: Image.Image, prompt: str, seed: int) -> None:
    """The first words of the order, small, in the lower left corner: so one sees what was asked."""
    words = " ".join("".join(c if c.isprintable() else " " for c in prompt[:400]).split())
    size = max(9, min(image.size) // 34)
    letters = min(_CAPTION_LETTERS, int(image.width / (0.55 * size)) - 24)  # beside them: dots and the seed
    text = words if len(words) <= letters else words[: max(1, letters)].rsplit(" ", 1)[0] + " ..."
    font = ImageFont.load_default(size)
    at = (size * 1.4, image.height - size * 2.6)
    corner = image.crop((0, image.height - 4 * size, image.width // 2, image.height)).resize((1, 1)).convert("L")
    fill = (30, 26, 28) if corner.tobytes()[0] > 140 else (246, 242, 236)
    ImageDraw.Draw(image).text(at, f"{text}  -  seed {seed}", font=font, fill=fill)
