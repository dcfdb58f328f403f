"""Buying many pictures under a vendor's limit of unfinished tasks: how much of the possible rate is reached.

The sandbox is a process of its own and takes its time over every task; the buyer is the loop that a campaign runs, over
plain threads. Only buying is counted: from the first order to the last original in the store.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
import yaml

from bench.planning import large_brief
from bench.starting import _free_port
from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.bootstrap.purchasing import make_sweep
from colophon.domain.generation import GenerationState
from colophon.services import order
from colophon.services.sweep import THREADS
from colophon.services.workoff import Crew, Step, work_off
from colophon.settings import Settings

FULL = "BENCH_FULL"
"""Set to 1 for the thousand pictures of ten seconds; without it a tenth of that, in half a minute."""
ACTIVE_LIMIT = 24
GOAL = 0.95
_SUBMITS, _FINISHING = 4, 8  # as the campaign flow has them

_SERVE = "import sys; from pathlib import Path; from colophon.sandbox import serve; "
_SERVE += "serve(Path(sys.argv[1]), port=int(sys.argv[2]), takes=float(sys.argv[3]), active_limit=int(sys.argv[4]))"


def run() -> None:
    pictures, takes = (1000, 10.0) if os.environ.get(FULL) else (120, 3.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = _free_port()
        with _sandbox(folder / "vendor", port, takes):
            _tell(pictures, takes, _buy(folder, port, pictures))
            lines = httpx.get(f"http://127.0.0.1:{port}/invoice", timeout=30).json()["lines"]
    if len(lines) != pictures:
        raise RuntimeError(f"{len(lines)} tasks on the invoice for {pictures} pictures")


@dataclass
class _Seen:
    """Of the buying process: seconds, processor seconds, peak threads, resident bytes after each picture, and
    how long each request took."""

    seconds: float = 0.0
    processor: float = 0.0
    threads: int = 0
    memory: list[int] = field(default_factory=list)
    calls: dict[str, list[float]] = field(default_factory=lambda: {"submit": [], "poll": [], "fetch": []})


class _Timed:
    """A provider whose requests are counted and timed."""

    def __init__(self, inner: Any, calls: dict[str, list[float]]) -> None:
        self._inner, self._calls = inner, calls

    def __getattr__(self, name: str) -> Any:
        return partial(self._call, name) if name in self._calls else getattr(self._inner, name)

    def _call(self, name: str, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return getattr(self._inner, name)(*arguments)
        finally:
            self._calls[name].append(time.perf_counter() - began)


class _BoughtIsDone:
    """The catalog's orders, where a picture that arrived lacks nothing: it is not examined here."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def wanted(self, campaign: str) -> list[Any]:
        return [p for p in self._inner.wanted(campaign) if p.state is not GenerationState.DELIVERED]


def _buy(folder: Path, port: int, pictures: int) -> _Seen:
    vendor = {"base_url": f"http://127.0.0.1:{port}/bfl", "allow_private": True, "active_limit": ACTIVE_LIMIT}
    settings = Settings.model_validate({"home": folder / "home", "routes": {"sandbox": vendor}})
    initialise(settings)
    rt = Runtime(settings)
    try:
        planned = plan_brief(_brief(folder, pictures), None, rt)
        open_for_run(planned, rt)
        return _measured(register_plan(planned, rt), rt, pictures)
    finally:
        rt.close()


def _measured(campaign: str, rt: Runtime, pictures: int) -> _Seen:
    seen, me = _Seen(), psutil.Process()
    provider: Any = _Timed(rt.provider("sandbox"), seen.calls)
    orders: Any = _BoughtIsDone(rt.catalog.orders)
    buyer = replace(rt.buyer, orders=orders, provider=lambda route: provider)

    def arrived(generation: str) -> "Future[str]":
        seen.memory.append(me.memory_info().rss)
        seen.threads = max(seen.threads, me.num_threads())
        done: Future[str] = Future()
        done.set_result(generation)
        return done

    with ThreadPoolExecutor(_SUBMITS) as submits, ThreadPoolExecutor(THREADS) as asking:
        submit: Callable[[str], Step] = partial(submits.submit, partial(order.submit, buyer=buyer))
        crew = Crew(submit, arrived, submits=_SUBMITS, unfinished=ACTIVE_LIMIT, finishing=_FINISHING)
        processor, began = sum(me.cpu_times()[:2]), time.perf_counter()
        stopped = work_off(
            campaign, buyer=buyer, assets=rt.catalog.assets, crew=crew, sweep=make_sweep(buyer, asking, campaign)
        )
        seen.seconds = time.perf_counter() - began
        seen.processor = sum(me.cpu_times()[:2]) - processor
    if stopped is not None:
        raise stopped
    if len(seen.memory) != pictures:
        raise RuntimeError(f"{len(seen.memory)} pictures arrived, {pictures} were wanted")
    return seen


def _tell(pictures: int, takes: float, seen: _Seen) -> None:
    possible = ACTIVE_LIMIT / takes
    rate = pictures / seen.seconds
    print(
        f"{pictures} pictures of {takes:.0f} s with {ACTIVE_LIMIT} unfinished: {seen.seconds:.1f} s, {rate:.3f} of "
        f"{possible:.3f} a second ({rate / possible:.1%}, goal {GOAL:.0%})"
    )
    early, late = seen.memory[min(99, pictures // 4)], seen.memory[-1]
    print(
        f"memory after {min(100, pictures // 4 + 1)} pictures {early / 1e6:.1f} MB, at the end {late / 1e6:.1f} MB "
        f"({late / early:.3f}x); threads {seen.threads}; processor {seen.processor / seen.seconds:.0%} of one core "
        f"({seen.processor / pictures * 1000:.0f} ms a picture)"
    )
    calls = ", ".join(
        f"{name} {len(times) / pictures:.2f} of {median(times) * 1000:.0f} ms" for name, times in seen.calls.items()
    )
    print(f"requests a picture {sum(map(len, seen.calls.values())) / pictures:.2f} ({calls} in the median)")


def _brief(folder: Path, pictures: int) -> Path:
    content = large_brief(pictures // 10, 1)
    content["visuals"] = [{**visual, "variants": 10} for visual in content["visuals"]]
    content["placements"] = ["linkedin/text_ad"]  # cut from the smallest master
    path = folder / "brief.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@contextmanager
def _sandbox(folder: Path, port: int, takes: float) -> Iterator[None]:
    command = [sys.executable, "-c", _SERVE, str(folder), str(port), str(takes), str(ACTIVE_LIMIT)]
    server = subprocess.Popen(command)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/healthz", server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_up(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(address)
