"""The campaign flow under faults: what is tried again, what stops it, and that nothing is bought twice."""

import gc
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

import flows.campaign as campaign_module
import flows.upkeep as upkeep_module
from colophon.bootstrap import Runtime, initialise, runtime
from colophon.bootstrap.planning import plan_brief, register_plan
from colophon.domain.generation import GenerationState
from colophon.errors import ProviderRefused
from colophon.services import workoff
from colophon.services.buyer import Pauses
from colophon.services.order import submit
from colophon.settings import load_settings

pytestmark = [
    pytest.mark.flow,
    # Prefect 3.8 leaves event-loop resources of its temporary server to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BRIEF = """\
schema_version: 1
campaign: faults
title: Faults
brand: {name: Northwind}
visuals: [{id: hero, prompt: "A mug on an oak table, soft window light", variants: 3}]
placements: [web/thumbnail]
budget: {currency: USD, cap: "2.00"}
"""


@pytest.fixture(scope="module")
def prefect(prefect_url: str) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        yield


@pytest.fixture
def rt(prefect: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The runtime that the flow's tasks find, over a home of its own and without the waits between tries."""
    monkeypatch.setenv("COLOPHON_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(workoff, "PAUSES", (0.1, 0.1))
    monkeypatch.setattr(Pauses, "FIRST", 0.05)
    initialise(load_settings())
    runtime.cache_clear()
    made = runtime()
    yield made
    made.close()
    runtime.cache_clear()
    gc.collect()  # what Prefect left open is found now, where it is ignored, and not during a later test


def register(rt: Runtime, faults: list[dict[str, Any]]) -> None:
    (rt.settings.home / "sandbox" / "faults.json").write_text(json.dumps(faults))
    file = rt.settings.home.parent / "brief.yaml"
    file.write_text(BRIEF)
    assert register_plan(plan_brief(file, None, rt), rt) == "faults"


def states(rt: Runtime) -> Counter[GenerationState]:
    return Counter(p.state for p in rt.catalog.orders.wanted("faults"))


def accepted(rt: Runtime) -> int:
    invoice = rt.settings.home / "sandbox" / "invoice.jsonl"
    lines = invoice.read_text().splitlines() if invoice.exists() else []
    return sum(json.loads(line)["event"] == "accepted" for line in lines)


def test_a_rate_limit_passes_and_nothing_is_ordered_twice(rt: Runtime) -> None:
    register(rt, [{"fault": "rate_limited", "times": 2}])
    campaign_module.campaign("faults")
    assert states(rt) == {GenerationState.ASSET: 3}
    assert accepted(rt) == 3
    assert sum(p.attempt for p in rt.catalog.orders.wanted("faults")) == 5


def test_progress_and_results_are_artifacts_of_the_orchestrator(rt: Runtime) -> None:
    register(rt, [])
    campaign_module.campaign("faults")
    with get_client(sync_client=True) as client:
        found = {a.key: a.data for a in client.read_latest_artifacts() if (a.key or "").endswith("-faults")}
    assert found["progress-faults"] == 100.0
    assert {row["state"] for row in json.loads(str(found["generations-faults"]))} == {"asset"}


def test_an_empty_account_stops_the_campaign_and_a_later_run_finishes_it(rt: Runtime) -> None:
    register(rt, [{"fault": "out_of_funds", "times": 3}])
    with pytest.raises(ProviderRefused):
        campaign_module.campaign("faults")
    assert GenerationState.PLANNED in states(rt)
    assert rt.catalog.orders.spending("faults").reserved.micros == 0
    (rt.settings.home / "sandbox" / "faults.json").write_text("[]")
    campaign_module.campaign("faults")
    assert states(rt) == {GenerationState.ASSET: 3}
    assert accepted(rt) == 3


def test_a_lost_answer_is_unknown_and_is_never_ordered_again(rt: Runtime) -> None:
    register(rt, [{"fault": "answer_lost", "times": 1}])
    campaign_module.campaign("faults")
    campaign_module.campaign("faults")
    assert states(rt) == {GenerationState.ASSET: 2, GenerationState.UNKNOWN: 1}
    assert accepted(rt) == 3
    assert rt.catalog.orders.spending("faults").reserved.micros > 0


def test_a_refusal_ends_one_picture_and_the_others_go_on(rt: Runtime) -> None:
    register(rt, [{"fault": "moderated_output", "times": 1}])
    campaign_module.campaign("faults", approve_as="Ana", publish=True)
    assert states(rt) == {GenerationState.ASSET: 2, GenerationState.REFUSED: 1}
    assert len(rt.catalog.publications.of_campaign("faults", only_open=True)) == 2 * 2 * 3  # widths, formats


def test_upkeep_brings_home_what_a_dead_worker_ordered(rt: Runtime) -> None:
    register(rt, [])
    generations = [p.generation.id for p in rt.catalog.orders.wanted("faults")]
    dead = replace(rt.buyer, worker="dead", lease=lambda route: 0.0)
    for generation in generations[:2]:
        submit(generation, buyer=dead)
    done = upkeep_module.upkeep(seconds=20)
    assert sorted(done["finished"]) == sorted(generations[:2])
    assert states(rt) == {GenerationState.ASSET: 2, GenerationState.PLANNED: 1}
    assert accepted(rt) == 2
    names = ("expired", "found", "not_taken", "held", "finished", "lapsed")
    assert upkeep_module.upkeep(seconds=1) == {name: [] for name in names}
