"""Every placement in every width and format from six kinds of originals: sizes, caps, floors, colours; and a contact
sheet for a person to judge.

``BENCH_SHEET`` names the page to write (default ``renditions.html``), ``BENCH_KINDS`` the kinds (default all six)."""

import base64
import html
import importlib.util
import io
import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colophon import data
from colophon.confined import Confined
from colophon.domain.placement import USUAL_SIGNATURE, Placement, Size, parse_placements
from colophon.domain.quality import parse_quality
from colophon.domain.rendition import Encoded, Recipe, crop_box
from colophon.imaging import ConfinedImaging

SIDE = 2048
_ORIGINALS = Path(__file__).parents[1] / "tests/imaging/conftest.py"  # the kinds that the sampled test in CI draws
_THUMB = 220
_STYLE = """body{font:13px sans-serif;background:#ddd;margin:1em}figure{display:inline-block;margin:4px;padding:4px;
background:#fff;vertical-align:top;max-width:230px}figcaption{font-size:10px}.bad{outline:2px solid #c00}"""


@dataclass(frozen=True)
class Made:
    placement: Placement
    size: Size
    recipe: Recipe
    encoded: Encoded

    @property
    def picture(self) -> Image.Image:
        picture = Image.open(io.BytesIO(self.encoded.content))
        picture.load()
        return picture

    @property
    def wrong(self) -> list[str]:
        found = []
        if self.picture.size != (self.size.width, self.size.height):
            found.append("size")
        if not self.encoded.fits:
            found.append("over its cap")
        if not self.encoded.reached:
            found.append("below its floor")
        return found


def run() -> None:
    originals = _originals()
    kinds = os.environ.get("BENCH_KINDS", ",".join(originals)).split(",")
    confined = Confined(os.cpu_count())
    imaging = ConfinedImaging(confined)
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(kinds, pool.map(lambda kind: _made(imaging, originals[kind]), kinds), strict=True))
    seconds = time.perf_counter() - began
    confined.close()
    print(f"{sum(map(len, made.values()))} files of {len(kinds)} originals {SIDE}x{SIDE} in {seconds:.0f} s")
    for kind in kinds:
        print(_summary(kind, originals[kind], made[kind]))
    page = Path(os.environ.get("BENCH_SHEET", "renditions.html"))
    page.write_text(_page(made), encoding="utf-8")
    print(f"contact sheet: {page}")


def _originals() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("originals", _ORIGINALS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, bytes] = module.six_originals(SIDE, SIDE)
    return found


def _made(imaging: ConfinedImaging, original: bytes) -> list[Made]:
    table, floors = parse_placements(data.text("placements.csv")), parse_quality(data.text("quality.toml"))
    wanted = [(p, size, form) for p in table.values() for size in p.sizes for form in p.formats]
    recipes = []
    for placement, size, form in wanted:
        room = None if size.max_bytes is None else size.max_bytes - USUAL_SIGNATURE
        if room is not None and room < 1:  # the manifest travels beside the file
            room = size.max_bytes
        box = crop_box(SIDE, SIDE, size.width, size.height)
        recipes.append(Recipe(box, size.width, size.height, form, room, "", floors.floor(placement.key, form)))
    made = imaging.render(original, recipes)
    return [Made(p, size, r, each) for (p, size, _), r, each in zip(wanted, recipes, made, strict=True)]


def _summary(kind: str, original: bytes, made: list[Made]) -> str:
    """Counts, and the mean colour of each file against that of the crop it is of, in levels of 255."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for one in made:
        for word in one.wrong:
            wrong[word].append(f"{one.placement.key} {one.size.width} {one.recipe.format.value}")
    reference = next(one for one in made if one.recipe.format.value == "png" and one.encoded.similarity == 100)
    away = max(
        float(np.abs(_mean(one.picture) - _mean(reference.picture)).max())
        for one in made
        if (one.size.width, one.size.height) == (reference.size.width, reference.size.height)
    )
    said = "; ".join(f"{word}: {len(names)} ({', '.join(names[:4])})" for word, names in wrong.items()) or "nothing"
    return f"  {kind}: {len(made)} files, wrong: {said}; mean colour off by at most {away:.1f} levels"


def _mean(picture: Image.Image) -> NDArray[np.float64]:
    laid = Image.new("RGBA", picture.size, "white")
    laid.alpha_composite(picture.convert("RGBA"))
    mean: NDArray[np.float64] = np.asarray(laid.convert("RGB"), dtype=np.float64).mean(axis=(0, 1))
    return mean


def _page(made: dict[str, list[Made]]) -> str:
    """One page that needs no other file: each placement's first format, small."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Renditions</title><style>{_STYLE}</style>"]
    for kind, files in made.items():
        parts.append(f"<h2>{html.escape(kind)}</h2>")
        seen: set[str] = set()
        for one in files:
            if one.placement.key not in seen:
                seen.add(one.placement.key)
                parts.append(_figure(one))
    return "".join(parts)


def _figure(one: Made) -> str:
    small, sink = one.picture.convert("RGBA"), io.BytesIO()
    small.thumbnail((_THUMB, _THUMB))
    ground = Image.new("RGBA", small.size, "white")
    ground.alpha_composite(small)
    ground.convert("RGB").save(sink, "JPEG", quality=85)
    source = base64.b64encode(sink.getvalue()).decode()
    cap = f" of {one.size.max_bytes:,}" if one.size.max_bytes else ""
    said = f"{one.placement.key} {one.size.width}x{one.size.height} {one.recipe.format.value}, "
    said += f"{len(one.encoded.content):,}{cap} bytes, {one.encoded.similarity or 0:.0f} points {' '.join(one.wrong)}"
    bad = " class=bad" if one.wrong else ""
    return (
        f'<figure{bad}><img src="data:image/jpeg;base64,{source}"><figcaption>{html.escape(said)}</figcaption></figure>'
    )
