"""One campaign through the installed command: bought, run again, read, published and withdrawn."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Session

pytestmark = pytest.mark.flow


def test_every_step_answers_with_one_document_and_its_exit_code(session: Session) -> None:
    assert {name: answer.code for name, answer in session.steps.items()} == dict.fromkeys(session.steps, 0)
    for answer in session.steps.values():
        assert isinstance(answer.json, dict)


def test_init_says_what_it_made(session: Session) -> None:
    view = session.steps["init"].json
    assert view["home"] == str(session.home)
    assert [str(session.home / "catalog.db")] == view["made"][-1:]


def test_the_run_buys_each_picture_once_and_makes_its_files(session: Session) -> None:
    view = session.steps["run"].json
    assert (view["campaign"], view["state"]) == ("spring", "waiting")
    assert [g["state"] for g in view["generations"]] == ["asset", "asset"]
    assert {a["visual"]: a["state"] for a in view["assets"]} == {"hero": "checked", "plain": "held"}
    assert len(view["renditions"]) == 2
    assert Decimal(view["cost"]["spent"]) == Decimal("0.06")
    assert view["cost"]["reserved"] == "0.00"
    assert [p["code"] for p in view["problems"]] == ["waits_for_a_person"]
    invoice = [json.loads(line) for line in session.left["run"]["sandbox/invoice.jsonl"].splitlines()]
    accepted = [line for line in invoice if line["event"] == "accepted"]
    assert {line["id"] for line in accepted} == {g["provider_request_id"] for g in view["generations"]}
    assert len(accepted) == 2


def test_running_again_buys_nothing_and_leaves_every_picture_as_it_was(session: Session) -> None:
    first, second = session.left["run"], session.left["rerun"]
    told = ("sheets/", "store/checkpoints/")  # it was run again to approve: the page and the signed log say so
    assert {k: v for k, v in second.items() if not k.startswith(told)} == {
        k: v for k, v in first.items() if not k.startswith(told)
    }
    assert not (session.home / "prefect").exists()
    view = session.steps["rerun"].json
    assert view["generations"] == session.steps["run"].json["generations"]
    assert {a["visual"]: a["state"] for a in view["assets"]} == {"hero": "approved", "plain": "held"}


def test_status_says_what_the_run_said(session: Session) -> None:
    assert session.steps["status"].json == session.steps["rerun"].json


def test_an_asset_can_be_shown(session: Session) -> None:
    view = session.steps["show"].json
    assert view["visual"] == "hero"
    assert view["provenance"]["state"] == "trusted"
    assert view["generation"]["cost"] == {"amount": "0.03", "currency": "USD", "basis": "settled"}
    assert [d["by"] for d in view["decisions"]] == ["Ana"]
    names = {"picture", "provenance", "safety", "duplicate", "palette", "words", "prompt", "people", "space", "logo"}
    assert {c["name"] for c in view["checks"]} == names
    assert view["synthetic_person"] == "no"


def test_only_the_approved_picture_is_published_and_a_second_time_nothing(session: Session) -> None:
    view = session.steps["publish"].json
    renditions = {r["asset_id"]: r["id"] for r in session.steps["status"].json["renditions"]}
    hero = session.steps["show"].json["id"]
    assert (view["added"], view["removed"], view["kept"]) == ([renditions[hero]], [], [])
    again = session.steps["publish again"].json
    assert (again["added"], again["kept"]) == ([], [renditions[hero]])
    assert session.left["publish again"] == session.left["publish"]
    [public] = [name for name in session.left["publish"] if name.startswith("cdn/") and name.endswith(".jpg")]
    listed = json.loads(session.left["publish"]["cdn/spring/publications.json"])["publications"]
    assert [public.endswith(entry["address"].split("/cdn/")[-1]) for entry in listed] == [True]


def test_unpublishing_leaves_nothing_but_lists_and_its_evidence(session: Session) -> None:
    assert session.steps["unpublish"].json["removed"] == session.steps["publish"].json["added"]
    left = {name: content for name, content in session.left["unpublish"].items() if name.startswith("cdn/")}
    assert sorted(left) == ["cdn/current.json", "cdn/current.json.jws", "cdn/spring/publications.json"]
    assert [each["state"] for each in session.steps["unpublish"].json["withdrawals"]] == ["gone"]
    assert json.loads(left["cdn/spring/publications.json"])["publications"] == []


def test_people_read_progress_on_stderr_only(session: Session) -> None:
    assert "2 planned" in session.steps["run"].err
    assert "Traceback" not in "".join(answer.err for answer in session.steps.values())
