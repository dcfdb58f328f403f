"""colophon audit as a person or a script meets it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Call


def test_verify_counts_and_names(ready: Path, call: Call) -> None:
    clean = call("audit", "verify", "--json")
    assert clean.code == 0
    assert clean.json["ok"] is True
    assert clean.json["problems"] == []
    assert {"rows", "objects", "events", "signatures"} <= clean.json["checked"].keys()
    assert clean.json["checked"]["events"] >= 1
    with closing(sqlite3.connect(ready / "catalog.db")) as database, database:
        database.execute("INSERT INTO campaigns VALUES ('forged', 'r', '2027-01-01', '2027-01-01')")
    forged = call("audit", "verify", "--json")
    assert forged.code == 1
    assert forged.json["ok"] is False
    found = {(each["code"], each["kind"], each["id"]) for each in forged.json["problems"]}
    assert found & {("row_unlogged", "campaigns", "forged"), ("row_unreadable", "campaigns", "forged")}
    assert all(each.keys() == {"code", "kind", "id", "message"} for each in forged.json["problems"])
    assert "campaigns  forged" in call("audit", "verify").out


def test_what_a_run_made_and_people_approved_agrees(bought: Path, call: Call) -> None:
    answer = call("audit", "verify", "--json")
    assert answer.json["problems"] == []
    assert answer.json["checked"]["signatures"] >= 2


def test_checkpoints_and_proofs(ready: Path, call: Call) -> None:
    early = call("audit", "prove", "1", "--json")
    assert early.code == 1
    assert early.error["code"] == "not_found"
    written = call("audit", "checkpoint", "--json").json["written"]
    assert (ready / "checkpoints" / written["name"]).is_file()
    assert call("audit", "checkpoint", "--json").json["written"] is None
    proof = call("audit", "prove", "1", "--json")
    assert proof.code == 0
    assert proof.json["holds"] is True
    assert proof.json["event"]["sequence"] == 1
    assert proof.json["checkpoint"].startswith("colophon\n1\n")
    size = str(written["size"])
    assert call("audit", "compare", size, size, "--json").json["holds"] is True
    assert call("audit", "compare", size, "999", "--json").error["code"] == "not_found"


def test_a_copy_that_is_not_there_is_said_to_be(ready: Path, call: Call) -> None:
    missing = call("audit", "verify", "--catalog", f"sqlite:///{ready}/nowhere.db", "--json")
    assert missing.code == 1
    assert missing.error["code"] == "not_found"


def test_erasing_needs_to_know_what(ready: Path, call: Call) -> None:
    assert call("audit", "erase", "--json").code == 2
    assert call("audit", "erase", "assets/asset_1", "--json").code == 2
    assert call("audit", "erase", "decisions/dec_1", "--json").error["code"] == "not_found"
    assert call("audit", "erase", "--person", "Nobody", "--json").json["erased"] == []
