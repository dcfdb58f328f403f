"""The flow that checks assets again, started by a person or a schedule: after another profile or decision policy, or
other libraries, what is in the catalog is judged by what holds now."""

from collections.abc import Iterable, Iterator
from itertools import islice

from prefect import flow

from colophon.bootstrap import runtime
from colophon.domain.asset import Asset
from colophon.services.recheck import stale
from colophon.services.verify import moment
from flows import artifacts, tasks

_CHUNK = 50  # assets of one task: what is done again when it dies, at most


@flow(name="recheck")
def recheck(campaign: str | None = None, before: str | None = None) -> list[str]:
    """Check every asset that was not checked since ``before`` (a time in UTC; None: since this run began), of one
    campaign or all, under the profile and policy in force. A run that died is gone on with by naming its beginning.
    Returns the assets whose state changed. Raises `NotFound`, `InvalidInput`."""
    rt = runtime()
    if campaign is not None:
        rt.catalog.orders.campaign(campaign)
    until = moment(before) if before else rt.clock.now()
    changed: list[str] = []
    for assets in _chunks(stale(rt.catalog.reviews, before=until, campaign=campaign)):
        changed += tasks.check_again(assets)
    artifacts.show_rechecked(changed)
    return changed


def _chunks(assets: Iterable[Asset]) -> Iterator[list[str]]:
    remaining = iter(assets)
    while chunk := list(islice(remaining, _CHUNK)):
        yield [asset.id for asset in chunk]
