"""The files under deployments/ name what is there, and pass on what the product reads."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitStrategy

from colophon.settings import load_settings

ROOT = Path(__file__).parents[2]


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "deployments" / name).read_text())
    return content


def given(service: str) -> dict[str, str]:
    environment: dict[str, str] = read("compose.yaml")["services"][service]["environment"]
    return environment


DEPLOYMENTS = [*read("prefect.yaml")["deployments"], *read("publish-on-approval.yaml")["deployments"]]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_each_deployment_names_a_flow_by_its_module(deployment: dict[str, Any]) -> None:
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    assert flow.name == deployment["name"]


def test_upkeep_never_queues_behind_itself() -> None:
    [upkeep] = [d for d in read("prefect.yaml")["deployments"] if d["name"] == "upkeep"]
    assert upkeep["schedules"] == [{"interval": 60}]
    limit = upkeep["concurrency_limit"]
    assert limit["limit"] == 1
    assert ConcurrencyLimitStrategy(limit["collision_strategy"]) is ConcurrencyLimitStrategy.CANCEL_NEW


def test_an_approval_publishes_only_where_that_was_deployed_for_itself() -> None:
    assert not [d for d in read("prefect.yaml")["deployments"] if "triggers" in d]
    [deployment] = read("publish-on-approval.yaml")["deployments"]
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    [trigger] = deployment["triggers"]
    assert trigger["expect"] == ["colophon.asset.approved"]


def test_verdicts_are_looked_at_again_each_day() -> None:
    [again] = [d for d in read("prefect.yaml")["deployments"] if d["name"] == "reverify"]
    [schedule] = again["schedules"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", schedule["cron"])
    assert again["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize("service", ["worker", "serve"])
def test_every_vendor_s_key_and_the_webhook_settings_reach_worker_and_server(service: str) -> None:
    routes = tomllib.loads((ROOT / "src/colophon/data/routes.toml").read_text())
    keys = {route["key_variable"] for route in _routes(routes) if route.get("key_variable")}
    assert len(keys) > 10
    assert keys | {"COLOPHON_WEBHOOK_URL", "COLOPHON_WEBHOOK_KEY"} <= set(given(service))


def test_what_is_not_set_outside_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    optional = [name for name, value in given("worker").items() if value.endswith(":-}")]
    for name in optional:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("COLOPHON_HOME", str(tmp_path))
    settings = load_settings()
    assert (settings.webhook_url, settings.webhook_key, settings.caps.day, settings.routes) == (None, None, None, {})
    assert settings.default_routes == ("sandbox",)


def _routes(table: dict[str, Any]) -> list[dict[str, Any]]:
    """Tables that describe a route, wherever the file has them."""
    found = [table] if "key_variable" in table else []
    for value in table.values():
        for each in value if isinstance(value, list) else [value]:
            found += _routes(each) if isinstance(each, dict) else []
    return found
