"""The same deaths under the orchestrator: a process costs some seconds there, so ``make crash`` alone runs them; the
default run has one killed run in tests/flows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash import invariants
from tests.crash.driver import ROOT, Bench, Place, on_their_way

pytestmark = [
    pytest.mark.flow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.environ.get("COLOPHON_CRASH") != "all", reason="minutes of processes: `make crash` runs it"),
]

INCOMPLETE = 1  # all is terminal, and something (an unknown outcome) needs a person
KILLS = (
    "orders.register/commit#1",
    "orders.begin_attempt/commit#1",
    "orders.begin_attempt/committed#2",
    "http.order.out#1",
    "http.order.answered#1",
    "http.order.half#2",
    "orders.record_job/commit#1",
    "orders.record_job/committed#1",
    "http.question.out#1",
    "http.delivery.half#1",
    "store.put/rename#1",
    "orders.record_original/commit#1",
    "assets.add/commit#1",
    "check.provenance:before#1",
    "assets.add_rendition/commit#1",
    "shelf.put/link#1",
    "publications.open/commit#1",
)


def run(place: Place, crash: str | None) -> int:
    order = place.order(crash)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_", "CRASH_"))}
    with Path(order["output"]).open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.flow_run", str(place.brief)],
            cwd=ROOT,
            env={**kept, **order["environment"]},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            return process.wait(120)
        finally:
            # The orchestrator's temporary server belongs to the run and would outlive it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("point", KILLS)
def test_a_death_under_the_orchestrator(tmp_path: Path, point: str) -> None:
    bench = Bench(tmp_path)
    place = bench.place()
    died, log = 0, ""
    for _ in range(3):  # on a busy machine the orchestrator's own server may fail to start: nothing was begun then
        died, log = run(place, f"{point}:kill"), place.log.read_text()
        if died in (0, -signal.SIGKILL):
            break
    assert died == -signal.SIGKILL, place.said
    assert "\n! kill" in log
    ledger = place.evidence().rows["ledger"]
    started = time.monotonic()
    codes = [run(place, None)]
    while codes[-1] not in (0, INCOMPLETE) and len(codes) < 4:
        codes.append(run(place, None))
    assert time.monotonic() - started <= 60, codes
    evidence = place.evidence()
    assert invariants.violations(evidence, anchors=place.anchors, in_doubt=on_their_way(log)) == []
    assert invariants.rewritten(ledger, evidence.rows["ledger"]) == []
    assert len(evidence.invoice) <= 2
    assert run(place, None) == codes[-1] in (0, INCOMPLETE)
    assert invariants.changed(evidence, place.evidence()) == []
