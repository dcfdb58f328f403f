"""How many copies are named rightly and how many strangers wrongly: by each fingerprint alone, and by `identify`."""

import io
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.intervals import wilson
from colophon.bootstrap import Runtime, initialise
from colophon.domain.asset import Fingerprints, PictureFacts
from colophon.domain.rendition import Encoded, Recipe
from colophon.domain.sketch import Illustration, Sketch
from colophon.ports import Imaging
from colophon.sandbox.draw import draw
from colophon.sandbox.signing import sign
from colophon.services.identify import identify_file
from colophon.services.ingest import ingest_file
from colophon.settings import Settings

CATALOGUED, STRANGERS, WORKERS = 1000, 1000, 2
PROMPTS = (
    "a ceramic mug on an oak table", "mountains at dawn", "a glass tower at night", "ferns in a jungle",
    "a perfume bottle on marble", "a beach with waves", "a city street in the rain", "a bouquet of roses",
    "sneakers on concrete", "abstract shapes",
)  # fmt: skip
SIZES = ((480, 480), (480, 320), (320, 480), (512, 288))
Change = Callable[[Image.Image, random.Random], bytes]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Answer:
    """What `identify` said about one picture: the asset it named first, and how many it named."""

    look: Fingerprints
    first: str | None
    named: int


@dataclass
class Looking:
    """Implements `colophon.ports.Imaging`, and remembers what it saw."""

    imaging: Imaging
    seen: Fingerprints | None = None

    def inspect(self, content: bytes) -> PictureFacts:
        facts = self.imaging.inspect(content)
        self.seen = facts.fingerprints
        return facts

    def illustrate(self, content: bytes, sketch: Sketch, other: bytes | None = None) -> Illustration:
        return self.imaging.illustrate(content, sketch, other)

    def render(
        self, content: bytes, recipes: Sequence[Recipe], files: Mapping[str, bytes] | None = None
    ) -> list[Encoded]:
        return self.imaging.render(content, recipes, files)

    def check_font(self, content: bytes) -> str:
        return self.imaging.check_font(content)


def run(catalogued: int = CATALOGUED, strangers: int = STRANGERS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", imaging_workers=WORKERS)
        initialise(settings)
        rt = Runtime(settings)
        vars(rt)["safety_engine"] = None
        _ = rt.bench, rt.reader
        try:
            _measure(rt, Path(folder), catalogued, strangers)
        finally:
            rt.close()


def _measure(rt: Runtime, folder: Path, catalogued: int, strangers: int) -> None:
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        assets = list(pool.map(lambda seed: _catalogue(seed, folder, rt), range(catalogued)))
    looks = [look for _, look in assets]
    print(f"{catalogued} catalogued in {time.perf_counter() - began:.0f} s", flush=True)
    head = (*(name for name, _ in FINGERPRINTS), "identify, first", "identify, wrong first")
    print(_line("recall of copies", head))
    for name, change in CHANGES.items():
        answers = _ask(rt, folder, range(catalogued), change)
        found = [_hits(looks, [a.look for a in answers], kind, own=True) for _, kind in FINGERPRINTS]
        right = sum(a.first == asset for a, (asset, _) in zip(answers, assets, strict=True))
        wrong = sum(a.first not in (None, asset) for a, (asset, _) in zip(answers, assets, strict=True))
        print(_line(name, [_rate(hits, catalogued) for hits in (*found, right, wrong)]), flush=True)
    began = time.perf_counter()
    answers = _ask(rt, folder, range(100_000, 100_000 + strangers), CHANGES["stripped"])
    each = (time.perf_counter() - began) / strangers
    false = [_hits(looks, [a.look for a in answers], kind, own=False) for _, kind in FINGERPRINTS]
    named = sum(a.named > 0 for a in answers)
    print(_line("strangers named", [_rate(hits, strangers) for hits in (*false, named)]))
    print(f"drawing and identifying one stranger: {1000 * each:.0f} ms on {WORKERS} workers")


def _catalogue(seed: int, folder: Path, rt: Runtime) -> tuple[str, Fingerprints]:
    """Signed, as a vendor's picture is. Returns the asset's id and its fingerprints."""
    file, out = folder / f"original-{seed}.png", io.BytesIO()
    _drawn(seed).save(out, "PNG", compress_level=1)
    signed = sign(
        out.getvalue(),
        "image/png",
        folder=rt.settings.sandbox_folder,
        model="flux-2-pro",
        title="",
        when=rt.clock.now(),
    )
    file.write_bytes(signed)
    looking = Looking(rt.imaging)
    asset = ingest_file(file, bench=replace(rt.bench, imaging=looking))
    file.unlink()
    assert looking.seen
    return asset.id, looking.seen


def _drawn(seed: int) -> Image.Image:
    return draw(f"{PROMPTS[seed % len(PROMPTS)]} {seed}", seed, *SIZES[seed % len(SIZES)])


def _ask(rt: Runtime, folder: Path, seeds: Sequence[int], change: Change) -> list[Answer]:
    def ask(seed: int) -> Answer:
        content = change(_drawn(seed), random.Random(seed))  # noqa: S311 - where to cut
        file = folder / f"asked-{seed}"
        file.write_bytes(content)
        looking = Looking(rt.imaging)
        matches = identify_file(file, catalog=rt.catalog, imaging=looking, reader=rt.reader)["matches"]
        file.unlink()
        assert looking.seen
        return Answer(looking.seen, matches[0]["asset_id"] if matches else None, len(matches))

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(ask, seeds))


# Changes. A crop cuts away a tenth of the width and a tenth of the height.


def _encoded(picture: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def _cut(picture: Image.Image, share: float, left: float, top: float) -> Image.Image:
    wide, high = round(picture.width * (1 - share)), round(picture.height * (1 - share))
    x, y = round((picture.width - wide) * left), round((picture.height - high) * top)
    return picture.crop((x, y, x + wide, y + high))


def _half(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


CHANGES: dict[str, Change] = {
    "stripped": lambda picture, _: _encoded(picture, "PNG", compress_level=1),
    "JPEG q50": lambda picture, _: _encoded(picture, "JPEG", quality=50),
    "half size": lambda picture, _: _encoded(_half(picture), "JPEG", quality=85),
    "10 % crop, centred": lambda picture, _: _encoded(_cut(picture, 0.1, 0.5, 0.5), "JPEG", quality=85),
    "10 % crop, anywhere": lambda picture, r: _encoded(_cut(picture, 0.1, r.random(), r.random()), "JPEG", quality=85),
    "format change": lambda picture, _: _encoded(picture, "WEBP", quality=80),
    "20 % crop, centred": lambda picture, _: _encoded(_cut(picture, 0.2, 0.5, 0.5), "JPEG", quality=85),
}


# Fingerprints alone: the most bits by which two may differ, and which codes of a catalogued picture are compared.


@dataclass(frozen=True, slots=True)
class Kind:
    bits: int
    own: Callable[[Fingerprints], str]
    others: Callable[[Fingerprints], Sequence[str]]


def _iscc(look: Fingerprints) -> str:
    return look.iscc or ""


FINGERPRINTS = (
    ("phash <= 7", Kind(7, lambda look: look.phash, lambda look: (look.phash,))),
    ("phash <= 11", Kind(11, lambda look: look.phash, lambda look: (look.phash,))),
    ("dhash <= 7", Kind(7, lambda look: look.dhash, lambda look: (look.dhash,))),
    ("dhash <= 11", Kind(11, lambda look: look.dhash, lambda look: (look.dhash,))),
    ("ISCC <= 56", Kind(56, _iscc, lambda look: (_iscc(look),))),
    *(
        (f"windows <= {most}", Kind(most, _iscc, lambda look: (_iscc(look), *look.windows)))
        for most in (48, 56, 64, 72)
    ),
)


def _hits(looks: Sequence[Fingerprints], asked: Sequence[Fingerprints], kind: Kind, *, own: bool) -> int:
    """How many of ``asked`` are near their own picture (the one at the same place), or near any."""
    views = max(len(kind.others(look)) for look in looks)
    known = np.array([[_packed(code) for code in _padded(kind.others(look), views)] for look in looks])
    hits = 0
    for place, look in enumerate(asked):
        among = known[place : place + 1] if own else known
        differing = np.bitwise_count(among ^ _packed(kind.own(look))).sum(axis=-1)
        hits += bool((differing <= kind.bits).any())
    return hits


def _padded(codes: Sequence[str], length: int) -> list[str]:
    return [*codes, *([codes[0]] * (length - len(codes)))]


def _packed(code: str) -> Bits:
    return np.frombuffer(bytes.fromhex(code), np.uint8)


def _rate(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{100 * hits / count:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def _line(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"
