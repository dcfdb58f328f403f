"""`colophon stop` and `colophon resume`, and what run and status say meanwhile."""

from typing import Any

from colophon.bootstrap import runtime


def test_stop_run_status_resume(ready: Any, call: Any, brief: Any) -> None:
    file = brief(visuals=[{"id": "hero", "prompt": "A matte mug on an oak table"}])
    assert call("stop", "spring", "--as", "Ada", "--reason", "no", "--json").error["code"] == "not_found"
    stopped = call("stop", "--as", "Ada", "--reason", "a wrong price", "--json")
    assert (stopped.code, stopped.json["scope"], stopped.json["being_placed"]) == (0, "everything", 0)
    again = call("stop", "--as", "Bo", "--reason", "another", "--json")
    assert again.json["id"] == stopped.json["id"]

    run = call("run", file, "--json")
    assert run.code == 1
    assert run.json["state"] == "unfinished"
    assert [generation["state"] for generation in run.json["generations"]] == ["planned"]
    [problem] = run.json["problems"]
    assert problem["code"] == "halted"
    assert "Ada" in problem["message"]
    assert "a wrong price" in problem["message"]
    assert not (ready / "prefect").exists()
    assert not (ready / "sandbox" / "invoice.jsonl").exists()
    assert [each["code"] for each in call("status", "spring", "--json").json["problems"]] == ["halted"]
    assert "a wrong price" in call("status", "spring").out

    assert call("stop", "spring", "--as", "Ada", "--reason", "this one").code == 0
    left = call("resume", "spring", "--as", "Bo", "--json")
    assert left.code == 1
    assert left.json["lifted"]["scope"] == "campaign/spring"
    assert [each["scope"] for each in left.json["in_force"]] == ["everything"]
    went_on = call("resume", "--as", "Bo", "--json")
    assert (went_on.code, went_on.json["in_force"], went_on.json["lifted"]["lifted_by"]) == (0, [], "Bo")
    assert call("resume", "--as", "Bo", "--json").json["lifted"] is None
    assert "not stopped" in call("resume", "--as", "Bo").out
    assert call("status", "spring", "--json").json["problems"] == []


def test_wrong_use_stops_nothing(ready: Any, call: Any) -> None:
    for arguments in (
        ["--as", "Ada"],
        ["--reason", "x"],
        ["--as", " ", "--reason", "x"],
        ["--as", "A", "--reason", ""],
    ):
        assert call("stop", *arguments, "--json").code == 2
    runtime.cache_clear()
    assert runtime().catalog.halts.active() == []
