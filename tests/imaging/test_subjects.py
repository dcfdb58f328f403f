"""Subjects are found where they were drawn, and crops by them keep what a cut out of the middle loses. The figures are
in docs/renditions.md."""

from __future__ import annotations

import io
from statistics import mean
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from colophon.domain.crop import Target, crop_for
from tests.imaging.subjects import KINDS, labelled

if TYPE_CHECKING:
    from colophon.domain.subject import Box
    from colophon.imaging import ConfinedImaging

EACH = 8
SHAPES = [Target(*s) for s in ((728, 90), (970, 250), (160, 600), (1080, 1080), (1080, 1920), (1200, 628))]


def content(picture: Image.Image) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "PNG", compress_level=1)
    return sink.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_crops_keep_a_subject_that_the_middle_loses(imaging: ConfinedImaging, kind: str) -> None:
    middle, ours, most, hits = [], [], [], 0
    for seed in range(EACH):
        picture, drawn = labelled(kind, seed)
        found = imaging.inspect(content(picture)).subject
        assert found is not None
        hits += drawn.left <= found.focus.x < drawn.right and drawn.top <= found.focus.y < drawn.bottom
        for target in SHAPES:
            centred = crop_for(*picture.size, target, None)
            middle.append(drawn.shared(centred))
            ours.append(drawn.shared(crop_for(*picture.size, target, found)))
            most.append(_possible(drawn, centred))
    assert hits >= EACH - 1
    assert mean(ours) >= 0.93 * mean(most)
    assert mean(ours) > mean(middle) + 0.15


def _possible(drawn: Box, crop: Box) -> float:
    """The share that the best place of a box of this size would keep."""
    return min(1, crop.width / drawn.width) * min(1, crop.height / drawn.height)


@pytest.mark.parametrize("colour", ["white", "black", "#808890"])
def test_a_blank_picture_has_no_subject(imaging: ConfinedImaging, colour: str) -> None:
    assert imaging.inspect(content(Image.new("RGB", (640, 400), colour))).subject is None


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 2), (5, 5)])
def test_a_sliver_is_no_trouble(imaging: ConfinedImaging, size: tuple[int, int]) -> None:
    picture = Image.effect_noise(size, 90)
    found = imaging.inspect(content(picture)).subject
    assert found is None or (found.focus.inside(*size) and found.box.right <= size[0] and found.box.bottom <= size[1])


def test_the_same_picture_has_the_same_subject(imaging: ConfinedImaging) -> None:
    picture = content(labelled("scene", 3)[0])
    assert imaging.inspect(picture).subject == imaging.inspect(picture).subject
