"""Pictures with a brand's logo in them, as it is or distorted, and without, drawn here: the set by which the check
"logo" is measured. The limits were chosen on four other logos and on other scenes."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from colophon.sandbox.draw import draw
from tests.checks.labelled_pictures import SCENES

_INK = (30, 34, 48, 255)
_NONE = (0, 0, 0, 0)
_SIDE = 512


def _mark(paint: Callable[[ImageDraw.ImageDraw, int], None]) -> Image.Image:
    image = Image.new("RGBA", (800, 800), _NONE)
    paint(ImageDraw.Draw(image), 800)
    return image.resize((400, 400), Image.Resampling.LANCZOS)


def _kite(pen: ImageDraw.ImageDraw, side: int) -> None:
    corners = ((0.5, 0.025), (0.85, 0.4), (0.5, 0.75), (0.15, 0.4))
    pen.polygon([(side * x, side * y) for x, y in corners], fill=_INK)
    pen.line((side / 2, 20, side / 2, side * 0.75), fill=_NONE, width=side // 24)
    pen.line((side * 0.15, side * 0.4, side * 0.85, side * 0.4), fill=_NONE, width=side // 24)
    pen.line((side / 2, side * 0.75, side * 0.65, side * 0.85, side * 0.45, side * 0.96), fill=_INK, width=side // 20)


def _rising(pen: ImageDraw.ImageDraw, side: int) -> None:
    pen.pieslice((side * 0.25, side * 0.3, side * 0.75, side * 0.8), 180, 360, fill=_INK)
    for angle in range(190, 360, 32):
        x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        centre = np.array((side / 2, side * 0.55))
        ends = [tuple(centre + side * reach * np.array((x, y))) for reach in (0.32, 0.46)]
        pen.line((*ends[0], *ends[1]), fill=_INK, width=side // 22)
    for row in range(3):
        edge, top = 0.15 + row * 0.1, 0.62 + row * 0.1
        pen.rectangle((side * edge, side * top, side * (1 - edge), side * (top + 0.04)), fill=_INK)


def wordmark(text: str) -> Image.Image:
    font = ImageFont.load_default(120)
    left, top, right, bottom = map(int, font.getbbox(text))
    image = Image.new("RGBA", (right - left + 20, bottom - top + 20), _NONE)
    ImageDraw.Draw(image).text((10 - left, 10 - top), text, font=font, fill=_INK)
    return image


def _beside(mark: Image.Image, words: Image.Image) -> Image.Image:
    small = mark.resize((words.height * 3 // 2, words.height * 3 // 2))
    both = Image.new("RGBA", (small.width + 20 + words.width, small.height), _NONE)
    both.paste(small, (0, 0))
    both.paste(words, (small.width + 20, (small.height - words.height) // 2))
    return both


LOGOS = {
    "kite": _mark(_kite),
    "rising": _mark(_rising),
    "words": wordmark("Harbour Co"),
    "both": _beside(_mark(_kite), wordmark("citrus")),
}
_OTHER_WORDS = ("Harvest", "Hartmann Co", "circus", "CITY")


def logos_in_pictures(
    seeds: Sequence[int] = (3,), names: Sequence[str] = tuple(LOGOS)
) -> Iterator[tuple[str, str, str, Image.Image]]:
    """Which logo is looked for; "copied", "distorted" or "none"; the kind; and the picture."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for number, name in enumerate(names):
            logo = LOGOS[name]
            scene = draw(SCENES[(number + seed) % len(SCENES)], seed, _SIDE, _SIDE)
            yield name, "none", "a scene", scene
            other = wordmark(_OTHER_WORDS[number])
            yield name, "none", "other words", _laid(scene, other, rng, 0.35)
            stranger = LOGOS["rising" if name in ("kite", "both") else "kite"]
            yield name, "none", "another's logo", _laid(scene, stranger, rng, 0.25)
            yield name, "none", "plain shapes", _laid(scene, _shapes(), rng, 0.3)
            yield name, "copied", "flat", _laid(scene, logo, rng, float(rng.uniform(0.2, 0.45)))
            yield name, "copied", "turned", _laid(scene, logo.rotate(rng.uniform(-12, 12), expand=True), rng, 0.35)
            soft = _laid(scene, logo, rng, 0.35).filter(ImageFilter.GaussianBlur(1.5))
            yield name, "copied", "soft", soft
            yield name, "copied", "faint", _laid(scene, logo, rng, 0.35, opacity=0.45)
            yield name, "copied", "small", _laid(scene, logo, rng, 0.15)
            wide = logo.resize((round(logo.width * 1.35), logo.height))
            yield name, "distorted", "stretched", _laid(scene, wide, rng, 0.35)
            yield name, "distorted", "wavy", _laid(scene, _wavy(logo), rng, 0.35)
            yield name, "distorted", "a part is missing", _laid(scene, _broken(logo, rng), rng, 0.35)
            yield name, "distorted", "on a slant", _laid(scene, _slanted(logo), rng, 0.35)


def _laid(
    scene: Image.Image, logo: Image.Image, rng: np.random.Generator, share: float, *, opacity: float = 1.0
) -> Image.Image:
    """Somewhere on the scene, light on dark or dark on light; ``share`` is of the scene's width."""
    scale = min(share * scene.width / logo.width, 0.5 * scene.height / logo.height)
    small = logo.resize((round(logo.width * scale), max(1, round(logo.height * scale))), Image.Resampling.LANCZOS)
    left, top = (int(rng.integers(0, room + 1)) for room in (scene.width - small.width, scene.height - small.height))
    ground = np.asarray(scene.crop((left, top, left + small.width, top + small.height)).convert("L")).mean()
    ink = Image.new("RGB", small.size, "#F5F4F0" if ground < 128 else "#1E2230")
    laid = scene.copy()
    laid.paste(ink, (left, top), small.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return laid


def _shapes() -> Image.Image:
    image = Image.new("RGBA", (400, 400), _NONE)
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 250, 250), outline=_INK, width=24)
    pen.polygon([(240, 390), (390, 390), (320, 240)], fill=_INK)
    pen.rectangle((40, 290, 180, 380), fill=_INK)
    return image


def _wavy(logo: Image.Image) -> Image.Image:
    levels = np.asarray(logo)
    height, width = levels.shape[:2]
    reach = int(0.08 * height) + 1
    wide = np.pad(levels, ((reach, reach), (0, 0), (0, 0)))
    shifts = (reach * np.sin(np.arange(width) / width * 3 * np.pi)).astype(int)
    return Image.fromarray(np.stack([np.roll(wide[:, x], shift, axis=0) for x, shift in enumerate(shifts)], axis=1))


def _broken(logo: Image.Image, rng: np.random.Generator) -> Image.Image:
    levels = np.array(logo)
    start = int(rng.integers(0, int(levels.shape[1] * 0.7)))
    levels[:, start : start + int(levels.shape[1] * 0.3)] = 0
    return Image.fromarray(levels)


def _slanted(logo: Image.Image) -> Image.Image:
    width, height = logo.size
    corners = (0, 0, 0, height, width, height * 1.25, width, -height * 0.25)
    return logo.transform((width, height), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
