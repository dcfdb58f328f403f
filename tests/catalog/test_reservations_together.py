"""Two hundred reservations at once: no cap is passed and none of it is left unused; a key's limit holds as well."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.money import Money
from colophon.domain.record import Cap
from colophon.errors import Conflict

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
THREADS = 16
WANTED = 200
TEN = Money.of("10.00")


def _reason(verb: Callable[[], object]) -> str:
    try:
        verb()
    except Conflict as error:
        return error.reason
    return "done"


@pytest.mark.parametrize(
    ("own_cap", "caps"),
    [
        ("10.00", ()),
        ("500.00", (Cap("brand/Northwind", TEN, "brand"),)),
        ("500.00", (Cap("day", TEN, "day"), Cap("brand/Northwind", Money.of("500.00"), "brand"))),
    ],
    ids=["campaign", "brand", "day"],
)
def test_of_two_hundred_reservations_a_hundred_fit(
    catalog: SqlCatalog, url: str, make: Maker, own_cap: str, caps: tuple[Cap, ...]
) -> None:
    """Half of them over a catalog of their own; where the cap is not the campaign's, over two campaigns."""
    slugs = ("mugs", "caps") if caps else ("mugs",)
    ids: list[str] = []
    for slug in slugs:
        generations = [make.generation(slug) for _ in range(WANTED // len(slugs))]
        make.register(catalog, generations, brief=make.brief(slug, cap=own_cap))
        ids.extend(generation.id for generation in generations)
    second = open_catalog(url)

    def reserve(number: int) -> str:
        mine = (catalog, second)[number % 2]
        # A stride that is no divisor mixes the campaigns.
        return _reason(lambda: make.begin(mine, ids[number * 7 % WANTED], "0.10", caps=caps))

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            reasons = Counter(pool.map(reserve, range(WANTED)))
    finally:
        second.close()
    assert reasons == {"done": 100, "over_cap": 100}
    assert sum(entry.amount.micros for entry in catalog.orders.ledger()) == TEN.micros
    assert sum(catalog.orders.spending(slug).reserved.micros for slug in slugs) == TEN.micros


def test_a_freed_reservation_is_room_again_and_never_more(catalog: SqlCatalog, make: Maker) -> None:
    """Workers that reserve and give back while others reserve: what is open never passes the cap."""
    ids = make.planned(catalog, 32, cap="0.50")

    def work(number: int) -> int:
        peak = 0
        for generation in ids[number::THREADS]:
            for _ in range(4):
                if _reason(lambda g=generation: make.begin(catalog, g, "0.10")) == "done":  # type: ignore[misc]
                    peak = max(peak, catalog.orders.spending("mugs").reserved.micros)
                    attempt = catalog.orders.progress(generation).attempt
                    catalog.orders.take_back(generation, attempt, code="busy", problem="", now=NOW)
        return peak

    with ThreadPoolExecutor(THREADS) as pool:
        peaks = list(pool.map(work, range(THREADS)))
    assert 100_000 <= max(peaks) <= 500_000
    assert catalog.orders.spending("mugs").reserved == Money(0)


def test_a_keys_limit_holds_over_all_its_workers(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """Over two catalogs and two campaigns; another key is not held up."""
    other = [make.generation("caps") for _ in range(30)]
    make.register(catalog, other, brief=make.brief("caps"))
    ids = [*make.planned(catalog, 30), *(generation.id for generation in other)]
    second = open_catalog(url)

    def begin(number: int) -> str:
        mine = (catalog, second)[number // 2 % 2]
        account = ("key-1", "key-2")[number % 2]
        return account + " " + _reason(lambda: make.begin(mine, ids[number], account=account, active_limit=12))

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            reasons = Counter(pool.map(begin, range(len(ids))))
    finally:
        second.close()
    assert reasons == {"key-1 done": 12, "key-1 at_limit": 18, "key-2 done": 12, "key-2 at_limit": 18}
    assert len(catalog.orders.ledger()) == 24


def test_a_place_is_free_again_when_a_task_ends(catalog: SqlCatalog, make: Maker) -> None:
    first, second, third, fourth = make.planned(catalog, 4)
    attempt = make.begin(catalog, first, active_limit=2)
    catalog.orders.record_job(first, attempt, make.job(), provider="p", parameters={}, now=NOW)
    make.begin(catalog, second, active_limit=2)
    assert _reason(lambda: make.begin(catalog, third, active_limit=2)) == "at_limit"
    assert (catalog.orders.progress(third).attempt, catalog.orders.attempts(third)) == (0, [])
    catalog.orders.record_original(first, attempt, "ab" * 32, make.job(), now=NOW)
    assert _reason(lambda: make.begin(catalog, third, active_limit=2)) == "done"
    assert _reason(lambda: make.begin(catalog, fourth, active_limit=2)) == "at_limit"
    assert _reason(lambda: make.begin(catalog, fourth, active_limit=None)) == "done"


PROCESS = """
import sys
from datetime import datetime, timedelta
from colophon.catalog import open_catalog
from colophon.domain.money import Money
from colophon.domain.record import Intent
from colophon.errors import Conflict
url, now, *ids = sys.argv[1:]
now = datetime.fromisoformat(now)
intent = Intent("sandbox", "key", Money.of("0.10"), now + timedelta(minutes=1), "worker")
catalog, done = open_catalog(url), 0
sys.stdin.readline()
for generation in ids:
    try:
        catalog.orders.begin_attempt(generation, intent, now=now)
        done += 1
    except Conflict as error:
        assert error.reason == "over_cap", error.reason
catalog.close()
print(done)
"""


def test_two_processes_share_one_cap(tmp_path: Path, make: Maker) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    catalog = open_catalog(url)
    ids = make.planned(catalog, 80, cap="4.00")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, url, NOW.isoformat(), *half],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for half in (ids[:40], ids[40:])
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    endings = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], endings
    assert sum(int(out) for out, _ in endings) == 40
    assert catalog.orders.spending("mugs").reserved == Money.of("4.00")
    catalog.close()
