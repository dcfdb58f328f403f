"""From a brief to a campaign on record: references that are really there, and no campaign that may pass its cap."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from colophon.bootstrap import Runtime
from colophon.bootstrap.buying import fetch_reference
from colophon.bootstrap.planning import open_for_run, plan_brief, terms_by_route
from colophon.briefs import load_brief
from colophon.domain.asset import sha256
from colophon.domain.brief import ReferenceRole
from colophon.errors import InvalidInput, NotFound, ProviderUnavailable
from colophon.services.references import resolve_references
from colophon.settings import Settings

if TYPE_CHECKING:
    from tests.services.conftest import World


def png(width: int = 80, height: int = 60, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, kind)
    return file.getvalue()


def files_of(home: Path) -> dict[str, int]:
    return {str(p.relative_to(home)): p.stat().st_mtime_ns for p in home.rglob("*") if p.is_file()}


def test_registering_the_same_brief_again_changes_nothing(world: World) -> None:
    world.register()
    first = world.rt.catalog.orders.wanted("spring"), world.rt.catalog.orders.campaign("spring")
    world.register()
    assert (world.rt.catalog.orders.wanted("spring"), world.rt.catalog.orders.campaign("spring")) == first


def test_a_plan_over_its_cap_is_refused_and_not_on_record(world: World) -> None:
    (world.folder / "mug.png").write_bytes(png())
    members = {"budget": {"cap": "0.05"}, "references": ["mug.png"]}
    brief = world.brief("spring", visuals=[{"id": "hero", "prompt": "A mug", "variants": 3}], **members)
    assert plan_brief(brief, None, world.rt).plan.over_cap
    with pytest.raises(InvalidInput) as raised:
        world.register("spring", visuals=[{"id": "hero", "prompt": "A mug", "variants": 3}], **members)
    [problem] = raised.value.problems
    assert (problem.code, problem.path, problem.found) == ("over_cap", "budget.cap", "0.05")
    assert world.rt.catalog.orders.campaigns() == []
    assert not (world.settings.home / "store").exists()


def test_a_plan_exactly_at_its_cap_is_accepted(world: World) -> None:
    assert world.register(budget={"cap": "0.03"}) == "spring"


def test_planning_writes_nothing(world: World) -> None:
    (world.folder / "mug.png").write_bytes(png())
    world.rt.catalog.ping()  # SQLite has two more files while it is open
    before = files_of(world.settings.home)
    planned = plan_brief(world.brief(references=["mug.png"]), None, world.rt)
    assert planned.plan.generations[0].references[0].sha256 == sha256(png())
    assert {"sandbox", "bfl"} <= {terms.route for terms in terms_by_route(planned, world.rt) if terms.cost}
    assert files_of(world.settings.home) == before


def test_planning_with_an_asset_in_a_place_without_a_home_makes_none(world: World) -> None:
    elsewhere = Runtime(Settings(home=world.folder / "nowhere"), world.clock)
    with pytest.raises(InvalidInput) as raised:
        plan_brief(world.brief(references=["asset:asset_1"]), None, elsewhere)
    elsewhere.close()
    assert raised.value.problems[0].path == "references[0]"
    assert not (world.folder / "nowhere").exists()


def test_references_are_kept_with_role_and_size_in_their_order(world: World) -> None:
    (world.folder / "mug.png").write_bytes(png(80, 60))
    (world.folder / "look.jpg").write_bytes(png(64, 64, "JPEG"))
    asset = world.bought("source")
    world.register(
        references=["mug.png", {"image": f"asset:{asset.id}", "role": "style"}],
        visuals=[{"id": "hero", "prompt": "A mug", "references": [{"image": "look.jpg", "role": "light"}]}],
    )
    [progress] = world.rt.catalog.orders.wanted("spring")
    uses = progress.generation.references
    assert [(u.role, u.width, u.height) for u in uses] == [
        (ReferenceRole.PRODUCT, 80, 60),
        (ReferenceRole.STYLE, 512, 512),
        (ReferenceRole.LIGHT, 64, 64),
    ]
    assert [u.sha256 for u in uses] == [sha256(png(80, 60)), asset.sha256, sha256(png(64, 64, "JPEG"))]
    assert all(world.rt.store.exists(u.sha256) for u in uses)


def test_one_file_in_two_roles_is_fetched_once_and_used_in_both(world: World) -> None:
    (world.folder / "mug.png").write_bytes(png())
    world.register(
        references=[{"image": "mug.png", "role": "product"}],
        visuals=[{"id": "hero", "prompt": "A mug", "references": [{"image": "mug.png", "role": "colour"}]}],
    )
    [progress] = world.rt.catalog.orders.wanted("spring")
    assert [use.role for use in progress.generation.references] == [ReferenceRole.PRODUCT, ReferenceRole.COLOUR]
    assert len({use.sha256 for use in progress.generation.references}) == 1


def test_every_unusable_reference_is_named_at_once(world: World) -> None:
    (world.folder / "broken.png").write_bytes(png()[:90])
    (world.folder / "text.png").write_bytes(b"hello")
    brief = world.brief(
        references=["broken.png", "asset:asset_none"],
        visuals=[{"id": "hero", "prompt": "A mug", "references": ["text.png"]}],
    )
    with pytest.raises(InvalidInput) as raised:
        plan_brief(brief, None, world.rt)
    assert [(p.code, p.path, p.found) for p in raised.value.problems] == [
        ("bad_reference", "references[0]", "broken.png"),
        ("bad_reference", "references[1]", "asset:asset_none"),
        ("bad_reference", "visuals[0].references[0]", "text.png"),
    ]
    assert world.rt.catalog.orders.campaigns() == []


@pytest.mark.parametrize("address", ["https://127.0.0.1:9/mug.png", "https://[::1]/mug.png", "https://10.0.0.1/m.png"])
def test_an_address_inside_this_network_is_not_fetched(world: World, address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        plan_brief(world.brief(references=[address]), None, world.rt)
    [problem] = raised.value.problems
    assert problem.path == "references[0]"
    assert address in problem.found
    with pytest.raises(ProviderUnavailable):
        fetch_reference(address)


def test_web_and_catalog_are_asked_by_what_the_brief_says(world: World) -> None:
    asked: list[str] = []

    def from_web(address: str) -> bytes:
        asked.append(address)
        return png()

    def from_catalog(asset: str) -> bytes:
        raise NotFound(f"there is no asset {asset}")

    brief = load_brief(world.brief(references=["https://example.com/a.png", "https://example.com/a.png"])).brief
    found = resolve_references(
        brief, world.folder, imaging=world.rt.imaging, from_web=from_web, from_catalog=from_catalog
    )
    assert asked == ["https://example.com/a.png"]
    assert found["https://example.com/a.png"].media_type == "image/png"


def test_a_web_reference_out_of_reach_is_a_problem_of_the_brief(world: World) -> None:
    def from_web(address: str) -> bytes:
        raise ProviderUnavailable("not reached: ConnectTimeout")

    brief = load_brief(world.brief(references=["https://example.com/a.png"])).brief
    with pytest.raises(InvalidInput) as raised:
        resolve_references(brief, world.folder, imaging=world.rt.imaging, from_web=from_web, from_catalog=lambda _: b"")
    assert "cannot be fetched: not reached" in raised.value.problems[0].message


def test_an_unknown_route_is_refused_with_the_nearest_name(world: World) -> None:
    with pytest.raises(InvalidInput) as raised:
        plan_brief(world.brief(), "sandbx", world.rt)
    assert "did you mean 'sandbox'" in raised.value.message


def test_a_missing_key_is_told_before_anything_is_registered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFL_API_KEY", raising=False)
    with pytest.raises(InvalidInput) as raised:
        open_for_run(plan_brief(world.brief(), "bfl", world.rt), world.rt)
    assert raised.value.where == "BFL_API_KEY"
    assert world.rt.catalog.orders.campaigns() == []
