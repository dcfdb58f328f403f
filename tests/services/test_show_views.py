"""What scripts read: the members the interface promises, with what really happened in them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from colophon import data
from colophon.bootstrap.planning import plan_brief, terms_by_route
from colophon.bootstrap.sheets import write_sheet
from colophon.services.publish import publish
from colophon.services.review import decide_asset
from colophon.services.sheet import sheet_html
from colophon.services.show import campaigns_view, waiting_view
from colophon.services.show_asset import asset_view
from colophon.services.show_plan import plan_view
from colophon.services.show_publications import publications_shown
from colophon.services.show_standing import campaign_page, campaign_view
from colophon.services.verify import verify_file
from colophon.services.withdraw import unpublish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.conftest import World

MONEY = re.compile(r"[0-9]+\.[0-9]{2,6}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def campaign(world: World, name: str = "spring") -> dict[str, Any]:
    view = campaign_view(name, catalog=world.rt.catalog, address=world.rt.store.address)
    assert json.loads(json.dumps(view)) == view
    return view


def shown(world: World, asset: str) -> dict[str, Any]:
    view = asset_view(asset, catalog=world.rt.catalog, address=world.rt.store.address)
    read: dict[str, Any] = json.loads(json.dumps(view))
    return read


def decide(world: World, asset: str, action: Any, reason: str = "") -> None:
    decide_asset(asset, action, by="Ana", reason=reason, desk=world.rt.desk)


def test_a_plan_has_its_members(world: World) -> None:
    planned = plan_brief(world.brief(), None, world.rt)
    view = plan_view(planned.plan, terms_by_route(planned, world.rt))
    assert {"campaign", "revision", "masters", "generations", "renditions", "cost"} <= view.keys()
    assert view["masters"] == [{"id": "512x512", "width": 512, "height": 512, "serves": ["linkedin/text_ad"]}]
    [generation] = view["generations"]
    assert {"id", "visual", "variant", "master", "route", "model", "seed", "prompt", "cost"} <= generation.keys()
    assert generation["cost"] == {"low": "0.03", "high": "0.03", "currency": "USD"}
    [rendition] = view["renditions"]
    assert {"visual", "placement", "format", "width", "height", "max_bytes"} <= rendition.keys()
    assert view["cost"] == {"low": "0.03", "high": "0.03", "cap": "2.00", "currency": "USD"}
    assert json.loads(json.dumps(view)) == view


def test_a_campaign_has_its_members_at_every_stage(world: World) -> None:
    generation = world.one()
    assert campaign(world)["state"] == "unfinished"
    world.submit(generation)
    assert campaign(world)["cost"] == {"spent": "0.00", "reserved": "0.03", "cap": "2.00", "currency": "USD"}
    world.work_off("spring")
    view = campaign(world)
    assert view["state"] == "waiting"
    [row] = view["generations"]
    assert row | {"asset_id": "", "provider_request_id": ""} == {
        "id": generation,
        "visual": "hero",
        "variant": 1,
        "master": "512x512",
        "state": "asset",
        "route": "sandbox",
        "model": "flux-2-pro",
        "provider_request_id": "",
        "seed": world.progress(generation).generation.seed,
        "cost": "0.03",
        "cost_basis": "settled",
        "asset_id": "",
        "attempts": 1,
    }
    assert row["provider_request_id"] == world.invoice[0]["id"]
    [asset] = view["assets"]
    assert (asset["id"], asset["state"]) == (row["asset_id"], "checked")
    [rendition] = view["renditions"]
    assert {"id", "asset_id", "placement", "format", "path_or_key", "sha256", "bytes", "state"} <= rendition.keys()
    assert (rendition["asset_id"], rendition["state"]) == (asset["id"], "checked")
    assert view["problems"] == []
    decide(world, asset["id"], "approve")
    assert campaign(world)["state"] == "approved"
    publish("spring", press=world.rt.press)
    assert campaign(world)["renditions"][0]["state"] == "published"


def test_what_ended_badly_is_listed_with_its_reason(world: World) -> None:
    visuals = [{"id": name, "prompt": f"A {name} mug"} for name in ("refused", "unknown", "unsigned", "small")]
    world.register(visuals=visuals)
    world.faults(
        {"fault": "moderated_output", "prompt_contains": "refused"},
        {"fault": "answer_lost", "prompt_contains": "unknown"},
        {"fault": "unsigned", "prompt_contains": "unsigned"},
        {"fault": "wrong_size", "prompt_contains": "small"},
    )
    world.work_off("spring")
    view = campaign(world)
    assert view["state"] == "incomplete"
    assert [g["state"] for g in view["generations"]] == ["refused", "unknown", "asset", "rejected"]
    problems = {p["code"]: p for p in view["problems"]}
    assert set(problems) == {"moderated_output", "outcome_unknown", "check_failed", "waits_for_a_person"}
    assert all(p["message"] and p["where"] for p in view["problems"])
    held = next(a for a in view["assets"] if a["visual"] == "unsigned")
    assert problems["waits_for_a_person"]["where"] == held["id"]
    assert "carries no papers" in problems["waits_for_a_person"]["message"]
    found = world.rt.catalog.assets.waiting(limit=100)
    [waiting] = waiting_view(found, world.clock.now(), reviews=world.rt.catalog.reviews)
    assert waiting["id"] == held["id"]
    assert "provenance review" in waiting["doubts"]


def test_a_campaign_whose_picture_a_person_rejected_is_not_called_approved(world: World) -> None:
    asset = world.bought()
    decide(world, asset.id, "reject", "wrong mug")
    assert campaign(world)["state"] == "incomplete"
    assert campaigns_view(world.rt.catalog)[0]["state"] == "incomplete"


def test_a_persons_rejection_is_a_problem_with_who_and_why(world: World) -> None:
    asset = world.bought()
    decide(world, asset.id, "approve")
    decide(world, asset.id, "reject", "wrong mug")
    [problem] = campaign(world)["problems"]
    assert (problem["code"], problem["where"], problem["state"]) == ("rejected_by_person", asset.id, "rejected")
    assert problem["message"] == "rejected by Ana: wrong mug"
    decide(world, asset.id, "approve", "it is the right one")
    assert campaign(world)["problems"] == []


def test_more_that_is_public_though_rejected_than_is_listed_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, files = world.approved(placements=[{"placement": "linkedin/text_ad", "formats": ["jpg", "png"]}])
    assert len(files) == 2
    publish("spring", press=world.rt.press)
    decide(world, asset.id, "reject", "wrong mug")

    def listed() -> list[tuple[str, str]]:
        found = campaign(world)["problems"]
        return [(p["where"], p["message"]) for p in found if p["code"] == "published_but_rejected"]

    every = {where for where, _ in listed()}
    assert every == {file.id for file in files}
    monkeypatch.setattr("colophon.services.show_standing.MOST_PUBLIC", 1)
    (one, _), (more, message) = listed()
    assert (one in every, more) == (True, "spring")
    assert message.startswith("more than 1 files are public though rejected")
    unpublish(one, press=world.rt.press)
    assert [where for where, _ in listed()] == list(every - {one}), "nothing is left out any more"


def test_what_is_public_though_rejected_is_a_problem_until_it_is_down(world: World) -> None:
    asset, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    assert campaign(world)["problems"] == []
    decide(world, asset.id, "reject", "wrong mug")
    problems = {p["code"]: p for p in campaign(world)["problems"]}
    assert set(problems) == {"rejected_by_person", "published_but_rejected"}
    assert problems["published_but_rejected"]["where"] == rendition.id
    assert rendition.sha256[:32] in problems["published_but_rejected"]["message"]
    world.register(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    assert [p["code"] for p in campaign(world)["problems"]] == ["published_but_rejected"]
    unpublish(rendition.id, press=world.rt.press)
    assert campaign(world)["problems"] == []


def test_an_older_revisions_pictures_are_not_the_campaigns(world: World) -> None:
    world.rendered()
    world.register(visuals=[{"id": "hero", "prompt": "A jug instead"}])
    view = campaign(world)
    assert (view["assets"], view["renditions"], view["state"]) == ([], [], "unfinished")
    assert view["cost"]["spent"] == "0.03"


def test_an_asset_tells_who_made_it_with_what_and_who_approved_it(world: World) -> None:
    asset, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    view = shown(world, asset.id)
    assert (view["width"], view["height"], view["format"]) == (512, 512, "png")
    assert (view["id"], view["sha256"], view["campaign"]) == (asset.id, asset.sha256, "spring")
    assert (view["visual"], view["variant"]) == ("hero", 1)
    made = view["generation"]
    assert made["cost"] == {"amount": "0.03", "currency": "USD", "basis": "settled"}
    assert made["seed_requested"] == made["seed_reported"] == world.invoice[0]["seed"]
    assert made["prompt_sent"] == made["prompt_used"] == world.invoice[0]["prompt"]
    assert (made["route"], made["provider"], made["model"]) == ("sandbox", "Colophon Sandbox", "flux-2-pro")
    assert made["model_reported"] is None
    assert made["provider_request_id"] == world.invoice[0]["id"]
    assert made["parameters"]["endpoint"] == "/v1/flux-2-pro"
    assert TIME.fullmatch(made["submitted_at"])
    assert TIME.fullmatch(made["ready_at"])
    parts = {"integrity", "signer", "timestamp", "revocation", "claim", "policy", "state", "chain"}
    assert parts <= view["provenance"].keys()
    assert (view["provenance"]["state"], view["provenance"]["integrity"]) == ("trusted", "intact")
    assert all({"name", "version", "verdict", "score", "reasons"} <= check.keys() for check in view["checks"])
    [decision] = view["decisions"]
    assert (decision["by"], decision["action"], decision["asset_sha256"]) == ("Ana", "approve", asset.sha256)
    assert TIME.fullmatch(decision["at"])
    assert [r["id"] for r in view["renditions"]] == [rendition.id]
    [publication] = view["publications"]
    assert publication["until"] is None
    assert TIME.fullmatch(publication["from"])
    assert {"phash", "dhash"} <= view["fingerprints"].keys()


def test_every_publication_stays_in_the_assets_history(world: World) -> None:
    asset, _ = world.approved()
    publish("spring", press=world.rt.press)
    unpublish("spring", press=world.rt.press)
    view = shown(world, asset.id)
    assert [bool(p["until"]) for p in view["publications"]] == [True]
    assert view["renditions"][0]["state"] == "approved"
    world.clock.sleep(60)
    publish("spring", press=world.rt.press)
    view = shown(world, asset.id)
    assert [bool(p["until"]) for p in view["publications"]] == [True, False]
    assert view["renditions"][0]["state"] == "published"


def test_a_campaign_is_read_in_parts_that_make_the_whole(world: World) -> None:
    world.register(visuals=[{"id": "hero", "prompt": "A mug", "variants": 3}])
    world.work_off("spring")
    whole, parts = campaign(world), list[dict[str, Any]]()
    while not parts or parts[-1]["next_cursor"] is not None:
        after = int(parts[-1]["next_cursor"]) if parts else -1
        parts.append(campaign_page("spring", limit=2, after=after, catalog=world.rt.catalog, address=str))
    assert [len(part["generations"]) for part in parts] == [2, 1]
    assert [row for part in parts for row in part["generations"]] == whole["generations"]
    for name in ("assets", "renditions"):
        assert sorted(row["id"] for part in parts for row in part[name]) == [row["id"] for row in whole[name]]
        assert len(whole[name]) == 3
    assert all(part["cost"] == whole["cost"] and part["counts"] == whole["counts"] for part in parts)
    assert whole["counts"]["generations"] == {"asset": 3}


def test_publications_are_shown_in_pages_the_public_ones_first(world: World) -> None:
    world.approved()
    for _ in range(2):
        publish("spring", press=world.rt.press)
        unpublish("spring", press=world.rt.press)
        world.clock.sleep(60)
    publish("spring", press=world.rt.press)
    first = publications_shown("spring", limit=2, catalog=world.rt.catalog)
    second = publications_shown("spring", str(first.after), limit=2, catalog=world.rt.catalog)
    assert [each.publication.published_until is None for each in [*first.shown, *second.shown]] == [True, False, False]
    assert len({each.publication.id for each in [*first.shown, *second.shown]}) == 3
    assert (first.count, second.after) == (3, None)
    one = publications_shown("spring", limit=1, catalog=world.rt.catalog)
    rest = publications_shown("spring", str(one.after), limit=9, catalog=world.rt.catalog)
    assert [each.publication.id for each in rest.shown] == [
        each.publication.id for each in [*first.shown, *second.shown][1:]
    ]


def test_money_is_text(world: World) -> None:
    world.faults("settle_differs:1")
    asset, _ = world.rendered()
    cost = campaign(world)["cost"]
    amounts = [cost["spent"], cost["reserved"], cost["cap"], shown(world, asset.id)["generation"]["cost"]["amount"]]
    assert all(MONEY.fullmatch(amount) for amount in amounts)


def test_the_list_of_campaigns_says_where_each_stands(world: World) -> None:
    world.bought("spring")
    world.register("autumn")
    rows = {row["campaign"]: row for row in campaigns_view(world.rt.catalog)}
    assert {name: (r["state"], r["generations"], r["spent"]) for name, r in rows.items()} == {
        "spring": ("waiting", 1, "0.03"),
        "autumn": ("unfinished", 1, "0.00"),
    }


def test_a_verdict_on_a_file_finds_the_manifest_beside_it(world: World, tmp_path: Path) -> None:
    _, [rendition] = world.rendered(placements=["iab_display/feature_phone_small"])
    file = tmp_path / "banner.jpg"
    file.write_bytes(world.rt.store.get(rendition.sha256))
    assert verify_file(file, None, reader=world.rt.reader)["state"] == "none"
    manifest = world.rt.store.get(str(rendition.manifest_sha256))
    (tmp_path / "banner.jpg.c2pa").write_bytes(manifest)
    view = verify_file(file, None, reader=world.rt.reader)
    assert (view["file"], view["sha256"], view["state"]) == (str(file), rendition.sha256, "trusted")
    assert {"label", "title", "organisation", "trusted", "problems", "actions"} <= view["chain"][0].keys()
    (tmp_path / "banner.jpg.c2pa").rename(tmp_path / "elsewhere")
    assert verify_file(file, tmp_path / "elsewhere", reader=world.rt.reader)["state"] == "trusted"


HOSTILE = '</title><script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}'


def test_the_contact_sheet_escapes_what_comes_from_outside(world: World) -> None:
    asset, _ = world.rendered(title=HOSTILE, visuals=[{"id": "hero", "prompt": f"A mug. {HOSTILE}"}])
    decide(world, asset.id, "approve", HOSTILE)
    page = write_sheet(campaign(world), world.rt).read_text()
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page
    assert page.count("&lt;script&gt;") == 4
    assert asset.id in page


def test_the_contact_sheet_shows_local_pictures_and_names_remote_ones(world: World) -> None:
    asset, [rendition] = world.rendered()
    page = write_sheet(campaign(world), world.rt)
    sources = re.findall(r'src="([^"]+)"', page.read_text())
    assert {(page.parent / source).resolve().name for source in sources} == {asset.sha256, rendition.sha256}
    remote = sheet_html(data.text("sheet.html"), campaign(world), [shown(world, asset.id)], lambda _: None)
    assert "<img" not in remote
    assert world.rt.store.address(asset.sha256) in remote


def test_writing_the_sheet_again_leaves_the_file_alone(world: World) -> None:
    world.rendered()
    page = write_sheet(campaign(world), world.rt)
    before = page.stat().st_mtime_ns
    assert write_sheet(campaign(world), world.rt).stat().st_mtime_ns == before


def test_a_price_above_the_estimate_and_above_the_cap_is_said(world: World) -> None:
    world.register(visuals=[{"id": "hero", "prompt": "A mug in sun"}], budget={"cap": "0.10"})
    [wanted] = world.rt.catalog.orders.wanted("spring")
    world.faults("settle_differs:400")
    world.submit(wanted.generation.id)
    world.collect(wanted.generation.id)
    codes = {p["code"] for p in campaign_view("spring", catalog=world.rt.catalog, address=str)["problems"]}
    assert codes >= {"over_estimate", "over_cap"}
