"""Words of a brief on its renditions: what a plan wants, what is made of it, what the papers say, what goes wrong."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from colophon.domain.asset import Rendition
from colophon.domain.disclosure import LabelRule
from colophon.domain.provenance import COMPOSITE_WITH_TRAINED_MEDIA, ProvenanceState
from colophon.errors import InvalidInput, PictureError
from colophon.services.current import current_renditions
from colophon.services.public_files import key_of
from tests.services.conftest import World

BOX = {"placement": "google_display_uploaded/small_square", "formats": ["png"]}  # 200 x 200
WORDS = {"headline": "Made for every morning", "call_to_action": "See it"}
VISUALS = [{"id": "hero", "prompt": "A mug on an oak table", "copy_space": "top"}]


def logo(folder: Path) -> str:
    picture = Image.new("RGBA", (120, 40), (0, 0, 0, 0))
    picture.paste("#204060", (4, 4, 116, 36))
    picture.save(folder / "logo.png")
    return "logo.png"


def actions(world: World, rendition: Rendition) -> list[str]:
    """Of its own manifest, which is in order."""
    verdict = world.rt.reader.read(world.rt.store.get(rendition.sha256))
    assert verdict.state is ProvenanceState.TRUSTED
    assert verdict.clean
    return list(verdict.chain[0].actions)


def test_words_logo_and_label_are_laid_on_and_in_the_manifest(world: World) -> None:
    brand = {"name": "Northwind", "logos": [logo(world.folder)]}
    members: dict[str, Any] = {"visuals": VISUALS, "placements": [BOX], "brand": brand, "disclosure": {"label": True}}
    asset, [plain] = world.rendered(**(members | {"brand": {"name": "Northwind"}, "disclosure": {}}))
    world.register(**members, copy=WORDS)
    spent = len(world.invoice)
    [lettered] = world.render(str(asset.generation))
    assert world.render(str(asset.generation)) == []
    assert len(world.invoice) == spent
    assert lettered.recipe != plain.recipe
    before, after = (actions(world, one) for one in (plain, lettered))
    assert after.count("c2pa.addedText") == 3
    assert after.count("c2pa.edited") == 1
    assert [a for a in after if a not in ("c2pa.addedText", "c2pa.edited")] == before
    content = world.rt.store.get(lettered.sha256)
    assert COMPOSITE_WITH_TRAINED_MEDIA.encode() in content
    assert WORDS["headline"].encode() in content
    shown = [Image.open(io.BytesIO(world.rt.store.get(one.sha256))).convert("RGB") for one in (plain, lettered)]
    assert shown[0].tobytes() != shown[1].tobytes()


def test_a_changed_headline_makes_the_file_anew_and_buys_nothing(world: World) -> None:
    members: dict[str, Any] = {"visuals": VISUALS, "placements": [BOX]}
    asset, [first] = world.rendered(**members, copy=WORDS)
    world.register(**members, copy=WORDS | {"headline": "Made for every evening"})
    spent = len(world.invoice)
    [second] = world.render(str(asset.generation))
    assert len(world.invoice) == spent
    assert second.sha256 != first.sha256
    world.register(**members, copy=WORDS)
    assert world.render(str(asset.generation)) == []
    catalog = world.rt.catalog
    assert list(current_renditions("spring", orders=catalog.orders, assets=catalog.assets)) == [first]


def test_every_locale_has_its_files(world: World) -> None:
    copy = WORDS | {
        "language": "en",
        "locales": {
            "ar": {"headline": "صُنع لكل صباح", "call_to_action": "شاهد"},
            "ja": {"headline": "毎朝のための、うつわ。", "call_to_action": "見る"},
        },
    }
    asset, made = world.rendered(visuals=VISUALS, placements=[BOX, "linkedin/text_ad"], copy=copy)
    assert [(r.placement, r.locale) for r in made] == [
        (BOX["placement"], "en"),
        (BOX["placement"], "ar"),
        (BOX["placement"], "ja"),
        ("linkedin/text_ad", None),  # carries no words
    ]
    assert len({r.sha256 for r in made}) == 4
    assert "-ar-" in key_of("spring", made[1])
    assert [r.locale for r in world.rt.catalog.assets.renditions(asset.id)] == ["en", "ar", "ja", None]


@pytest.mark.parametrize(
    ("headline", "reason", "said"),
    [
        ("Made กาแฟ", "copy.missing_glyphs", "U+0E01"),
        ("Unzusammenhängendstverbundenheitlichkeitsgedanken", "copy.does_not_fit", "headline does not fit"),
    ],
)
def test_words_that_cannot_be_laid_on_are_named_and_the_others_made(
    world: World, headline: str, reason: str, said: str
) -> None:
    members: dict[str, Any] = {
        "visuals": VISUALS,
        "placements": [BOX, "linkedin/text_ad"],
        "copy": {"headline": headline},
    }
    asset = world.bought(**members)
    for _ in range(2):
        with pytest.raises(PictureError) as raised:
            world.render(str(asset.generation))
        assert raised.value.reason == reason
        assert said in raised.value.message
        assert f"{BOX['placement']} of hero is not made" in raised.value.message
        assert [r.placement for r in world.rt.catalog.assets.renditions(asset.id)] == ["linkedin/text_ad"]


def test_where_words_go_and_where_they_do_not(world: World) -> None:
    """The table keeps them off web pages; the narrowest wish wins."""
    places = ["web/thumbnail", {"placement": "web/card", "layout": "standard"}, {**BOX, "layout": "none"}]
    world.register(placements=places, copy=WORDS, disclosure={"label": True})
    planned = world.rt.catalog.orders.planned_renditions("spring")
    worded = {p.placement: bool(p.lettering and p.lettering.texts) for p in planned}
    assert worded == {"web/thumbnail": False, "web/card": True, BOX["placement"]: False}
    assert all(p.lettering is not None and p.lettering.label for p in planned)


def test_a_brand_lays_words_on_by_its_own_template(world: World) -> None:
    (world.folder / "layouts.toml").write_text(
        """
        [[quiet]]
        min_aspect = 0
        min_width = 100
        min_height = 100
        sides = ["bottom"]
        share = 0.5
        margin = 0.1
        headline = {largest = 0.08, smallest = 0.08, least = 10}
        legal = {largest = 0.03, smallest = 0.03, least = 9}
        """
    )
    brand = {"name": "Northwind", "layouts": "layouts.toml"}
    world.register(brand=brand, placements=[BOX], copy=WORDS, layout="quiet")
    [planned] = world.rt.catalog.orders.planned_renditions("spring")
    assert planned.lettering is not None
    assert planned.lettering.shape is not None
    assert planned.lettering.shape.sides == ("bottom",)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"layout": "louder"}, "unknown_layout"),
        ({"brand": {"name": "N", "layouts": "layouts.toml"}}, "bad_template"),
        ({"brand": {"name": "N", "layouts": "../secret.toml"}}, "outside_folder"),
        ({"brand": {"name": "N", "fonts": ["fake.ttf"]}}, "bad_brand_file"),
        ({"brand": {"name": "N", "logos": ["missing.png"]}}, "missing_file"),
        ({"copy": WORDS | {"locales": {"ar": {"headline": "x"}}}}, "wrong_value"),
    ],
)
def test_what_is_wrong_with_a_layout_is_told_before_anything_is_bought(
    world: World, members: dict[str, Any], code: str
) -> None:
    (world.folder / "layouts.toml").write_text("[[loud]]\nmin_aspect = 'wide'\n")
    (world.folder / "fake.ttf").write_bytes(b"not a font at all")
    with pytest.raises(InvalidInput) as refused:
        world.register(**members)
    assert code in {problem.code for problem in refused.value.problems}
    assert world.invoice == []


def test_the_canonical_brief_holds_templates_and_digests(world: World) -> None:
    world.register(brand={"name": "Northwind", "logos": [logo(world.folder)], "fonts": ["Inter"]}, copy=WORDS)
    brand = json.loads(world.rt.catalog.orders.campaign("spring").brief)["brand"]
    assert brand["logos"][0]["name"] == "logo.png"
    assert world.rt.store.get(brand["logos"][0]["sha256"])[:4] == b"\x89PNG"
    assert brand["fonts"] == [{"name": "Inter", "sha256": None, "weight": "regular"}]


def test_a_rule_that_begins_later_holds_people_until_the_campaign_is_run_again(world: World) -> None:
    """Planned before its day the files carry no label; from that day on checks ask for one, until new files do."""
    begins = (world.clock.now() + timedelta(days=10)).date()
    rule = LabelRule(name="A law", since=begins, markets=("DE",), needs="synthetic_person", source="http://law.example")
    vars(world.rt)["labels"] = world.rt.labels.model_copy(update={"rules": (rule,)})
    members: dict[str, Any] = {"visuals": VISUALS, "placements": ["x/summary"], "markets": ["DE"]}

    def labelled() -> bool:
        [planned] = world.rt.catalog.orders.planned_renditions("spring")
        return planned.lettering is not None and planned.lettering.label is not None

    def unlabelled() -> tuple[LabelRule, ...]:
        asked = world.rt.bench_of(generation).asked
        assert asked is not None
        return asked.unlabelled

    generation = world.one(**members)
    assert (labelled(), unlabelled()) == (False, ())
    world.clock.sleep(timedelta(days=10).total_seconds())
    assert (labelled(), unlabelled()) == (False, (rule,))
    world.register(**members)
    assert (labelled(), unlabelled()) == (True, ())
