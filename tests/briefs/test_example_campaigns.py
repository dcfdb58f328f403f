"""The example campaigns are what they say: valid, varied, and with small pictures that their script draws."""

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from colophon import data
from colophon.briefs import load_brief
from colophon.domain.brief import Brief
from colophon.domain.placement import PictureFormat, parse_placements
from colophon.domain.screening import screen

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURES = {"mug": "northwind-mugs/mug.jpg", "hotel": "harbour-house/front.png"}


@pytest.fixture(params=["northwind-mugs", "harbour-house"])
def brief(request: pytest.FixtureRequest) -> Brief:
    return load_brief(EXAMPLES / str(request.param) / "brief.yaml").brief


def test_an_example_wants_every_format(brief: Brief) -> None:
    table = parse_placements(data.text("placements.csv"))
    wishes = [*brief.placements, *(wish for visual in brief.visuals for wish in visual.placements or ())]
    formats = {f for wish in wishes for f in wish.formats or table[wish.placement].default_formats}
    assert formats == set(PictureFormat)
    assert 4 <= len({wish.placement for wish in wishes}) <= 8


def test_an_example_prompt_follows_the_vendors_advice(brief: Brief) -> None:
    for visual in brief.visuals:
        assert 30 <= len(visual.prompt.split()) <= 80
        assert visual.light
        assert 3 <= len(visual.colours) <= 5
        assert not re.search(r"\b(no|not|without|avoid|never)\b", visual.prompt, re.IGNORECASE)
        assert screen(visual.prompt, brief.brand.banned_concepts) == []


def test_the_examples_are_two_campaigns_of_two_brands() -> None:
    one, other = (load_brief(EXAMPLES / name / "brief.yaml").brief for name in ("northwind-mugs", "harbour-house"))
    assert one.brand.name != other.brand.name
    assert [len(b.visuals) for b in (one, other)] == [2, 2]


@pytest.mark.parametrize("name", PICTURES)
def test_a_reference_picture_is_the_one_its_script_draws(name: str) -> None:
    path = EXAMPLES / PICTURES[name]
    assert path.stat().st_size <= 150_000
    drawn = runpy.run_path(str(EXAMPLES / "make_references.py"))[name]()
    with Image.open(path) as kept:
        difference = ImageStat.Stat(ImageChops.difference(kept.convert("RGB"), drawn))
    # Room for another version's smoothing and for JPEG; another drawing differs by far more.
    assert max(difference.mean) < 1.5
