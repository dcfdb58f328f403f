"""Crops in the product: by the subject found or a person's focal point, never enlarged too far, all on one page."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from colophon.bootstrap.sheets import write_crops
from colophon.domain.recipe import crop_of
from colophon.domain.subject import Point
from colophon.errors import InvalidInput, NotFound, PictureError, StoreUnavailable
from colophon.services.current import current_renditions, wanted_of_campaign
from colophon.services.focus import choose_and_judge, choose_focus
from colophon.services.ingest import ingest_file
from colophon.services.recheck import Rechecked
from colophon.services.render import render_generation
from colophon.services.show_asset import asset_view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from colophon.domain.asset import Asset
    from tests.services.conftest import World

SQUARE, WIDER, TALL = "linkedin/text_ad", "iab_display/medium_rectangle", "iab_display/skyscraper"


def off_centre(_prompt: str, _seed: int, width: int, height: int, _references: Sequence[bytes] = ()) -> Image.Image:
    """A red disc near the right edge of a grey ground."""
    picture = Image.new("RGB", (width, height), "#b8b4ac")
    side = min(width, height) // 5
    ImageDraw.Draw(picture).ellipse((width - side * 3 // 2, side, width - side // 2, side * 2), fill="#c01020")
    return picture


def focused(world: World, asset: Asset, *place: str, by: str = "Ana") -> Asset:
    return choose_focus(asset.id, place[:2] or None, by=by, assets=world.rt.catalog.assets, clock=world.clock)  # type: ignore[arg-type]


def redness(world: World, sha256: str) -> float:
    """The share of a file's pixels that are the disc's."""
    with Image.open(io.BytesIO(world.rt.store.get(sha256))) as picture:
        red, green, _ = picture.convert("RGB").split()
        disc = sum(1 for r, g in zip(red.tobytes(), green.tobytes(), strict=True) if r > g + 80)
        return disc / (picture.width * picture.height)


def test_a_file_shows_the_subject_that_the_middle_would_lose(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.sandbox.pictures.draw", off_centre)
    asset, [tall] = world.rendered(placements=[{"placement": TALL, "formats": ["png"]}])
    assert asset.facts.subject is not None
    assert redness(world, tall.sha256) > 0.01
    again = world.rt.catalog.assets.get(asset.id)
    assert again.facts.subject == asset.facts.subject


def test_a_focal_point_makes_the_files_it_changes_anew_and_buys_nothing(world: World) -> None:
    asset, renditions = world.rendered(placements=[SQUARE, WIDER])  # of a square, which the first one takes whole
    bought = len(world.invoice)
    focused(world, asset, "0.02", "0.02")
    assets, orders = world.rt.catalog.assets, world.rt.catalog.orders
    assert [r.placement for r in current_renditions("spring", orders=orders, assets=assets)] == [SQUARE]
    world.work_off("spring")
    assert [r.placement for r in assets.renditions(asset.id)] == [r.placement for r in renditions] + [WIDER]
    assert len(world.invoice) == bought
    wanted = wanted_of_campaign("spring", orders=orders, assets=assets)[asset.id]
    assert {crop_of(assets.get(asset.id), planned).top for planned in wanted.values()} == {0}


def test_the_same_word_is_not_recorded_twice_and_can_be_taken_back(world: World) -> None:
    asset = world.bought()
    assets = world.rt.catalog.assets
    assert focused(world, asset, "3", "5").focus == focused(world, asset, "3", "5", by="Bo").focus == Point(3, 5)
    assert [(c.point, c.by) for c in assets.focuses(asset.id)] == [(Point(3, 5), "Ana")]
    shown = asset_view(asset.id, catalog=world.rt.catalog, address=world.rt.store.address)
    assert (shown["focus"]["x"], shown["focus"]["by"]) == (3, "Ana")
    assert focused(world, asset).focus is None
    assert [c.point for c in assets.focuses(asset.id)] == [Point(3, 5), None]
    assert asset_view(asset.id, catalog=world.rt.catalog, address=world.rt.store.address)["focus"] is None


def test_an_asset_that_carries_copy_is_checked_again_when_its_crops_move(world: World) -> None:
    asset = world.bought(placements=["facebook/stories"], copy={"headline": "Autumn mugs"})
    assets, reviews = world.rt.catalog.assets, world.rt.catalog.reviews

    def at(*place: str) -> Rechecked | None:
        said = (place[0], place[1])
        return choose_and_judge(asset.id, said, by="Ana", examiner=world.rt.examiner(), assets=assets)[1]

    before = len(reviews.rounds(asset.id))
    judged = at("0.02", "0.5")
    assert judged is not None
    assert judged.trouble is None
    assert at("0.02", "0.5") is None  # nothing new was said
    assert len(reviews.rounds(asset.id)) == before + 1  # what was found before stays
    [space] = [finding for finding in assets.findings(asset.id) if finding.name == "space"]
    assert space.score is not None


@pytest.mark.parametrize(
    "place", [("1.01", "0.5"), ("99999", "3"), ("0.5", "7"), ("-1", "3"), ("nan", "nan"), ("1e2", "3"), ("\u0661", "1")]
)
def test_a_point_outside_of_the_picture_changes_nothing(world: World, place: tuple[str, str]) -> None:
    asset = world.bought()
    with pytest.raises(InvalidInput, match=r"outside of the picture|no place") as refused:
        focused(world, asset, *place)
    assert f"0 to {asset.facts.width - 1}" in refused.value.hint
    assert world.rt.catalog.assets.focuses(asset.id) == []


def test_a_person_wins_over_the_brief(world: World) -> None:
    visual = {"id": "hero", "prompt": "A mug on an oak table", "focus": {"x": 1, "y": 0.5}}
    asset = world.bought(placements=[TALL], visuals=[visual])
    [planned] = world.rt.catalog.orders.planned_renditions("spring")
    box = crop_of(asset, planned)
    assert box.right == asset.facts.width
    assert crop_of(focused(world, asset, "0", "0"), planned).left == 0


def test_a_file_that_would_be_enlarged_is_a_problem_and_the_others_are_made(world: World) -> None:
    asset = world.bought(placements=[SQUARE, WIDER])
    assert asset.generation is not None
    with pytest.raises(PictureError, match=f"{WIDER} is 300x250") as error:
        render_generation(asset.generation, workshop=replace(world.rt.workshop, enlarge=0.4))
    assert error.value.reason == "enlarged"
    assert [r.placement for r in world.rt.catalog.assets.renditions(asset.id)] == [SQUARE]


def test_the_page_shows_every_crop_and_needs_no_other_file(world: World) -> None:
    hostile = "<script>alert(1)</script>"
    asset = world.bought(placements=[SQUARE, WIDER, "web/thumbnail"])
    focused(world, asset, "0.25", "0.5", by=hostile)
    view = write_crops(asset.id, world.rt)
    text = (world.settings.home / "sheets" / f"crops-{asset.id}.html").read_text()
    assert [crop["placement"] for crop in view["crops"]] == [SQUARE, WIDER, "web/thumbnail"]
    assert text.count("data:image/jpeg;base64,") == 4
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "://" not in text
    assert view["focus"] == {"x": asset.facts.width // 4, "y": asset.facts.height // 2}


def test_every_placement_with_its_safe_area_for_a_picture_from_outside(world: World, tmp_path: Path) -> None:
    file, page = tmp_path / "own.png", tmp_path / "page.html"
    off_centre("", 0, 1000, 800).save(file)
    asset = ingest_file(file, bench=world.rt.bench)
    view = write_crops(asset.id, world.rt, out=page)
    crops = {crop["placement"]: crop for crop in view["crops"]}
    assert list(crops) == list(world.rt.rules.placements)
    assert crops["instagram/reels"]["safe"] == {"top": 269, "right": 65, "bottom": 672, "left": 65}
    assert crops["instagram/reels"]["problem"] == "enlarged"
    assert crops["web/thumbnail"]["problem"] is None
    assert crops["web/thumbnail"]["kept"] == 1
    text, free = page.read_text(), crops["instagram/reels"]["uncovered"]
    assert text.count('class="covered"') == 9
    assert (free["width"] / crops["instagram/reels"]["box"]["width"]) == pytest.approx(950 / 1080, abs=0.01)
    shape = f'x="{free["left"]}" y="{free["top"]}" width="{free["width"]}" height="{free["height"]}"/>'
    assert f'<rect class="free" {shape}' in text


def test_pages_that_cannot_be_are_clear_errors(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        write_crops("asset_nobody", world.rt)
    asset = world.bought()
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        write_crops(asset.id, world.rt, out=tmp_path)
