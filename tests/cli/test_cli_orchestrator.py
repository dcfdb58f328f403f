"""An orchestrator that is out of reach is told in words, as one document, and costs nothing."""

from pathlib import Path
from typing import Any

import pytest

from colophon import launcher
from colophon.bootstrap import runtime
from colophon.bootstrap.planning import plan_brief, register_plan
from colophon.domain.generation import GenerationState
from colophon.errors import Conflict, ObjectCorrupt, ProviderUnavailable
from colophon.services.order import submit

NOWHERE = "http://127.0.0.1:9/api"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Flow run encountered an exception: Conflict: 0.045 more would pass the cap", Conflict),
        ("Flow run encountered an exception: ObjectCorrupt: the bytes differ", ObjectCorrupt),
        ("Flow run encountered an exception: ProviderUnavailable: not reached", ProviderUnavailable),
    ],
)
def test_what_ended_a_run_elsewhere_keeps_its_class(message: str, kind: type[Exception]) -> None:
    assert type(launcher.error_said(message)) is kind


@pytest.mark.parametrize("message", [None, "", "Crashed", "Flow run encountered an exception: KeyError: 'x'"])
def test_what_is_not_ours_has_no_class(message: str | None) -> None:
    assert launcher.error_said(message) is None


def test_a_dead_prefect_server_costs_nothing_and_can_be_run_again(home: Path, brief: Any, process: Any) -> None:
    file = brief()
    for arguments in (["run", file], ["run", file, "--deployed"]):
        answer = process([*arguments, "--json"], home=home, environment={"PREFECT_API_URL": NOWHERE})
        assert answer.code == 3, answer.err
        assert answer.error["code"] == "provider_unavailable"
        assert answer.error["where"] == NOWHERE
        assert "Traceback" not in answer.err
    assert not (home / "sandbox" / "invoice.jsonl").exists()


def test_an_unknown_outcome_makes_the_run_say_no(home: Path, call: Any, brief: Any) -> None:
    file = brief(visuals=[{"id": "hero", "prompt": "A matte mug on an oak table"}])
    call("init")
    (home / "sandbox" / "faults.json").write_text('[{"fault": "answer_lost"}]')
    runtime.cache_clear()
    rt = runtime()
    campaign = register_plan(plan_brief(Path(file), None, rt), rt)
    [wanted] = rt.catalog.orders.wanted(campaign)
    assert submit(wanted.generation.id, buyer=rt.buyer) is GenerationState.UNKNOWN
    rt.close()

    answer = call("run", file, "--json")
    assert answer.code == 1
    assert answer.json["state"] == "incomplete"
    assert [problem["code"] for problem in answer.json["problems"]] == ["outcome_unknown"]
