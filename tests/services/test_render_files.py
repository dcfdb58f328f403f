"""Renditions: within their caps, signed, read back as trusted, and recorded only then."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from colophon.domain.asset import AssetState
from colophon.domain.generation import GenerationState
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ProvenanceState
from colophon.errors import PictureError, SigningError
from colophon.provenance import C2paSigner, make_development_ca
from colophon.services.current import current_renditions
from colophon.services.render import render_generation
from colophon.services.review import decide_asset
from colophon.services.show_asset import asset_view
from colophon.services.show_standing import campaign_view

if TYPE_CHECKING:
    from pathlib import Path

    from colophon.domain.asset import Rendition
    from tests.services.conftest import World


def content(world: World, rendition: Rendition) -> bytes:
    return world.rt.store.get(rendition.sha256)


def test_every_format_is_made_signed_and_trusted_with_its_original_as_parent(world: World) -> None:
    asset, renditions = world.rendered(
        placements=[
            {"placement": "web/thumbnail", "formats": ["avif", "webp", "jpg"]},
            {"placement": "linkedin/text_ad", "formats": ["png", "jpg"]},
        ]
    )
    made = {(r.placement, r.format.value): r for r in renditions}
    assert set(made) == {
        *(("web/thumbnail", name) for name in ("avif", "webp", "jpg")),
        *(("linkedin/text_ad", name) for name in ("png", "jpg")),
    }
    for rendition in renditions:
        signed = content(world, rendition)
        verdict = world.rt.reader.read(signed)
        assert verdict.state is ProvenanceState.TRUSTED
        assert verdict.problems == ()
        assert [link.organisation for link in verdict.chain] == ["Example Brand (development)", "Colophon Sandbox"]
        assert verdict.chain[0].actions[0] == "c2pa.opened"
        assert verdict.claim["source_type"] == TRAINED_ALGORITHMIC_MEDIA
        with Image.open(io.BytesIO(signed)) as picture:
            assert picture.size == (rendition.width, rendition.height)
        assert rendition.bytes == len(signed)
        assert rendition.asset == asset.id
        assert rendition.manifest_sha256 is None


@pytest.mark.parametrize(
    ("placement", "cap"),
    [("web/thumbnail", 40_000), ("iab_display/smartphone_banner_320", 50_000), ("email/logo_2x", 20_000)],
)
def test_the_manifest_counts_inside_the_cap(world: World, placement: str, cap: int) -> None:
    _, renditions = world.rendered(placements=[placement])
    assert renditions
    for rendition in renditions:
        assert rendition.bytes == len(content(world, rendition)) <= cap


def test_where_no_manifest_fits_it_travels_beside_the_file(world: World) -> None:
    asset, [rendition] = world.rendered(placements=["iab_display/feature_phone_small"])
    assert rendition.bytes <= 5000
    stored = world.rt.store.address(str(rendition.manifest_sha256))
    shown = asset_view(asset.id, catalog=world.rt.catalog, address=world.rt.store.address)["renditions"]
    stands = campaign_view("spring", catalog=world.rt.catalog, address=world.rt.store.address)["renditions"]
    assert [r["manifest"] for r in (*shown, *stands)] == [stored, stored]
    assert rendition.manifest_sha256 is not None
    bare, manifest = content(world, rendition), world.rt.store.get(rendition.manifest_sha256)
    assert world.rt.reader.read(bare).state is not ProvenanceState.TRUSTED
    verdict = world.rt.reader.read(bare, manifest)
    assert verdict.clean
    assert len(verdict.chain) == 2


def test_renditions_are_made_once(world: World) -> None:
    asset, first = world.rendered()
    assert world.render(str(asset.generation)) == []
    assert world.rt.catalog.assets.renditions(asset.id) == first


def test_only_what_is_missing_is_made(world: World) -> None:
    asset, first = world.rendered(placements=["linkedin/text_ad"])
    world.register(placements=["linkedin/text_ad", "x/summary"])
    added = world.render(str(asset.generation))
    assert [r.placement for r in added] == ["x/summary"]
    assert world.rt.catalog.assets.renditions(asset.id) == [*first, *added]


def current(world: World) -> list[Rendition]:
    catalog = world.rt.catalog
    return list(current_renditions("spring", orders=catalog.orders, assets=catalog.assets))


def with_cap(world: World, cap: int) -> None:
    """The table of placements as it may be after an update: the small one with another cap."""
    rules = world.rt.rules
    changed = replace(rules.placements["linkedin/text_ad"], max_bytes=cap)
    vars(world.rt)["rules"] = replace(rules, placements={**rules.placements, changed.key: changed})


def test_a_brief_that_withdraws_its_prompts_gets_files_without_them(world: World) -> None:
    visuals = [{"id": "hero", "prompt": "A mug painted with unannounced news"}]
    asset, [open_] = world.rendered(visuals=visuals, disclosure={"prompts": True})
    assert b"unannounced" in content(world, open_)
    world.register(visuals=visuals, disclosure={"prompts": False})
    assert current(world) == []
    [silent] = world.render(str(asset.generation))
    assert b"unannounced" not in content(world, silent)
    assert current(world) == [silent]
    assert world.rt.catalog.assets.renditions(asset.id) == [open_, silent]
    assert world.render(str(asset.generation)) == []


def test_a_brief_that_goes_back_to_earlier_words_wants_the_earlier_file(world: World) -> None:
    asset, [first] = world.rendered()
    world.register(disclosure={"prompts": True})
    [second] = world.render(str(asset.generation))
    assert current(world) == [second]
    world.register()
    assert world.render(str(asset.generation)) == []
    assert current(world) == [first]


def test_a_changed_choice_about_training_reaches_the_manifest(world: World) -> None:
    asset, [first] = world.rendered()
    world.register(disclosure={"training": "constrained"})
    [second] = world.render(str(asset.generation))
    assert b"notAllowed" in content(world, first)
    assert b"constrained" not in content(world, first)
    assert b"constrained" in content(world, second)
    assert b"notAllowed" not in content(world, second)
    assert current(world) == [second]


def test_a_changed_cap_or_size_reaches_the_file(world: World) -> None:
    asset, [first] = world.rendered()
    with_cap(world, first.bytes - 100)
    world.register()
    [lighter] = world.render(str(asset.generation))
    assert lighter.bytes <= first.bytes - 100
    larger = replace(world.rt.rules.placements["linkedin/text_ad"], width=120, height=120)
    vars(world.rt)["rules"] = replace(world.rt.rules, placements={**world.rt.rules.placements, larger.key: larger})
    world.register()
    [grown] = world.render(str(asset.generation))
    assert (grown.width, grown.height) == (120, 120)
    assert current(world) == [grown]


def test_another_way_of_making_files_makes_them_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asset, [first] = world.rendered()
    monkeypatch.setattr("colophon.domain.recipe.VERSION", "another")
    [second] = world.render(str(asset.generation))
    assert second.recipe != first.recipe
    assert current(world) == [second]


def test_what_is_not_in_the_files_makes_none(world: World) -> None:
    asset, made = world.rendered()
    world.register(title="Another title", owner="Ben", disclosure={"prompts": False, "training": "notAllowed"})
    assert world.render(str(asset.generation)) == []
    assert current(world) == made


def test_files_of_a_placement_that_is_not_wanted_any_more_are_not_current(world: World) -> None:
    _, [kept, dropped] = world.rendered(placements=["linkedin/text_ad", "x/summary"])
    assert current(world) == [kept, dropped]
    world.register(placements=["linkedin/text_ad"])
    assert current(world) == [kept]


def test_nothing_is_made_before_there_is_an_asset(world: World) -> None:
    generation = world.one()
    assert world.render(generation) == []
    world.submit(generation)
    assert world.render(generation) == []


def test_a_rejected_picture_is_not_rendered_until_a_person_overrules(world: World) -> None:
    world.engine.scores = {"FEMALE_BREAST_EXPOSED": 0.9}
    asset, renditions = world.rendered()
    assert (asset.state, renditions) == (AssetState.REJECTED, [])
    decide_asset(asset.id, "approve", by="Ana", reason="a statue", desk=world.rt.desk)
    assert world.progress(str(asset.generation)).state is GenerationState.ASSET
    world.work_off("spring")
    assert len(world.rt.catalog.assets.renditions(asset.id)) == 1


def test_a_signer_our_own_policy_does_not_believe_leaves_no_record(world: World, tmp_path: Path) -> None:
    make_development_ca(tmp_path / "strange", organisation="Somebody Else", now=datetime.now(UTC))
    chain, key = ((tmp_path / "strange" / name).read_text() for name in ("chain.pem", "key.pem"))
    asset = world.bought()
    workshop = replace(world.rt.workshop, signer=C2paSigner(chain, key, policy=world.rt.trust_policy))
    with pytest.raises(SigningError) as raised:
        render_generation(str(asset.generation), workshop=workshop)
    assert raised.value.where == asset.id
    assert "doctor" in raised.value.hint
    assert world.rt.catalog.assets.renditions(asset.id) == []
    assert [r.placement for r in world.render(str(asset.generation))] == ["linkedin/text_ad"]


def test_a_picture_over_its_cap_at_any_quality_is_named_and_does_not_hold_up_the_others(world: World) -> None:
    strict = replace(world.rt.rules.placements["x/summary"], max_bytes=300)
    vars(world.rt)["rules"] = replace(world.rt.rules, placements={**world.rt.rules.placements, strict.key: strict})
    asset = world.bought(placements=["x/summary", "linkedin/text_ad"])
    for _ in range(2):
        with pytest.raises(PictureError) as raised:
            world.render(str(asset.generation))
        assert "x/summary as jpg weighs" in raised.value.message
        assert "its cap is 300" in raised.value.message
        assert [r.placement for r in world.rt.catalog.assets.renditions(asset.id)] == ["linkedin/text_ad"]


def test_the_prompt_is_in_the_file_only_when_the_brief_allows_it(world: World) -> None:
    visuals = [{"id": "hero", "prompt": "A mug painted with unannounced news"}]
    _, [silent] = world.rendered("spring", visuals=visuals)
    _, [open_] = world.rendered(
        "autumn", visuals=[{"id": "hero", "prompt": "A jug painted with public news"}], disclosure={"prompts": True}
    )
    assert b"unannounced" not in content(world, silent)
    assert b"public news" in content(world, open_)


def test_no_word_of_the_prompt_and_no_name_of_its_writer_is_in_a_file_unless_the_brief_says_so(world: World) -> None:
    visual = {
        "id": "hero",
        "prompt": "Chrysanthemums unveiled",
        "setting": "Greenhouse midwinter",
        "light": "Candlelight flickering",
        "camera": "Telephoto handheld",
        "style": "Watercolour impressionistic",
        "mood": "Melancholy anticipation",
    }
    words = [word for part in list(visual.values())[1:] for word in part.split()]
    placements = [
        {"placement": "web/thumbnail", "formats": ["avif", "webp", "jpg"]},
        {"placement": "linkedin/text_ad", "formats": ["png"]},
    ]
    asset, silent = world.rendered(visuals=[visual], placements=placements, owner="Annegret Holzwarth")
    prompt = world.progress(str(asset.generation)).generation.prompt
    assert all(word in prompt for word in words)
    world.register(visuals=[visual], placements=placements, owner="Annegret Holzwarth", disclosure={"prompts": True})
    told = world.render(str(asset.generation))
    assert {r.format for r in silent} == {r.format for r in told} == set(PictureFormat)
    for rendition in silent:
        whole = content(world, rendition).lower()
        assert not [word for word in (*words, "Annegret") if word.lower().encode() in whole]
    for rendition in told:
        assert all(word.encode() in content(world, rendition) for word in (*words, "Annegret Holzwarth"))


def test_the_brand_and_who_made_the_picture_are_in_the_manifest(world: World) -> None:
    asset, [first] = world.rendered()
    for word in (b"Northwind", b"Colophon Sandbox", b"flux-2-pro", asset.id.encode()):
        assert word in content(world, first)
    world.register(brand={"name": "Southwind"})
    [second] = world.render(str(asset.generation))
    assert b"Southwind" in content(world, second)
    assert b"Northwind" not in content(world, second)


def test_what_the_decoder_did_is_in_the_manifest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An original that is stored turned and with a profile of its own."""
    turned = Image.Exif()
    turned[0x0112] = 3
    inks = {"exif": turned}

    def encode(picture: Image.Image, _name: str) -> bytes:
        sink = io.BytesIO()
        picture.convert("CMYK").save(sink, "JPEG", **inks)
        return sink.getvalue()

    monkeypatch.setattr("colophon.sandbox.pictures.encode", encode)
    monkeypatch.setattr("colophon.sandbox.pictures.sign", lambda content, media_type, **_: content)
    _, [rendition] = world.rendered()
    actions = world.rt.reader.read(content(world, rendition)).chain[0].actions
    assert actions[:3] == ("c2pa.opened", "c2pa.orientation", "c2pa.adjustedColor")


def test_a_picture_without_papers_is_rendered_with_a_trusted_signature_and_says_so(world: World) -> None:
    world.faults("unsigned")
    asset, [rendition] = world.rendered()
    assert asset.state is AssetState.HELD
    verdict = world.rt.reader.read(content(world, rendition))
    assert verdict.state is ProvenanceState.TRUSTED
    assert "policy.parent-unsigned" in verdict.problems


def test_formats_of_a_rendition_are_what_they_say(world: World) -> None:
    _, renditions = world.rendered(placements=["web/thumbnail"])
    heads = {
        PictureFormat.AVIF: (4, b"ftypavif"),
        PictureFormat.WEBP: (8, b"WEBP"),
        PictureFormat.JPEG: (0, b"\xff\xd8"),
    }
    for rendition in renditions:
        offset, magic = heads[rendition.format]
        assert content(world, rendition)[offset : offset + len(magic)] == magic


@pytest.mark.parametrize(
    ("wish", "reduced"),
    [
        ({"placement": "email/logo_2x", "formats": ["png"]}, True),
        ({"placement": "linkedin/single_image_landscape", "formats": ["png"]}, False),
    ],
)
def test_a_palette_made_to_fit_the_cap_is_a_step_of_its_own(
    world: World, wish: dict[str, object], reduced: bool
) -> None:
    _, [rendition] = world.rendered(placements=[wish])
    signed = content(world, rendition)
    with Image.open(io.BytesIO(signed)) as picture:
        assert (picture.mode == "P") is reduced
    assert ("c2pa.adjustedColor" in world.rt.reader.read(signed).chain[0].actions) is reduced
