"""Decisions: who, why, and bound to which bytes and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import findings_digest
from colophon.errors import InvalidInput, NotFound
from colophon.services.review import approve_checked, check_name, decide_asset

if TYPE_CHECKING:
    from tests.services.conftest import World

Action = Literal["approve", "reject"]


def decide(world: World, asset: str, action: Action, by: str = "Ana", reason: str = "") -> Asset:
    return decide_asset(asset, action, by=by, reason=reason, desk=world.rt.desk)


def approve_all(world: World, campaign: str, by: str = "Ana") -> list[str]:
    return approve_checked(campaign, by=by, desk=world.rt.desk)


def held(world: World, name: str = "spring") -> Asset:
    world.faults({"fault": "unsigned", "times": 1})
    return world.bought(name)


def test_what_passed_all_checks_needs_no_reason(world: World) -> None:
    asset = world.bought()
    assert decide(world, asset.id, "approve").state is AssetState.APPROVED
    [decision] = world.rt.catalog.assets.decisions(asset.id)
    assert (decision.by, decision.action, decision.reason) == ("Ana", "approve", "")
    assert decision.asset_sha256 == asset.sha256
    assert decision.findings_sha256 == findings_digest(world.rt.catalog.assets.findings(asset.id))


@pytest.mark.parametrize("reason", ["", "   "])
def test_what_a_check_doubts_needs_a_reason(world: World, reason: str) -> None:
    asset = held(world)
    with pytest.raises(InvalidInput) as raised:
        decide(world, asset.id, "approve", reason=reason)
    assert raised.value.where == "--reason"
    assert world.rt.catalog.assets.decisions(asset.id) == []
    assert decide(world, asset.id, "approve", reason="looked at it").state is AssetState.APPROVED


def test_a_rejection_always_needs_a_reason(world: World) -> None:
    asset = world.bought()
    with pytest.raises(InvalidInput):
        decide(world, asset.id, "reject")
    assert decide(world, asset.id, "reject", reason="wrong mug").state is AssetState.REJECTED
    assert world.rt.catalog.assets.waiting(limit=100) == []


@pytest.mark.parametrize("by", ["", " \t"])
def test_nobody_decides_nothing(world: World, by: str) -> None:
    asset = world.bought()
    with pytest.raises(InvalidInput) as raised:
        decide(world, asset.id, "approve", by=by)
    assert raised.value.where == "--as"
    assert world.rt.catalog.assets.get(asset.id).state is AssetState.CHECKED


def test_the_same_decision_again_is_not_a_second_one(world: World) -> None:
    asset = world.bought()
    decide(world, asset.id, "approve", by="Ana")
    decide(world, asset.id, "approve", by="Ana")
    decide(world, asset.id, "approve", by=" Ana ")
    assert [d.by for d in world.rt.catalog.assets.decisions(asset.id)] == ["Ana"]


def test_each_person_and_each_change_of_mind_is_on_record(world: World) -> None:
    asset = world.bought()
    decide(world, asset.id, "approve", by="Ana")
    decide(world, asset.id, "approve", by="Ben", reason="second pair of eyes")
    decide(world, asset.id, "reject", by="Cem", reason="recalled")
    decide(world, asset.id, "approve", by="Ben", reason="recall was a mistake")
    decide(world, asset.id, "approve", by="Ana", reason="agreed")
    found = [(d.by, d.action) for d in world.rt.catalog.assets.decisions(asset.id)]
    assert found == [("Ana", "approve"), ("Ben", "approve"), ("Cem", "reject"), ("Ben", "approve"), ("Ana", "approve")]
    assert world.rt.catalog.assets.get(asset.id).state is AssetState.APPROVED


def test_an_unknown_asset_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        decide(world, "asset_none", "approve")


def test_only_what_passed_all_checks_is_approved_in_a_row(world: World) -> None:
    visuals = [{"id": name, "prompt": f"A mug on a {name} table"} for name in ("oak", "pine")]
    campaign = world.register(visuals=visuals)
    world.faults({"fault": "unsigned", "times": 1})
    world.work_off(campaign)
    states = {a.visual: a for a in world.rt.catalog.assets.of_campaign(campaign)}
    assert (states["oak"].state, states["pine"].state) == (AssetState.HELD, AssetState.CHECKED)
    for expected in ([states["pine"].id], []):
        assert approve_all(world, campaign) == expected
    assert [a.id for a in world.rt.catalog.assets.waiting(limit=100)] == [states["oak"].id]
    [decision] = world.rt.catalog.assets.decisions(states["pine"].id)
    assert (decision.by, decision.reason) == ("Ana", "all checks passed")


def test_only_what_the_newest_revision_wants_is_approved_in_a_row(world: World) -> None:
    old = world.bought()
    new = world.bought(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    assert approve_all(world, "spring") == [new.id]
    assert world.rt.catalog.assets.get(old.id).state is AssetState.CHECKED
    assert world.rt.catalog.assets.decisions(old.id) == []


@pytest.mark.parametrize("by", ["", " \t"])
def test_nobody_approves_nothing_in_a_row_even_where_nothing_is_ready(world: World, by: str) -> None:
    campaign = world.register()
    with pytest.raises(InvalidInput) as raised:
        approve_all(world, campaign, by)
    assert raised.value.where == "--as"


def test_a_name_is_taken_without_the_space_around_it() -> None:
    assert check_name("  Ana Lima\n") == "Ana Lima"
