"""The pages and the API over a million made-up assets, on both databases: one reader, then twenty with four writers.

The application runs under uvicorn in a process of its own, whose processor time is read beside the time on the clock.
Readers pause between two pages as people do, here for 3 seconds, writers for 5. ``BENCH_WEB`` names another number of
assets, ``BENCH_WEB_URLS`` catalogs that `bench.million` filled, separated by spaces.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np

from bench.made_up import DAYS, SINCE, vocabulary
from bench.million import MILLION, fill
from bench.near import embedded_postgres
from colophon.bootstrap.clock import SystemClock
from colophon.bootstrap.home import initialise
from colophon.catalog import open_catalog
from colophon.domain.account import Grant, Role
from colophon.domain.asset import Asset, AssetState
from colophon.domain.query import AssetQuery
from colophon.services.reception import Reception
from colophon.services.sign_in import add_account, make_token
from colophon.settings import Settings

SIZE = int(os.environ.get("BENCH_WEB", str(MILLION)))
URLS = os.environ.get("BENCH_WEB_URLS", "")
ROUNDS = 40
READERS, WRITERS = 20, 4
SECONDS = float(os.environ.get("BENCH_WEB_SECONDS", "60"))  # of the crowd
_READS, _WRITES = 3.0, 5.0  # seconds between two requests of one person
_TICK = os.sysconf("SC_CLK_TCK")
_SEARCHES = frozenset({"search, words", "search, facets"})
Pages = Mapping[str, Sequence[str]]


def run() -> None:
    if URLS:
        for url in URLS.split(" "):
            _measure(url.partition(":")[0], url)
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'catalog.db'}"
        fill(url, SIZE)
        _measure("sqlite", url)
    with embedded_postgres() as url:
        fill(url, SIZE)
        _measure("postgresql", url)


def _measure(name: str, url: str) -> None:
    catalog = open_catalog(url)
    reception = Reception.of(catalog, SystemClock())
    everything = tuple(Grant(role) for role in Role)
    who = add_account(f"bench {time.time_ns()}", everything, password=None, by="bench", reception=reception)
    key, _ = make_token(who, "bench", 1, roles=None, brands=None, reception=reception)
    known: list[Asset] = []
    for step in range(1, 8):
        moment = SINCE + timedelta(days=DAYS * step / 8)
        known += catalog.search.find(AssetQuery(until=moment), limit=500)
    waiting = catalog.search.find(AssetQuery(states=frozenset({AssetState.CHECKED})), limit=1000)
    catalog.close()
    pages = _pages(known, np.random.default_rng(7))
    with tempfile.TemporaryDirectory() as home, _served(Path(home), url) as (address, process):
        headers = {"Authorization": f"Bearer {key}"}
        print(f"{name}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            alone = {kind: _ask(client, kind, paths, process) for kind, paths in pages.items()}
        _crowd(address, headers, pages, [asset.id for asset in waiting], alone, process)


def _pages(known: Sequence[Asset], chance: np.random.Generator) -> Pages:
    picked = [known[place] for place in chance.integers(0, len(known), ROUNDS)]
    words = vocabulary()
    looked = [words[int(place)] for place in len(words) ** chance.random(ROUNDS)]
    return {
        "today": ["/"],
        "campaigns": ["/campaigns"],
        "campaign": [f"/campaigns/{asset.campaign}" for asset in picked],
        "review queue": ["/review", *(f"/review?campaign={asset.campaign}" for asset in picked)],
        "light table": [f"/review/{asset.id}" for asset in picked],
        "asset": [f"/assets/{asset.id}" for asset in picked],
        "search, words": [f"/search?text={word}" for word in looked],
        "search, facets": [f"/search/facets?text={word}" for word in looked],
        "money": ["/money?since=2026-11-15&until=2026-12-15"],
        "audit": ["/audit"],
        "API, assets": [f"/api/v1/assets?limit=100&cursor={asset.id}" for asset in picked],
        "API, asset": [f"/api/v1/assets/{asset.id}" for asset in picked],
        "API, campaigns": ["/api/v1/campaigns?limit=100"],
        "API, review": ["/api/v1/review?limit=100"],
        "API, ledger": ["/api/v1/ledger?since=2026-11-15&until=2026-12-15&by=route"],
    }


def _ask(client: httpx.Client, kind: str, paths: Sequence[str], process: int) -> tuple[float, float]:
    """The 95th percentile and the server's processor time, in milliseconds."""
    for path in paths[:3]:
        _get(client, path)
    before = _busy(process)
    took = [_get(client, paths[number % len(paths)]) for number in range(ROUNDS)]
    busy = 1000 * (_busy(process) - before) / ROUNDS
    p50, p95 = np.percentile(took, [50, 95])
    limit = 300 if kind in _SEARCHES else 100
    print(
        f"  {kind}: p50 {p50:.0f} ms, p95 {p95:.0f} ms (limit {limit}); processor time of the server {busy:.0f} ms"
        f" each; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return float(p95), busy


def _get(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
    return took


def _crowd(
    address: str,
    headers: Mapping[str, str],
    pages: Pages,
    waiting: Sequence[str],
    alone: Mapping[str, tuple[float, float]],
    process: int,
) -> None:
    took: dict[str, list[float]] = {kind: [] for kind in pages}
    written: dict[int, int] = {}
    ending, lock = time.monotonic() + SECONDS, threading.Lock()

    def read(number: int) -> None:
        chance = np.random.default_rng(number)
        time.sleep(chance.random() * _READS)
        with httpx.Client(base_url=address, headers=dict(headers), timeout=60) as client:
            while time.monotonic() < ending:
                kind = str(chance.choice(list(pages)))
                took[kind].append(_get(client, pages[kind][int(chance.integers(len(pages[kind])))]))
                time.sleep(_READS)

    def write(number: int) -> None:
        own = iter(waiting[number::WRITERS])
        time.sleep(number)
        with httpx.Client(base_url=address, headers=dict(headers), timeout=60) as client:
            while time.monotonic() < ending:
                asset = next(own)
                for act, body in (("comments", {"text": "seen"}), ("approve", {"reason": "looked at"})):
                    status = client.post(f"/api/v1/assets/{asset}/{act}", json=body).status_code
                    with lock:
                        written[status] = written.get(status, 0) + 1
                time.sleep(_WRITES)

    before = _busy(process)
    people = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    people += [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    busy = _busy(process) - before
    count, done = sum(len(each) for each in took.values()), sum(written.values())
    expected = sum(len(each) * alone[kind][1] for kind, each in took.items()) / 1000
    print(f"  {READERS} readers and {WRITERS} writers, {SECONDS:.0f} s: {count} pages; writes by status {written};")
    print(
        f"    the server used {busy / SECONDS:.2f} of a core, {busy / expected:.2f} times what one reader's pages take"
    )
    print(f"    ({done} writes included); load {os.getloadavg()[0]:.1f}")
    ratios = []
    for kind, each in took.items():
        if len(each) > 1:
            p50, p95 = np.percentile(each, [50, 95])
            ratios.append(p95 / alone[kind][0])
            print(f"    {kind}: p50 {p50:.0f} ms, p95 {p95:.0f} ms of {len(each)}, {ratios[-1]:.1f} times one reader's")
    print(f"    median of these ratios {np.median(ratios):.1f}", flush=True)


def _busy(process: int) -> float:
    """Seconds of processor time, its children's included once they ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def _served(home: Path, url: str) -> Iterator[tuple[str, int]]:
    initialise(Settings(home=home / "home", database_url=url))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = os.environ | {"COLOPHON_HOME": str(home / "home"), "COLOPHON_DATABASE_URL": url}
    command = [str(Path(sys.executable).with_name("colophon")), "serve", "--port", str(port), "--no-runner"]
    with (home / "serve.log").open("w") as log:
        server = subprocess.Popen(command, env=told, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, server, home / "serve.log")
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(30)


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise RuntimeError(f"the server does not answer: {log.read_text()[-2000:]}")
