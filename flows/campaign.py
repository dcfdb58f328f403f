"""The campaign flow: a registered campaign, from its orders to reviewable signed renditions."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from colophon.bootstrap import runtime
from colophon.errors import ColophonError
from colophon.services import resume
from flows import artifacts, tasks

# The one layer that tries an order again, and only where the provider certainly did not take it. The waits, in
# seconds, let an outage or a rate limit pass; after the last one the campaign stops and can be run again.
_LOG = logging.getLogger("colophon.flows")
_PAUSES = (2.0, 8.0, 20.0)
_WORKERS = 8
Chain = tuple[PrefectFuture[str], ...]


# Prefect types the parameter by the base class of its futures, which the thread pool's are not declared to be.
_RUNNER: Any = ThreadPoolTaskRunner(max_workers=_WORKERS)


@flow(name="campaign", flow_run_name="campaign-{campaign}", task_runner=_RUNNER)
def campaign(campaign: str, approve_as: str | None = None, publish: bool = False) -> None:
    """Buy, examine, cut and sign everything the newest revision of ``campaign`` wants and does not have yet.

    Raises what stopped it: `ProviderRefused` when the account cannot order, `ProviderUnavailable` when a provider
    stayed out of reach. All that was reached by then is kept; running again goes on from there.
    """
    runtime().open()
    board = artifacts.Board(campaign)
    stopped = _work_off(campaign, board)
    if approve_as:
        tasks.approve(campaign, approve_as)
    if publish:
        tasks.put_out(campaign)
    board.finish()
    if stopped is not None:
        raise stopped


def _work_off(campaign: str, board: artifacts.Board) -> ColophonError | None:
    pauses = list(_PAUSES)
    while not (left := _left(campaign)).nothing:
        if not left.generations:
            _LOG.warning("another run is placing an order; looking again in %.0f s at the latest", left.wait or 1.0)
            runtime().clock.sleep(left.wait or 1.0)
            continue
        errors = _run_chains(left.generations, board)
        final = next((error for error in errors if not error.transient), None)
        if final or (errors and not pauses):
            return final or errors[0]
        if errors:
            pause = max(pauses.pop(0), min(60.0, getattr(errors[0], "retry_after", None) or 0.0))
            _LOG.warning("%s; trying again in %.0f s", errors[0].message, pause)
            runtime().clock.sleep(pause)
    return None


def _left(campaign: str) -> resume.Left:
    rt = runtime()
    return resume.left_to_do(campaign, orders=rt.catalog.orders, assets=rt.catalog.assets, clock=rt.clock)


def _run_chains(generations: Sequence[str], board: artifacts.Board) -> list[ColophonError]:
    """submit -> collect -> finish for each, a bounded number at a time; the errors that ended chains early.

    After an error that another try cannot mend (no funds, a wrong key) no further orders are placed; what is
    already ordered is still collected.
    """
    waiting = deque(generations)
    running: dict[PrefectFuture[str], Chain] = {}
    most = runtime().settings.orders_in_flight
    errors: list[ColophonError] = []
    while waiting or running:
        while waiting and len(running) < most and all(error.transient for error in errors):
            chain = _chain(waiting.popleft())
            running[chain[-1]] = chain
        if not running:
            break
        done = next(iter(as_completed(list(running))))
        errors.extend(_error_of(running.pop(done)))
        board.one_more()
    return errors


def _chain(generation: str) -> Chain:
    ordered = tasks.submit.submit(generation)
    picture = tasks.collect.submit(generation, wait_for=[ordered], return_state=False)
    return ordered, picture, tasks.finish.submit(generation, wait_for=[picture], return_state=False)


def _error_of(chain: Chain) -> list[ColophonError]:
    """The first error of a chain; the steps behind it were never started."""
    for future in chain:
        try:
            future.result()
        except ColophonError as error:
            return [error]
    return []
