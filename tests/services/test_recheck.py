"""Checked again: approvals end where something new is found, by the policy, on record, and the gate closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from colophon.domain.asset import AssetState
from colophon.domain.decision_file import parse_decision_policy
from colophon.errors import CheckError, InvalidInput
from colophon.services.publish import publish
from colophon.services.recheck import check_again, lapse, stale
from colophon.services.review import approve_checked, comment_on, decide_asset
from colophon.services.show_asset import asset_view

if TYPE_CHECKING:
    from colophon.domain.asset import Asset
    from colophon.services.recheck import Rechecked
    from tests.services.conftest import World

NUDE = {"FEMALE_BREAST_EXPOSED": 0.9}
COVERED = {"FEMALE_BREAST_COVERED": 0.9}


def again(world: World, *assets: Asset) -> list[Rechecked]:
    return list(check_again(assets, examiner=world.rt.examiner()))


def state(world: World, asset: Asset) -> AssetState:
    return world.rt.catalog.assets.get(asset.id).state


def under(world: World, text: str) -> None:
    head = 'name = "house"\nversion = "7"\nissued = 2027-01-01\n'
    vars(world.rt)["decision_policy"] = parse_decision_policy(head + text, checks=("safety", "palette"))
    vars(world.rt).pop("desk", None)
    vars(world.rt).pop("bench", None)


def test_a_new_failing_finding_ends_an_approval_and_takes_the_files_down(world: World) -> None:
    asset, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    [same] = again(world, asset)
    assert (same.changed, same.doubts, state(world, asset)) == (False, (), AssetState.APPROVED)
    world.engine.scores = NUDE
    [found] = again(world, asset)
    assert (found.before, found.turn.state) == (AssetState.APPROVED, AssetState.REJECTED)
    assert publish("spring", press=world.rt.press).removed == (rendition.id,)
    view = asset_view(asset.id, catalog=world.rt.catalog, address=world.rt.store.address)
    assert [(r["round"], r["outcome"]) for r in view["checks_history"]] == [(1, "accept"), (2, "accept"), (3, "reject")]
    assert view["checks_history"][0]["checks"] == view["checks_history"][1]["checks"] != view["checks"]
    [safety] = [check for check in view["checks"] if check["name"] == "safety"]
    shown = world.rt.imaging.inspect(world.rt.store.get(safety["evidence"]["sha256"]))
    assert (shown.width, shown.height) == (safety["evidence"]["width"], safety["evidence"]["height"])
    assert view["decisions"][-1]["by"] == "policy colophon 1"


def test_an_engine_that_dies_is_unknown_and_holds_and_the_others_go_on(world: World) -> None:
    first, _ = world.approved()
    second = world.bought("autumn", visuals=[{"id": "hero", "prompt": "A jug"}])
    world.engine.failure = CheckError("the engine died")
    assert [r.turn.state for r in again(world, first, second)] == [AssetState.HELD, AssetState.HELD]
    assert {r.verdict.value for r in world.rt.catalog.reviews.dossier(first.id).round.doubts} == {"unknown"}
    world.rt.store.get(first.sha256)
    broken = replace(first, sha256="00" * 32)
    world.engine.failure = None
    lost, found = again(world, broken, second)
    assert lost.trouble is not None
    assert (lost.trouble[0], found.turn.state) == ("object_missing", AssetState.CHECKED)
    assert [a.id for a in stale(world.rt.catalog.reviews, before=world.clock.now() - timedelta(days=9))] == []


OVERRIDE = """
[[override]]
check = "safety"
by = ["Lea"]
expires_days = 30
"""


def test_who_may_approve_in_spite_of_a_finding_and_for_how_long(world: World) -> None:
    under(world, OVERRIDE)
    world.engine.scores = COVERED
    asset, [rendition] = world.rendered(owner="Olga")
    with pytest.raises(InvalidInput, match="in spite of safety review") as raised:
        decide_asset(asset.id, "approve", by="Ana", reason="fine", desk=world.rt.desk)
    assert "Lea" in (raised.value.hint or "")
    decide_asset(asset.id, "approve", by="Lea", reason="a statue", desk=world.rt.desk)
    [decision] = world.rt.catalog.assets.decisions(asset.id)
    assert decision.expires_at == decision.at + timedelta(days=30)
    assert decision.policy == world.rt.decision_policy.ref
    assert publish("spring", press=world.rt.press).added == (rendition.id,)
    world.clock.sleep(30 * 86_400)
    assert publish("spring", press=world.rt.press).removed == (rendition.id,)  # the gate needs nobody's lapse
    assert lapse(world.rt.catalog.reviews, policy=decision.policy, clock=world.clock) == [asset.id]
    assert state(world, asset) is AssetState.HELD
    decide_asset(asset.id, "approve", by="Lea", reason="still a statue", desk=world.rt.desk)
    assert state(world, asset) is AssetState.APPROVED


def test_two_of_three_approve_and_not_who_ordered(world: World) -> None:
    asset = world.bought(owner="Olga", review={"approvers": ["Ana", "Ben", "Olga"], "rule": 2})
    for by, why in (("olga ", "ordered this picture"), ("Zoe", "not among the approvers")):
        with pytest.raises(InvalidInput, match=why) as raised:
            decide_asset(asset.id, "approve", by=by, reason="", desk=world.rt.desk)
        assert (raised.value.where, "Ana, Ben" in (raised.value.hint or "")) == ("--as", True)
        with pytest.raises(InvalidInput, match=why):
            approve_checked("spring", by=by, desk=world.rt.desk)
    assert approve_checked("spring", by="Ana", desk=world.rt.desk) == [asset.id]
    assert approve_checked("spring", by="Ana", desk=world.rt.desk) == []
    assert state(world, asset) is AssetState.CHECKED
    comment_on(asset.id, by="Olga", text=" a long shadow ", desk=world.rt.desk)
    with pytest.raises(InvalidInput):
        comment_on(asset.id, by="Olga", text=" ", desk=world.rt.desk)
    assert decide_asset(asset.id, "approve", by="Ben", reason="", desk=world.rt.desk).state is AssetState.APPROVED
    assert [c.text for c in world.rt.catalog.reviews.comments(asset.id)] == ["a long shadow"]
