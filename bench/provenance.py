"""Reading papers: our verdict beside the bare C2PA library, on one worker process and on two, in the same run.

Bare: workers of the standard library's process pool that open a `c2pa.Reader` under the same anchors and parse its
JSON. Ours: the reading port over confined children. Both read the same renditions, chains of two as they leave the
house.
"""

import io
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
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
from colophon.services.verify import _AT_ONCE

SIZES = {"1 MP": (1024, 1024), "4 MP": (2048, 2048)}
MEDIA = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
FILES, ROUNDS = 24, 5
PARENT_SIZE = (1024, 1024)

_bare: dict[str, Any] = {}


def run() -> None:
    now = datetime.now(UTC)
    vendor, brand = _party("Vendor Inc.", now), _party("Brand Ltd", now)
    policy = _policy(vendor[0], brand[0])
    print("read, files a second, median of rounds (overhead: time of ours over bare, same workers)")
    print(
        f"{'file':12} {'kB':>6} {'bare 1':>8} {'ours 1':>8} {'bare 2':>8} {'ours 2':>8} {'2 over 1':>9} {'overhead':>9}"
    )
    original = _original(vendor[1])
    for size_name, size in SIZES.items():
        for fmt in MEDIA:
            files = _renditions(fmt, size, original, brand[1], policy)
            _tell(f"{fmt} {size_name}", files, _measure(files, policy))


def _tell(name: str, files: Sequence[bytes], rates: dict[str, float]) -> None:
    kilobytes = sum(map(len, files)) / len(files) / 1000
    scaling, overhead = rates["ours 2"] / rates["ours 1"], rates["bare 2"] / rates["ours 2"] - 1
    shown = " ".join(f"{rates[key]:8.0f}" for key in ("bare 1", "ours 1", "bare 2", "ours 2"))
    print(f"{name:12} {kilobytes:6.0f} {shown} {scaling:9.2f} {overhead:9.0%}")


def _measure(files: Sequence[bytes], policy: TrustPolicy) -> dict[str, float]:
    """All four, in turns, so that a slow moment of the machine falls on each alike."""
    anchors: list[dict[str, Any]] = [
        {"name": a.name, "kind": a.kind.value, "pem": a.pem, "pins": []} for a in policy.anchors
    ]
    settings = context_settings(anchors, policy.ekus)
    seconds: dict[str, list[float]] = {}
    for workers in (1, 2):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=_make_ready, initargs=(settings,)) as bare:
            confined = Confined(workers)
            reader = C2paReader(confined, policy)
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                ways: dict[str, Callable[[], list[str]]] = {
                    f"bare {workers}": lambda pool=bare: list(pool.map(_bare_state, files)),  # type: ignore[misc]
                    f"ours {workers}": lambda r=reader, t=threads: [  # type: ignore[misc]
                        verdict.state.value for verdict in t.map(r.read, files)
                    ],
                }
                for _ in range(ROUNDS + 1):  # the first warms up
                    for name, way in ways.items():
                        began = time.perf_counter()
                        states = {state.lower() for state in way()}
                        seconds.setdefault(name, []).append(time.perf_counter() - began)
                        if states != {"trusted"}:
                            raise RuntimeError(f"{name} read {states}")
            confined.close()
    return {name: len(files) / median(taken[1:]) for name, taken in seconds.items()}


def _make_ready(settings: dict[str, Any]) -> None:
    _bare["context"] = c2pa.Context.from_dict(settings)


def _bare_state(content: bytes) -> str:
    with c2pa.Reader(None, io.BytesIO(content), context=_bare["context"]) as reader:
        return str(json.loads(reader.json())["validation_state"])


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


def _renditions(fmt: str, size: tuple[int, int], parent: bytes, leaf: Issued, policy: TrustPolicy) -> list[bytes]:
    signer = C2paSigner(leaf.pem, leaf.key_pem, policy=policy)
    order = ManifestOrder("bench", ({"action": "c2pa.resized.proportional"}, {"action": "c2pa.transcoded"}))
    pictures = [_photo(fmt, size, seed) for seed in range(3)]
    return [
        signer.sign(
            pictures[n % len(pictures)], MEDIA[fmt], order, parent=parent, parent_media_type="image/png"
        ).content
        for n in range(FILES)
    ]
