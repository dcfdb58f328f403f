"""Campaigns started by name at a Prefect server, without waiting for them; from any thread."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import environ
from typing import TYPE_CHECKING

import httpx

from colophon.bootstrap.tracing import TRACE_TAG, traceparent
from colophon.errors import ProviderUnavailable

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.client.schemas.objects import FlowRun

    from colophon.launcher.runner import LocalRunner

DEPLOYMENT = "campaign/campaign"
_TAG = "colophon-campaign:"
SIGNED_IN = "signed in"  # how the web knows who starts a run
_AT_WORK = ("PENDING", "RUNNING", "CANCELLING", "PAUSED")
_OPEN = ("SCHEDULED", *_AT_WORK)
Client = Callable[[], "SyncPrefectClient"]


class PrefectStarter:
    """Implements `colophon.ports.Starter`. ``trouble`` says why nothing can be started, before the server is asked."""

    needed = True

    def __init__(self, client: Client, trouble: Callable[[], str | None]) -> None:
        self._client = client
        self._trouble = trouble

    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        """Two that start at the same moment get the same run: it is asked for under the name of the one before it."""
        with self._asking() as client:
            deployment = client.read_deployment_by_name(DEPLOYMENT)
            last = _last(client, campaign)
            if last is not None and not _ended(last):
                return str(last.id)
            run = client.create_flow_run_from_deployment(
                deployment.id,
                parameters={
                    "campaign": campaign,
                    "approve_as": approve_as,
                    "publish": publish,
                    "started_by": [by, SIGNED_IN] if by else None,
                },
                tags=[tag_of(campaign), *([TRACE_TAG + parent] if (parent := traceparent()) else [])],
                idempotency_key=f"{campaign} after {last.id if last else 'nothing'}",
            )
            return str(run.id)

    def running(self, campaign: str) -> str | None:
        with self._asking() as client:
            last = _last(client, campaign)
            return str(last.id) if last is not None and not _ended(last) else None

    def trouble(self) -> str | None:
        return self._trouble()

    @contextmanager
    def _asking(self) -> "Iterator[SyncPrefectClient]":
        if (trouble := self.trouble()) is not None:
            raise unavailable(trouble, "try again in a moment; nothing was started")
        with asked(), self._client() as client:
            yield client


class NoStarter:
    """Implements `colophon.ports.Starter` where campaigns are run elsewhere."""

    needed = False

    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        raise unavailable("this server starts no campaigns", "`colophon run` does, or serve without --no-runner")

    def running(self, campaign: str) -> str | None:
        return None

    def trouble(self) -> str | None:
        return "left out with --no-runner"


def local_starter(runner: "LocalRunner") -> PrefectStarter:
    """At the server that this process keeps running."""
    return PrefectStarter(runner.client, runner.trouble)


def named_starter() -> PrefectStarter:
    """At the server of ``PREFECT_API_URL``, with whatever else Prefect's own settings say of it."""

    def client() -> "SyncPrefectClient":
        from prefect.client.orchestration import get_client

        return get_client(sync_client=True)

    return PrefectStarter(client, _named_trouble)


def _named_trouble() -> str | None:
    address = environ.get("PREFECT_API_URL", "")
    try:
        httpx.get(f"{address.rstrip('/')}/health", timeout=2).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the Prefect server does not answer: {type(error).__name__}"
    return None


def tag_of(campaign: str) -> str:
    """What marks a campaign's runs at the server."""
    return _TAG + campaign


def is_served(client: Client) -> bool:
    """Whether a runner asks for runs of the campaign flow. Raises `ProviderUnavailable`."""
    from prefect.client.schemas.objects import DeploymentStatus

    with asked(), client() as open_client:
        return open_client.read_deployment_by_name(DEPLOYMENT).status is DeploymentStatus.READY


def begin_unless_at_work(client: Client, name: str) -> str | None:
    """Begin a run of a deployment; None: one is scheduled or under way. Raises `ProviderUnavailable`."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    with asked(), client() as opened:
        deployment = opened.read_deployment_by_name(name)
        mine = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
        if opened.read_flow_runs(deployment_filter=mine, flow_run_filter=_in_states(_OPEN), limit=1):
            return None
        return str(opened.create_flow_run_from_deployment(deployment.id).id)


def end_dead_runs(client: "SyncPrefectClient") -> Sequence[str]:
    """Call every run crashed that the server believes to be at work; their ids. Only for a server whose one runner has
    just begun: what ran before died with the one before, and would hold its campaign for ever."""
    from prefect.states import Crashed

    ended: dict[str, None] = {}
    while new := [
        run
        for run in client.read_flow_runs(flow_run_filter=_in_states(_AT_WORK), limit=200)
        if str(run.id) not in ended
    ]:
        for run in new:
            client.set_flow_run_state(run.id, Crashed(message="its process ended with the runner"), force=True)
            ended[str(run.id)] = None
    return list(ended)


def unavailable(message: str, hint: str, where: str = "") -> ProviderUnavailable:
    error = ProviderUnavailable(message, retry_after=5.0, where=where)
    error.hint = hint
    return error


@contextmanager
def asked() -> Iterator[None]:
    """Prefect's errors as ours."""
    from prefect.exceptions import ObjectNotFound, PrefectException

    try:
        yield
    except ObjectNotFound as error:
        hint = "deploy the flows there, as docs/deploy.md says, and start a worker"
        raise unavailable(f"the Prefect server has no deployment {DEPLOYMENT} yet", hint) from error
    except (PrefectException, httpx.HTTPError, OSError) as error:
        said = str(error)[:300] or type(error).__name__
        raise unavailable(f"Prefect is out of reach: {said}", "see that its server runs, then try again") from error


def _last(client: "SyncPrefectClient", campaign: str) -> "FlowRun | None":
    """The newest run of a campaign, ended or not."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
    from prefect.client.schemas.sorting import FlowRunSort

    mine = FlowRunFilter(tags=FlowRunFilterTags(all_=[tag_of(campaign)]))
    found = client.read_flow_runs(flow_run_filter=mine, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=1)
    return found[0] if found else None


def _ended(run: "FlowRun") -> bool:
    return run.state is not None and run.state.is_final()


def _in_states(names: Sequence[str]) -> "FlowRunFilter":
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    types = FlowRunFilterStateType(any_=[StateType(name) for name in names])
    return FlowRunFilter(state=FlowRunFilterState(type=types))
