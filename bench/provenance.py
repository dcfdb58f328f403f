"""Reading and signing papers: ours beside the bare C2PA library, on one core and on two, in the same run.

Bare: workers of the standard library's process pool that open a `c2pa.Reader` under the same anchors and parse its
JSON, or sign with a `c2pa.Builder`. Ours: the ports over confined children. Both read the same renditions, chains of
two as they leave the house, and sign the same pictures as children of the same original. "1" is one worker on one
core, with this process on it as well; "2" is two workers on two cores.
"""

import io
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import c2pa
import numpy as np
from PIL import Image

from colophon.confined import Confined
from colophon.confined.manifests import context_settings
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.trust import Anchor, AnchorKind, TrustPolicy
from colophon.provenance import C2paReader, C2paSigner
from colophon.provenance.pki import Issued, Wanted, issue

SIZES = {"1 MP": (1024, 1024), "4 MP": (2048, 2048)}
MEDIA = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
FILES, ROUNDS = 72, 5
PARENT_SIZE = (1024, 1024)

ORDER = ManifestOrder("bench", ({"action": "c2pa.resized.proportional"}, {"action": "c2pa.transcoded"}))

_Way = Callable[[Sequence[bytes]], Sequence[object]]
_ready: dict[str, Any] = {}  # of a bare worker


def run() -> None:
    now = datetime.now(UTC)
    vendor, brand = _party("Vendor Inc.", now), _party("Brand Ltd", now)
    policy = _policy(vendor[0], brand[0])
    columns = ("bare 1", "ours 1", "bare 2", "ours 2")
    print("files a second, median of rounds; overhead: time of ours over bare with two workers")
    original = _original(vendor[1])
    for act in ("read", "sign"):
        print(f"{act:12} {'kB':>6} {' '.join(f'{c:>8}' for c in columns)} {'2 over 1':>9} {'overhead':>9}")
        for size_name, size in SIZES.items():
            for fmt in MEDIA:
                pictures = [_photo(fmt, size, seed) for seed in range(3)]
                job = _Job(fmt, [pictures[n % 3] for n in range(FILES)], original, brand[1], policy)
                _tell(f"{fmt} {size_name}", job, _measure(job, reading=act == "read"))


@dataclass(frozen=True)
class _Job:
    fmt: str
    pictures: Sequence[bytes]
    parent: bytes
    leaf: Issued
    policy: TrustPolicy

    def signer(self, confined: Confined | None = None) -> C2paSigner:
        return C2paSigner(self.leaf.pem, self.leaf.key_pem, policy=self.policy, confined=confined)

    def sign(self, signer: C2paSigner, picture: bytes) -> bytes:
        media = MEDIA[self.fmt]
        return signer.sign(picture, media, ORDER, parent=self.parent, parent_media_type="image/png").content

    @property
    def settings(self) -> dict[str, Any]:
        anchors: list[dict[str, Any]] = [
            {"name": a.name, "kind": a.kind.value, "pem": a.pem, "pins": []} for a in self.policy.anchors
        ]
        return context_settings(anchors, self.policy.ekus)


def _tell(name: str, job: _Job, rates: dict[str, float]) -> None:
    kilobytes = sum(map(len, job.pictures)) / len(job.pictures) / 1000
    scaling, overhead = rates["ours 2"] / rates["ours 1"], rates["bare 2"] / rates["ours 2"] - 1
    shown = " ".join(f"{rates[key]:8.0f}" for key in ("bare 1", "ours 1", "bare 2", "ours 2"))
    print(f"{name:12} {kilobytes:6.0f} {shown} {scaling:9.2f} {overhead:9.0%}")


def _measure(job: _Job, *, reading: bool) -> dict[str, float]:
    """Bare and ours in turns, so that a slow moment of the machine falls on both."""
    files = [job.sign(job.signer(), picture) for picture in job.pictures] if reading else job.pictures
    seconds: dict[str, list[float]] = {}
    for workers in (1, 2):
        with _cores(workers), _bare(job, workers, reading) as bare, _ours(job, workers, reading) as ours:
            for _ in range(ROUNDS + 1):  # the first warms up
                for name, way in ((f"bare {workers}", bare), (f"ours {workers}", ours)):
                    began = time.perf_counter()
                    done = way(files)
                    seconds.setdefault(name, []).append(time.perf_counter() - began)
                    if not all(done):
                        raise RuntimeError(f"{name}: not every file is as it should be")
    return {name: len(files) / median(taken[1:]) for name, taken in seconds.items()}


@contextmanager
def _cores(count: int) -> Iterator[None]:
    """This process, and the children it starts meanwhile, on so many cores."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(all_cores)[:count]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


@contextmanager
def _bare(job: _Job, workers: int, reading: bool) -> Iterator[_Way]:
    spawn = multiprocessing.get_context("spawn")
    material = (job.settings, job.leaf.pem, job.leaf.key_pem, job.parent, MEDIA[job.fmt])
    with ProcessPoolExecutor(workers, spawn, initializer=_make_ready, initargs=material) as pool:
        act = _bare_read if reading else _bare_sign
        yield lambda files: list(pool.map(act, files))


@contextmanager
def _ours(job: _Job, workers: int, reading: bool) -> Iterator[_Way]:
    confined = Confined(workers)
    reader, signer = C2paReader(confined, job.policy), job.signer(confined)
    with ThreadPoolExecutor(2 * workers) as threads:
        if reading:
            yield lambda files: [verdict.clean for verdict in threads.map(reader.read, files)]
        else:
            yield lambda files: list(threads.map(lambda f: bool(job.sign(signer, f)), files))
    confined.close()


def _make_ready(settings: dict[str, Any], chain: str, key: str, parent: bytes, media: str) -> None:
    signing = settings | {"builder": {"thumbnail": {"enabled": False}}}
    _ready["read"] = c2pa.Context.from_dict(settings)
    _ready["sign"] = c2pa.Context.from_dict(signing)
    _ready["signer"] = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain.encode(), key.encode(), None))
    _ready["parent"], _ready["media"] = parent, media


def _bare_read(content: bytes) -> bool:
    with c2pa.Reader(None, io.BytesIO(content), context=_ready["read"]) as reader:
        return bool(json.loads(reader.json())["validation_state"] == "Trusted")


def _bare_sign(content: bytes) -> bytes:
    """The signed file comes back, as it does from ours."""
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [opened, *ORDER.steps]}}
    target = io.BytesIO()
    with c2pa.Builder({"assertions": [actions]}, context=_ready["sign"]) as builder:
        ingredient = json.dumps({"relationship": "parentOf", "label": "parent"})
        builder.add_ingredient(ingredient, "image/png", io.BytesIO(_ready["parent"]))
        builder.sign(_ready["signer"], _ready["media"], io.BytesIO(content), target)
    return target.getvalue()


def _party(organisation: str, now: datetime) -> tuple[Issued, Issued]:
    root = issue(Wanted("Root", organisation, 3650, authority=True, path_length=0), now=now)
    return root, issue(Wanted("Signer", organisation), now=now, issuer=root)


def _policy(vendor: Issued, brand: Issued) -> TrustPolicy:
    roots = {"brand": (AnchorKind.BRAND, brand), "vendor": (AnchorKind.VENDOR, vendor)}
    anchors = tuple(Anchor(name=n, kind=kind, reason="bench", pem=root.pem) for n, (kind, root) in roots.items())
    return TrustPolicy(name="bench", version="1", issued=date(2026, 11, 28), anchors=anchors)


def _photo(fmt: str, size: tuple[int, int], seed: int) -> bytes:
    """Soft shapes with grain: files as heavy as photographs."""
    grain = np.random.default_rng(seed)
    small = Image.fromarray(grain.integers(0, 255, (24, 24, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    noisy = np.asarray(small, dtype=np.int16) + grain.normal(0, 6, (size[1], size[0], 3)).astype(np.int16)
    target = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(target, fmt, **({"speed": 10} if fmt == "avif" else {}))
    return target.getvalue()


def _original(leaf: Issued) -> bytes:
    created = {"action": "c2pa.created", "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA, "softwareAgent": "model"}
    definition = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}]}
    info = c2pa.C2paSignerInfo(b"es256", leaf.pem.encode(), leaf.key_pem.encode(), None)
    target = io.BytesIO()
    settings = context_settings([], ()) | {"builder": {"thumbnail": {"enabled": False}}}
    with c2pa.Signer.from_info(info) as signer, c2pa.Context.from_dict(settings) as context:
        c2pa.Builder(definition, context=context).sign(
            signer, "image/png", io.BytesIO(_photo("png", PARENT_SIZE, 0)), target
        )
    return target.getvalue()
