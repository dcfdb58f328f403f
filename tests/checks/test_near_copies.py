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
from colophon.domain.asset import Fingerprints
from colophon.imaging import ConfinedImaging

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
