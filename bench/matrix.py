"""Every placement in every width and format from six kinds of originals, and once more with words on them: sizes, caps,
floors, safe areas, colours, memory; and contact sheets for a person to judge.

``BENCH_SHEET`` names the page to write (default ``renditions.html``), ``BENCH_PICTURE`` the picture of it in small
(default ``renditions.jpg``), ``BENCH_KINDS`` the kinds (default all six)."""

import importlib.util
import io
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from bench.contact import Shown, page, picture
from bench.resident import Watch
from colophon import data
from colophon.confined import Confined
from colophon.domain.crop import Target, crop_for, enlargement
from colophon.domain.disclosure import Label
from colophon.domain.lettering import Lettering, Slot
from colophon.domain.placement import USUAL_SIGNATURE, PictureFormat, Placement, Size, parse_placements
from colophon.domain.quality import parse_quality
from colophon.domain.rendition import Change, Encoded, Recipe
from colophon.domain.subject import Subject
from colophon.domain.template import parse_layouts, shape_of
from colophon.imaging import ConfinedImaging

SIDE = 2048
_ORIGINALS = Path(__file__).parents[1] / "tests/imaging/conftest.py"  # the kinds that the sampled test in CI draws
_GRID, _LEAST_CELL = 8, 16  # cells a side whose mean colours are compared, and the pixels one has at least
# CIE 1976 differences of a cell's mean colour, as in tests/imaging/test_six_kinds.py.
_TOLERANCE = {PictureFormat.PNG: 1.0, PictureFormat.JPEG: 3.0, PictureFormat.WEBP: 2.3, PictureFormat.AVIF: 2.3}
_FULL = 0.9  # of its budget: a file this heavy is below its floor for its cap
WORDED = "with words"
_WORDS = (
    (Slot.HEADLINE, "Made for every morning"),
    (Slot.SUBLINE, "Stoneware, glazed by hand"),
    (Slot.CALL_TO_ACTION, "See the mug"),
    (Slot.LEGAL, "Offer valid until 31 August 2027, while stocks last."),
)
_LABEL = Label(words=("AI-generated", "AI"))
Pixels = NDArray[np.float64]


def run() -> None:
    originals = _originals()
    kinds = os.environ.get("BENCH_KINDS", ",".join(originals)).split(",")
    confined = Confined(os.cpu_count())
    imaging = ConfinedImaging(confined)
    jobs = [*((kind, False) for kind in kinds), (kinds[0], True)]
    began = time.perf_counter()
    with Watch() as watch, ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda job: _made(imaging, originals[job[0]], worded=job[1]), jobs))
    seconds = time.perf_counter() - began
    confined.close()
    print(
        f"{sum(map(len, made))} files of {len(kinds)} originals {SIDE}x{SIDE} in {seconds:.0f} s; at most "
        f"{watch.peak:.0f} MiB in this process and its children together, {watch.most:.0f} in one child"
    )
    sheets: dict[str, list[Shown]] = {}
    for (kind, worded), files in zip(jobs, made, strict=True):
        name = WORDED if worded else kind
        source = _upright(originals[kind])
        sheets[name] = [_shown(source, *file) for file in files]
        print(_summary(name, sheets[name]))
    sheet = Path(os.environ.get("BENCH_SHEET", "renditions.html"))
    sheet.write_text(page(sheets), encoding="utf-8")
    small = Path(os.environ.get("BENCH_PICTURE", "renditions.jpg"))
    picture(sheets).save(small, quality=70, optimize=True, progressive=True)
    print(f"contact sheets: {sheet}, {small}")


def _originals() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("originals", _ORIGINALS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, bytes] = module.six_originals(SIDE, SIDE)
    return found


File = tuple[Placement, Size, Recipe, Encoded, Subject | None]


def _made(imaging: ConfinedImaging, original: bytes, *, worded: bool) -> list[File]:
    """All files; with words only the first format of each placement that has a layout."""
    table = parse_placements(data.text("placements.csv"))
    subject = imaging.inspect(original).subject
    wanted = [(p, size, form) for p in table.values() for size in p.sizes for form in p.formats]
    if worded:
        wanted = [(p, s, form) for p, s, form in wanted if form is p.formats[0] and _lettering(s) is not None]
    recipes = [_recipe(*each, subject, worded=worded) for each in wanted]
    made = imaging.render(original, recipes)
    return [(p, s, r, each, subject) for (p, s, _), r, each in zip(wanted, recipes, made, strict=True)]


def _recipe(placement: Placement, size: Size, form: PictureFormat, subject: Subject | None, *, worded: bool) -> Recipe:
    room = None if size.max_bytes is None else size.max_bytes - USUAL_SIGNATURE
    if room is not None and room < 1:  # the manifest travels beside the file
        room = size.max_bytes
    box = crop_for(SIDE, SIDE, Target(size.width, size.height, placement.safe_area), subject)
    floor = parse_quality(data.text("quality.toml")).floor(placement.key, form)
    if not worded:
        return Recipe(box, size.width, size.height, form, room, "", floor)
    seen = subject.seen_in(box).scaled(size.width / box.width, size.height / box.height) if subject else None
    safe, lettering = placement.safe_area, _lettering(size)
    return Recipe(box, size.width, size.height, form, room, "", floor, lettering=lettering, safe=safe, subject=seen)


def _lettering(size: Size) -> Lettering | None:
    shape = shape_of(parse_layouts(data.text("templates.toml")).templates["standard"], size.width, size.height)
    return Lettering(language="en", texts=_WORDS, shape=shape, label=_LABEL) if shape else None


def _shown(
    source: Image.Image, placement: Placement, size: Size, recipe: Recipe, encoded: Encoded, subject: Subject | None
) -> Shown:
    if encoded.problem is not None:
        return Shown(placement.key, size, recipe.format.value, b"", None, None, (str(encoded.problem.reason),))
    wrong = [*_wrong_file(size, recipe, encoded), *_wrong_place(placement, size, recipe, encoded, subject)]
    away = None
    if recipe.lettering is None and Change.REDUCED not in encoded.changes:
        away = _away(source, recipe, encoded)
        if away > _TOLERANCE[recipe.format]:
            wrong.append(f"colour off by {away:.1f}")
    return Shown(placement.key, size, recipe.format.value, encoded.content, encoded.similarity, away, tuple(wrong))


def _wrong_file(size: Size, recipe: Recipe, encoded: Encoded) -> list[str]:
    found = []
    with Image.open(io.BytesIO(encoded.content)) as picture:
        if picture.size != (size.width, size.height):
            found.append("size")
    if not encoded.fits:
        found.append("over its cap")
    elif not encoded.reached:
        capped = recipe.budget is not None and len(encoded.content) >= recipe.budget * _FULL
        for_cap = capped or Change.REDUCED in encoded.changes
        found.append("below its floor for its cap" if for_cap else "below its floor")
    return found


def _wrong_place(
    placement: Placement, size: Size, recipe: Recipe, encoded: Encoded, subject: Subject | None
) -> list[str]:
    """The point that is looked at, and all that is laid on, have to lie clear of what the channel covers."""
    if enlargement(recipe.crop, size.width, size.height) > 1:
        return ["larger than its crop"]  # a run does not make it: there is no closer crop to keep anything clear with
    safe = placement.safe_area
    if safe is None:
        return []
    left, top, right, bottom = safe.left, safe.top, size.width - safe.right, size.height - safe.bottom
    found = []
    if subject is not None:
        x = (subject.focus.x + 0.5 - recipe.crop.left) * size.width / recipe.crop.width
        y = (subject.focus.y + 0.5 - recipe.crop.top) * size.height / recipe.crop.height
        if not (left <= x < right and top <= y < bottom):
            found.append("focal point covered")
    for laid in encoded.laid:
        x0, y0, width, height = laid.box
        if x0 < left or y0 < top or x0 + width > right or y0 + height > bottom:
            found.append(f"{laid.slot.value} covered")
    return found


def _upright(original: bytes) -> Image.Image:
    """As a viewer shows it: turned, in sRGB, on white. Made with Pillow alone, not with the code that is measured."""
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(original)))
    if icc := turned.info.get("icc_profile"):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        converted = ImageCms.profileToProfile(turned, profile, ImageCms.createProfile("sRGB"))
        assert converted is not None
        turned = converted
    return _on_white(turned)


def _away(source: Image.Image, recipe: Recipe, encoded: Encoded) -> float:
    """The largest difference of a cell's mean colour to that of the same cell of a plain cut of the original."""
    crop, size = recipe.crop, (recipe.width, recipe.height)
    part = source.crop((crop.left, crop.top, crop.left + crop.width, crop.top + crop.height))
    plain = part.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    across, down = (max(1, min(_GRID, side // _LEAST_CELL)) for side in size)
    with Image.open(io.BytesIO(encoded.content)) as file:
        means = [_lab(each.resize((across, down), Image.Resampling.BOX)) for each in (plain, _on_white(file))]
    return float(np.linalg.norm(means[0] - means[1], axis=-1).max())


def _on_white(picture: Image.Image) -> Image.Image:
    laid = Image.new("RGBA", picture.size, "white")
    laid.alpha_composite(picture.convert("RGBA"))
    return laid.convert("RGB")


_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def _lab(picture: Image.Image) -> Pixels:
    """CIE 1976 L*a*b* of sRGB pixels, under D65."""
    level = np.asarray(picture, dtype=float) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    x, y, z = np.moveaxis(np.cbrt(np.maximum(light @ _TO_XYZ.T / _TO_XYZ.sum(axis=1), 0.008856)), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _summary(name: str, files: Sequence[Shown]) -> str:
    wrong: dict[str, list[str]] = defaultdict(list)
    for one in files:
        for word in one.wrong:
            wrong[word.partition(" by ")[0]].append(f"{one.placement} {one.size.width} {one.form}")
    said = "; ".join(f"{word}: {len(names)} ({', '.join(names[:3])})" for word, names in wrong.items()) or "nothing"
    colours = [one.away for one in files if one.away is not None]
    off = f"; colour off by at most {max(colours):.1f}" if colours else ""
    return f"  {name}: {len(files)} files, wrong: {said}{off}"
