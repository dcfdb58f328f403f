"""A campaign from its brief to its public files as a process of its own, without an orchestrator: threads and a loop.

``python -m tests.crash.bare_run`` reads orders from standard input, one JSON object a line, and forks a child for
each: the libraries are loaded once, before any thread or connection exists. It answers with a line when the child has
begun (its ``pid``) and with one when it has ended (its ``status``; below 0 for a signal). The child may be killed by
that pid, and is killed here when it hangs at a crash point or takes longer than ``seconds``.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy.orm import configure_mappers

# A numeric library would start threads when it is loaded, and threads do not survive a fork.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

from colophon.bootstrap import Runtime
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.bootstrap.purchasing import make_sweep
from colophon.confined.worker import FUNCTIONS
from colophon.domain.detection import Detection
from colophon.errors import ColophonError, InvalidInput
from colophon.services import ingest, order, render
from colophon.services.publish import publish
from colophon.services.review import approve_checked
from colophon.services.workoff import Crew, work_off
from colophon.settings import Settings, load_settings
from tests.crash.points import Points, install

# Loaded before the forks, though nothing here names them.
for _used in (
    "colophon.catalog",
    "colophon.checks",
    "colophon.confined.manifests",
    "colophon.confined.pictures",
    "colophon.confined.stores",
    "colophon.provenance",
    "colophon.sandbox",
    "colophon.storage",
    "scipy.fftpack",
):
    importlib.import_module(_used)

STOPPED = 3
_HANGS_FOR = 0.3  # the other threads go on meanwhile, as they would
_LOOK = 0.01


class FastClock:
    """The time since ``anchor`` runs ``rate`` times as fast, in every process that is told the same: leases, claims
    and pauses keep their lengths as shipped and pass quickly."""

    def __init__(self, anchor: float, rate: float) -> None:
        self._anchor, self._rate = anchor, rate

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._anchor + (time.time() - self._anchor) * self._rate, UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._rate)


class Inline:
    """The confined functions in this process: it is the one that is killed, and a child's start costs a second."""

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes] = (), *, effort: int = 1
    ) -> tuple[dict[str, Any], list[bytes]]:
        module, _, name = FUNCTIONS[function].partition(":")
        result, made = getattr(importlib.import_module(module), name)(dict(parameters), blobs)
        return dict(result), made

    def close(self) -> None:
        """Holds nothing."""


class NothingFound:
    """Implements `colophon.ports.SafetyEngine`: the engine itself is not what is tested here."""

    name = "nothing-found"
    version = "1"

    def detect(self, content: bytes) -> Sequence[Detection]:
        return []

    def close(self) -> None:
        """Holds nothing."""


def run(brief: Path, points: Points) -> int:
    """What `colophon run --approve-as --publish` does, resumed from whatever is there."""
    clock = FastClock(float(os.environ["RUN_ANCHOR"]), float(os.environ["RUN_RATE"]))
    rt = Runtime(load_settings(), clock)
    vars(rt).update(confined=Inline(), safety_engine=NothingFound())
    install(rt, points)
    try:
        planned = plan_brief(brief, None, rt)
        open_for_run(planned, rt, publish=True)
        campaign = register_plan(planned, rt)
        stopped = _work_off(campaign, rt)
        if os.environ.get("RUN_PUBLISH") == "1":
            approve_checked(campaign, by="Ana", desk=rt.desk)
            publish(campaign, press=rt.press)
    finally:
        rt.close()
    if stopped is None:
        return 0
    sys.stderr.write(f"stopped: {stopped.message}\n")
    return STOPPED


def _work_off(campaign: str, rt: Runtime) -> ColophonError | None:
    rt.open()
    buyer = rt.buyer

    def finish(generation: str) -> str:
        state = ingest.ingest(generation, bench=rt.bench_of(generation))
        render.render_generation(generation, workshop=rt.workshop)
        return state.value

    submits = int(os.environ.get("RUN_SUBMITS", "1"))
    with ThreadPoolExecutor(submits) as ordering, ThreadPoolExecutor(2) as finishing, ThreadPoolExecutor(2) as asking:
        crew = Crew(
            submit=lambda generation: ordering.submit(lambda: order.submit(generation, buyer=buyer).value),
            finish=lambda generation: finishing.submit(finish, generation),
            submits=submits,
            unfinished=24,
            finishing=8,
        )
        sweep = make_sweep(buyer, asking, campaign)
        return work_off(campaign, buyer=buyer, assets=rt.catalog.assets, crew=crew, sweep=sweep)


def serve() -> None:
    """Answer orders until the input ends."""
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        if number == 0:
            _prepare(asked)
        pid = os.fork()
        if pid == 0:
            _child(asked)
        _say({"pid": pid})
        _say(_watch(pid, asked))


def _prepare(asked: dict[str, Any]) -> None:
    """What every child would do again in the same way: formats found, rows mapped, lists of words read. Plans only, so
    there is no thread and no connection afterwards."""
    Image.init()
    configure_mappers()
    rt = Runtime(Settings(home=Path(asked["environment"]["COLOPHON_HOME"])))
    plan_brief(Path(asked["brief"]), None, rt)
    rt.close()


def _say(answer: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _child(asked: dict[str, Any]) -> None:
    """Never returns."""
    status = 1
    try:
        os.setsid()
        output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for there, here in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(there, here)
        os.environ.update(asked["environment"])
        status = run(Path(asked["brief"]), Points.of(os.environ))
    except ColophonError as error:
        sys.stderr.write(f"error: {error.message}\n")
        status = 1 if isinstance(error, InvalidInput) else STOPPED
    except SystemExit as error:
        status = int(str(error.code))
    except BaseException:  # noqa: BLE001 - whatever it was, this child must not go on as a second parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _watch(pid: int, asked: dict[str, Any]) -> dict[str, Any]:
    started, hung_at, log = time.monotonic(), None, Path(asked["environment"].get("CRASH_LOG", os.devnull))
    hangs = asked["environment"].get("CRASH_AT", "").endswith(":hang")
    late = False
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        now = time.monotonic()
        if ended:
            return {"status": os.waitstatus_to_exitcode(status), "seconds": now - started, "late": late}
        if hangs and hung_at is None and log.exists() and "! hang" in log.read_text():
            hung_at = now
        late = now - started > asked["seconds"]
        if late or (hung_at is not None and now - hung_at > _HANGS_FOR):
            os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK)


if __name__ == "__main__":
    serve()
