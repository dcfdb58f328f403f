"""plan and the refusals of run: nothing is written, nothing is ordered, and everything wrong is said at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colophon.sandbox.invoice import Invoice

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Call

Brief = Callable[..., str]


def test_plan_prices_the_brief_and_makes_no_home(call: Call, home: Path, brief: Brief, tmp_path: Path) -> None:
    path = brief()
    before = sorted(tmp_path.rglob("*"))
    answer = call("plan", path, "--json")
    assert answer.code == 0
    view = answer.json
    assert {"campaign", "revision", "masters", "generations", "renditions", "cost"} <= view.keys()
    assert view["cost"] == {"low": "0.06", "high": "0.06", "cap": "2.00", "currency": "USD"}
    assert "sandbox" in view["routes"]
    assert sorted(tmp_path.rglob("*")) == before
    assert call("plan", path, "--json").json == view


def test_plan_for_people_names_masters_generations_and_cost(call: Call, home: Path, brief: Brief) -> None:
    answer = call("plan", brief())
    assert answer.code == 0
    for words in ("512x512", "linkedin/text_ad", "cost: 0.06 to 0.06 USD of at most 2.00"):
        assert words in answer.out


def test_plan_says_where_a_manifest_travels_beside_its_file(call: Call, home: Path, brief: Brief) -> None:
    path = brief(placements=["iab_display/feature_phone_small", "web/thumbnail"])
    rows = call("plan", path, "--json").json["renditions"]
    assert {(r["placement"], r["manifest"]) for r in rows} == {
        ("iab_display/feature_phone_small", "detached"),
        ("web/thumbnail", "embedded"),
    }
    text = call("plan", path).out
    assert "detached" in text
    assert "has no room for a manifest in 5000 bytes; it travels beside the file" in text


def test_plan_over_the_cap_says_so_and_run_refuses(call: Call, home: Path, brief: Brief) -> None:
    path = brief(budget={"cap": "0.05"})
    planned = call("plan", path, "--json")
    assert planned.json["cost"]["high"] == "0.06"
    assert "over the cap" in planned.err
    answer = call("run", path, "--json")
    assert answer.code == 2
    assert answer.error["problems"][0]["path"] == "budget.cap"
    assert not home.exists()


def test_a_bad_brief_lists_all_problems_with_their_lines(call: Call, home: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "schema_version: 1\n"
        "campaign: Spring Mugs\n"
        "title: Spring\n"
        "brand: {name: Northwind}\n"
        "visuals:\n"
        "  - id: hero\n"
        "    prompt: A mug\n"
        "    variants: 0\n"
        "placements: [instagram/feed_potrait]\n"
        'budget: {currency: USD, cap: "2.00"}\n'
        "colour: red\n"
    )
    for command in ("plan", "run"):
        answer = call(command, str(bad), "--json")
        assert answer.code == 2
        problems = {p["path"]: p for p in answer.error["problems"]}
        assert {"campaign", "visuals[0].variants", "placements[0]", "colour"} <= problems.keys()
        assert problems["campaign"]["line"] == 2
        assert problems["visuals[0].variants"]["line"] == 8
        assert problems["placements[0]"]["line"] == 9
        assert all(p["file"] == str(bad) for p in problems.values())
    told = call("plan", str(bad))
    assert (told.code, told.out) == (2, "")
    assert told.err.count("error: ") == len(problems)
    assert f"{bad}:8 visuals[0].variants" in told.err
    assert not home.exists()


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_brief_that_is_not_there(call: Call, home: Path, name: str) -> None:
    answer = call("plan", name, "--json")
    assert (answer.code, answer.error["code"]) == (2, "invalid_input")
    assert not home.exists()


def test_a_reference_that_is_no_picture_is_a_problem_of_the_brief(
    call: Call, home: Path, brief: Brief, tmp_path: Path
) -> None:
    (tmp_path / "mug.png").write_bytes(b"no picture")
    answer = call("run", brief(references=["mug.png"]), "--json")
    assert answer.code == 2
    assert answer.error["problems"][0]["path"] == "references[0]"
    assert not home.exists()


def test_an_unknown_route_is_refused(call: Call, home: Path, brief: Brief) -> None:
    answer = call("run", brief(), "--route", "sandbxo", "--json")
    assert answer.code == 2
    assert "did you mean 'sandbox'" in answer.error["message"]


def test_a_route_without_key_orders_nothing(call: Call, ready: Path, brief: Brief) -> None:
    answer = call("run", brief(), "--route", "bfl", "--json")
    assert answer.code == 2
    assert answer.error["where"] == "BFL_API_KEY"
    assert "--route sandbox" in answer.error["hint"]
    assert call("campaigns", "--json").json == {"campaigns": []}
    assert Invoice(ready / "sandbox").lines() == []


def test_a_key_is_never_sent_in_the_clear(
    call: Call, ready: Path, brief: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BFL_API_KEY", "key-of-the-test")
    monkeypatch.setenv("COLOPHON_ROUTES__BFL__BASE_URL", "http://127.0.0.1:9")
    answer = call("run", brief(), "--route", "bfl", "--json")
    assert answer.code == 2
    assert "ALLOW_PRIVATE" in answer.error["hint"]
    assert "key-of-the-test" not in answer.out + answer.err


def dead_route(process: Callable[..., Answer], home: Path, brief: str, port: int, prefect_url: str) -> Answer:
    """The installed command, except that the flow does not pause between its tries."""
    program = (
        "import sys; from colophon.services import workoff; workoff.PAUSES = (0.1, 0.1, 0.1); "
        "from colophon.cli import main; sys.argv[0] = 'colophon'; main()"
    )
    environment = {
        "BFL_API_KEY": "key-of-the-test",
        "COLOPHON_ROUTES__BFL__BASE_URL": f"http://127.0.0.1:{port}",
        "COLOPHON_ROUTES__BFL__ALLOW_PRIVATE": "true",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_API_URL": prefect_url,
    }
    return process(
        ["run", brief, "--route", "bfl", "--json"],
        home=home,
        environment=environment,
        program=[sys.executable, "-c", program],
    )


@pytest.mark.flow
def test_a_server_that_is_down_is_an_outside_failure_and_the_order_stays_wanted(
    call: Call, ready: Path, brief: Brief, unused_port: int, process: Callable[..., Answer], prefect_url: str
) -> None:
    answer = dead_route(process, ready, brief(), unused_port, prefect_url)
    assert answer.code == 3, answer.err
    assert answer.error["code"] == "provider_unavailable"
    assert "key-of-the-test" not in answer.out + answer.err
    view = call("status", "spring", "--json").json
    assert {g["state"] for g in view["generations"]} == {"planned"}
    assert (view["cost"]["spent"], view["cost"]["reserved"]) == ("0.00", "0.00")


@pytest.mark.parametrize(
    "arguments",
    [("plan", "brief.json", "--colour"), ("--colour",), ("plan",), ("paln", "brief.json"), ("review", "approve", "x")],
)
def test_wrong_use_is_one_document_with_json(call: Call, home: Path, arguments: tuple[str, ...]) -> None:
    answer = call(*arguments, "--json")
    assert answer.code == 2
    assert answer.error["code"] == "invalid_input"
    assert "--help" in answer.error["hint"]
    told = call(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err
    assert not home.exists()


@pytest.mark.parametrize("arguments", [("--help",), ("plan", "--help"), ("assets", "--help"), ("review", "-h")])
def test_help_is_help(call: Call, home: Path, arguments: tuple[str, ...]) -> None:
    answer = call(*arguments)
    assert answer.code == 0
    assert "Usage" in answer.out
    assert not home.exists()


def test_the_installed_command_writes_one_document_and_its_exit_code(
    process: Callable[..., Answer], home: Path, brief: Brief, tmp_path: Path
) -> None:
    planned = process(["plan", brief(), "--json"], home=home)
    assert planned.code == 0
    assert planned.json["campaign"] == "spring"
    (tmp_path / "brief.json").write_text(json.dumps({"schema_version": 1}))
    refused = process(["plan", "brief.json", "--json"], home=home)
    assert refused.code == 2
    assert len(refused.error["problems"]) > 1
    assert not home.exists()
