"""List, filter, search and open through the catalog's ports among a million made-up assets, on both databases; and the
totals of a month. ``BENCH_SEARCH`` names another size, ``BENCH_SEARCH_URLS`` catalogs that `bench.million` filled."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.made_up import DAYS, SINCE, vocabulary
from bench.million import MILLION, fill
from bench.near import embedded_postgres
from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.asset import AssetState
from colophon.domain.query import AssetQuery, parse_text
from colophon.services.show_asset import asset_view
from colophon.services.show_ledger import By, Narrowed, ledger_view

SIZE = int(os.environ.get("BENCH_SEARCH", str(MILLION)))
URLS = os.environ.get("BENCH_SEARCH_URLS", "")
ROUNDS = 100
_PAGE = 100
_BY: tuple[By, ...] = ("campaign", "route")
Question = Callable[[], object]


def run() -> None:
    if URLS:
        for url in URLS.split(" "):
            _measure(url.partition(":")[0], url)
        return
    for name, opened in (("sqlite", _sqlite), ("postgresql", embedded_postgres)):
        with opened() as url:
            began = time.perf_counter()
            fill(url, SIZE)
            print(f"{name}: {SIZE} assets filled in {time.perf_counter() - began:.0f} s", flush=True)
            _measure(name, url)


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'catalog.db'}"


def _measure(name: str, url: str) -> None:
    catalog = open_catalog(url)
    try:
        print(f"{name}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {ROUNDS} questions of each kind")
        for kind, limit, questions in _kinds(catalog, np.random.default_rng(7)):
            _report(kind, limit, questions)
    finally:
        catalog.close()


def _kinds(catalog: SqlCatalog, chance: np.random.Generator) -> Iterator[tuple[str, int, Sequence[Question]]]:
    known = catalog.search.find(AssetQuery(), limit=1000)
    for step in range(1, 8):
        moment = SINCE + timedelta(days=DAYS * step / 8)
        known = [*known, *catalog.search.find(AssetQuery(until=moment), limit=1000)]
    ids = [known[place].id for place in chance.integers(0, len(known), ROUNDS)]
    campaigns = sorted({asset.campaign for asset in known})
    yield "list, any page", 100, [partial(catalog.assets.page, limit=_PAGE, after=each) for each in ids]
    yield (
        "list, of a campaign",
        100,
        [partial(catalog.assets.page, limit=_PAGE, campaign=str(each)) for each in chance.choice(campaigns, ROUNDS)],
    )
    yield "filter", 100, [_find(catalog, query) for query in _filters(chance)]
    yield "open", 100, [partial(asset_view, each, catalog=catalog, address=str) for each in ids]
    yield "search", 300, [_find(catalog, query) for query in _searches(chance)]
    yield (
        "search with filters",
        300,
        [
            _find(catalog, _both(words, narrowed))
            for words, narrowed in zip(_searches(chance), _filters(chance), strict=True)
        ],
    )
    yield (
        "facets of a search",
        300,
        [partial(catalog.search.facets, query) for query in list(_searches(chance))[: ROUNDS // 4]],
    )
    months = [date(2025 + number // 12, number % 12 + 1, 1) for number in range(24)]
    yield (
        "totals of a month",
        500,
        [
            partial(ledger_view, Narrowed(since=first, until=first + timedelta(days=30)), _BY, orders=catalog.orders)
            for first in months
        ],
    )
    yield (
        "totals of two years by brand",
        500,
        [partial(ledger_view, Narrowed(), ("brand",), orders=catalog.orders) for _ in range(5)],
    )


def _find(catalog: SqlCatalog, query: AssetQuery) -> Question:
    return partial(catalog.search.find, query, limit=_PAGE)


def _both(words: AssetQuery, narrowed: AssetQuery) -> AssetQuery:
    values: dict[str, Any] = {
        each.name: getattr(narrowed, each.name) or getattr(words, each.name) for each in fields(AssetQuery)
    }
    return AssetQuery(**values)


def _filters(chance: np.random.Generator) -> Iterator[AssetQuery]:
    """One to three at once, frequent and rare ones, some of which nothing has together."""
    for _ in range(ROUNDS):
        since = SINCE + timedelta(days=int(chance.integers(0, DAYS - 30)))
        some: dict[str, Any] = {
            "brand": f"Brand {chance.integers(0, 60)}",
            "model": str(chance.choice(["flux-2-pro", "flux-2-max", "seedream-4", "gpt-image-1"])),
            "route": str(chance.choice(["bfl-flux-2-pro", "azure-flux-2-max", "fal-seedream-4"])),
            "state": AssetState(str(chance.choice([state.value for state in AssetState]))),
            "verdict": str(chance.choice(["trusted", "troubled", "invalid", "error"])),
            "seed": int(chance.integers(0, 2**31)),
            "cost_min": int(chance.choice([50_000, 100_000, 130_000])),
            "since": since,
            "until": since + timedelta(days=30),
        }
        names = chance.choice(list(some), size=chance.integers(1, 4), replace=False)
        yield AssetQuery(**{str(name): some[str(name)] for name in names})


def _searches(chance: np.random.Generator) -> Iterator[AssetQuery]:
    """One to three words, from the commonest to the rarest; phrases, beginnings, exclusions and nothing at all."""
    words = vocabulary()
    for number in range(ROUNDS):
        places = (len(words) ** chance.random(3)).astype(int)
        first, second, third = (words[place] for place in places)
        yield AssetQuery(
            text=parse_text(
                (
                    first,
                    f"{first} {second}",
                    f"{first} {second} {third}",
                    f'"{first} {second}"',
                    f"{first[:3]}* {second}",
                    f"{first} -{second}",
                    f"{first} nowhere",
                )[number % 7]
            )
        )


def _report(kind: str, limit: int, questions: Sequence[Question]) -> None:
    for question in questions[:3]:
        question()
    took, busy = [], []
    for question in questions:
        began, before = time.perf_counter(), time.process_time()
        question()
        took.append(1000 * (time.perf_counter() - began))
        busy.append(1000 * (time.process_time() - before))
    p50, p95, most = np.percentile(took, [50, 95, 100])
    print(
        f"  {kind}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({p95 / limit:.0%} of {limit}), most {most:.1f};"
        f" processor time of this process p95 {np.percentile(busy, 95):.1f} ms; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
