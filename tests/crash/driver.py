"""Cases of the crash matrix: a home is copied, a run dies in it, the next ones finish it, and the checker looks."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg

from colophon.bootstrap import initialise
from colophon.settings import Settings
from tests.crash import invariants
from tests.crash.invariants import LOG, TABLES, Evidence

ROOT = Path(__file__).resolve().parents[2]
TO_THE_END = 60.0  # seconds from a restart until everything is terminal
RATE = 40.0  # how much faster than the clock on the wall a run's own clock goes
_MOST_RUNS = 8


def brief(*, variants: int = 2, visuals: int = 1, cap: str = "2.00") -> dict[str, object]:
    """One small placement; ``variants`` of each visual."""
    prompts = [f"Mug number {number} on an oak table, soft window light" for number in range(visuals)]
    return {
        "schema_version": 1,
        "campaign": "spring",
        "title": "Spring",
        "brand": {"name": "Northwind"},
        "visuals": [{"id": f"mug-{n}", "prompt": text, "variants": variants} for n, text in enumerate(prompts)],
        "placements": ["linkedin/text_ad"],
        "budget": {"currency": "USD", "cap": cap},
    }


class ForkServer:
    """The program of bare_run.py, its libraries loaded once, when the first case comes; one case at a time."""

    @cached_property
    def _process(self) -> "subprocess.Popen[str]":
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_", "CRASH_", "RUN_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.bare_run"],
            cwd=ROOT, env=kept, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def begin(self, order: dict[str, Any]) -> int:
        """The pid of the run."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def end(self) -> dict[str, Any]:
        return self._answer()

    def close(self) -> None:
        if "_process" not in vars(self):
            return
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the fork server ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass
class Result:
    """``reached``: the run came to the point; ``seconds`` is the time of the recovery; ``unknown`` and ``lines`` count
    outcomes in doubt and lines of the invoice."""

    case: str
    reached: bool
    seconds: float
    unknown: int = 0
    lines: int = 0
    strays: tuple[int, int] = (0, 0)
    states: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


@dataclass
class Place:
    """A home of its own for one run after another, on SQLite or an emptied PostgreSQL database."""

    home: Path
    database: str | None
    brief: Path
    environment: dict[str, str]
    anchors: str

    @property
    def log(self) -> Path:
        return self.home.parent / "points.log"

    def order(self, crash: str | None, seconds: float = TO_THE_END) -> dict[str, Any]:
        environment = {**self.environment, "COLOPHON_HOME": str(self.home), "CRASH_LOG": str(self.log)}
        if self.database:
            environment["COLOPHON_DATABASE_URL"] = self.database
        if crash:
            environment["CRASH_AT"] = crash
        self.log.write_text("")
        output = str(self.home.parent / "output.log")
        return {"brief": str(self.brief), "environment": environment, "output": output, "seconds": seconds}

    def evidence(self) -> Evidence:
        return invariants.gather(self.database or str(self.home / "catalog.db"), self.home)

    @property
    def said(self) -> str:
        output = self.home.parent / "output.log"
        return output.read_text()[-1500:] if output.exists() else ""


@dataclass
class Bench:
    """Fork servers that take cases in turn. ``databases`` are as many PostgreSQL addresses as ``servers``; none:
    SQLite. ``settings`` are more environment variables for every run; ``faults`` happen once each, in this order;
    ``asked``: the vendor can be asked, so the runs go on until no outcome is unknown."""

    folder: Path
    servers: Sequence[ForkServer] = ()
    databases: Sequence[str] = ()
    settings: dict[str, str] = field(default_factory=dict)
    brief: dict[str, object] = field(default_factory=brief)
    faults: Sequence[str] = ()
    asked: bool = False

    def __post_init__(self) -> None:
        self.template = self.folder / "template"
        initialise(Settings(home=self.template))
        rules = [{"fault": fault, "times": 1} for fault in self.faults]
        (self.template / "sandbox" / "faults.json").write_text(json.dumps(rules))
        self._hands: SimpleQueue[tuple[ForkServer, str | None]] = SimpleQueue()
        for number, server in enumerate(self.servers):
            self._hands.put((server, self.databases[number] if self.databases else None))

    def points(self) -> list[str]:
        """Every point a run reaches that nothing disturbs, as ``name#n``, in its order."""
        with self._hand() as (server, database), self._place(database) as place:
            _run(server, place, None)
            reached = place.log.read_text().splitlines()
            found = invariants.violations(place.evidence(), anchors=place.anchors)
            assert not found, (found, place.said)
            return reached

    def finished(self) -> Place:
        """The place of a run that nothing disturbed; it stays."""
        with self._hand() as (server, database):
            place = self.place(database)
            ended = _run(server, place, None)
            assert ended["status"] == 0, place.said
            return place

    def matrix(self, cases: Sequence[str], told: Callable[[Result], None] = lambda result: None) -> list[Result]:
        """The result of each case, ``name#n:act``."""

        def one(case: str) -> Result:
            result = self.case(case)
            told(result)
            return result

        with ThreadPoolExecutor(len(self.servers)) as pool:
            return list(pool.map(one, cases))

    def case(self, case: str) -> Result:
        with self._hand() as (server, database), self._place(database) as place:
            # An answer that the vendor's side lost is in doubt without any death.
            return _case(server, place, case, self.faults.count("answer_lost"), self.asked)

    @contextlib.contextmanager
    def _hand(self) -> Iterator[tuple[ForkServer, str | None]]:
        hand = self._hands.get()
        try:
            yield hand
        finally:
            self._hands.put(hand)

    @contextlib.contextmanager
    def _place(self, database: str | None) -> Iterator[Place]:
        place = self.place(database)
        yield place
        shutil.rmtree(place.home.parent)

    def place(self, database: str | None = None) -> Place:
        """A new home."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.template, folder / "home")
        brief = folder / "brief.json"
        brief.write_text(json.dumps(self.brief))
        if database:
            empty(database)
        environment = {
            "RUN_ANCHOR": str(time.time()), "RUN_RATE": str(RATE), "RUN_PUBLISH": "1",
            "COLOPHON_SUBMIT_TIMEOUT_SECONDS": "1", **self.settings,
        }  # fmt: skip
        # Ours, and the one the sandbox signs its pictures under: the chain holds both.
        anchors = "".join((self.template / name).read_text() for name in ("pki/ca.pem", "sandbox/pki/root.pem"))
        return Place(folder / "home", database, brief, environment, anchors)


def empty(database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(f"TRUNCATE {', '.join((*TABLES, *LOG))} CASCADE")


def on_their_way(log: str) -> int:
    """How many submits this run began and never recorded what became of: on their way at its end, or known as unknown
    because their answer broke off."""
    ended = ("record_job/committed", "take_back/committed")
    names = [line.partition("#")[0] for line in log.splitlines()]
    begun = names.count("orders.begin_attempt/commit")
    return max(0, begun - sum(names.count(f"orders.{name}") for name in ended))


def _run(server: ForkServer, place: Place, crash: str | None) -> dict[str, Any]:
    server.begin(place.order(crash))
    return server.end()


def _case(server: ForkServer, place: Place, case: str, lost: int, asked: bool) -> Result:
    died = _run(server, place, case)
    log = place.log.read_text()
    doubt = on_their_way(log) + lost
    result = Result(case, reached="\n! " in log, seconds=0.0)
    ledger = place.evidence().rows["ledger"]
    if died["late"]:
        result.violations.append(f"the run did not end by itself: {place.said}")
    started = time.monotonic()
    ended = died
    for _ in range(_MOST_RUNS):
        ended = _run(server, place, None)
        if ended["late"]:
            break
        if ended["status"] == 0:
            rows = place.evidence().rows["generations"]
            if not (asked and any(row["state"] == "unknown" for row in rows)):
                break
            time.sleep(60 / RATE)  # a vendor's list is believed two minutes after the order
    result.seconds = time.monotonic() - started
    if ended["status"] != 0 or result.seconds > TO_THE_END:
        result.violations.append(f"I1: not terminal after {result.seconds:.0f} s ({ended}): {place.said}")
        return result
    evidence = place.evidence()
    result.unknown, result.lines = invariants.unknown_attempts(evidence), len(evidence.invoice)
    result.strays = invariants.strays(evidence)
    result.states = dict(Counter(row["state"] for row in evidence.rows["generations"]))
    result.violations += invariants.violations(evidence, anchors=place.anchors, in_doubt=doubt)
    result.violations += invariants.rewritten(ledger, evidence.rows["ledger"])
    again = _run(server, place, None)
    if again["status"] != 0:
        result.violations.append(f"I8: another run ended with {again}: {place.said}")
    result.violations += invariants.changed(evidence, place.evidence())
    return result


class Lines:
    """Prints results as they come, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, result: Result) -> None:
        with self._lock:
            verdict = "; ".join(result.violations) or "ok"
            sys.stdout.write(f"{result.case:60} {result.seconds:5.1f} s  unknown {result.unknown}  {verdict}\n")
            sys.stdout.flush()
