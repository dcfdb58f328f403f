"""``colophon assets verify``: what is due, what if, and what an answer of no looks like to a script."""

from pathlib import Path
from typing import Any

import pytest

Call = Any


@pytest.fixture
def asset(call: Call, bought: Path) -> str:
    """The approved one."""
    rows = call("assets", "list", "--json").json["assets"]
    return next(str(row["id"]) for row in rows if row["state"] == "approved")


def _without_vendor(home: Path) -> str:
    text = (home / "trust.toml").read_text()
    return text[: text.rindex("[[anchor]]")].replace('version = "1"', 'version = "2"')


def test_nothing_due_is_an_answer_of_yes(call: Call, asset: str) -> None:
    answer = call("assets", "verify", "--json")
    assert answer.code == 0, answer.out
    assert answer.json == {
        "checked": 0,
        "recorded": True,
        "changed": [],
        "untrusted": [],
        "problems": [],
        "left_out": 0,
    }
    assert call("assets", "verify").out.startswith("0 verified and recorded")


def test_a_changed_policy_is_recorded_and_told_until_it_is_mended(call: Call, asset: str, home: Path) -> None:
    first = (home / "trust.toml").read_text()
    (home / "trust.toml").write_text(_without_vendor(home))
    answer = call("assets", "verify", "--json")
    assert answer.code == 1
    [changed] = [row for row in answer.json["changed"] if row["asset"] == asset and row["rendition"] is None]
    assert (changed["because"], changed["before"], changed["after"]) == ("policy", "trusted", "valid")
    assert changed["problems_new"] == ["signingCredential.untrusted"]
    doubted = answer.json["untrusted"]
    assert {(row["asset"], row["rendition"] is None, row["state"]) for row in doubted} == {
        (asset, True, "valid"),
        (asset, False, "trusted"),  # with its original's signer as a problem in its chain
    }
    again = call("assets", "verify")
    assert again.code == 1  # nothing is due, and still it is not trusted
    assert f"in doubt: {asset}: valid, approved" in again.out
    assert ": trusted, with problems in its chain, approved" in again.out
    (home / "trust.toml").write_text(first)
    assert call("assets", "verify").code == 0
    history = [v for v in call("assets", "show", asset, "--json").json["verdicts"] if v["rendition"] is None]
    assert [v["state"] for v in history] == ["trusted", "valid", "trusted"]
    assert [v["policy"]["version"] for v in history] == ["1", "2", "1"]
    assert {"occasion", "at", "confirmed_at", "library", "lists", "holds_until", "change"} <= history[0].keys()
    assert "again original: valid (was trusted: policy), policy default 2" in call("assets", "show", asset).out


def test_a_supposed_policy_is_answered_and_not_recorded(call: Call, asset: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "less.toml").write_text(_without_vendor(home))
    before = call("assets", "show", asset, "--json").json["verdicts"]
    answer = call("assets", "verify", asset, "--policy", "less.toml", "--json")
    assert answer.code == 1
    assert answer.json["recorded"] is False
    assert answer.json["checked"] == 1 + len(call("assets", "show", asset, "--json").json["renditions"])
    assert {row["because"] for row in answer.json["changed"]} == {"policy"}
    supposed = call("assets", "verify", "--at", "2099-01-01", "--json")
    assert supposed.code == 1
    assert {row["because"] for row in supposed.json["changed"]} == {"clock"}
    assert call("assets", "show", asset, "--json").json["verdicts"] == before


def test_named_assets_are_verified_whether_or_not_they_are_due(call: Call, asset: str) -> None:
    assert call("assets", "verify", asset, "--json").json["checked"] == 2
    assert call("assets", "verify", "--campaign", "spring", "--json").json["checked"] == 0
    everything = call("assets", "verify", "--campaign", "spring", "--all", "--json")
    assert everything.json["checked"] == call("assets", "verify", "--all", "--json").json["checked"] > 2
    assert everything.json["changed"] == []
    [first, *_] = call("assets", "show", asset, "--json").json["verdicts"]
    assert first["confirmed_at"] > first["at"]


def test_a_lost_object_is_a_problem_and_an_answer_of_no(call: Call, asset: str, home: Path) -> None:
    digest = call("assets", "show", asset, "--json").json["sha256"]
    [stored] = [p for p in (home / "store").rglob("*") if digest in p.name]
    stored.unlink()
    answer = call("assets", "verify", asset, "--json")
    assert answer.code == 1
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["asset"], problem["rendition"]) == ("object_missing", asset, None)
    assert answer.json["changed"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--at", "yesterday"), 2, "invalid_input"),
        (("--policy", "nowhere.toml"), 2, "invalid_input"),
        (("asset_x",), 1, "not_found"),
        (("--campaign", "nobody"), 1, "not_found"),
    ],
)
def test_what_is_not_there_or_not_written_rightly(
    call: Call, asset: str, arguments: tuple[str, ...], code: int, says: str
) -> None:
    answer = call("assets", "verify", *arguments, "--json")
    assert (answer.code, answer.error["code"]) == (code, says)


def test_assets_and_a_campaign_at_once_are_refused(call: Call, asset: str) -> None:
    assert call("assets", "verify", asset, "--campaign", "spring").code == 2
