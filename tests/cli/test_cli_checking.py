"""assets check, comments and who may approve, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Call, Session

STRICT = """
name = "strict"
version = "9"
issued = 2027-01-01
[[rule]]
check = "picture"
verdict = "pass"
outcome = "hold"
"""


@pytest.fixture
def assets(session: Session) -> dict[str, str]:
    """The two assets by visual: hero is approved, plain is held."""
    return {a["visual"]: a["id"] for a in session.steps["status"].json["assets"]}


def test_checked_again_under_a_stricter_policy(call: Call, bought: Path, assets: dict[str, str]) -> None:
    hero, plain = assets["hero"], assets["plain"]
    assert call("publish", "spring", "--json").code == 0
    same = call("assets", "check", "--all", "--json")
    assert (same.code, same.json["checked"], same.json["changed"]) == (0, 2, [])
    file = bought.parent / "strict.toml"
    file.write_text(STRICT)
    stricter = call("assets", "check", hero, plain, "--policy", str(file), "--json")
    [row] = stricter.json["changed"]
    assert (stricter.code, row["asset"], row["before"], row["after"]) == (1, hero, "approved", "held")
    view = call("assets", "show", hero, "--json").json
    assert [r["policy"]["name"] for r in view["checks_history"]] == ["colophon", "colophon", "strict"]
    assert view["decisions"][-1]["by"] == "policy strict 9"
    assert "policy strict 9" in call("assets", "show", hero).out
    assert len(call("publish", "spring", "--json").json["removed"]) == 1
    before = view["checks_history"][-1]["at"]
    assert call("assets", "check", "--campaign", "spring", "--before", before, "--json").json["checked"] <= 1


def test_which_assets_must_be_said(call: Call, bought: Path, assets: dict[str, str]) -> None:
    for arguments in ((), ("--all", "--campaign", "spring"), ("--all", assets["hero"])):
        refused = call("assets", "check", *arguments, "--json")
        assert (refused.code, refused.error["where"]) == (2, "ASSET")
    assert call("assets", "check", "--campaign", "none", "--json").code == 1
    assert call("assets", "check", "asset_none", "--json").code == 1


def test_a_comment_is_shown_to_who_reviews(call: Call, bought: Path, assets: dict[str, str]) -> None:
    plain = assets["plain"]
    assert call("review", "comment", plain, "--as", "Ben", "--text", "no papers?").code == 0
    [row] = call("review", "list", "--json").json["assets"]
    assert [(c["by"], c["text"]) for c in row["comments"]] == [("Ben", "no papers?")]
    assert "Ben: no papers?" in call("review", "list").out
    first = call("review", "list", "--limit", "1", "--json").json
    assert first["next_cursor"] == row["id"], "where a page is full there may be another"
    assert f"--cursor {row['id']}" in call("review", "list", "--limit", "1").out
    after = ("review", "list", "--cursor", row["id"])
    assert call(*after, "--json").json == {"assets": [], "next_cursor": None}
    assert "nothing more waits" in call(*after).out
    assert call("review", "comment", plain, "--as", "Ben", "--text", " ").code == 2


def test_who_ordered_cannot_approve_and_is_told_before_anything_is_bought(
    call: Call, ready: Path, brief: Callable[..., str]
) -> None:
    file = brief(owner="Ana", review={"approvers": ["Ben", "Cem"], "rule": 2})
    for name in ("ana", "Zoe"):
        refused = call("run", file, "--approve-as", name, "--json")
        assert (refused.code, refused.error["where"]) == (2, "--as")
        assert "Ben, Cem" in refused.error["hint"]
    assert call("campaigns", "--json").json == {"campaigns": []}


def test_a_policy_that_accepts_what_could_not_run_is_refused_with_its_place(
    call: Call, bought: Path, assets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bought.parent / "lax.toml"
    file.write_text(STRICT.replace('"pass"', '"unknown"').replace('"hold"', '"note"'))
    monkeypatch.setenv("COLOPHON_DECISION_POLICY", str(file))
    refused = call("assets", "check", assets["hero"], "--json")
    assert refused.code == 2
    [problem] = refused.error["problems"]
    assert (problem["file"], problem["path"]) == (str(file), "rule[0]")
