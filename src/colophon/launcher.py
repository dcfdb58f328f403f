"""Start the campaign flow: in this process, or by name where it is deployed."""

import os
from pathlib import Path

from colophon.bootstrap import Runtime
from colophon.errors import ColophonError, ProviderUnavailable
from colophon.services import publish as publishing
from colophon.services import resume, review

DEPLOYMENT = "campaign/campaign"


def run_campaign(
    campaign: str, rt: Runtime, *, approve_as: str | None, publish: bool, deployed: bool
) -> ColophonError | None:
    """Do what the campaign still lacks. Returns the error that stopped it early, None when nothing did.

    With nothing left to buy or make, Prefect is not started at all.
    """
    left = resume.left_to_do(campaign, orders=rt.catalog.orders, assets=rt.catalog.assets, clock=rt.clock)
    if left.nothing:
        return _decisions_only(campaign, rt, approve_as, publish)
    if deployed:
        return _start_by_name(campaign, approve_as, publish)
    return _run_here(campaign, rt, approve_as, publish)


def prepare_prefect(home: Path) -> None:
    """Before Prefect is first imported: its own data under the home, and no calls to its maker's analytics.

    Whatever the environment already says is left alone.
    """
    for name, value in (
        ("PREFECT_HOME", str(home / "prefect")),
        ("PREFECT_SERVER_ANALYTICS_ENABLED", "false"),
        ("DO_NOT_TRACK", "1"),
        ("PREFECT_LOGGING_LEVEL", "WARNING"),
        ("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "60"),
    ):
        os.environ.setdefault(name, value)


def _decisions_only(campaign: str, rt: Runtime, approve_as: str | None, publish: bool) -> ColophonError | None:
    if approve_as:
        review.approve_checked(campaign, by=approve_as, assets=rt.catalog.assets, clock=rt.clock)
    if publish:
        publishing.publish(campaign, press=rt.press)
    return None


def _run_here(campaign: str, rt: Runtime, approve_as: str | None, publish: bool) -> ColophonError | None:
    prepare_prefect(rt.settings.home)
    from flows.campaign import campaign as flow  # Prefect takes seconds to import

    try:
        flow(campaign, approve_as=approve_as, publish=publish)
    except ColophonError as error:
        return error
    return None


def _start_by_name(campaign: str, approve_as: str | None, publish: bool) -> ColophonError | None:
    from prefect.deployments import run_deployment

    parameters = {"campaign": campaign, "approve_as": approve_as, "publish": publish}
    run = run_deployment(DEPLOYMENT, parameters=parameters, timeout=None)
    state = run.state
    if state is None or not state.is_completed():
        said = state.message if state else "no state"
        return ProviderUnavailable(f"the deployed flow run {run.name} ended early: {said}", where=str(run.id))
    return None
