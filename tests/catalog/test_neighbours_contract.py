"""Near pictures: every one is found, on both databases, by indexes, in crowds of pictures that look the same too."""

import random
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from colophon.catalog import SqlCatalog, bits, looks, pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.database import Database
from colophon.catalog.neighbours import MEMBERS, MEMBERS_OF
from colophon.domain.asset import Asset, Fingerprints
from colophon.errors import InvalidInput

Maker = Any
QUERY = "8f0123456789abcd"
SEED = 20270304
Found = list[tuple[str, tuple[int, int]]]


def _fill(url: str, assets: list[Asset], make: Maker) -> None:
    database = Database(url)
    rest = {"state": "held", "outcome": "hold", "provenance": {}, "created_at": make.now}
    with database.writing() as session:
        session.execute(insert(AssetRow), [{**pictures.asset_values(asset), **rest} for asset in assets])
        for asset in assets:
            looks.add(session, asset.facts.fingerprints)
        session.execute(text("ANALYZE"))
    database.close()


def _flipped(fingerprint: str, count: int, chance: random.Random) -> str:
    number = int(fingerprint, 16)
    for place in chance.sample(range(64), count):
        number ^= 1 << place
    return f"{number:016x}"


def _assets(prints: list[tuple[str, str]], make: Maker) -> list[Asset]:
    blank = make.asset()
    return [
        replace(blank, id=f"asset_{number:06d}", facts=replace(blank.facts, fingerprints=Fingerprints(*both)))
        for number, both in enumerate(prints)
    ]


def _compared_with_all(assets: list[Asset], wanted: Fingerprints, within: tuple[int, int]) -> Found:
    """What `near` promises, the slow way."""
    near = []
    for asset in assets:
        own = asset.facts.fingerprints
        phash, dhash = wanted.distance(own)
        if phash <= within[0] and dhash <= within[1]:
            near.append(((phash, dhash), bits.signed(own.phash), bits.signed(own.dhash), asset.id))
    return [(asset_id, distances) for distances, _, _, asset_id in sorted(near)]


def _found(catalog: SqlCatalog, wanted: Fingerprints, within: tuple[int, int]) -> Found:
    return [(asset.id, distances) for asset, distances in catalog.near(wanted, within)]


def _strangers(chance: random.Random) -> list[tuple[str, str]]:
    near = [(_flipped(QUERY, chance.randint(0, 14), chance), f"{chance.getrandbits(64):016x}") for _ in range(300)]
    return near + [(f"{chance.getrandbits(64):016x}", f"{chance.getrandbits(64):016x}") for _ in range(1000)]


def _cluster(chance: random.Random) -> list[tuple[str, str]]:
    """All within few bits of one another, some of them equal."""
    return [
        (_flipped(QUERY, chance.randint(0, 4), chance), _flipped(QUERY, chance.randint(0, 6), chance))
        for _ in range(700)
    ]


def _blank(chance: random.Random) -> list[tuple[str, str]]:
    """Nearly all look the same; a few have a speck."""
    specks = [(_flipped("0" * 16, chance.randint(1, 11), chance), "0" * 16) for _ in range(20)]
    return [("0" * 16, "0" * 16)] * 300 + specks + [("0" * 16, "0" * 16)] * 300


SETS = {"strangers": _strangers, "cluster": _cluster, "blank": _blank}


@pytest.mark.parametrize("kind", SETS)
def test_near_pictures_are_exactly_those_a_full_comparison_finds(
    catalog: SqlCatalog, url: str, make: Maker, kind: str
) -> None:
    chance = random.Random(SEED)
    assets = _assets(SETS[kind](chance), make)
    _fill(url, assets, make)
    counts = set()
    for phash in (QUERY, "0" * 16):
        for within in ((0, 64), (3, 3), (4, 64), (7, 10), (10, 10), (11, 64)):
            wanted = Fingerprints(phash, phash)
            expected = _compared_with_all(assets, wanted, within)
            assert _found(catalog, wanted, within) == expected
            counts.add(len(expected))
    assert max(counts) > looks.PAGE


def test_no_set_of_pictures_hides_one(catalog: SqlCatalog, url: str, make: Maker) -> None:
    chance = random.Random(SEED)
    assets = _assets([*_cluster(chance)[:700], *_blank(chance)[100:600], *_strangers(chance)[:300]], make)
    _fill(url, assets, make)
    flips = st.lists(st.integers(0, 63), max_size=12).map(lambda places: sum(1 << place for place in set(places)))
    prints = st.tuples(st.sampled_from([asset.facts.fingerprints for asset in assets]), flips, flips)

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(prints, st.tuples(st.integers(0, 11), st.integers(0, 64)))
    def holds(near: tuple[Fingerprints, int, int], within: tuple[int, int]) -> None:
        own, phash, dhash = near
        wanted = Fingerprints(f"{int(own.phash, 16) ^ phash:016x}", f"{int(own.dhash, 16) ^ dhash:016x}")
        assert _found(catalog, wanted, within) == _compared_with_all(assets, wanted, within)

    holds()


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(0, 63), max_size=11, unique=True))
def test_near_fingerprints_share_a_probed_band(one: int, places: list[int]) -> None:
    other = one ^ sum(1 << place for place in places)
    bands = zip(bits.bands(f"{other:016x}"), bits.probes(f"{one:016x}", len(places)), strict=True)
    assert any(band in probes for band, probes in bands)


@pytest.mark.parametrize("within", [(-1, 3), (12, 3), (64, 64), (3, -1), (3, 65)])
def test_distances_without_meaning_are_refused(catalog: SqlCatalog, within: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput):
        catalog.near(Fingerprints(QUERY, QUERY), within)


def test_who_stops_early_reads_little_of_a_crowd(catalog: SqlCatalog, url: str, make: Maker) -> None:
    _fill(url, _assets([("0" * 16, "0" * 16)] * (4 * MEMBERS), make), make)
    read = []
    for asset, _ in islice(catalog.near(Fingerprints("0" * 16, "0" * 16), (7, 7)), 3):
        read.append(asset.id)
    assert read == ["asset_000000", "asset_000001", "asset_000002"]


def test_equal_pictures_of_any_number_are_read_in_pages(catalog: SqlCatalog, url: str, make: Maker) -> None:
    assets = _assets([("0" * 16, "0" * 16)] * (2 * MEMBERS), make)
    _fill(url, assets, make)
    ids = [asset.id for asset in assets]
    assert [asset.id for asset in catalog.same_bytes(assets[0].sha256)] == ids
    assert [asset.id for asset in catalog.same_pixels(assets[0].facts.pixels_sha256)] == ids


def test_an_asset_brings_its_look_with_it(catalog: SqlCatalog, make: Maker) -> None:
    first, second = (make.add(catalog, make.asset(phash=QUERY)) for _ in range(2))
    near = Fingerprints(_flipped(QUERY, 5, random.Random(1)), "f" * 16)
    assert _found(catalog, near, (5, 0)) == [(first.id, (5, 0)), (second.id, (5, 0))]


def _plan(url: str, statement: Any) -> str:
    database = Database(url)
    dialect = sqlite.dialect() if database.is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    words = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    with database.connection(writes=False) as connection:
        explained = connection.execute(text(f"EXPLAIN {'QUERY PLAN' if database.is_sqlite else ''} {words}"))
        plan = "\n".join(str(row[-1]) for row in explained)
    database.close()
    return plan


def test_the_search_looks_up_every_band_in_its_index(catalog: SqlCatalog, url: str, make: Maker) -> None:
    chance = random.Random(1)
    _fill(url, _assets([(f"{chance.getrandbits(64):016x}", "0" * 16) for _ in range(5000)], make), make)
    plan = _plan(url, looks.NEAREST.params(looks.wanted(Fingerprints(QUERY, QUERY), (10, 10))))
    for band in range(4):
        assert f"ix_looks_b{band}_phash_dhash" in plan, plan
    assert "SCAN looks" not in plan
    assert "Seq Scan" not in plan


def test_members_of_a_look_are_read_in_the_order_of_their_index(catalog: SqlCatalog, url: str, make: Maker) -> None:
    _fill(url, _assets([("0" * 16, f"{number % 50:016x}") for number in range(5000)], make), make)
    plan = _plan(url, MEMBERS_OF.params(phash=0, dhash=7, after="asset_000100"))
    assert "ix_assets_phash_dhash_id" in plan, plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_fingerprints_survive_the_signed_column() -> None:
    for fingerprint in ("0" * 16, "7" + "f" * 15, "8" + "0" * 15, "f" * 16, QUERY):
        assert bits.unsigned(bits.signed(fingerprint)) == fingerprint
        assert -(2**63) <= bits.signed(fingerprint) < 2**63
    for none in ("", "f" * 17, "g" * 16):
        with pytest.raises(ValueError, match=r"16 hex digits|invalid literal"):
            bits.signed(none)


@pytest.mark.parametrize(
    ("within", "counts"),
    [
        (0, (1, 0, 0, 0)),
        (3, (1, 1, 1, 1)),
        (4, (17, 1, 1, 1)),
        (7, (17, 17, 17, 17)),
        (10, (137, 137, 137, 17)),
        (11, (137, 137, 137, 137)),
    ],
)
def test_probes_are_as_many_as_the_rule_says(within: int, counts: tuple[int, ...]) -> None:
    probes = bits.probes(QUERY, within)
    assert tuple(len(set(band)) for band in probes) == counts
    assert all(0 <= value < 2**16 for band in probes for value in band)
