"""The program that serves the deployments to a local Prefect server: ``python -m colophon.launcher.served``.

It also begins the flows that run on a schedule. Prefect's own scheduler is not relied on: that of 3.8.8 writes nothing
under SQLAlchemy 2.1 (decision 0038), and one that was asleep would make up for every run it missed.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from colophon.errors import ProviderUnavailable
from colophon.launcher.starter import Client, begin_unless_at_work, end_dead_runs

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

_LOG = logging.getLogger("colophon.launcher")
_RUNS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Schedule:
    """``every`` so many seconds, or daily at ``at`` (hour and minute, UTC)."""

    deployment: str
    every: float | None = None
    at: tuple[int, int] | None = None

    def after(self, moment: datetime) -> datetime:
        """When it is due next."""
        if self.every is not None:
            return moment + timedelta(seconds=self.every)
        hour, minute = self.at or (0, 0)
        today = moment.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > moment else today + timedelta(days=1)


SCHEDULES = (
    Schedule("upkeep/upkeep", every=60),
    Schedule("rights/rights", every=60),
    Schedule("reverify/reverify", at=(3, 20)),
)


def deployments() -> "list[RunnerDeployment]":
    """The same as deployments/prefect.yaml, for this machine; a test compares them."""
    from prefect.deployments.runner import RunnerDeployment
    from prefect.types.entrypoint import EntrypointType

    from flows import publish
    from flows.campaign import campaign
    from flows.recheck import recheck
    from flows.reverify import reverify
    from flows.upkeep import upkeep

    def made(flow: Any, **more: Any) -> RunnerDeployment:
        return RunnerDeployment.from_flow(flow, name=flow.name, entrypoint_type=EntrypointType.MODULE_PATH, **more)

    flows = (publish.publish, publish.withdraw, publish.rights, upkeep, reverify, recheck)
    alone = [made(flow) for flow in flows]
    return [made(campaign, concurrency_limit=4), *alone]


def keep_time(client: Client, ending: threading.Event) -> None:
    """Begin what is due until ``ending``; one that is still at work is left alone, and nothing is made up for."""
    due = {each: each.after(datetime.now(UTC)) for each in SCHEDULES}
    while not ending.wait(max(0.0, (min(due.values()) - datetime.now(UTC)).total_seconds())):
        now = datetime.now(UTC)
        for each in [each for each, moment in due.items() if moment <= now]:
            due[each] = each.after(now)
            try:
                begin_unless_at_work(client, each.deployment)
            except ProviderUnavailable as error:
                _LOG.warning("%s was not begun: %s", each.deployment, error.message)


def main() -> None:
    """Serve them until a signal comes. The server is this runner's alone, so whatever it believes to be at work died
    with the runner before."""
    from prefect import serve
    from prefect.client.orchestration import SyncPrefectClient, get_client

    def client() -> SyncPrefectClient:
        return get_client(sync_client=True)

    with client() as first:
        end_dead_runs(first)
    ending = threading.Event()
    clock = threading.Thread(target=keep_time, args=(client, ending), name="schedules", daemon=True)
    clock.start()
    try:
        serve(*deployments(), pause_on_shutdown=False, print_starting_message=False, limit=_RUNS_AT_ONCE)
    finally:
        ending.set()
        clock.join(5)


if __name__ == "__main__":
    main()
