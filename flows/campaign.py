"""The campaign flow: a registered campaign, from its orders to reviewable signed renditions."""

from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from colophon.bootstrap import runtime
from colophon.bootstrap.auditing import seal
from colophon.bootstrap.purchasing import make_sweep
from colophon.bootstrap.starting import note_run
from colophon.bootstrap.tracing import TRACE_TAG, ContextThreads, context_of, span
from colophon.domain.dossier import StartedBy
from colophon.errors import ColophonError
from colophon.services.sweep import THREADS
from colophon.services.workoff import Crew, work_off
from flows import artifacts, tasks

if TYPE_CHECKING:
    from opentelemetry.context import Context

_FINISHING = 8
# Submits and examinations run in the runner; sweeps have a few threads of their own.
# Prefect types the parameter by the base class of its futures, which the thread pool's are not declared to be.
_RUNNER: Any = ThreadPoolTaskRunner(max_workers=16)


@flow(name="campaign", flow_run_name="campaign-{campaign}", task_runner=_RUNNER)
def campaign(
    campaign: str, approve_as: str | None = None, publish: bool = False, started_by: tuple[str, str] | None = None
) -> None:
    """Buy, examine, cut and sign everything the newest revision of ``campaign`` wants and does not have yet.

    ``started_by``: who, and how that is known; None: by this process's own settings or user.

    Raises what stopped it: `ProviderRefused` when the account cannot order, `ProviderUnavailable` when a provider
    stayed out of reach. All that was reached by then is kept, under a checkpoint of the audit log; running again
    goes on from there.
    """
    runtime().open()
    with span("campaign", parent=_begun_by(), subject=campaign):
        note_run(runtime(), campaign, StartedBy(*started_by) if started_by else None)
        board = artifacts.Board(campaign)
        stopped = _work_off(campaign, board)
        if approve_as:
            tasks.approve(campaign, approve_as)
        if publish:
            tasks.put_out(campaign)
        board.finish()
        seal(runtime())
        if stopped is not None:
            raise stopped


def _begun_by() -> "Context | None":
    """The trace of the request that started this run, where its starter named one."""
    tags = [tag for tag in flow_run.tags or () if tag.startswith(TRACE_TAG)]
    return context_of(tags[0].removeprefix(TRACE_TAG)) if tags else None


def _work_off(campaign: str, board: artifacts.Board) -> ColophonError | None:
    rt = runtime()
    crew = Crew(
        submit=tasks.submit.submit,
        finish=tasks.finish.submit,
        submits=rt.settings.submits_at_once,
        unfinished=rt.settings.orders_in_flight,
        finishing=_FINISHING,
        ended=lambda generation: board.one_more(),
    )
    with ContextThreads(THREADS, thread_name_prefix="sweep") as threads:
        sweep = make_sweep(rt.buyer, threads, campaign)
        return work_off(campaign, buyer=rt.buyer, assets=rt.catalog.assets, crew=crew, sweep=sweep)
