"""The flow that verifies again: what is due is judged, told of and shown, and the next run finds nothing."""

import gc
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

import flows.recheck as recheck_module
import flows.reverify as reverify_module
from colophon.bootstrap import Runtime, initialise, runtime
from colophon.bootstrap.planning import plan_brief, register_plan
from colophon.domain.asset import AssetState
from colophon.errors import NotFound
from colophon.services.ingest import ingest
from colophon.services.order import submit
from colophon.services.render import render_generation
from colophon.services.wait import collect
from colophon.settings import load_settings
from flows import notices

pytestmark = [
    pytest.mark.flow,
    # Prefect 3.8 leaves event-loop resources of its temporary server to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BRIEF = """\
schema_version: 1
campaign: again
title: Again
brand: {name: Northwind}
visuals: [{id: hero, prompt: "A mug on an oak table"}]
placements: [linkedin/text_ad]
budget: {currency: USD, cap: "2.00"}
"""


@pytest.fixture(scope="module")
def prefect(prefect_url: str) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        yield


@pytest.fixture
def rt(prefect: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The runtime that the flow's tasks find, over a home with one asset and its rendition."""
    monkeypatch.setenv("COLOPHON_HOME", str(tmp_path / "home"))
    initialise(load_settings())
    _renew()
    rt = runtime()
    (tmp_path / "brief.yaml").write_text(BRIEF)
    [progress] = rt.catalog.orders.wanted(register_plan(plan_brief(tmp_path / "brief.yaml", None, rt), rt))
    generation = progress.generation.id
    submit(generation, buyer=rt.buyer)
    collect(generation, buyer=rt.buyer)
    ingest(generation, bench=rt.bench)
    render_generation(generation, workshop=rt.workshop)
    yield rt
    _renew()
    gc.collect()  # what Prefect left open is found now, where it is ignored, and not during a later test


def _renew() -> None:
    """The next process."""
    if runtime.cache_info().currsize:
        runtime().close()
    runtime.cache_clear()


def _events() -> dict[str, dict[str, Any]]:
    """What the orchestrator's server knows of changed verdicts, by the file they are about."""
    wanted = {"filter": {"event": {"name": [notices.CHANGED]}}}
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/events/filter", json=wanted).json()["events"]
    return {event["resource"]["prefect.resource.id"]: event["payload"] for event in found}


def test_a_withdrawn_anchor_is_found_told_and_shown_once(rt: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    assert reverify_module.reverify() == []
    policy = rt.settings.trust_policy_file
    text = policy.read_text()
    policy.write_text(text[: text.rindex("[[anchor]]")])
    [asset] = rt.catalog.assets.of_campaign("again")
    [rendition] = rt.catalog.assets.renditions(asset.id)
    _renew()
    with caplog.at_level(logging.WARNING, "colophon.reverify"):
        assert sorted(reverify_module.reverify()) == sorted([asset.id, rendition.id])
    assert f"{asset.id}: valid, was trusted (policy)" in caplog.messages
    with get_client(sync_client=True) as client:
        shown = {a.key: a.data for a in client.read_latest_artifacts()}
    rows = json.loads(str(shown["provenance-changes"]))
    assert {(row["asset"], row["rendition"], row["because"]) for row in rows} == {
        (asset.id, None, "policy"),
        (asset.id, rendition.id, "policy"),
    }
    deadline = time.monotonic() + 20
    while len(_events()) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)  # they travel on their own
    events = _events()
    assert set(events) == {f"colophon.file.{asset.id}", f"colophon.file.{rendition.id}"}
    assert events[f"colophon.file.{asset.id}"]["after"] == "valid"
    caplog.clear()
    assert reverify_module.reverify() == []
    assert not [r for r in caplog.records if r.name == "colophon.reverify"]


def test_another_decision_policy_is_applied_to_what_is_in_the_catalog(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [asset] = rt.catalog.assets.of_campaign("again")
    assert recheck_module.recheck("again", "2026-01-01") == []  # it was checked since
    assert len(rt.catalog.reviews.rounds(asset.id)) == 1
    assert recheck_module.recheck("again") == []  # the same policy changes nothing, and a new round is on record
    assert len(rt.catalog.reviews.rounds(asset.id)) == 2
    policy = tmp_path / "strict.toml"
    policy.write_text('name = "strict"\nversion = "1"\nissued = 2026-11-28\nrequired = ["moderation"]\n')
    monkeypatch.setenv("COLOPHON_DECISION_POLICY", str(policy))
    _renew()
    with caplog.at_level(logging.WARNING, "colophon.recheck"):
        changed = recheck_module.recheck("again")
    after = runtime().catalog.assets.get(asset.id).state
    assert changed == ([asset.id] if asset.state is AssetState.CHECKED else [])
    assert after is AssetState.HELD
    assert len(runtime().catalog.reviews.rounds(asset.id)) == 3  # what was found before stays
    if changed:
        assert any(asset.id in message and "held, was checked" in message for message in caplog.messages)
        with get_client(sync_client=True) as client:
            shown = {a.key: a.data for a in client.read_latest_artifacts()}
        assert json.loads(str(shown["checked-again"]))[0]["state"] == "held"
    with pytest.raises(NotFound):
        recheck_module.recheck("nobody")
