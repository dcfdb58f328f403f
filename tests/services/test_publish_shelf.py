"""The public shelf: only what is approved and verifies, a list that says what is there, and withdrawal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.asset import AssetState, sha256
from colophon.errors import Conflict, NotFound, ObjectCorrupt, StoreUnavailable
from colophon.ports import Holder, Shelf
from colophon.services.focus import choose_focus
from colophon.services.press import Press
from colophon.services.publish import publish
from colophon.services.render import render_generation
from colophon.services.review import decide_asset
from colophon.services.withdraw import recall, unpublish

if TYPE_CHECKING:
    from tests.services.conftest import World

DETACHED = "iab_display/feature_phone_small"


def shelf_files(world: World) -> dict[str, bytes]:
    """Without the signed list of all campaigns, which `test_current_list` looks at."""
    root = world.settings.home / "cdn"
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.startswith("current.json"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def listed(world: World, campaign: str = "spring") -> list[dict[str, Any]]:
    entries = json.loads(shelf_files(world)[f"{campaign}/publications.json"])["publications"]
    assert isinstance(entries, list)
    return entries


def damage(path: str) -> None:
    file = Path(path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


class Spoiling:
    """A shelf in front of another that changes what is put under keys that end so, or forgets to delete."""

    def __init__(self, inner: Shelf, *, spoils: str = "never", forgets: bool = False) -> None:
        self._inner, self._spoils, self._forgets = inner, spoils, forgets
        self.replace, self.get = inner.replace, inner.get

    def put(self, key: str, content: bytes, media_type: str) -> str:
        changed = bytes([*content[:-40], content[-40] ^ 1, *content[-39:]]) if key.endswith(self._spoils) else content
        return self._inner.put(key, changed, media_type)

    def delete(self, key: str) -> None:
        if not self._forgets:
            self._inner.delete(key)


def spoiled(world: World, **how: Any) -> Press:
    return replace(world.rt.press, shelf=Spoiling(world.rt.shelf, **how))


def test_an_approved_asset_becomes_public_with_a_list_that_says_so(world: World) -> None:
    asset, [rendition] = world.approved()
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed, done.kept) == ((rendition.id,), (), ())
    [entry] = listed(world)
    assert entry["rendition"] == rendition.id
    assert entry["asset"] == asset.id
    assert (entry["sha256"], entry["bytes"]) == (rendition.sha256, rendition.bytes)
    assert (entry["media_type"], entry["width"], entry["height"]) == ("image/jpeg", 100, 100)
    assert entry["manifest"] == "embedded"
    [(key, content)] = [(k, c) for k, c in shelf_files(world).items() if not k.endswith(".json")]
    assert entry["address"].endswith(key)
    assert rendition.sha256[:32] in key
    assert sha256(content) == rendition.sha256
    assert world.rt.reader.read(content).clean


def test_publishing_again_changes_nothing(world: World) -> None:
    _, [rendition] = world.approved()
    first = publish("spring", press=world.rt.press)
    before = shelf_files(world)
    again = publish("spring", press=world.rt.press)
    assert (again.added, again.removed, again.kept) == ((), (), (rendition.id,))
    assert again.list_address == first.list_address
    assert shelf_files(world) == before
    assert len(world.rt.catalog.publications.of_campaign("spring")) == 1


@pytest.mark.parametrize("fault", ["slow:0", "unsigned"])
def test_what_nobody_approved_stays_inside(world: World, fault: str) -> None:
    world.faults(fault)
    world.rendered()
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.list_address) == ((), None)
    assert shelf_files(world) == {}


def test_a_dry_run_lists_the_difference_and_writes_nothing(world: World) -> None:
    _, [rendition] = world.approved()
    assert publish("spring", press=world.rt.press, dry_run=True).added == (rendition.id,)
    assert shelf_files(world) == {}
    publish("spring", press=world.rt.press)
    before = shelf_files(world)
    assert publish("spring", press=world.rt.press, dry_run=True).kept == (rendition.id,)
    assert unpublish("spring", press=world.rt.press, dry_run=True).removed == (rendition.id,)
    assert shelf_files(world) == before
    assert len(world.rt.catalog.publications.of_campaign("spring", only_open=True)) == 1


def test_a_detached_manifest_is_public_beside_its_file(world: World) -> None:
    world.approved(placements=[DETACHED])
    publish("spring", press=world.rt.press)
    [entry] = listed(world)
    assert entry["manifest"] == entry["address"] + ".c2pa"
    files = shelf_files(world)
    [key] = [key for key in files if key.endswith(".jpg")]
    assert world.rt.reader.read(files[key], files[key + ".c2pa"]).clean
    unpublish("spring", press=world.rt.press)
    assert list(shelf_files(world)) == ["spring/publications.json"]


def test_an_embargo_holds_until_it_is_over(world: World) -> None:
    embargo = world.clock.moment + timedelta(hours=1)
    world.approved(embargo=embargo.isoformat())
    for dry_run in (True, False):
        with pytest.raises(Conflict) as raised:
            publish("spring", press=world.rt.press, dry_run=dry_run)
        assert raised.value.reason == "embargo"
    assert shelf_files(world) == {}
    world.clock.sleep(3601)
    assert len(publish("spring", press=world.rt.press).added) == 1


def test_a_file_that_was_changed_in_the_store_is_not_published(world: World) -> None:
    _, [rendition] = world.approved()
    damage(world.rt.store.address(rendition.sha256))
    with pytest.raises(ObjectCorrupt):
        publish("spring", press=world.rt.press)
    assert [key for key in shelf_files(world) if key.endswith(".jpg")] == []
    assert world.rt.catalog.publications.of_campaign("spring") == []


@pytest.mark.parametrize("ending", [".jpg", ".c2pa"])
def test_a_file_that_arrives_changed_is_taken_down_and_not_listed(world: World, ending: str) -> None:
    world.approved(placements=[DETACHED])
    with pytest.raises(ObjectCorrupt) as raised:
        publish("spring", press=spoiled(world, spoils=ending))
    assert "does not verify at its public address" in raised.value.message
    assert list(shelf_files(world)) == ["spring/publications.json"]
    assert listed(world) == []
    assert world.rt.catalog.publications.of_campaign("spring") == []
    assert len(publish("spring", press=world.rt.press).added) == 1


def test_a_failure_halfway_leaves_a_list_of_what_is_public(world: World) -> None:
    _, [first, second] = world.approved(placements=["linkedin/text_ad", "x/summary"])
    damage(world.rt.store.address(second.sha256))
    with pytest.raises(ObjectCorrupt):
        publish("spring", press=world.rt.press)
    assert [entry["rendition"] for entry in listed(world)] == [first.id]


def test_an_address_that_holds_other_bytes_is_not_overwritten(world: World) -> None:
    _, [rendition] = world.approved()
    address = publish("spring", press=world.rt.press)
    [key] = [key for key in shelf_files(world) if key.endswith(".jpg")]
    unpublish("spring", press=world.rt.press)
    (world.settings.home / "cdn" / key).write_bytes(b"somebody was here")
    with pytest.raises(Conflict):
        publish("spring", press=world.rt.press)
    assert shelf_files(world)[key] == b"somebody was here"
    assert listed(world) == []
    assert address.added == (rendition.id,)


def test_a_withdrawn_file_is_gone_and_its_time_is_on_record(world: World) -> None:
    _, [first, second] = world.approved(placements=["linkedin/text_ad", "x/summary"])
    publish("spring", press=world.rt.press)
    assert unpublish(first.id, press=world.rt.press).removed == (first.id,)
    assert [entry["rendition"] for entry in listed(world)] == [second.id]
    assert sum(key.endswith(".jpg") for key in shelf_files(world)) == 1
    assert unpublish("spring", press=world.rt.press).removed == (second.id,)
    assert unpublish("spring", press=world.rt.press).removed == ()
    assert list(shelf_files(world)) == ["spring/publications.json"]
    closed = world.rt.catalog.publications.of_campaign("spring")
    assert all(p.published_until is not None and p.published_until > p.published_from for p in closed)
    assert world.rt.store.exists(first.sha256)


def test_a_shelf_that_still_serves_a_withdrawn_file_is_found_out(world: World) -> None:
    _, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    with pytest.raises(ObjectCorrupt, match="still served"):
        unpublish("spring", press=spoiled(world, forgets=True))
    [publication] = world.rt.catalog.publications.of_campaign("spring")
    assert (publication.rendition, publication.published_until) == (rendition.id, None)


def test_what_is_rejected_after_it_was_published_is_taken_down(world: World) -> None:
    asset, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    decided = decide_asset(asset.id, "reject", by="Ben", reason="recalled", desk=world.rt.desk)
    assert decided.state is AssetState.REJECTED
    assert publish("spring", press=world.rt.press, dry_run=True).removed == (rendition.id,)
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed) == ((), (rendition.id,))
    assert listed(world) == []
    assert list(shelf_files(world)) == ["spring/publications.json"]


@pytest.mark.parametrize("verb", [publish, unpublish])
def test_an_unknown_name_is_not_found(world: World, verb: Any) -> None:
    with pytest.raises(NotFound) as raised:
        verb("nowhere", press=world.rt.press)
    assert "nowhere" in raised.value.message


def test_a_shelf_that_cannot_be_written_publishes_nothing(world: World) -> None:
    world.approved()
    (world.settings.home / "cdn").write_bytes(b"a file in the place of the folder")
    with pytest.raises(StoreUnavailable):
        publish("spring", press=world.rt.press)
    assert world.rt.catalog.publications.of_campaign("spring") == []


TWO = ["linkedin/text_ad", "x/summary"]


def on_shelf(world: World, rendition: str) -> Path:
    [publication] = [
        p for p in world.rt.catalog.publications.of_campaign("spring", only_open=True) if p.rendition == rendition
    ]
    return world.settings.home / "cdn" / publication.key


def reject(world: World, asset: str) -> None:
    decide_asset(asset, "reject", by="Ben", reason="recalled", desk=world.rt.desk)


def test_a_public_file_that_is_missing_is_put_again(world: World) -> None:
    _, [first, second] = world.approved(placements=TWO)
    publish("spring", press=world.rt.press)
    before = shelf_files(world)
    on_shelf(world, first.id).unlink()
    dry = publish("spring", press=world.rt.press, dry_run=True)
    assert (dry.added, dry.kept) == ((first.id,), (second.id,))
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed, done.kept) == ((first.id,), (), (second.id,))
    assert shelf_files(world) == before
    assert len(world.rt.catalog.publications.of_campaign("spring")) == 2


def test_a_detached_manifest_that_is_missing_is_put_again(world: World) -> None:
    _, [rendition] = world.approved(placements=[DETACHED])
    publish("spring", press=world.rt.press)
    before = shelf_files(world)
    file = on_shelf(world, rendition.id)
    file.with_name(file.name + ".c2pa").unlink()
    assert publish("spring", press=world.rt.press).added == (rendition.id,)
    assert shelf_files(world) == before


def test_other_bytes_at_a_public_address_are_reported_and_the_others_handled(world: World) -> None:
    _, [first, second] = world.approved(placements=TWO)
    publish("spring", press=world.rt.press)
    swapped, gone = on_shelf(world, first.id), on_shelf(world, second.id)
    swapped.write_bytes(b"somebody was here")
    gone.unlink()
    with pytest.raises(ObjectCorrupt):
        publish("spring", press=world.rt.press, dry_run=True)
    assert not gone.exists()
    with pytest.raises(ObjectCorrupt, match="serves other bytes") as raised:
        publish("spring", press=world.rt.press)
    assert raised.value.where == swapped.as_uri()
    assert f"colophon unpublish {first.id}" in raised.value.hint
    assert swapped.read_bytes() == b"somebody was here"
    assert sha256(gone.read_bytes()) == second.sha256
    assert [entry["rendition"] for entry in listed(world)] == [second.id]

    unpublish(first.id, press=world.rt.press)
    assert publish("spring", press=world.rt.press).added == (first.id,)
    assert {entry["rendition"] for entry in listed(world)} == {first.id, second.id}


def test_every_swapped_file_is_named(world: World) -> None:
    _, renditions = world.approved(placements=TWO)
    publish("spring", press=world.rt.press)
    files = [on_shelf(world, rendition.id) for rendition in renditions]
    for file in files:
        file.write_bytes(b"somebody was here")
    with pytest.raises(ObjectCorrupt, match="2 public files") as raised:
        publish("spring", press=world.rt.press)
    assert [problem.file for problem in raised.value.problems] == [file.as_uri() for file in files]
    assert listed(world) == []


def test_a_list_renewed_by_unpublish_names_no_swapped_file(world: World) -> None:
    _, [first, second] = world.approved(placements=TWO)
    publish("spring", press=world.rt.press)
    on_shelf(world, first.id).write_bytes(b"somebody was here")
    assert unpublish(second.id, press=world.rt.press).removed == (second.id,)
    assert listed(world) == []


def test_a_dropped_placement_is_taken_down_by_the_next_publish(world: World) -> None:
    asset, [first, second] = world.approved(placements=TWO)
    publish("spring", press=world.rt.press)
    world.register(placements=TWO[:1])
    assert publish("spring", press=world.rt.press, dry_run=True).removed == (second.id,)
    assert len(listed(world)) == 2
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed, done.kept) == ((), (second.id,), (first.id,))
    assert [entry["rendition"] for entry in listed(world)] == [first.id]
    world.register(placements=TWO)
    assert publish("spring", press=world.rt.press).added == (second.id,)
    assert len(world.rt.catalog.assets.renditions(asset.id)) == 2


def test_what_no_placement_asks_for_any_more_is_not_published(world: World) -> None:
    _, [first, _] = world.approved(placements=TWO)
    world.register(placements=TWO[:1])
    assert publish("spring", press=world.rt.press).added == (first.id,)


def test_an_older_revisions_picture_is_taken_down_when_the_newest_is_published(world: World) -> None:
    _, [old] = world.approved()
    publish("spring", press=world.rt.press)
    _, [new] = world.approved(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed, done.kept) == ((new.id,), (old.id,), ())
    assert [entry["rendition"] for entry in listed(world)] == [new.id]
    assert sum(key.endswith(".jpg") for key in shelf_files(world)) == 1


def test_a_recall_takes_down_one_assets_files_only(world: World) -> None:
    asset, renditions = world.approved(placements=TWO)
    other, [kept] = world.approved("autumn")
    for campaign in ("spring", "autumn"):
        publish(campaign, press=world.rt.press)
    reject(world, asset.id)
    assert recall(asset.id, press=world.rt.press).removed == tuple(r.id for r in renditions)
    assert listed(world) == []
    assert [entry["rendition"] for entry in listed(world, "autumn")] == [kept.id]
    assert recall(asset.id, press=world.rt.press).list_address is None
    assert other.id != asset.id


def test_a_rejection_while_its_file_is_being_put_wins(world: World) -> None:
    asset, _ = world.approved()

    class Interrupting(Spoiling):
        def put(self, key: str, content: bytes, media_type: str) -> str:
            reject(world, asset.id)
            assert recall(asset.id, press=world.rt.press).removed == ()
            return super().put(key, content, media_type)

    with pytest.raises(Conflict, match="it is rejected"):
        publish("spring", press=replace(world.rt.press, shelf=Interrupting(world.rt.shelf)))
    assert list(shelf_files(world)) == ["spring/publications.json"]
    assert listed(world) == []
    assert world.rt.catalog.publications.of_campaign("spring", only_open=True) == []


def test_a_second_publish_while_one_runs_is_told_so_and_changes_nothing(world: World) -> None:
    _, [rendition] = world.approved()
    told: list[Conflict] = []

    class Slow(Spoiling):
        """Somebody else publishes and unpublishes while a file is being put."""

        def put(self, key: str, content: bytes, media_type: str) -> str:
            for verb in (publish, unpublish):
                with pytest.raises(Conflict) as raised:
                    verb("spring", press=world.rt.press)
                told.append(raised.value)
            return super().put(key, content, media_type)

    done = publish("spring", press=replace(world.rt.press, shelf=Slow(world.rt.shelf)))
    assert done.added == (rendition.id,)
    assert {error.reason for error in told} == {"busy"}
    assert "spring" in told[0].message
    assert [entry["rendition"] for entry in listed(world)] == [rendition.id]
    assert publish("spring", press=world.rt.press).kept == (rendition.id,)


@pytest.mark.parametrize("known", [True, False])
def test_a_turn_ends_with_its_holder(world: World, known: bool) -> None:
    """At once where its process is known to be dead, else when its time is over."""
    world.approved()
    press = replace(world.rt.press, dead=lambda holder: known and holder.process == "dead one")
    now = world.clock.now()
    world.rt.catalog.leases.take("publish/spring", Holder("t", "dead one"), until=now + timedelta(minutes=5), now=now)
    if not known:
        with pytest.raises(Conflict, match="something else is publishing"):
            publish("spring", press=press)
        world.clock.sleep(301)
    assert len(publish("spring", press=press).added) == 1


def test_a_file_stays_public_until_the_one_that_takes_its_place_is_made(world: World) -> None:
    """A focal point moves the crop: until the next run has made the new file, the old one is better than none."""
    asset, _ = world.approved(placements=["iab_display/leaderboard"])
    first = publish("spring", press=world.rt.press)
    choose_focus(asset.id, ("0.1", "0.1"), by="Ana", assets=world.rt.catalog.assets, clock=world.clock)
    assert publish("spring", press=world.rt.press).removed == ()
    made = render_generation(str(asset.generation), workshop=world.rt.workshop)
    done = publish("spring", press=world.rt.press)
    assert set(done.added) == {rendition.id for rendition in made} != set()
    assert len(done.removed) == len(made)
    assert set(done.removed) <= set(first.added)
