"""Sets of files as the parts of a ``<picture>`` element."""

import dataclasses

import pytest

from colophon import data
from colophon.domain.asset import Rendition
from colophon.domain.placement import USUAL_SIGNATURE, PictureFormat, Size, parse_placements
from colophon.domain.responsive import picture_sets
from colophon.errors import InvalidInput

AVIF, WEBP, JPEG, PNG = PictureFormat.AVIF, PictureFormat.WEBP, PictureFormat.JPEG, PictureFormat.PNG
ROW = "channel,placement,width,height,max_bytes,formats,safe_px,widths,notes,source\nweb,hero,1920,1080,{}\n"


def file(
    form: PictureFormat, width: int, *, placement: str = "web/card", asset: str = "a", mark: str = ""
) -> Rendition:
    name = f"{asset}-{form.value}-{width}{mark}"
    return Rendition(name, asset, placement, form, width, width * 3 // 4, name, 1, name, 80, "signer")


def test_a_set_offers_the_best_format_first_and_the_narrowest_file_first() -> None:
    files = [file(form, width) for form in (JPEG, AVIF, WEBP) for width in (800, 400)]
    [found] = picture_sets(files, {each.id: f"https://cdn.example/{each.id}" for each in files})
    assert (found.asset, found.placement) == ("a", "web/card")
    assert [source.media_type for source in found.sources] == ["image/avif", "image/webp", "image/jpeg"]
    assert found.sources[0].srcset == "https://cdn.example/a-avif-400 400w, https://cdn.example/a-avif-800 800w"
    assert found.fallback == dataclasses.replace(found.sources[2].candidates[1], rendition="a-jpg-800")


def test_assets_and_placements_are_sets_of_their_own() -> None:
    files = [file(JPEG, 800), file(JPEG, 200, placement="web/thumbnail"), file(JPEG, 800, asset="b")]
    sets = picture_sets(files, {each.id: each.id for each in files})
    assert [(s.asset, s.placement) for s in sets] == [("a", "web/card"), ("a", "web/thumbnail"), ("b", "web/card")]


def test_what_is_not_public_is_left_out() -> None:
    files = [file(AVIF, 800), file(JPEG, 800), file(JPEG, 400)]
    [found] = picture_sets(files, {"a-jpg-400": "x"})
    assert [source.format for source in found.sources] == [JPEG]
    assert found.fallback.rendition == "a-jpg-400"
    assert picture_sets(files, {}) == []


def test_of_two_files_of_one_width_the_last_counts() -> None:
    files = [file(JPEG, 800, mark="-old"), file(JPEG, 800)]
    [found] = picture_sets(files, {each.id: each.id for each in files})
    assert [each.rendition for each in found.sources[0].candidates] == ["a-jpg-800"]


def test_the_fallback_is_one_that_everything_reads_where_there_is_one() -> None:
    both = [file(PNG, 400), file(AVIF, 800)]
    assert picture_sets(both, {each.id: each.id for each in both})[0].fallback.rendition == "a-png-400"
    only = [file(AVIF, 800), file(WEBP, 400)]
    assert picture_sets(only, {each.id: each.id for each in only})[0].fallback.rendition == "a-webp-400"


def test_an_address_cannot_end_its_entry_of_a_srcset() -> None:
    [found] = picture_sets([file(JPEG, 400)], {"a-jpg-400": "https://cdn.example/a, b%20c 9w"})
    assert found.sources[0].srcset == "https://cdn.example/a%2C%20b%20c%209w 400w"


def test_web_placements_come_in_the_widths_of_the_table() -> None:
    table = parse_placements(data.text("placements.csv"))
    assert [size.width for size in table["web/hero"].sizes] == [1920, 1280, 960, 640]
    for placement in table.values():
        own = Size(placement.width, placement.height, placement.max_bytes)
        assert placement.sizes[0] == own
        assert len(placement.sizes) == 1 or placement.channel == "web"
        for size in placement.sizes:
            assert size.width * placement.height == size.height * placement.width


def test_the_cap_of_a_narrower_copy_shrinks_with_the_area_but_not_below_a_signature() -> None:
    [row] = parse_placements(ROW.format("350000,avif,,960,,")).values()
    assert row.sizes[1] == Size(960, 540, USUAL_SIGNATURE + (350_000 - USUAL_SIGNATURE) // 4)
    [free] = parse_placements(ROW.format(",avif,,960,,")).values()
    assert free.sizes[1].max_bytes is None
    [tight] = parse_placements(ROW.format("5000,avif,,960,,")).values()
    assert tight.sizes[1].max_bytes == 5000


@pytest.mark.parametrize(
    ("widths", "safe", "said"),
    [("1920", "", "not narrower"), ("0", "", "not narrower"), ("641", "", "whole number"), ("640;640", "", "twice"),
     ("wide", "", "invalid literal"), ("640", "1 1 1 1", "one of them")],
)  # fmt: skip
def test_a_row_whose_widths_cannot_be_made_is_refused(widths: str, safe: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_placements(ROW.format(f"350000,avif,{safe},{widths},,"))
