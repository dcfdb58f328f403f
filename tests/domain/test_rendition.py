"""Crops are centred, inside the picture, and of the target's shape."""

from hypothesis import given
from hypothesis import strategies as st

from colophon.domain.rendition import crop_box, crop_loss

SIDES = st.integers(min_value=1, max_value=4000)


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_crop_is_inside_and_touches_two_edges(width: int, height: int, tw: int, th: int) -> None:
    box = crop_box(width, height, tw, th)
    assert 0 <= box.left <= width - box.width
    assert 0 <= box.top <= height - box.height
    assert box.width == width or box.height == height
    assert min(box.width, box.height) >= 1


@given(SIDES, SIDES)
def test_the_same_shape_loses_nothing(width: int, height: int) -> None:
    box = crop_box(width, height, width, height)
    assert (box.left, box.top, box.width, box.height) == (0, 0, width, height)
    assert crop_loss(width, height, width, height) == 0


def test_a_crop_is_centred_to_a_pixel() -> None:
    box = crop_box(1248, 736, 300, 250)
    assert (box.left, box.top, box.width, box.height) == (182, 0, 883, 736)
    assert round(crop_loss(1248, 736, 300, 250), 3) == 0.292
