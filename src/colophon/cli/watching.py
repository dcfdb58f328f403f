"""Progress of a campaign on the terminal, read from the catalog: the same for a run here and elsewhere."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from colophon.domain.generation import GenerationState
from colophon.domain.record import Progress as Standing
from colophon.errors import StoreUnavailable
from colophon.ports import Catalog

_EVERY_SECONDS = 0.5


@contextmanager
def progress_shown(campaign: str, catalog: Catalog) -> Iterator[None]:
    """A bar on a terminal, a line at every change elsewhere; both on stderr."""
    ended = threading.Event()
    watch = _watch_bar if sys.stderr.isatty() else _watch_lines
    thread = threading.Thread(target=watch, args=(campaign, catalog, ended), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _standing(campaign: str, catalog: Catalog) -> Sequence[Standing]:
    try:
        return catalog.orders.wanted(campaign)
    except StoreUnavailable:
        return ()  # a display never stops the work; the work itself will say what is wrong


def _summary(standing: Sequence[Standing]) -> str:
    counts = Counter(p.state for p in standing)
    return ", ".join(f"{counts[state]} {state.value}" for state in GenerationState if counts[state])


def _watch_lines(campaign: str, catalog: Catalog, ended: threading.Event) -> None:
    said = ""
    while True:
        last = ended.wait(_EVERY_SECONDS)
        summary = _summary(_standing(campaign, catalog))
        if summary and summary != said:
            said = summary
            sys.stderr.write(f"{campaign}: {summary}\n")
        if last:
            return


def _watch_bar(campaign: str, catalog: Catalog, ended: threading.Event) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(campaign, total=None)
        while True:
            last = ended.wait(_EVERY_SECONDS)
            standing = _standing(campaign, catalog)
            if standing:
                done = sum(p.state.settled for p in standing)
                bar.update(task, total=len(standing), completed=done, description=f"{campaign}: {_summary(standing)}")
            if last:
                return
