"""The deployment that publishes on approval: an event that reaches a Prefect server starts its flow."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
import yaml
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.settings import PREFECT_API_URL, temporary_settings

from colophon.domain.delivery import Sent
from colophon.domain.event import Draft, chained
from colophon.domain.message import Message, MessageType, message_of
from colophon.providers.http import guarded_client
from colophon.providers.prefect_events import PrefectCourier
from flows.publish import publish_on_approval

pytestmark = [
    pytest.mark.flow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_PATIENCE = 30.0  # seconds for the server
FILE = Path(__file__).parents[2] / "deployments" / "publish-on-approval.yaml"


@pytest.fixture
def deployed(prefect_url: str) -> Iterator[str]:
    """Its id: deployed with the trigger of the file, on no work pool, so that what it starts only waits."""
    [spec] = yaml.safe_load(FILE.read_text())["deployments"]
    triggers: Any = [DeploymentEventTrigger.model_validate(each) for each in spec["triggers"]]
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        made = cast(RunnerDeployment, publish_on_approval.to_deployment(name=spec["name"], triggers=triggers))
        deployment = str(cast(UUID, made.apply()))
        yield deployment
    for each in httpx.post(f"{prefect_url}/automations/filter", json={}, timeout=_PATIENCE).json():
        if each["actions"][0].get("deployment_id") == deployment:
            httpx.delete(f"{prefect_url}/automations/{each['id']}", timeout=_PATIENCE)
    httpx.delete(f"{prefect_url}/deployments/{deployment}", timeout=_PATIENCE)


def message(kind: MessageType, campaign: str, number: int) -> Message:
    told = {"asset": f"asset_{number}", "sha256": "ab" * 32, "campaign": campaign, "brand": "Northwind"}
    draft = Draft("changed", "assets", told["asset"], "ab" * 32)
    event = chained(draft, sequence=number, previous="00" * 32, at=datetime.now(UTC))
    return message_of(kind, event, told | {"visual": "hero", "variant": 1, "state": kind.value.partition(".")[2]})


def asked(address: str, wanted: dict[str, Any], enough: Callable[[Any], bool]) -> Any:
    """What the server answers once it is enough, or after a while; events travel on their own."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = httpx.post(address, json=wanted, timeout=_PATIENCE).json()
        if enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def test_an_approval_starts_the_flow_for_its_campaign_and_nothing_else_does(deployed: str, prefect_url: str) -> None:
    courier = PrefectCourier(guarded_client(allow_private=True), prefect_url, api_key=None, auth=None)
    rejected = message(MessageType.REJECTED, "cups", 1)
    approved = message(MessageType.APPROVED, "mugs", 2)
    for each in (rejected, approved, approved):  # once more, as when the answer to the first was lost
        assert courier.send(each, at=datetime.now(UTC)) == Sent(204)
    ours = {"deployments": {"id": {"any_": [deployed]}}}
    runs = asked(f"{prefect_url}/flow_runs/filter", ours, bool)
    assert [run["parameters"] for run in runs] == [{"campaign": "mugs"}]
    names = ["colophon.asset.approved", "colophon.asset.rejected"]
    wanted = {
        "filter": {"event": {"name": names}, "resource": {"id": ["colophon.asset.asset_1", "colophon.asset.asset_2"]}}
    }
    events = asked(f"{prefect_url}/events/filter", wanted, lambda found: len(found["events"]) >= 2)["events"]
    assert sorted(event["event"] for event in events) == names
    [event] = [event for event in events if event["event"] == names[0]]
    assert event["related"][0] == {"prefect.resource.id": "colophon.campaign.mugs", "prefect.resource.role": "campaign"}
    assert (event["payload"]["asset"], event["payload"]["event"]) == ("asset_2", 2)


def test_a_server_that_is_not_there_has_not_taken_it(unused_port: int) -> None:
    api = f"http://127.0.0.1:{unused_port}/api"
    courier = PrefectCourier(guarded_client(allow_private=True), api, api_key="pnu_secret", auth=None)
    sent = courier.send(message(MessageType.APPROVED, "mugs", 3), at=datetime.now(UTC))
    assert (sent.status, sent.in_trouble) == (None, True)
    assert "pnu_secret" not in str(sent) + repr(courier)
