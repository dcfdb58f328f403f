"""Prompts on the way to money: refused before it, or held after it, by lists of terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap.planning import plan_brief
from colophon.domain.asset import AssetState
from colophon.domain.finding import Verdict
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.conftest import OpenWorld, World

HOUSE = """
name = "house"
language = "en"
version = "1"
source = "our lawyers"
[[category]]
name = "rivals"
verdict = "refuse"
reason = "another house's name"
terms = ["Acme"]
"""


def hero(**members: object) -> dict[str, Any]:
    return {"visuals": [{"id": "hero", "prompt": "A mug on an oak table", **members}]}


@pytest.mark.parametrize(
    ("members", "path", "found"),
    [
        (hero(prompt="A naked child on a beach"), "visuals[0].prompt", "child"),
        (hero(setting="under a flag with sw4stikas"), "visuals[0].setting", "sw4stikas"),
        (hero(light="soft light", mood="p o r n o g r a p h i c"), "visuals[0].mood", "p o r n o g r a p h i c"),
        (hero(style="血まみれの写真"), "visuals[0].style", "血まみれ"),
        (hero(copy={"in_scene": ["Sieg Heil"]}), "visuals[0].copy.in_scene", "Sieg Heil"),
        ({"brand": {"name": "Northwind", "do": ["show Leichen"]}}, "brand.do[0]", "Leichen"),
        ({"brand": {"name": "Northwind", "tone": ["gory"]}}, "brand.tone[0]", "gory"),
    ],
)
def test_a_refused_term_is_told_with_its_place_before_anything_is_bought(
    world: World, members: dict[str, Any], path: str, found: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.register(**members)
    told = {(problem.code, problem.path, problem.found) for problem in caught.value.problems}
    assert ("refused_prompt", path, found) in told
    assert "nothing was spent" in caught.value.hint
    assert world.rt.catalog.orders.campaigns() == []
    assert world.invoice == []


def test_what_is_said_in_the_negative_is_not_sent_and_not_refused(world: World) -> None:
    planned = plan_brief(world.brief(**hero(prompt="A quiet town square, no swastikas")), None, world.rt)
    assert not any("wait for a person" in warning for warning in planned.plan.warnings)


def test_a_held_term_is_told_in_the_plan_and_holds_the_picture(world: World) -> None:
    members = hero(setting="beside two glasses of wine")
    planned = plan_brief(world.brief(**members), None, world.rt)
    [warning] = [w for w in planned.plan.warnings if "wait for a person" in w]
    assert "visuals[0].setting says 'wine': alcohol of list colophon-en 1" in warning
    asset = world.bought(**members)
    [finding] = [f for f in world.rt.catalog.assets.findings(asset.id) if f.name == "prompt"]
    assert (asset.state, finding.verdict, finding.score) == (AssetState.HELD, Verdict.REVIEW, 1)
    assert "visuals[0].setting says 'wine'" in finding.reasons[0]
    assert "colophon-ja 1" in str(finding.parameters["lists"])


def test_a_house_adds_lists_of_its_own_and_a_brand_its_verdicts(
    world: World, open_world: OpenWorld, tmp_path: Path
) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "house.toml").write_text(HOUSE)
    profile = tmp_path / "checks.toml"
    profile.write_text('[default]\n[brewery.prompt.verdicts]\nalcohol = "off"\nrivals = "hold"\n')
    house = open_world(tmp_path, prompt_lists=lists, checks_profile=profile)
    with pytest.raises(InvalidInput, match="ACME"):
        house.register(**hero(prompt="An ACME mug"))
    brewery: dict[str, Any] = {"brand": {"name": "Northwind", "checks": "brewery"}}
    planned = plan_brief(house.brief(**brewery, **hero(prompt="An ACME mug of beer")), None, house.rt)
    assert [w for w in planned.plan.warnings if "wait for a person" in w] == [
        "hero: its pictures will wait for a person: visuals[0].prompt says 'ACME' (Acme): rivals of list house 1, "
        "another house's name"
    ]


@pytest.mark.parametrize("content", [None, "name = 1", 'name = "colophon-en"'])
def test_with_a_list_that_cannot_be_read_nothing_is_bought(
    world: World, open_world: OpenWorld, tmp_path: Path, content: str | None
) -> None:
    lists = tmp_path / "lists"
    if content is not None:
        lists.mkdir()
        (lists / "house.toml").write_text(HOUSE.replace('name = "house"', content))
    house = open_world(tmp_path, prompt_lists=lists)
    with pytest.raises(InvalidInput):
        house.register()
    assert house.invoice == []
