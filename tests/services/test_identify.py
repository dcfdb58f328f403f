"""Found again: by credentials, by an ancestor's, by look; and that what is recovered is never more than that."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from colophon.domain.asset import Asset, Rendition
from colophon.domain.provenance import ManifestOrder, ProvenanceState
from colophon.errors import InvalidInput, NotFound
from colophon.sandbox.draw import draw
from colophon.services.identify import identify_file, recover_to
from colophon.services.ingest import ingest_file

if TYPE_CHECKING:
    from tests.services.conftest import World

PLACEMENT = "linkedin/single_image_square"
TOWER: dict[str, Any] = {"visuals": [{"id": "hero", "prompt": "A glass tower at night in the rain"}]}


def _identified(world: World, content: bytes, sidecar: bytes | None = None) -> dict[str, Any]:
    file = world.folder / "asked.any"
    file.write_bytes(content)
    beside = world.folder / "asked.any.c2pa"
    beside.unlink(missing_ok=True)
    if sidecar is not None:
        beside.write_bytes(sidecar)
    return identify_file(file, catalog=world.rt.catalog, imaging=world.rt.imaging, reader=world.rt.reader)


def _bytes(world: World, kept: Asset | Rendition) -> bytes:
    return world.rt.store.get(kept.sha256)


def _store(world: World, subject: Asset | Rendition) -> bytes:
    [kept] = world.rt.catalog.manifests.of([subject.id])
    return world.rt.store.get(kept.sha256)


def _again(content: bytes, form: str, crop: float = 0.0, **options: Any) -> bytes:
    """Decoded, cut equally at all sides, and encoded without any metadata."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        cut_x, cut_y = round(picture.width * crop / 2), round(picture.height * crop / 2)
        box = (cut_x, cut_y, picture.width - cut_x, picture.height - cut_y)
        picture.convert("RGB").crop(box).save(out, form, **options)
    return out.getvalue()


def test_every_store_is_kept_under_its_label_as_it_is_in_the_file(world: World) -> None:
    asset, [rendition] = world.rendered(placements=[PLACEMENT])
    for subject, kind in ((asset, "original"), (rendition, "rendition")):
        [kept] = world.rt.catalog.manifests.of([subject.id])
        content = _bytes(world, subject)
        assert (kept.kind, kept.asset, kept.state) == (kind, asset.id, ProvenanceState.TRUSTED)
        assert kept.label == world.rt.reader.read(content).chain[0].label
        assert world.rt.store.get(kept.sha256) == world.rt.stores.store_of(content)


def test_a_picture_from_outside_has_its_store_kept_and_one_without_has_none(world: World, tmp_path: Path) -> None:
    signed, plain = tmp_path / "signed.png", tmp_path / "plain.png"
    drawn = io.BytesIO()
    _drawn(5).save(drawn, "PNG")
    plain.write_bytes(drawn.getvalue())
    parent = world.rt.store.get(world.bought().sha256)
    made = world.rt.signer.sign(
        drawn.getvalue(), "image/png", _order("outside"), parent=parent, parent_media_type="image/png"
    )
    signed.write_bytes(made.content)
    [kept] = world.rt.catalog.manifests.of([ingest_file(signed, bench=world.rt.bench).id])
    assert world.rt.store.get(kept.sha256) == made.manifest
    assert world.rt.catalog.manifests.of([ingest_file(plain, bench=world.rt.bench).id]) == []


def test_a_rendition_says_its_soft_binding(world: World) -> None:
    _, [rendition] = world.rendered(placements=[PLACEMENT])
    assert world.rt.catalog.lookalikes.code(rendition.id, "iscc") is not None
    assert b"c2pa.soft-binding" in _store(world, rendition)


def test_a_changed_file_is_known_by_its_credentials_and_its_own_verdict_stands_beside(world: World) -> None:
    asset, [rendition] = world.rendered(placements=[PLACEMENT])
    view = _identified(world, _bytes(world, rendition), None)
    assert (view["credentials"]["state"], view["matches"][0]["how"]) == ("trusted", "rendition")
    copy = _again(_bytes(world, rendition), "JPEG", quality=60)
    view = _identified(world, copy, _store(world, rendition))
    assert view["credentials"]["state"] == "invalid"
    assert "assertion.dataHash.mismatch" in view["credentials"]["problems"]
    [match] = view["matches"]
    assert (match["how"], match["asset_id"], match["rendition_id"]) == ("credentials", asset.id, rendition.id)
    assert match["looks_alike"] is True
    assert match["score"] > 0.9


def test_an_ancestors_label_leads_to_the_asset(world: World) -> None:
    """A rendition that was made and signed elsewhere, of an original that is kept here."""
    asset, [rendition] = world.rendered(placements=[PLACEMENT])
    label = world.rt.catalog.manifests.of([asset.id])[0].label
    file = _bytes(world, rendition)
    assert [link.label for link in world.rt.reader.read(file).chain][-1] == label
    other = world.rt.signer.sign(
        _again(file, "JPEG"),
        "image/jpeg",
        _order("elsewhere"),
        parent=_bytes(world, asset),
        parent_media_type="image/png",
    )
    [match] = _identified(world, other.content)["matches"]
    assert (match["how"], match["asset_id"]) == ("credentials", asset.id)
    assert match["manifest"]["label"] == label


def _order(title: str) -> ManifestOrder:
    return ManifestOrder(title, ({"action": "c2pa.transcoded"},))


def test_a_label_copied_into_another_picture_comes_last_and_says_that_it_does_not_look_alike(world: World) -> None:
    mug, [file] = world.rendered(placements=[PLACEMENT])
    tower = world.bought("winter", **TOWER)
    view = _identified(world, _again(_bytes(world, tower), "JPEG", quality=80), _store(world, file))
    assert view["credentials"]["state"] == "invalid"
    first, last = view["matches"]
    assert (first["asset_id"], first["how"]) == (tower.id, "fingerprint")
    assert (last["asset_id"], last["how"], last["looks_alike"]) == (mug.id, "credentials", False)
    assert last["score"] < 0.75
    with pytest.raises(NotFound):
        recover_to(world.folder / "copied.c2pa", {**view, "matches": [last]}, store=world.rt.store)


def test_what_is_recovered_is_called_recovered_and_is_not_trusted_for_these_bytes(world: World) -> None:
    asset, [rendition] = world.rendered(placements=[PLACEMENT])
    copy = _again(_bytes(world, rendition), "WEBP", quality=70)
    view = _identified(world, copy)
    assert view["credentials"] == {"state": "none", "label": None, "problems": []}
    [match] = view["matches"]
    assert (match["how"], match["asset_id"], match["rendition_id"]) == ("fingerprint", asset.id, rendition.id)
    [kept] = world.rt.catalog.manifests.of([rendition.id])
    assert match["manifest"] == {
        "label": kept.label,
        "state": "recovered",
        "kind": "rendition",
        "sha256": kept.sha256,
    }
    out = world.folder / "recovered.c2pa"
    recover_to(out, view, store=world.rt.store)
    assert out.read_bytes() == _store(world, rendition)
    assert world.rt.reader.read(copy, out.read_bytes()).state is ProvenanceState.INVALID


def test_recovering_never_writes_over_a_file_nor_invents_one(world: World) -> None:
    asset = world.bought()
    known, out = _identified(world, _bytes(world, asset)), world.folder / "out.c2pa"
    out.write_bytes(b"mine")
    with pytest.raises(InvalidInput):
        recover_to(out, known, store=world.rt.store)
    assert out.read_bytes() == b"mine"
    stranger = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(stranger, "PNG")
    with pytest.raises(NotFound):
        recover_to(world.folder / "other.c2pa", _identified(world, stranger.getvalue()), store=world.rt.store)
    assert not (world.folder / "other.c2pa").exists()


# A small edition of `python -m bench identify`.


def test_copies_are_named_and_strangers_are_not(world: World, tmp_path: Path) -> None:
    catalogued = {}
    for seed in range(12):
        file = tmp_path / f"{seed}.png"
        _drawn(seed).save(file)
        catalogued[seed] = ingest_file(file, bench=world.rt.bench)
    for seed, asset in catalogued.items():
        original = _bytes(world, asset)
        copies = {
            "stripped": _again(original, "PNG"),
            "JPEG q50": _again(original, "JPEG", quality=50),
            "half": _half(original),
            "cut by a tenth": _again(original, "JPEG", crop=0.1, quality=85),
            "WebP": _again(original, "WEBP", quality=75),
        }
        for how, copy in copies.items():
            matches = _identified(world, copy)["matches"]
            assert matches, (seed, how)
            assert matches[0]["asset_id"] == asset.id, (seed, how, matches)
    for seed in range(100, 112):
        stranger = io.BytesIO()
        _drawn(seed).save(stranger, "JPEG", quality=85)
        assert _identified(world, stranger.getvalue())["matches"] == []


def _drawn(seed: int) -> Image.Image:
    words = ("a mug on an oak table", "mountains at dawn", "a glass tower", "ferns in a jungle")
    size = random.Random(seed).choice([(400, 300), (320, 320), (300, 400)])
    return draw(f"{words[seed % 4]} {seed}", seed, *size)


def _half(content: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
