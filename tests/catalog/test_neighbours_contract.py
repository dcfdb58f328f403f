"""Near pictures: every one is found, on both databases, by indexes."""

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.dialects import postgresql, sqlite

from colophon.catalog import SqlCatalog, bits, pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.neighbours import CANDIDATES, RESULTS, candidates
from colophon.domain.asset import Asset, Fingerprints
from colophon.errors import InvalidInput

Maker = Any
QUERY = "8f0123456789abcd"


def _fill(url: str, assets: list[Asset], make: Maker) -> None:
    engine = create_engine(url)
    rest = {"state": "held", "outcome": "hold", "provenance": {}, "created_at": make.now}
    with engine.begin() as connection:
        connection.execute(insert(AssetRow), [{**pictures.asset_values(asset), **rest} for asset in assets])
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _flipped(fingerprint: str, count: int, chance: random.Random) -> str:
    number = int(fingerprint, 16)
    for place in chance.sample(range(64), count):
        number ^= 1 << place
    return f"{number:016x}"


def _assets(phashes: list[str], make: Maker) -> list[Asset]:
    blank = make.asset()
    return [
        replace(
            blank,
            id=f"asset_{number:06d}",
            facts=replace(blank.facts, fingerprints=Fingerprints(phash, f"{number:016x}")),
        )
        for number, phash in enumerate(phashes)
    ]


def test_near_pictures_are_exactly_those_a_full_comparison_finds(catalog: SqlCatalog, url: str, make: Maker) -> None:
    chance = random.Random(20270304)
    queries = [QUERY, "0" * 16, "f" * 16]
    phashes = [f"{chance.getrandbits(64):016x}" for _ in range(1400)]
    phashes += [_flipped(chance.choice(queries), chance.randint(0, 14), chance) for _ in range(600)]
    assets = _assets(phashes, make)
    _fill(url, assets, make)
    for query in queries:
        wanted = Fingerprints(query, "0" * 16)
        for within in (0, 3, 4, 7, 8, 11):
            distances = ((asset.id, wanted.distance(asset.facts.fingerprints)) for asset in assets)
            expected = sorted((near, asset_id) for asset_id, near in distances if near[0] <= within)
            found = [(near, asset.id) for asset, near in catalog.near(wanted, within)]
            assert found == expected
    assert len(catalog.near(Fingerprints(QUERY, "0" * 16), 11)) > 100


@pytest.mark.parametrize("within", [-1, 12, 64])
def test_distances_without_meaning_are_refused(catalog: SqlCatalog, within: int) -> None:
    with pytest.raises(InvalidInput):
        catalog.near(Fingerprints(QUERY, QUERY), within)


def test_a_crowd_of_blank_pictures_neither_hides_an_equal_one_nor_floods(
    catalog: SqlCatalog, url: str, make: Maker
) -> None:
    crowd = ["0" * 16] * (CANDIDATES + 500)
    lone = "0000000100010001"
    _fill(url, _assets([*crowd, lone], make), make)
    found = catalog.near(Fingerprints("0" * 16, "0" * 16), 7)
    assert len(found) == RESULTS
    assert {near[0] for _, near in found} == {0}
    # The lone picture shares one band with the crowd; the three others find it.
    assert catalog.near(Fingerprints(lone, "0" * 16), 0)[0][0].facts.fingerprints.phash == lone


def test_the_search_looks_up_every_band_in_its_index(catalog: SqlCatalog, url: str, make: Maker) -> None:
    chance = random.Random(1)
    _fill(url, _assets([f"{chance.getrandbits(64):016x}" for _ in range(5000)], make), make)
    catalog.ping()
    sqlite_used = url.startswith("sqlite")
    dialect = sqlite.dialect() if sqlite_used else postgresql.dialect()  # type: ignore[no-untyped-call]
    statement = candidates(QUERY, 7).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    engine = create_engine(url)
    with engine.connect() as connection:
        explained = connection.execute(text(f"EXPLAIN {'QUERY PLAN' if sqlite_used else ''} {statement}"))
        plan = "\n".join(str(row[-1]) for row in explained)
    engine.dispose()
    for band in range(4):
        assert f"ix_assets_b{band}_id_phash_dhash" in plan, plan
    assert "SCAN assets" not in plan
    assert "Seq Scan" not in plan


def test_fingerprints_survive_the_signed_column() -> None:
    for fingerprint in ("0" * 16, "7" + "f" * 15, "8" + "0" * 15, "f" * 16, QUERY):
        assert bits.unsigned(bits.signed(fingerprint)) == fingerprint
        assert -(2**63) <= bits.signed(fingerprint) < 2**63
    for none in ("", "f" * 17, "g" * 16):
        with pytest.raises(ValueError, match=r"16 hex digits|invalid literal"):
            bits.signed(none)


@pytest.mark.parametrize(("within", "count"), [(0, 1), (3, 1), (4, 17), (7, 17), (8, 137), (11, 137)])
def test_probes_are_as_many_as_the_rule_says(within: int, count: int) -> None:
    probes = bits.probes(0xABCD, within)
    assert len(set(probes)) == count
    assert all(0 <= probe < 2**16 and (probe ^ 0xABCD).bit_count() <= within // 4 for probe in probes)
