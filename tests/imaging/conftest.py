"""One pool of confined children for all imaging tests, and a drawn picture with detail like a photograph's."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image

from colophon.confined import Confined
from colophon.imaging import ConfinedImaging

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="session")
def confined() -> Iterator[Confined]:
    pool = Confined(2)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def imaging(confined: Confined) -> ConfinedImaging:
    return ConfinedImaging(confined)


@pytest.fixture(scope="session")
def draw() -> Draw:
    return photograph


def photograph(width: int, height: int, seed: int = 1, noise: float = 2.0) -> Image.Image:
    """Noise of many scales, as in a photograph: large shapes, some texture, sensor noise."""
    random = np.random.default_rng(seed)
    levels = np.zeros((height, width, 3))
    for octave in range(8):
        grid = random.integers(0, 256, (2 + 2**octave, 2 + 2**octave, 3), dtype=np.uint8)
        resized = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        levels += np.asarray(resized, dtype=float) / 2 ** (octave + 1)
    levels += random.normal(0, noise, levels.shape)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
