"""The cheapest set of masters serves every placement, without enlarging, cutting no more than is allowed."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon import data
from colophon.domain.master import DoesNotFit, Master, MasterLimits, choose_masters
from colophon.domain.money import megapixel_units
from colophon.domain.placement import PictureFormat, Placement, parse_placements
from colophon.domain.rendition import crop_box, crop_loss

TABLE = parse_placements(data.text("placements.csv"))
LIMITS = MasterLimits()


def price(width: int, height: int) -> int:
    return 15_000 * (1 + megapixel_units(width, height, 1048576))


def placement(width: int, height: int, name: str = "p") -> Placement:
    return Placement("test", name, width, height, None, (PictureFormat.JPEG,), None, "", "")


def check(placements: list[Placement], masters: tuple[Master, ...]) -> None:
    served = [key for master in masters for key in master.serves]
    assert sorted(served) == sorted(p.key for p in placements)
    by_key = {p.key: p for p in placements}
    for master in masters:
        assert master.width % 32 == 0
        assert master.height % 32 == 0
        assert master.width * master.height <= 4_000_000
        for key in master.serves:
            wanted = by_key[key]
            box = crop_box(master.width, master.height, wanted.width, wanted.height)
            assert box.width >= wanted.width
            assert box.height >= wanted.height


@given(st.lists(st.sampled_from(sorted(TABLE)), min_size=1, max_size=12, unique=True))
@settings(max_examples=40, deadline=None)
def test_any_choice_of_placements_is_served(keys: list[str]) -> None:
    placements = [TABLE[key] for key in keys]
    check(placements, choose_masters(placements, price, LIMITS))


def test_the_whole_table_is_served() -> None:
    check(list(TABLE.values()), choose_masters(list(TABLE.values()), price, LIMITS))


@pytest.mark.parametrize(
    "keys",
    [
        ("instagram/feed_portrait", "iab_display/medium_rectangle", "opengraph/universal"),
        ("web/hero", "web/hero_portrait", "web/card", "web/thumbnail"),
        ("instagram/stories", "facebook/feed_square", "email/hero_2x", "pinterest/standard_pin"),
    ],
)
def test_no_other_set_is_cheaper(keys: tuple[str, ...]) -> None:
    """Against brute force over every partition of the placements and a coarse but sound lower bound of each part."""
    placements = [TABLE[key] for key in keys]
    masters = choose_masters(placements, price, LIMITS)
    found = sum(price(m.width, m.height) for m in masters)
    prices = [[_cheapest_for(part) for part in partition] for partition in _partitions(placements)]
    assert found == min(sum(p for p in parts if p) for parts in prices if None not in parts)


def _cheapest_for(part: list[Placement]) -> int | None:
    sides = range(512, 2561, 32)
    prices = [
        price(w, h)
        for w, h in itertools.product(sides, sides)
        if w * h <= LIMITS.most_pixels
        and max(w, h) <= LIMITS.widest * min(w, h)
        and all(
            crop_loss(w, h, p.width, p.height) <= LIMITS.crop_loss
            and crop_box(w, h, p.width, p.height).width >= p.width
            and crop_box(w, h, p.width, p.height).height >= p.height
            for p in part
        )
    ]
    return min(prices, default=None)


def _partitions(items: list[Placement]) -> list[list[list[Placement]]]:
    if not items:
        return [[]]
    head, rest = items[0], items[1:]
    found = []
    for partition in _partitions(rest):
        found.append([[head], *partition])
        found.extend([*partition[:i], [head, *part], *partition[i + 1 :]] for i, part in enumerate(partition))
    return found


def test_leaderboards_get_the_widest_master_although_they_lose_more() -> None:
    (master,) = choose_masters([TABLE["iab_display/leaderboard"]], price, LIMITS)
    assert master.width == 3 * master.height


def test_what_no_master_covers_is_refused_by_name() -> None:
    with pytest.raises(DoesNotFit, match="test/huge"):
        choose_masters([placement(4000, 4000, "huge")], price, LIMITS)


def test_a_tighter_loss_never_makes_it_cheaper() -> None:
    placements = list(TABLE.values())[:20]
    loose, tight = (
        sum(price(m.width, m.height) for m in choose_masters(placements, price, MasterLimits(crop_loss=loss)))
        for loss in (0.4, 0.1)
    )
    assert tight >= loose
