"""Confined work on one worker against one a core, and against the same work without confinement."""

import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from colophon.confined import Confined, pictures
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Recipe, crop_box
from colophon.imaging import ConfinedImaging
from colophon.sandbox.draw import draw

WIDTH, HEIGHT, PICTURES = 1440, 1440, 8
SIZES = ((1080, 1350), (1080, 1080), (1200, 628), (300, 250), (800, 600))


def run() -> None:
    originals = [_original(seed) for seed in range(PICTURES)]
    cores = os.cpu_count() or 1
    bare = _rate(lambda content: pictures.inspect({"max_pixels": 50_000_000}, [content]), originals, 1)
    rates = {}
    for workers in (1, cores):
        confined = Confined(workers)
        imaging = ConfinedImaging(confined)
        imaging.inspect(originals[0])
        rates[workers] = (_rate(imaging.inspect, originals, workers), _rate(_renders(imaging), originals, workers))
        confined.close()
    confined_rate = rates[1][0]
    print(
        f"inspect, {WIDTH}x{HEIGHT} PNG: {bare:.1f}/s in process, {confined_rate:.1f}/s confined "
        f"({confined_rate / bare:.2f}x)"
    )
    for kind, name in ((0, "inspect"), (1, f"{len(SIZES) * 3} renditions of one original")):
        ratio = rates[cores][kind] / rates[1][kind]
        print(f"{name}: {rates[1][kind]:.2f}/s on 1 worker, {rates[cores][kind]:.2f}/s on {cores} ({ratio:.2f}x)")


def _original(seed: int) -> bytes:
    out = io.BytesIO()
    draw("a ceramic mug on an oak table", seed + 1, WIDTH, HEIGHT).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _renders(imaging: ConfinedImaging) -> Callable[[bytes], object]:
    recipes = [
        Recipe(crop_box(WIDTH, HEIGHT, w, h), w, h, fmt, 300_000, "<x/>")
        for w, h in SIZES
        for fmt in (PictureFormat.JPEG, PictureFormat.WEBP, PictureFormat.AVIF)
    ]
    return lambda content: imaging.render(content, recipes)


def _rate(work: Callable[[bytes], object], contents: list[bytes], threads: int) -> float:
    """Pictures a second."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(work, contents))
        return len(contents) / (time.perf_counter() - began)
