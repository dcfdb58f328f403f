"""Near copies are found through real fingerprints, strangers are not, mirror images included."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from colophon.checks.duplicate import mirrored
from colophon.checks.profiles import DuplicateRules
from colophon.confined import Confined
from colophon.confined.fingerprints import fingerprints
from colophon.domain.asset import Fingerprints
from colophon.imaging import ConfinedImaging
from colophon.sandbox.draw import draw
from tests.checks.labelled_pictures import SCENES, jpeg, score

RULES = DuplicateRules()


@pytest.fixture(scope="module")
def prints() -> Iterator[Callable[..., Fingerprints]]:
    pool = Confined(1)
    imaging = ConfinedImaging(pool)

    def of(image: Image.Image, form: str = "PNG", **options: Any) -> Fingerprints:
        sink = io.BytesIO()
        image.save(sink, form, **options)
        return imaging.inspect(sink.getvalue()).fingerprints

    yield of
    pool.close()


def drawn(seed: int) -> Image.Image:
    random, levels = np.random.default_rng(seed), np.zeros((360, 480, 3))
    for octave in range(7):
        grid = random.integers(0, 256, (2 + 2**octave, 2 + 2**octave, 3), dtype=np.uint8)
        levels += np.asarray(Image.fromarray(grid).resize((480, 360), Image.Resampling.BICUBIC)) / 2 ** (octave + 1)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def close(distance: tuple[int, int]) -> bool:
    return distance[0] <= RULES.phash_bits and distance[1] <= RULES.dhash_bits


@pytest.mark.parametrize("seed", range(5))
def test_copies_are_near(prints: Callable[..., Fingerprints], seed: int) -> None:
    image = drawn(seed)
    own = prints(image)
    copies = {
        "recompressed": prints(image, "JPEG", quality=40),
        "other format": prints(image, "WEBP", quality=50),
        "half size": prints(image.resize((240, 180))),
        "cropped 2 %": prints(image.crop((5, 4, 475, 356))),
        "brighter": prints(image.point(lambda level: min(255, int(level * 1.1)))),
    }
    assert [name for name, other in copies.items() if not close(own.distance(other))] == []


@pytest.mark.parametrize("seed", range(5))
def test_mirror_images_are_near_through_their_own_view(prints: Callable[..., Fingerprints], seed: int) -> None:
    image = drawn(seed)
    flipped = prints(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert close(mirrored(prints(image)).distance(flipped))
    assert not close(prints(image).distance(flipped))


def test_mirroring_twice_is_the_picture_itself() -> None:
    own = Fingerprints("e6c79e25dd505464", "e6478588c6c7ad75")
    assert mirrored(mirrored(own)) == own


def test_strangers_are_not_near(prints: Callable[..., Fingerprints]) -> None:
    all_prints = [prints(drawn(seed)) for seed in range(10)]
    pairs = [(a, b) for at, a in enumerate(all_prints) for b in all_prints[:at]]
    assert not any(close(a.distance(b)) or close(mirrored(a).distance(b)) for a, b in pairs)


def look(image: Image.Image) -> Fingerprints:
    made = fingerprints(image)
    return Fingerprints(str(made["phash"]), str(made["dhash"]))


def copies(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Easy ones first, then those that fingerprints of a whole picture are known to lose."""
    width, height = image.size
    yield "as JPEG", jpeg(image, 40)
    yield "halved", image.resize((width // 2, height // 2))
    yield "brighter", image.point([min(255, round(level * 1.15)) for level in range(256)] * 3)
    yield "less 2 % at each edge", _cut(image, 0.02)
    yield "mirrored", image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield "grey", image.convert("L").convert("RGB")
    yield "less 8 % at each edge", _cut(image, 0.08)
    yield "turned by 4 degrees", image.rotate(4, Image.Resampling.BICUBIC, fillcolor="#808080")
    banner = image.copy()
    banner.paste("#F5F0E6", (0, 0, width, height // 4))
    yield "under a banner", banner


def _cut(image: Image.Image, share: float) -> Image.Image:
    across, down = round(image.width * share), round(image.height * share)
    return image.crop((across, down, image.width - across, image.height - down))


def test_copies_are_told_from_other_pictures_as_often_as_the_page_says() -> None:
    scenes = [draw(scene, seed, 384, 384) for scene in SCENES for seed in (3, 4)]
    known = [look(scene) for scene in scenes]

    def near(one: Fingerprints, other: Fingerprints) -> bool:
        return close(one.distance(other)) or close(mirrored(one).distance(other))

    strangers = [(False, near(one, other)) for at, one in enumerate(known) for other in known[:at]]
    found: dict[str, list[tuple[bool, bool]]] = {}
    for own, scene in zip(known, scenes, strict=True):
        for kind, copy in copies(scene):
            found.setdefault(kind, []).append((True, near(own, look(copy))))
    for kind, pairs in found.items():
        print(f"duplicate, {kind}: recall {score(pairs).recall:.2f}")  # noqa: T201 - for those who measure
    told = score([*strangers, *(pair for pairs in found.values() for pair in pairs)])
    print(f"duplicate: {told}")  # noqa: T201
    easy = score([*strangers, *(pair for kind in list(found)[:6] for pair in found[kind])])
    print(f"duplicate, the easier six: {easy}")  # noqa: T201
    assert (told.wrong, told.right) == (72, 28)
    assert told.precision >= 0.9
    assert easy.recall >= 0.9
