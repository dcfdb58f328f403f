"""Floors of visual quality by placement and format."""

import pytest

from colophon import data
from colophon.domain.placement import PictureFormat, parse_placements
from colophon.domain.quality import parse_quality
from colophon.errors import InvalidInput

DEFAULT = "[default]\njpg = 80\npng = 80\nwebp = 80\navif = 80\n"


def test_the_shipped_table_asks_for_high_quality_everywhere() -> None:
    table = parse_quality(data.text("quality.toml"))
    placements = parse_placements(data.text("placements.csv"))
    floors = {(key, form): table.floor(key, form) for key, place in placements.items() for form in place.formats}
    assert all(70 <= floor <= 90 for floor in floors.values())
    assert floors["web/hero", PictureFormat.AVIF] < floors["instagram/feed_square", PictureFormat.JPEG]
    known = {"default", *placements, *(place.channel for place in placements.values())}
    assert set(table.rows) <= known


def test_the_narrowest_table_that_names_the_format_counts() -> None:
    table = parse_quality(DEFAULT + '[web]\njpg = 75\navif = 74\n["web/hero"]\njpg = 85\n')
    assert table.floor("web/hero", PictureFormat.JPEG) == 85
    assert table.floor("web/hero", PictureFormat.AVIF) == 74
    assert table.floor("web/card", PictureFormat.JPEG) == 75
    assert table.floor("web/card", PictureFormat.WEBP) == 80
    assert table.floor("email/hero_1x", PictureFormat.JPEG) == 80


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("[default", "bad_toml", ""),
        ("[default]\njpg = 80\n", "no_default", "default"),
        (DEFAULT + "[web]\njpg = 101\n", "bad_quality", "web.jpg"),
        (DEFAULT + "[web]\njpg = nan\n", "bad_quality", "web.jpg"),
        (DEFAULT + "[web]\ngif = 80\n", "bad_quality", "web.gif.[key]"),
        ("web = 3\n" + DEFAULT, "bad_quality", "web"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_place(text: str, code: str, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_quality(text)
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [(code, path)]
