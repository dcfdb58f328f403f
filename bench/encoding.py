"""Finding and writing renditions beside the bare encoders, pyvips and sharp, on the same pictures in the same run.

pyvips (``pip install "pyvips[binary]"``) and sharp (``npm i sharp`` in a folder that ``BENCH_SHARP`` names) are left
out, with a word, where they are not installed. What is compared: our confined pipeline with its own choice of quality;
the bare encoders of Pillow making the same files; the others searching by halving for the same likeness, measured by
the same ruler."""

import importlib.util
import io
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.resident import Watch
from bench.shares import shares
from colophon import data
from colophon.confined import Confined, pictures
from colophon.confined.similarity import Likeness
from colophon.domain.placement import PictureFormat, parse_placements
from colophon.domain.quality import parse_quality
from colophon.domain.rendition import Encoded, Recipe, crop_box
from colophon.imaging import ConfinedImaging
from colophon.sandbox.draw import draw

SIDE = 2048
PROMPT = "a ceramic mug on an oak table"
SIZES = ((1080, 1350), (1200, 628), (800, 600), (300, 250))
FLOOR = 80.0
NAMES = {PictureFormat.JPEG: "JPEG", PictureFormat.WEBP: "WEBP", PictureFormat.AVIF: "AVIF", PictureFormat.PNG: "PNG"}
LOSSY = (PictureFormat.JPEG, PictureFormat.WEBP, PictureFormat.AVIF)
Write = Callable[[Image.Image, PictureFormat, int], bytes]


def run() -> None:
    original = _original()
    load = os.getloadavg()[0]
    print(f"load before: {load:.1f}; original {SIDE}x{SIDE} PNG, floor {FLOOR:g} points, {len(SIZES)} sizes")
    made = _ours(original)
    cuts = _cuts(original)
    _overhead(original)
    _bare(cuts, made)
    _others(cuts, made)
    _all_placements(original)


def _original() -> bytes:
    out = io.BytesIO()
    draw(PROMPT, 1, SIDE, SIDE).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _recipes() -> list[Recipe]:
    return [Recipe(crop_box(SIDE, SIDE, w, h), w, h, form, None, "", FLOOR) for w, h in SIZES for form in LOSSY]


def _cuts(original: bytes) -> dict[tuple[int, int], Image.Image]:
    source = Image.open(io.BytesIO(original)).convert("RGB")
    cuts = {}
    for w, h in SIZES:
        box = crop_box(SIDE, SIDE, w, h)
        part = source.crop((box.left, box.top, box.left + box.width, box.top + box.height))
        cuts[w, h] = part.resize((w, h), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return cuts


def _ours(original: bytes) -> dict[tuple[int, int, PictureFormat], Encoded]:
    cores = os.cpu_count() or 1
    confined = Confined(cores)
    imaging = ConfinedImaging(confined)
    imaging.inspect(original)
    began = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(lambda _: imaging.render(original, _recipes()), range(cores)))
    seconds = (time.perf_counter() - began) / cores
    confined.close()
    before = time.process_time()
    answer, files = pictures.render({"max_pixels": 50_000_000, "recipes": [_wire(r) for r in _recipes()]}, [original])
    spent = time.process_time() - before
    told: Any = answer["files"]
    made = {
        (r.width, r.height, r.format): Encoded(
            content, each["quality"], True, similarity=each["similarity"], tries=each["tries"]
        )
        for r, content, each in zip(_recipes(), files, told, strict=True)
    }
    tries = [each.tries for each in made.values()]
    print(
        f"ours: {seconds:.2f} s an original on {cores} confined children; {spent:.2f} s of one core without "
        f"confinement; {sum(tries) / len(tries):.1f} encodes a file (most {max(tries)})"
    )
    for form in LOSSY:
        own = [each for (*_, f), each in made.items() if f is form]
        points = [each.similarity or 0 for each in own]
        print(
            f"  {form.value}: {sum(len(e.content) for e in own)} bytes, likeness {min(points):.1f} to {max(points):.1f}"
        )
    return made


def _overhead(original: bytes) -> None:
    """Processor time of our pipeline by what it goes to, of three rounds the one least disturbed: other work on the
    machine touches all shares of one round alike. What a wall clock adds with one child a core, and threads in each,
    is not in it."""
    for name, recipes in (("three formats", _recipes()), ("all placements", _default_recipes())):
        found = min((shares(original, [_wire(r) for r in recipes]) for _ in range(3)), key=lambda one: one.all)
        print(f"{name}, {len(recipes)} files: {found}")


def _wire(recipe: Recipe) -> dict[str, object]:
    crop = recipe.crop
    return {
        "crop": [crop.left, crop.top, crop.width, crop.height],
        "width": recipe.width,
        "height": recipe.height,
        "format": recipe.format.value,
        "budget": recipe.budget,
        "xmp": "",
        "floor": recipe.floor,
    }


def _bare(cuts: dict[tuple[int, int], Image.Image], made: dict[tuple[int, int, PictureFormat], Encoded]) -> None:
    """The same number of encodes at the quality found, and one each: what knowing the answer would take."""
    for name, many in (("as many encodes", True), ("one encode each", False)):
        before = time.process_time()
        for (w, h, form), encoded in made.items():
            for _ in range(encoded.tries if many else 1):
                _pillow(cuts[w, h], form, encoded.quality or 0)
        print(f"bare encoders of Pillow, {name}: {time.process_time() - before:.2f} s of one core")


def _pillow(picture: Image.Image, form: PictureFormat, quality: int) -> bytes:
    sink = io.BytesIO()
    options: dict[PictureFormat, dict[str, object]] = {
        PictureFormat.JPEG: {"progressive": True, "optimize": True, "subsampling": "4:2:0"},
        PictureFormat.WEBP: {"method": 4},
        PictureFormat.AVIF: {"speed": 6, "max_threads": 1, "subsampling": "4:2:0"},
    }
    picture.save(sink, NAMES[form], quality=quality, **options[form])
    return sink.getvalue()


def _others(cuts: dict[tuple[int, int], Image.Image], made: dict[tuple[int, int, PictureFormat], Encoded]) -> None:
    if importlib.util.find_spec("pyvips"):
        _compare("pyvips", _vips, cuts, made)
    else:
        print("pyvips: not installed, left out")
    if folder := os.environ.get("BENCH_SHARP"):
        with tempfile.TemporaryDirectory() as spare:
            sharp = _Sharp(Path(folder), Path(spare))
            _compare("sharp", sharp.write, cuts, made)
            sharp.close()
    else:
        print("sharp: BENCH_SHARP names no folder, left out")


def _compare(
    name: str,
    write: Write,
    cuts: dict[tuple[int, int], Image.Image],
    made: dict[tuple[int, int, PictureFormat], Encoded],
) -> None:
    for form in LOSSY:
        began, total, ours, encodes = time.perf_counter(), 0, 0, 0
        for (w, h, own), encoded in made.items():
            if own is form:
                content, tries = _halving(write, cuts[w, h], form, encoded.similarity or FLOOR)
                total, ours, encodes = total + len(content), ours + len(encoded.content), encodes + tries
        seconds = time.perf_counter() - began
        print(
            f"{name} {form.value}: {total} bytes at our likeness ({total / ours:.2f} of ours), "
            f"{seconds / encodes * 1000:.0f} ms an encode with measuring"
        )


def _halving(write: Write, picture: Image.Image, form: PictureFormat, floor: float) -> tuple[bytes, int]:
    """The least quality with at least the likeness; the best that was made when none has it."""
    likeness, low, high, best, tries = Likeness(picture), 20, 98, b"", 0
    while low <= high:
        quality, tries = (low + high) // 2, tries + 1
        content = write(picture, form, quality)
        if likeness.of(content, NAMES[form]) >= floor:
            best, high = content, quality - 1
        else:
            best, low = best or content, quality + 1
    return best, tries


def _vips(picture: Image.Image, form: PictureFormat, quality: int) -> bytes:
    import pyvips

    image = pyvips.Image.new_from_memory(picture.tobytes(), picture.width, picture.height, 3, "uchar")
    options: dict[PictureFormat, tuple[str, dict[str, object]]] = {
        PictureFormat.JPEG: (".jpg", {"interlace": True, "optimize_coding": True}),
        PictureFormat.WEBP: (".webp", {"effort": 4}),
        PictureFormat.AVIF: (".avif", {"effort": 3}),
    }
    suffix, more = options[form]
    made: bytes = image.copy(interpretation="srgb").write_to_buffer(suffix, Q=quality, **more)
    return made


_SERVER = """
const sharp = require('sharp'), fs = require('fs');
require('readline').createInterface({input: process.stdin}).on('line', async line => {
  const j = JSON.parse(line);
  const image = sharp(fs.readFileSync(j.pixels), {raw: {width: j.width, height: j.height, channels: 3}});
  fs.writeFileSync(j.target, await image[j.form](j.options).toBuffer());
  console.log('done');
});
"""


class _Sharp:
    """One node process that encodes pixels from one file into another."""

    def __init__(self, folder: Path, spare: Path) -> None:
        self._spare = spare
        self._node = subprocess.Popen(
            [shutil.which("node") or "node", "-e", _SERVER],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def write(self, picture: Image.Image, form: PictureFormat, quality: int) -> bytes:
        pixels, target = self._spare / "pixels", self._spare / "target"
        pixels.write_bytes(picture.tobytes())
        options = {"quality": quality} | ({"progressive": True} if form is PictureFormat.JPEG else {"effort": 4})
        name = {"jpg": "jpeg"}.get(form.value, form.value)
        order = {"pixels": str(pixels), "target": str(target), "form": name, "options": options}
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(order | {"width": picture.width, "height": picture.height}) + "\n")
        self._node.stdin.flush()
        assert self._node.stdout.readline() == "done\n"
        return target.read_bytes()

    def close(self) -> None:
        self._node.terminate()
        self._node.wait()


def _default_recipes() -> list[Recipe]:
    """Every placement in every width, in the formats it has where a brief asks for none."""
    table, floors = parse_placements(data.text("placements.csv")), parse_quality(data.text("quality.toml"))
    return [
        Recipe(
            crop_box(SIDE, SIDE, size.width, size.height), size.width, size.height, form,
            None if size.max_bytes is None else max(1, size.max_bytes - 10_000), "", floors.floor(key, form),
        )
        for key, p in table.items()
        for size in p.sizes
        for form in p.default_formats
    ]  # fmt: skip


def _all_placements(original: bytes) -> None:
    """Every placement in its own formats from one original, drawn and pure noise: time and peak memory."""
    noise = io.BytesIO()
    pixels = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(noise, "PNG", compress_level=1)
    for name, content in (("drawn", original), ("noise", noise.getvalue())):
        confined = Confined(1)
        began = time.perf_counter()
        with Watch() as watch:
            made = ConfinedImaging(confined).render(content, _default_recipes())
        seconds = time.perf_counter() - began
        confined.close()
        tries = [each.tries for each in made]
        short = sum(not each.reached for each in made)
        print(
            f"all placements, {len(made)} files of a 4-megapixel original ({name}) on one child: {seconds:.1f} s, "
            f"{sum(tries) / len(tries):.1f} encodes a file, {short} below their floor; at most {watch.most:.0f} MiB in "
            f"the child, {watch.peak:.0f} MiB with this process"
        )
