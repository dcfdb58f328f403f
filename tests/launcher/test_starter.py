"""Campaigns started at a Prefect server without waiting for them, from threads, and the runner that serves them."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prefect.client.orchestration import SyncPrefectClient
from prefect.states import Completed, Running

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.domain.generation import GenerationState
from colophon.errors import ProviderUnavailable
from colophon.launcher.served import SCHEDULES, Schedule, deployments
from colophon.launcher.starter import NoStarter, PrefectStarter, end_dead_runs, is_served, named_starter, tag_of
from colophon.settings import Settings
from colophon.web.app import create_web

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.flow
Client = Callable[[], SyncPrefectClient]


@pytest.fixture(scope="module")
def client(prefect_url: str) -> Client:
    return lambda: SyncPrefectClient(prefect_url)


@pytest.fixture(scope="module")
def deployed(client: Client, prefect_url: str) -> Iterator[Client]:
    """The campaign flow's deployment, and nobody who would run it."""
    [flow] = [each for each in deployments() if each.name == "campaign"]
    with client() as opened:
        flow_id = opened.create_flow_from_name("campaign")
        made = opened.create_deployment(flow_id, name="campaign", entrypoint=flow.entrypoint, concurrency_limit=4)
        yield client
        opened.delete_deployment(made)


@pytest.fixture
def starter(deployed: Client) -> Iterator[PrefectStarter]:
    yield PrefectStarter(deployed, lambda: None)
    with deployed() as opened:  # nobody is to take them up later
        for run in opened.read_flow_runs():
            if any(tag.startswith(tag_of("")) for tag in run.tags):
                opened.delete_flow_run(run.id)


def test_many_that_start_one_campaign_get_one_run(starter: PrefectStarter, deployed: Client) -> None:
    """From the threads of a web server's plain routes, under its event loop."""
    app = FastAPI()

    @app.post("/start/{campaign}")
    def start(campaign: str) -> dict[str, str]:
        return {"run": starter.start(campaign, approve_as="Ana")}

    with TestClient(app) as door, ThreadPoolExecutor(6) as pool:
        runs = set(pool.map(lambda _: door.post("/start/mugs").json()["run"], range(6)))
    [run] = runs
    assert starter.running("mugs") == run
    assert starter.running("jugs") is None
    assert starter.start("jugs") != run
    with deployed() as opened:
        given = {"campaign": "mugs", "approve_as": "Ana", "publish": False, "started_by": None}
        assert opened.read_flow_run(run).parameters == given
        opened.set_flow_run_state(run, Completed(), force=True)
    assert starter.running("mugs") is None
    again = starter.start("mugs")
    assert again not in runs
    assert starter.start("mugs") == again


def test_what_a_dead_runner_left_holds_no_campaign_for_ever(starter: PrefectStarter, deployed: Client) -> None:
    run, waits = starter.start("cups"), starter.start("pots")
    with deployed() as opened:
        opened.set_flow_run_state(run, Running(), force=True)
        assert run in end_dead_runs(opened)
    assert starter.running("cups") is None
    assert starter.running("pots") == waits  # nobody has begun it: it is taken by the next runner


def test_while_nothing_can_be_started_it_says_why_and_what_to_do(prefect_url: str, unused_port: int) -> None:
    nowhere = PrefectStarter(lambda: SyncPrefectClient(f"http://127.0.0.1:{unused_port}/api"), lambda: None)
    for starter in (PrefectStarter(lambda: SyncPrefectClient(prefect_url), lambda: "starting"), nowhere, NoStarter()):
        with pytest.raises(ProviderUnavailable) as caught:
            starter.start("mugs")
        assert caught.value.hint
        assert caught.value.transient
    assert NoStarter().trouble()
    assert NoStarter().running("mugs") is None


def test_a_named_server_that_does_not_answer_is_trouble(
    monkeypatch: pytest.MonkeyPatch, prefect_url: str, unused_port: int
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{unused_port}/api")
    assert "does not answer" in (named_starter().trouble() or "")
    monkeypatch.setenv("PREFECT_API_URL", prefect_url)
    assert named_starter().trouble() is None


def test_readiness_tells_of_the_runner_where_one_is_wanted(home: Runtime) -> None:
    class Stated(NoStarter):
        needed = True

    for starter, status in ((NoStarter(), 200), (Stated(), 503), (None, 200)):
        answer = TestClient(create_web(home, starter)).get("/readyz")
        assert answer.status_code == status
        assert ("runner" in answer.text) is (status == 503)


# The runner


def test_it_serves_what_the_deployment_file_names() -> None:
    named = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())["deployments"]
    served = {each.name: each for each in deployments()}
    assert served.keys() == {each["name"] for each in named}
    schedules = {each.deployment.partition("/")[2]: each for each in SCHEDULES}
    assert schedules.keys() == {each["name"] for each in named if "schedules" in each}
    for each in named:
        assert served[each["name"]].entrypoint == each["entrypoint"]
        [wanted] = each.get("schedules", [{}])
        ours = schedules.get(each["name"], Schedule(""))
        assert ours.every == wanted.get("interval")
        if "cron" in wanted:
            minute, hour = re.fullmatch(r"(\d+) (\d+) \* \* \*", wanted["cron"]).groups()  # type: ignore[union-attr]
            assert ours.at == (int(hour), int(minute))
            assert wanted["timezone"] == "UTC"


def test_a_daily_time_is_today_or_tomorrow() -> None:
    daily, noon = Schedule("x", at=(3, 20)), datetime(2027, 3, 4, 12, 0, 30, tzinfo=UTC)
    assert daily.after(noon) == datetime(2027, 3, 5, 3, 20, tzinfo=UTC)
    assert daily.after(noon.replace(hour=1)) == datetime(2027, 3, 4, 3, 20, tzinfo=UTC)
    assert daily.after(daily.after(noon)) == datetime(2027, 3, 6, 3, 20, tzinfo=UTC)
    assert Schedule("x", every=60).after(noon) == noon + timedelta(seconds=60)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    initialise(Settings(home=home))
    return home


@pytest.fixture
def home(tmp_path: Path, template: Path) -> Iterator[Runtime]:
    shutil.copytree(template, tmp_path / "home")
    rt = Runtime(Settings(home=tmp_path / "home"))
    yield rt
    rt.close()


def test_a_started_campaign_is_bought_by_the_runner(
    home: Runtime, client: Client, prefect_url: str, tmp_path: Path
) -> None:
    brief: dict[str, Any] = {
        "schema_version": 1,
        "campaign": "served",
        "title": "Served",
        "brand": {"name": "Northwind"},
        "visuals": [{"id": "hero", "prompt": "A matte mug on an oak table"}],
        "placements": ["linkedin/text_ad"],
        "budget": {"currency": "USD", "cap": "2.00"},
    }
    (tmp_path / "brief.json").write_text(json.dumps(brief))
    planned = plan_brief(tmp_path / "brief.json", None, home)
    open_for_run(planned, home)
    slug = register_plan(planned, home)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLOPHON_", "PREFECT_"))}
    own = {
        "COLOPHON_HOME": str(home.settings.home),
        "PREFECT_API_URL": prefect_url,
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    quiet = {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_LOGGING_LEVEL": "WARNING", "DO_NOT_TRACK": "1"}
    runner = subprocess.Popen(
        [sys.executable, "-m", "colophon.launcher.served"], env={**kept, **own, **quiet}, cwd=tmp_path
    )
    starter = PrefectStarter(client, lambda: None)
    try:
        _until(lambda: _served(client))
        run = starter.start(slug)
        assert starter.running(slug) == run
        _until(lambda: starter.running(slug) is None)
        [progress] = home.catalog.orders.wanted(slug)
        assert progress.state is GenerationState.ASSET
    finally:
        runner.terminate()
        runner.wait(30)


def _served(client: Client) -> bool:
    try:
        return is_served(client)
    except ProviderUnavailable:
        return False


def _until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    deadline, waiting = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        waiting.wait(0.2)
