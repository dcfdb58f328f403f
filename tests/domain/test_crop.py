"""Crops for placements: inside the picture, of the placement's shape, with the subject in view and clear."""

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.domain.crop import CLOSEST, Target, clear_of, crop_for, enlargement
from colophon.domain.placement import SafeArea
from colophon.domain.rendition import crop_box
from colophon.domain.subject import Box, Point, Spot, Subject

SIDES = st.integers(min_value=1, max_value=3000)


@st.composite
def targets(draw: st.DrawFn, largest: int = 2000, *, safe: bool = True) -> Target:
    width, height = (draw(st.integers(min_value=1, max_value=largest)) for _ in range(2))
    if not safe or min(width, height) < 5:
        return Target(width, height)
    top, bottom = (draw(st.integers(min_value=0, max_value=(height - 1) // 2)) for _ in range(2))
    left, right = (draw(st.integers(min_value=0, max_value=(width - 1) // 2)) for _ in range(2))
    return Target(width, height, SafeArea(top, right, bottom, left))


@st.composite
def subjects(draw: st.DrawFn, width: int, height: int) -> Subject:
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    box = Box(left, top, draw(st.integers(1, width - left)), draw(st.integers(1, height - top)))
    return Subject(box, Point(draw(st.integers(left, box.right - 1)), draw(st.integers(top, box.bottom - 1))))


@given(SIDES, SIDES, targets(), st.data())
def test_a_crop_is_inside_of_the_shape_and_has_the_focal_point(
    w: int, h: int, target: Target, data: st.DataObject
) -> None:
    subject = data.draw(subjects(w, h))
    box = crop_for(w, h, target, subject)
    assert min(box.left, box.top) >= 0
    assert min(box.width, box.height) >= 1
    assert box.right <= w
    assert box.bottom <= h
    scale = min(Fraction(w, target.width), Fraction(h, target.height))
    shrunk = max(Fraction(box.width, target.width), Fraction(box.height, target.height))
    assert shrunk <= scale + Fraction(1, min(target.width, target.height))
    if min(box.width, box.height) > 1:  # a pixel of either side, in pixels of the other
        assert abs(box.width * target.height - box.height * target.width) <= target.width + target.height
    assert box.left <= subject.focus.x < box.right
    assert box.top <= subject.focus.y < box.bottom


@given(SIDES, SIDES, targets())
def test_without_a_subject_a_crop_is_centred(w: int, h: int, target: Target) -> None:
    assert crop_for(w, h, target, None) == crop_box(w, h, target.width, target.height)


@given(SIDES, SIDES, targets(safe=False), st.data())
def test_without_a_safe_area_the_box_is_the_largest(w: int, h: int, target: Target, data: st.DataObject) -> None:
    box, largest = crop_for(w, h, target, data.draw(subjects(w, h))), crop_box(w, h, target.width, target.height)
    assert (box.width, box.height) == (largest.width, largest.height)


@given(st.integers(20, 400), st.integers(20, 400), targets(300, safe=False), st.data())
def test_a_crop_is_as_near_the_subject_as_it_can_be(w: int, h: int, target: Target, data: st.DataObject) -> None:
    subject = data.draw(subjects(w, h))
    box = crop_for(w, h, target, subject)
    for side, start, length, begin, end in (
        (w, box.left, box.width, subject.box.left, subject.box.right),
        (h, box.top, box.height, subject.box.top, subject.box.bottom),
    ):
        if end - begin <= length:
            places = [p for p in range(side - length + 1) if p <= begin and p + length >= end]
            assert abs(2 * start + length - begin - end) <= min(abs(2 * p + length - begin - end) for p in places) + 1


@settings(max_examples=60)
@given(st.integers(30, 60), st.integers(30, 60), targets(30), st.data())
def test_the_whole_subject_is_clear_wherever_it_can_be(w: int, h: int, target: Target, data: st.DataObject) -> None:
    subject = data.draw(subjects(w, h))
    box = crop_for(w, h, target, subject)
    if subject.box.shared(clear_of(box, target)) == 1:
        return
    safe = target.safe or SafeArea(0, 0, 0, 0)
    widest = min(Fraction(w, target.width), Fraction(h, target.height))
    least = max(widest / CLOSEST, min(widest, Fraction(1)))
    steps = 12
    for step in range(steps + 1):
        scale = least + (widest - least) * step / steps
        across = _places(w, scale, target.width, safe.left, safe.right, subject.box.left, subject.box.right)
        down = _places(h, scale, target.height, safe.top, safe.bottom, subject.box.top, subject.box.bottom)
        assert not (across and down), (scale, box)


def _places(side: int, scale: Fraction, target: int, before: int, after: int, begin: int, end: int) -> bool:
    """Whether there is room for a pixel's play on either side: rounding to whole pixels takes that much."""
    low = max(Fraction(0), end + 2 - scale * (target - after))
    return low + 2 <= min(side - scale * target, begin - 2 - scale * before)


@given(SIDES, SIDES, targets(200, safe=False), st.integers(2, 8), st.data())
def test_the_files_of_a_responsive_set_are_one_cut(
    w: int, h: int, small: Target, times: int, data: st.DataObject
) -> None:
    subject = data.draw(st.none() | subjects(w, h))
    large = Target(small.width * times, small.height * times)
    assert crop_for(w, h, large, subject) == crop_for(w, h, small, subject)


def test_a_subject_under_the_controls_is_brought_out() -> None:
    story, high = Target(1080, 1920, SafeArea(250, 0, 390, 0)), Subject(Box(900, 400, 400, 500), Point(1000, 600))
    box = crop_for(2160, 3840, story, high)
    assert box.height < 3840
    assert 3840 / box.height <= CLOSEST
    assert high.box.shared(clear_of(box, story)) == 1
    assert enlargement(box, 1080, 1920) <= 1


def test_no_crop_goes_so_close_that_pixels_are_made_up() -> None:
    story, high = Target(1080, 1920, SafeArea(250, 0, 390, 0)), Subject(Box(500, 10, 200, 300), Point(600, 100))
    assert enlargement(crop_for(1152, 1920, story, high), 1080, 1920) == 1
    small = crop_for(540, 960, story, high)
    assert enlargement(small, 1080, 1920) == 2


def test_a_fraction_names_a_pixel_at_every_edge() -> None:
    assert [Spot(*at).on(200, 100) for at in product((0.0, 1.0), repeat=2)] == [
        Point(0, 0),
        Point(0, 99),
        Point(199, 0),
        Point(199, 99),
    ]
