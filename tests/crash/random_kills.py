"""Workers of one campaign, killed at random moments and started anew, until all is bought; then the books are examined.

``python -m tests.crash.random_kills`` takes the figures of docs/reliability.md. The sandbox is a server of its own,
reached over the loopback address.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from threading import Event, Lock
from typing import Any

from colophon.bootstrap import initialise
from colophon.settings import Settings
from tests.conftest import free_ports
from tests.crash import invariants
from tests.crash.driver import ROOT, ForkServer, brief
from tests.crash.invariants import Evidence

_CLI = str(Path(sys.executable).with_name("colophon"))
_SUBMITS = 4
_EACH = 4  # variants of each visual
# The workers' clocks go this much faster than the wall's: leases (31 s) and claims (20 s) keep the lengths they are
# shipped with and pass in a fifth of the time, or the orders of the dead would take all places at the vendor.
_RATE = 5


@dataclass(frozen=True)
class Wish:
    variants: int
    kills: int
    between: tuple[float, float]  # seconds from one kill to the next
    workers: int = 3
    seed: int = 1
    seconds: float = 1500.0  # after which it has failed


@dataclass
class Outcome:
    """``excess`` are invoice lines that the ledger has no charge for; ``listed`` what ``ledger unknown`` names."""

    kills: int
    seconds: float
    recovery: float
    states: dict[str, int]
    unknown: int
    lines: int
    excess: int
    invoiced: Decimal
    booked: Decimal
    listed: int
    faults: dict[str, int]
    violations: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(f"{name:12} {value}" for name, value in vars(self).items())


def run(folder: Path, wish: Wish) -> Outcome:
    home = folder / "home"
    initialise(Settings(home=home))
    chance = random.Random(wish.seed)
    faults = _faults(wish, chance)
    (home / "sandbox" / "faults.json").write_text(json.dumps([{"fault": f, "times": 1} for f in faults]))
    wanted = folder / "brief.json"
    wanted.write_text(json.dumps(brief(variants=_EACH, visuals=wish.variants // _EACH, cap=str(wish.variants))))
    with _sandbox(home) as port:
        crew = _Crew(folder, home, wanted, port, wish)
        killed, seconds, recovery = crew.work(chance)
    evidence = invariants.gather(str(home / "catalog.db"), home)
    anchors = "".join((home / name).read_text() for name in ("pki/ca.pem", "sandbox/pki/root.pem"))
    found = invariants.violations(evidence, anchors=anchors, published=False, in_doubt=killed * _SUBMITS)
    return _outcome(evidence, home, killed, seconds, recovery, [*crew.problems, *found], faults)


class _Crew:
    def __init__(self, folder: Path, home: Path, wanted: Path, port: int, wish: Wish) -> None:
        self._folder, self._wish, self._brief = folder, wish, wanted
        self._environment = {
            "COLOPHON_HOME": str(home),
            "COLOPHON_ROUTES__SANDBOX__BASE_URL": f"http://127.0.0.1:{port}/bfl",
            "COLOPHON_ROUTES__SANDBOX__ALLOW_PRIVATE": "true",
            "COLOPHON_ROUTES__SANDBOX__API_KEY": "any",
            "COLOPHON_ROUTES__SANDBOX__POLL_HOSTS": '["127.0.0.1"]',
            "COLOPHON_ROUTES__SANDBOX__DELIVERY_HOSTS": '["127.0.0.1"]',
            "COLOPHON_SUBMIT_TIMEOUT_SECONDS": "1",
            "RUN_ANCHOR": str(time.time()),
            "RUN_RATE": str(_RATE),
            "RUN_SUBMITS": str(_SUBMITS),
        }
        self._pids: dict[int, int] = {}
        self._lock = Lock()
        self._over = Event()
        self.problems: list[str] = []

    def work(self, chance: random.Random) -> tuple[int, float, float]:
        """How many were killed, how long it took, and how much of that was after the last kill."""
        started = time.monotonic()
        with ThreadPoolExecutor(self._wish.workers) as pool:
            done = [pool.submit(self._keep_running, number) for number in range(self._wish.workers)]
            killed = self._kill(chance, started)
            last = time.monotonic()
            self._over.set()
            for each in done:
                each.result()
        return killed, time.monotonic() - started, time.monotonic() - last

    def _kill(self, chance: random.Random, started: float) -> int:
        killed = 0
        while killed < self._wish.kills and time.monotonic() - started < self._wish.seconds:
            time.sleep(chance.uniform(*self._wish.between))
            with self._lock:
                if not self._pids:
                    continue
                number = chance.choice(sorted(self._pids))
                pid = self._pids.pop(number)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        return killed

    def _keep_running(self, number: int) -> None:
        """One worker, started anew after each death, and once more than needed after the last kill."""
        server = ForkServer()
        output = self._folder / f"worker-{number}.log"
        order: dict[str, Any] = {
            "brief": str(self._brief), "environment": self._environment, "output": str(output),
            "seconds": self._wish.seconds,
        }  # fmt: skip
        try:
            while True:
                last = self._over.is_set()
                pid = server.begin(order)
                with self._lock:
                    self._pids[number] = pid
                ended = server.end()
                with self._lock:
                    self._pids.pop(number, None)
                if ended["late"]:
                    self.problems.append(f"worker {number} did not end")
                    return
                if ended["status"] not in (0, 3, -signal.SIGKILL):
                    self.problems.append(f"worker {number} ended with {ended}: {output.read_text()[-800:]}")
                    return
                if last and ended["status"] == 0:
                    return
        finally:
            server.close()


@contextlib.contextmanager
def _sandbox(home: Path) -> Iterator[int]:
    [port] = free_ports(1)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_"))}
    with (home.parent / "sandbox.log").open("wb") as log:
        server = subprocess.Popen(
            [_CLI, "sandbox", "--port", str(port), "--takes", "0.3", "--active-limit", "24"],
            cwd=ROOT, env={**kept, "COLOPHON_HOME": str(home)}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _faults(wish: Wish, chance: random.Random) -> list[str]:
    """One in a hundred withheld, and some of what happens on any day: limits, slow tasks, answers that are lost."""
    share = max(1, wish.variants // 100)
    found = ["moderated_output"] * share + ["slow:4"] * share * 4 + ["rate_limited:1"] * share
    found += ["answer_lost"] * share + ["poll_error:2"] * share
    found += ["takes:0.3"] * (wish.variants * 3 // 4 - len(found))  # as usual, so that faults come all along
    chance.shuffle(found)
    return found


def _outcome(
    evidence: Evidence, home: Path, killed: int, seconds: float, recovery: float, problems: list[str], faults: list[str]
) -> Outcome:
    listed = subprocess.run(
        [_CLI, "ledger", "unknown", "--json"],
        env={**os.environ, "COLOPHON_HOME": str(home)}, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    rows = json.loads(listed.stdout)["unknown"]
    states = dict(Counter(row["state"] for row in evidence.rows["generations"]))
    if len(rows) != states.get("unknown", 0):
        problems.append(f"`ledger unknown` lists {len(rows)} of {states.get('unknown', 0)}")
    excess = invariants.excess_lines(evidence)
    booked = sum(r["micros"] for r in evidence.rows["ledger"] if r["kind"] in ("charge", "correction"))
    return Outcome(
        kills=killed, seconds=round(seconds, 1), recovery=round(recovery, 1), states=states,
        unknown=invariants.unknown_attempts(evidence), lines=len(evidence.invoice), excess=len(excess),
        invoiced=Decimal(sum(line.micros for line in evidence.invoice if line not in excess)) / 1_000_000,
        booked=Decimal(booked) / 1_000_000, listed=len(rows),
        faults={name: count for name, count in Counter(faults).items() if name != "takes:0.3"}, violations=problems,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=500)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--most", type=float, default=2.5, help="longest time between two kills, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Path(folder), Wish(asked.variants, asked.kills, (0.3, asked.most), seed=asked.seed))
    sys.stdout.write(outcome.text() + "\n")
    sys.exit(1 if outcome.violations else 0)


if __name__ == "__main__":
    main()
