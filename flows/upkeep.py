"""The upkeep flow, run on a schedule: the audit log gets its checkpoint, what dead workers left is taken over,
unknown outcomes are asked about, others are told what happened."""

import logging
from concurrent.futures import ThreadPoolExecutor

from prefect import flow

from colophon.bootstrap import runtime
from colophon.bootstrap.auditing import seal
from colophon.bootstrap.notify import sweep_out
from colophon.bootstrap.purchasing import make_sweep
from colophon.errors import ColophonError
from colophon.services.recheck import lapse
from colophon.services.sweep import THREADS
from colophon.services.upkeep import look_after
from flows import tasks

_LOG = logging.getLogger("colophon.upkeep")
_TELLING = 30.0  # seconds that go into telling others; what is left then, the next pass sends


@flow(name="upkeep")
def upkeep(seconds: float = 60.0) -> dict[str, list[str]]:
    """Order nothing; bring home what is ordered and examine it, also where signing does not work. Returns the
    generations by what happened to them, and the assets whose approval had run out."""
    rt = runtime()
    seal(rt, only_due=True)
    rt.open(signing=False)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="upkeep") as threads:
        done = look_after(buyer=rt.buyer, sweep=make_sweep(rt.buyer, threads), seconds=seconds)
    lapsed = lapse(rt.catalog.reviews, policy=rt.decision_policy.ref, clock=rt.clock)
    finished = []
    for generation in done.to_finish:
        try:
            tasks.finish(generation)
            finished.append(generation)
        except ColophonError as error:  # its picture is kept; the next run or pass examines it
            _LOG.warning("%s: %s", generation, error.message)
        except Exception:  # noqa: BLE001 - one picture's fault must not keep the others waiting
            _LOG.exception("examining %s failed in a way nobody foresaw", generation)
    sweep_out(rt, seconds=_TELLING)
    return {
        "expired": list(done.expired),
        "found": [a.generation for a in done.answers if a.outcome == "found"],
        "not_taken": [a.generation for a in done.answers if a.outcome == "not_taken"],
        "held": list(done.held),
        "finished": finished,
        "lapsed": lapsed,
    }
