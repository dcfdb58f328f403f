"""A catalog that was made and used by the first release keeps all it has, and its money is in purses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, create_engine, exc, inspect, text

from colophon.catalog import SqlCatalog, bits, open_catalog, schema
from colophon.catalog.database import Database
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import Cap
from colophon.errors import Conflict

Maker = Any
NIGHT = datetime(2027, 3, 4, 23, 59, 59, 500000, tzinfo=UTC)
BRANDS = {"mugs": "Northwind", "caps": " NORTH\uff37IND"}
OLD_PHASH, OLD_DHASH = "8f0123456789abcd", "7edcba9876543210"
MORNING = NIGHT + timedelta(hours=2)
UNSIGNED: dict[str, object] = {
    "state": "none",
    "integrity": "absent",
    "signer": None,
    "timestamp": "absent",
    "signed_at": None,
    "revocation": "absent",
    "claim": {},
    "policy": {"digest": "ab" * 32},
    "library": "c2pa 0.91",
    "chain": [],
    "problems": [],
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest) -> str:
    """At the first schema, with two campaigns of one brand, three attempts and their money."""
    path: Path = request.getfixturevalue("tmp_path")
    url = f"sqlite:///{path}/catalog.db"
    if request.param == "postgres":
        url = str(request.getfixturevalue("database_url"))
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", "colophon:catalog/migrations")
    config.set_main_option("path_separator", "os")
    with database.connection(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _fill(connection)
    database.close()
    return url


def _fill(connection: Any) -> None:
    tables = MetaData()
    tables.reflect(connection)

    def insert(name: str, **values: object) -> None:
        table: Table = tables.tables[name]
        connection.execute(table.insert().values(**values))

    # SQLite reflects columns as plain moments; the program stores them in UTC.
    at = {"night": NIGHT, "morning": MORNING}
    if connection.dialect.name == "sqlite":
        at = {name: moment.replace(tzinfo=None) for name, moment in at.items()}
    for slug in ("mugs", "caps"):
        insert("campaigns", slug=slug, revision="rev-2", created_at=at["night"], updated_at=at["night"])
        for revision, brand in (("rev-1", "Old name"), ("rev-2", BRANDS[slug])):
            insert(
                "revisions",
                campaign=slug,
                revision=revision,
                title="Mugs",
                brand=brand,
                canonical="{}",
                renditions=[],
                cap_micros=2_000_000,
                currency="USD",
                registered_at=at["night"],
            )
        generation: dict[str, object] = {
            "id": f"gen_{slug}",
            "campaign": slug,
            "revision": "rev-2",
            "visual": "hero",
            "variant": 1,
            "master": "m1",
            "width": 1024,
            "height": 1024,
            "route": f"route-{slug}",
            "model": "flux-2-pro",
            "seed": 7,
            "prompt": "A mug",
            "structure": "{}",
            "safety": "strict",
            "references": [],
            "low_micros": 30_000,
            "high_micros": 50_000,
            "currency": "USD",
            "state": "submitted",
            "attempt": 2 if slug == "mugs" else 1,
            "request_id": "task-1",
            "submitted_at": at["morning"],
            "parameters": {"seed": 7},
        }
        insert("generations", **generation)
        insert("wanted", campaign=slug, revision="rev-2", position=0, generation=f"gen_{slug}")
    insert(
        "assets",
        id="asset_old",
        sha256="ab" * 32,
        bytes=7,
        campaign="mugs",
        state="checked",
        format="png",
        width=4,
        height=3,
        mode="RGB",
        frames=1,
        pixels_sha256="cd" * 32,
        phash=bits.signed(OLD_PHASH),
        dhash=bits.signed(OLD_DHASH),
        **dict(zip(("b0", "b1", "b2", "b3"), bits.bands(OLD_PHASH), strict=True)),
        deviation=50.0,
        outcome="accept",
        provenance=UNSIGNED,
        created_at=at["night"],
    )
    rows = [
        ("mugs", 1, "reservation", 50_000, "night"),
        ("mugs", 1, "release", 50_000, "morning"),
        ("mugs", 1, "charge", 40_000, "morning"),
        ("mugs", 1, "correction", -10_000, "morning"),
        ("mugs", 1, "correction", -5_000, "morning"),
        ("mugs", 2, "reservation", 50_000, "morning"),
        ("caps", 1, "reservation", 20_000, "night"),
    ]
    for number, (slug, attempt, kind, micros, moment) in enumerate(rows):
        if kind == "reservation":
            insert("attempts", generation=f"gen_{slug}", number=attempt, started_at=at[moment], outcome="submitted")
        insert(
            "ledger",
            id=f"led_{number}",
            campaign=slug,
            generation=f"gen_{slug}",
            attempt=attempt,
            kind=kind,
            micros=micros,
            currency="USD",
            basis="estimated",
            route=f"route-{slug}",
            at=at[moment],
        )


@pytest.fixture
def upgraded(old_url: str) -> Iterator[SqlCatalog]:
    catalog = open_catalog(old_url)
    yield catalog
    catalog.close()


def test_the_upgraded_schema_is_the_codes(upgraded: SqlCatalog, old_url: str) -> None:
    database = Database(old_url)
    assert schema.drift(database) == []
    indexes = {index["name"]: index for index in inspect(database.engine).get_indexes("ledger")}
    assert indexes["ix_ledger_generation_attempt_kind"]["unique"]
    foreign = {tuple(key["constrained_columns"]) for key in inspect(database.engine).get_foreign_keys("ledger")}
    database.close()
    assert foreign == {("campaign",), ("generation",)}


def test_the_ledger_knows_brand_day_and_model(upgraded: SqlCatalog) -> None:
    """The day is that of the reservation, the brand the one the campaign has now, as it is written there."""
    entries = {entry.id: entry for entry in upgraded.orders.ledger()}
    assert len(entries) == 7
    assert {(entry.campaign, entry.brand) for entry in entries.values()} == set(BRANDS.items())
    assert {entry.model for entry in entries.values()} == {"flux-2-pro"}
    days = {int(entry_id[4:]): entry.day for entry_id, entry in entries.items()}
    first, second = date(2027, 3, 4), date(2027, 3, 5)
    assert days == {0: first, 1: first, 2: first, 3: first, 4: first, 5: second, 6: first}
    assert entries["led_3"].amount == Money(-10_000)


def test_the_money_is_in_purses(upgraded: SqlCatalog, old_url: str) -> None:
    engine = create_engine(old_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT purse, currency, spent, reserved FROM purses ORDER BY purse")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        ("brand/northwind/USD", "USD", 25_000, 70_000),
        ("campaign/caps", "USD", 0, 20_000),
        ("campaign/mugs", "USD", 25_000, 50_000),
        ("day/2027-03-04/USD", "USD", 25_000, 20_000),
        ("day/2027-03-05/USD", "USD", 0, 50_000),
    ]
    spending = upgraded.orders.spending("mugs")
    assert (spending.spent, spending.reserved) == (Money(25_000), Money(50_000))


def test_what_was_under_way_goes_on(upgraded: SqlCatalog, make: Maker) -> None:
    assert [(record.number, record.route, record.model) for record in upgraded.orders.attempts("gen_mugs")] == [
        (1, "route-mugs", "flux-2-pro"),
        (2, "route-mugs", "flux-2-pro"),
    ]
    claimed = upgraded.orders.claim("worker", until=MORNING + timedelta(hours=1), now=MORNING)
    assert {progress.generation.id for progress in claimed} == {"gen_mugs", "gen_caps"}
    upgraded.orders.record_original("gen_mugs", 2, "ab" * 32, make.job(), now=MORNING)
    assert upgraded.orders.progress("gen_mugs").state is GenerationState.DELIVERED
    spending = upgraded.orders.spending("mugs")
    assert (spending.spent, spending.reserved) == (Money(75_000), Money(0))


def test_old_money_counts_against_new_caps(upgraded: SqlCatalog, make: Maker) -> None:
    generation = make.generation()
    make.register(upgraded, [generation], revision="rev-3")
    cap = Cap("brand/Northwind", Money(95_001), "brand cap")
    with pytest.raises(Conflict) as raised:
        upgraded.orders.begin_attempt(generation.id, make.intent("0.000002", caps=(cap,)), now=MORNING)
    assert raised.value.where == "brand cap"
    assert upgraded.orders.begin_attempt(generation.id, make.intent("0.000001", caps=(cap,)), now=MORNING) == 1


def test_a_second_charge_of_an_attempt_stays_impossible(upgraded: SqlCatalog, old_url: str) -> None:
    """The copy that SQLite needs for a stricter column keeps the condition of its index."""
    columns = "id, campaign, brand, day, generation, attempt, kind, micros, currency, basis, at"
    again = (
        f"INSERT INTO ledger ({columns}) SELECT 'led_x', campaign, brand, day, generation, attempt, kind, micros,"  # noqa: S608
        " currency, basis, at FROM ledger WHERE id = :id"
    )
    engine = create_engine(old_url)
    with pytest.raises(exc.IntegrityError), engine.begin() as connection:
        connection.execute(text(again), {"id": "led_2"})
    with engine.begin() as connection:
        connection.execute(text(again), {"id": "led_3"})
    engine.dispose()
    assert len(upgraded.orders.ledger()) == 8


def test_an_old_asset_is_found_by_the_fingerprints_it_had(upgraded: SqlCatalog) -> None:
    assert upgraded.lookalikes.code("asset_old", "phash") == OLD_PHASH
    assert upgraded.lookalikes.code("asset_old", "dhash") == OLD_DHASH
    assert upgraded.lookalikes.code("asset_old", "iscc") is None
    [found] = upgraded.lookalikes.alike({"iscc": "0" * 64, "phash": OLD_PHASH, "dhash": OLD_DHASH})
    assert (found.asset, found.rendition, found.score) == ("asset_old", None, 1.0)
    assert upgraded.manifests.of(["asset_old"]) == []
