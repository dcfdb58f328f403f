"""review, publish and unpublish: who may put what in public, and what a run that failed says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.errors import PictureError

if TYPE_CHECKING:
    from tests.cli.conftest import Call, Session


@pytest.fixture
def assets(session: Session) -> dict[str, str]:
    """The two assets by visual: hero is approved, plain is held."""
    return {a["visual"]: a["id"] for a in session.steps["status"].json["assets"]}


def public(home: Path) -> dict[str, bytes]:
    """Without the signed list of all campaigns."""
    root = home / "cdn"
    files = (p for p in root.rglob("*") if p.is_file() and not p.name.startswith("current.json"))
    return {str(p.relative_to(root)): p.read_bytes() for p in files}


def state_of(call: Call, asset: str) -> Any:
    return call("assets", "show", asset, "--json").json["state"]


def test_what_waits_is_listed_with_its_doubts(call: Call, bought: Path, assets: dict[str, str]) -> None:
    [row] = call("review", "list", "--json").json["assets"]
    assert (row["id"], row["state"]) == (assets["plain"], "held")
    assert "provenance review" in row["doubts"]
    assert assets["plain"] in call("review", "list").out


def test_a_doubtful_picture_is_approved_with_a_reason_only(call: Call, bought: Path, assets: dict[str, str]) -> None:
    plain = assets["plain"]
    refused = call("review", "approve", plain, "--as", "Ben", "--json")
    assert (refused.code, refused.error["where"]) == (2, "--reason")
    assert state_of(call, plain) == "held"
    done = call("review", "approve", plain, "--as", "Ben", "--reason", "papers came by mail", "--json")
    assert (done.code, done.json["state"]) == (0, "approved")
    assert call("review", "list", "--json").json == {"assets": [], "next_cursor": None}
    [decision] = call("assets", "show", plain, "--json").json["decisions"]
    assert (decision["by"], decision["reason"]) == ("Ben", "papers came by mail")


def test_a_rejection_needs_a_reason_and_a_name(call: Call, bought: Path, assets: dict[str, str]) -> None:
    hero = assets["hero"]
    assert call("review", "reject", hero, "--as", "Ben").code == 2
    assert call("review", "reject", hero, "--reason", "no").code == 2
    assert call("review", "reject", hero, "--as", " ", "--reason", "no").code == 2
    assert state_of(call, hero) == "approved"
    assert call("review", "reject", hero, "--as", "Ben", "--reason", "wrong mug").code == 0
    assert state_of(call, hero) == "rejected"
    assert call("status", "spring", "--json").json["state"] == "incomplete"


def test_an_unknown_asset_cannot_be_decided(call: Call, bought: Path) -> None:
    answer = call("review", "approve", "asset_none", "--as", "Ben", "--json")
    assert (answer.code, answer.error["code"]) == (1, "not_found")


def test_publish_dry_run_publish_and_recall(call: Call, bought: Path, assets: dict[str, str]) -> None:
    dry = call("publish", "spring", "--dry-run", "--json").json
    assert (dry["dry_run"], len(dry["added"])) == (True, 1)
    assert public(bought) == {}
    done = call("publish", "spring", "--json").json
    assert (done["dry_run"], done["added"]) == (False, dry["added"])
    before = public(bought)
    assert "nothing to change" in call("publish", "spring").out
    assert public(bought) == before

    answer = call("review", "reject", assets["hero"], "--as", "Ben", "--reason", "recalled", "--json")
    assert (answer.code, answer.json["state"], answer.json["withdrawn"]) == (0, "rejected", done["added"])
    assert list(public(bought)) == ["spring/publications.json"]
    assert json.loads(public(bought)["spring/publications.json"])["publications"] == []
    again = call("publish", "spring", "--json").json
    assert (again["added"], again["removed"], again["kept"]) == ([], [], [])
    assert [p["code"] for p in call("status", "spring", "--json").json["problems"]] == [
        "waits_for_a_person",
        "rejected_by_person",
    ]


def test_a_rejection_says_what_it_took_down(call: Call, bought: Path, assets: dict[str, str]) -> None:
    plain = call("review", "reject", assets["plain"], "--as", "Ben", "--reason", "no papers", "--json")
    assert (plain.code, plain.json["withdrawn"]) == (0, [])
    assert public(bought) == {}
    [rendition] = call("publish", "spring", "--json").json["added"]
    told = call("review", "reject", assets["hero"], "--as", "Ben", "--reason", "recalled")
    assert told.code == 0
    assert f"taken down: {rendition}" in told.out


def test_a_rejection_whose_files_cannot_be_taken_down_is_told_and_listed_until_they_are(
    call: Call, bought: Path, assets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [rendition] = call("publish", "spring", "--json").json["added"]
    reject = ("review", "reject", assets["hero"], "--as", "Ben", "--reason", "recalled", "--json")
    with monkeypatch.context() as patched:
        patched.setenv("COLOPHON_CDN_URL", "ftp://example.com/pictures")
        answer = call(*reject)
    assert answer.code == 1  # not 2: the decision is on record
    assert "the rejection is on record" in answer.error["hint"]
    problems = {p["code"]: p["where"] for p in call("status", "spring", "--json").json["problems"]}
    assert problems["published_but_rejected"] == rendition
    assert call(*reject).json["withdrawn"] == [rendition]
    assert "published_but_rejected" not in call("status", "spring").out
    assert len(call("assets", "show", assets["hero"], "--json").json["decisions"]) == 2


def test_a_public_file_that_was_swapped_is_reported_with_its_address(call: Call, bought: Path) -> None:
    call("publish", "spring")
    [file] = (bought / "cdn" / "spring").glob("*.jpg")
    file.write_bytes(b"somebody was here")
    answer = call("publish", "spring", "--json")
    assert (answer.code, answer.error["code"], answer.error["where"]) == (1, "object_corrupt", file.as_uri())
    assert "unpublish" in answer.error["hint"]


def test_one_rendition_is_taken_down_by_its_id(call: Call, bought: Path) -> None:
    [rendition] = call("publish", "spring", "--json").json["added"]
    assert call("unpublish", rendition, "--dry-run", "--json").json["removed"] == [rendition]
    assert len(public(bought)) == 2
    answer = call("unpublish", rendition, "--json")
    assert (answer.code, answer.json["removed"]) == (0, [rendition])
    assert json.loads(public(bought)["spring/publications.json"])["publications"] == []


def test_a_damaged_file_is_not_published(call: Call, bought: Path, assets: dict[str, str]) -> None:
    view = call("status", "spring", "--json").json
    path = next(r["path_or_key"] for r in view["renditions"] if r["asset_id"] == assets["hero"])
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 1
    Path(path).write_bytes(content)
    answer = call("publish", "spring", "--json")
    assert (answer.code, answer.error["code"]) == (1, "object_corrupt")
    assert [name for name in public(bought) if name.endswith(".jpg")] == []


def test_a_public_address_is_the_one_people_see(call: Call, bought: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOPHON_CDN_PUBLIC_URL", "https://cdn.example.com/pictures")
    monkeypatch.setenv("COLOPHON_CDN_READ_BACK", "store")  # which answers in this test's place
    call("publish", "spring")
    [entry] = json.loads(public(bought)["spring/publications.json"])["publications"]
    assert entry["address"].startswith("https://cdn.example.com/pictures/spring/linkedin-text_ad-")


def test_a_finished_campaign_runs_again_without_prefect_and_approves_and_publishes(
    call: Call, bought: Path, session: Session, assets: dict[str, str]
) -> None:
    brief = str(session.home.parent / "brief.json")
    answer = call("run", brief, "--publish", "--json")
    assert answer.code == 0
    states = {r["asset_id"]: r["state"] for r in answer.json["renditions"]}
    assert states == {assets["hero"]: "published", assets["plain"]: "held"}
    assert not (bought / "prefect").exists()


def test_a_sheet_that_cannot_be_written_is_told_and_loses_nothing(call: Call, bought: Path, session: Session) -> None:
    for file in (bought / "sheets").iterdir():
        file.unlink()
    (bought / "sheets").rmdir()
    (bought / "sheets").write_text("a file in the place of the folder")
    answer = call("run", str(session.home.parent / "brief.json"), "--json")
    assert answer.code == 3
    assert answer.error["where"].endswith("sheets/spring.html")
    assert call("status", "spring", "--json").code == 0


def test_a_run_that_stopped_halfway_never_says_that_nothing_was_done(
    call: Call, bought: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_heavy = PictureError("linkedin/text_ad as jpg weighs 9000 bytes; its cap is 5000", reason="too_large")
    monkeypatch.setattr("colophon.launcher.run_campaign", lambda *_, **__: too_heavy)
    answer = call("run", str(session.home.parent / "brief.json"), "--json")
    assert (answer.code, answer.error["code"]) == (1, "picture_error")
