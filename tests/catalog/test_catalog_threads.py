"""Eight workers at once: nothing is bought twice, no cap is passed, nothing is lost."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.errors import Conflict

Maker = Any
T = TypeVar("T")
NOW = datetime(2027, 3, 4, tzinfo=UTC)
WORKERS = 8
SHA = "ab" * 32


def _together(work: Callable[[int], T]) -> list[T]:
    start = threading.Barrier(WORKERS)

    def begin(number: int) -> T:
        start.wait(10)
        return work(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(begin, range(WORKERS)))


def _reason(verb: Callable[[], object]) -> str:
    try:
        verb()
    except Conflict as error:
        return error.reason
    return "done"


def test_a_cap_for_three_lets_three_of_eight_begin(catalog: SqlCatalog, make: Maker) -> None:
    ids = make.planned(catalog, WORKERS, cap="0.15")
    reasons = _together(lambda number: _reason(lambda: make.begin(catalog, ids[number])))
    assert Counter(reasons) == {"done": 3, "over_cap": 5}
    assert catalog.orders.spending("mugs").reserved == Money.of("0.15")
    states = Counter(progress.state for progress in catalog.orders.wanted("mugs"))
    assert states == {GenerationState.SUBMITTING: 3, GenerationState.PLANNED: 5}


def test_of_eight_workers_one_begins_a_generation(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    reasons = _together(lambda _: _reason(lambda: make.begin(catalog, generation)))
    assert Counter(reasons) == {"done": 1, "not_planned": 7}
    assert catalog.orders.progress(generation).attempt == 1
    assert len(catalog.orders.ledger()) == 1


def test_eight_workers_lose_nothing(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """Half of them over a catalog of their own, as processes would have it."""
    each = 12
    ids = make.planned(catalog, WORKERS * each, cap="100.00")
    second = open_catalog(url)

    def work(number: int) -> None:
        mine = (catalog, second)[number % 2]
        for generation in ids[number * each : (number + 1) * each]:
            attempt = make.begin(mine, generation)
            mine.orders.take_back(generation, attempt, code="busy", problem="busy", now=NOW)
            attempt = make.submitted(mine, generation, cost=Money.of("0.03"))
            mine.orders.record_original(generation, attempt, SHA, make.job(), now=NOW)

    try:
        _together(work)
    finally:
        second.close()
    assert {progress.state for progress in catalog.orders.wanted("mugs")} == {GenerationState.DELIVERED}
    kinds = Counter(entry.kind for entry in catalog.orders.ledger("mugs"))
    total = WORKERS * each
    assert kinds == {"reservation": 2 * total, "release": 2 * total, "charge": total}
    spending = catalog.orders.spending("mugs")
    assert (spending.spent, spending.reserved) == (Money(30_000 * total), Money(0))
    assert len({entry.id for entry in catalog.orders.ledger()}) == 5 * total


def test_eight_workers_agree_on_one_of_everything(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    candidates = [make.asset(generation) for _ in range(WORKERS)]
    assets = _together(lambda number: make.add(catalog, candidates[number]))
    assert len(set(assets)) == 1
    made = [make.rendition(assets[0]) for _ in range(WORKERS)]
    renditions = _together(lambda number: catalog.assets.add_rendition(made[number], now=NOW))
    assert len(set(renditions)) == 1
    assert list(catalog.assets.renditions(assets[0].id)) == renditions[:1]


def test_eight_workers_may_register_one_new_campaign(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation() for _ in range(20)]
    _together(lambda number: make.register(catalog, generations, revision=f"rev-{number % 2}"))
    wanted = catalog.orders.wanted("mugs")
    assert [progress.generation for progress in wanted] == generations
    assert len(catalog.orders.campaigns()) == 1


def test_readers_are_not_held_up_by_a_writer(catalog: SqlCatalog, make: Maker) -> None:
    ids = make.planned(catalog, 50)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            attempt = make.begin(catalog, ids[0])
            catalog.orders.take_back(ids[0], attempt, code="busy", problem="", now=NOW)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for _ in range(20):
                assert len(catalog.orders.wanted("mugs")) == 50
        finally:
            stop.set()
        writing.result()
    spending = catalog.orders.spending("mugs")
    assert replace(spending, cap=Money(0)) == replace(spending, spent=Money(0), reserved=Money(0), cap=Money(0))
