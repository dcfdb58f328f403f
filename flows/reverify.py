"""The flow that verifies again, run on a schedule: what another policy, list or library, or time, may have changed."""

from collections.abc import Iterable, Iterator
from itertools import islice

from prefect import flow

from colophon.bootstrap import runtime
from colophon.domain.history import Scope, Standing
from colophon.services.reverify import standings, what_is_due
from flows import artifacts, tasks

_CHUNK = 200  # files of one task: what is done again when it dies, at most


@flow(name="reverify")
def reverify() -> list[str]:
    """Verify everything that is due and put it on record. Returns the assets and renditions whose verdict changed."""
    lab = runtime().lab
    changed: list[str] = []
    for assets in _chunks(standings(Scope(), what_is_due(lab), verdicts=lab.verdicts)):
        changed += tasks.verify_again(assets)
    artifacts.show_changed(changed)
    return changed


def _chunks(files: Iterable[Standing]) -> Iterator[list[str]]:
    """Assets, each once in its chunk. One that is met again in a later chunk has nothing due any more."""
    remaining = iter(files)
    while chunk := list(islice(remaining, _CHUNK)):
        yield list(dict.fromkeys(file.asset for file in chunk))
