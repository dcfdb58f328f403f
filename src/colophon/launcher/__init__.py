"""Start the campaign flow: in this process, or by name where it is deployed."""

import re
from collections.abc import Callable
from os import environ
from pathlib import Path
from typing import cast

from colophon import errors
from colophon.bootstrap import Runtime
from colophon.bootstrap.auditing import seal
from colophon.bootstrap.starting import this_actor
from colophon.domain.dossier import StartedBy
from colophon.errors import ColophonError, Halted, ProviderUnavailable
from colophon.launcher.starter import DEPLOYMENT, tag_of
from colophon.services import halt, resume, review
from colophon.services import publish as publishing

# How Prefect 3.8 words that its server cannot be reached or started; it has no class of its own for that.
_START_UP_FAILURES = ("Failed to reach API", "Timed out while attempting to connect")


def run_campaign(
    campaign: str,
    rt: Runtime,
    *,
    approve_as: str | None,
    publish: bool,
    deployed: bool,
    say: Callable[[str], None],
) -> ColophonError | None:
    """Do what the campaign still lacks. Returns the error that stopped it early, None when nothing did.

    With nothing left to buy or make, Prefect is not started at all. ``say`` tells a person what is going on.
    """
    left = resume.left_to_do(campaign, orders=rt.catalog.orders, assets=rt.catalog.assets, clock=rt.clock)
    if left.nothing:
        say("nothing is left to do for this brief: nothing bought, nothing made")
        return _decisions_only(campaign, rt, approve_as, publish)
    if deployed:
        say(f"starting the deployed flow {DEPLOYMENT} and waiting for it")
        return _start_by_name(campaign, approve_as, publish, this_actor(rt.settings))
    where = environ.get("PREFECT_API_URL") or "a temporary server, this takes some seconds"
    if left.to_order and not left.wait and left.to_order == left.generations:
        try:
            halt.require_none(campaign, halts=rt.catalog.halts)
        except Halted as error:  # nothing to bring home either: Prefect need not be started
            _decisions_only(campaign, rt, approve_as, publish)
            return error
    say(f"{len(left.generations)} generations to go; starting Prefect ({where})")
    return _run_here(campaign, rt, approve_as, publish)


def prepare_prefect(home: Path) -> None:
    """Before Prefect is first imported for a run here: its own data under the home, its console silent.

    Whatever the environment already says is left alone.
    """
    quiet_prefect()
    for name, value in (
        ("PREFECT_HOME", str(home / "prefect")),
        ("PREFECT_LOGGING_LEVEL", "WARNING"),
        # Its console prints a traceback for every failed task; the command line tells errors in its own words.
        ("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL"),
        ("PREFECT_LOGGING_EXTRA_LOGGERS", "colophon"),
        # The first start makes its database in a hundred steps: over a minute on a slow or busy machine.
        ("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180"),
    ):
        environ.setdefault(name, value)


def quiet_prefect() -> None:
    """Before Prefect is first imported at all: no calls to its maker's analytics."""
    environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    environ.setdefault("DO_NOT_TRACK", "1")


def _decisions_only(campaign: str, rt: Runtime, approve_as: str | None, publish: bool) -> ColophonError | None:
    if approve_as:
        review.approve_checked(campaign, by=approve_as, desk=rt.desk)
    if publish:
        publishing.publish_when_due(campaign, press=rt.press)
    seal(rt)
    return None


def _run_here(campaign: str, rt: Runtime, approve_as: str | None, publish: bool) -> ColophonError | None:
    prepare_prefect(rt.settings.home)
    from flows.campaign import campaign as flow  # Prefect takes seconds to import

    try:
        flow(campaign, approve_as=approve_as, publish=publish)
    except ColophonError as error:
        return error
    except _foreign_errors() as error:
        return _orchestrator_failed(error)
    return None


def _start_by_name(campaign: str, approve_as: str | None, publish: bool, actor: StartedBy) -> ColophonError | None:
    quiet_prefect()
    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments import run_deployment

    parameters = {
        "campaign": campaign,
        "approve_as": approve_as,
        "publish": publish,
        "started_by": [actor.name, actor.source],
    }
    try:
        # Called outside an event loop it gives the run itself; its type says it might be a coroutine.
        run = cast(FlowRun, run_deployment(DEPLOYMENT, parameters=parameters, timeout=None, tags=[tag_of(campaign)]))
    except _foreign_errors() as error:
        return _orchestrator_failed(error)
    state = run.state
    if state is None or not state.is_completed():
        return error_said(state.message if state else None) or ProviderUnavailable(
            f"the deployed flow run {run.name} ended early: {state.name if state else 'no state'}", where=str(run.id)
        )
    return None


def _foreign_errors() -> tuple[type[Exception], ...]:
    """What Prefect raises when its server or deployment cannot be reached; for its start-up that is RuntimeError."""
    import httpx
    from prefect.exceptions import PrefectException

    return (PrefectException, httpx.HTTPError, OSError, RuntimeError)


def _orchestrator_failed(error: Exception) -> ColophonError:
    """Raises ``error`` again when it is not Prefect's."""
    if isinstance(error, RuntimeError) and not str(error).startswith(_START_UP_FAILURES):
        raise error
    where = environ.get("PREFECT_API_URL") or f"temporary server in {environ.get('PREFECT_HOME', 'its home')}"
    what = "the run cannot go on" if isinstance(error, OSError) else "Prefect is out of reach"
    failed = ProviderUnavailable(f"{what}: {str(error)[:300] or type(error).__name__}", where=where)
    failed.hint = "start its server or unset PREFECT_API_URL; see that the disk has room; then run again"
    return failed


def error_said(message: str | None) -> ColophonError | None:
    """The error of ours that ended a flow run elsewhere, from the text Prefect keeps of it."""
    found = re.search(r"\b([A-Z]\w+): (.+)", message or "", re.DOTALL)
    kind = getattr(errors, found[1], None) if found else None
    if found is None or not isinstance(kind, type) or not issubclass(kind, ColophonError):
        return None
    return kind(found[2].strip())
