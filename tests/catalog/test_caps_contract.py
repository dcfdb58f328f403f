"""What caps of campaign, brand and day promise: they hold, they are told by name, and a refusal writes nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from colophon.catalog import SqlCatalog
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Cap, CostBasis
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
SHA = "ab" * 32
BRAND = Cap("brand/Northwind", Money.of("0.10"), "brands/northwind.yaml: buying.cap")
DAY = Cap("day", Money.of("0.10"), "COLOPHON_DAY_CAP")


def _purses(url: str) -> dict[str, tuple[str, int, int]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT purse, currency, spent, reserved FROM purses")).all()
    engine.dispose()
    return {purse: (currency, spent, reserved) for purse, currency, spent, reserved in rows}


def _purses_by_the_ledger(catalog: SqlCatalog) -> dict[str, tuple[str, int, int]]:
    spent: Counter[tuple[str, str]] = Counter()
    reserved: Counter[tuple[str, str]] = Counter()
    signs = {"reservation": (0, 1), "release": (0, -1), "charge": (1, 0), "correction": (1, 0)}
    for entry in catalog.orders.ledger():
        currency, micros = entry.amount.currency, entry.amount.micros
        for purse in (
            f"campaign/{entry.campaign}",
            f"{brand_purse(entry.brand)}/{currency}",
            f"day/{entry.day.isoformat()}/{currency}",
        ):
            spends, reserves = signs[entry.kind]
            spent[purse, currency] += spends * micros
            reserved[purse, currency] += reserves * micros
    return {purse: (currency, spent[purse, currency], reserved[purse, currency]) for purse, currency in spent}


@pytest.mark.parametrize("cap", [BRAND, DAY], ids=["brand", "day"])
def test_a_cap_counts_all_campaigns_and_is_told_by_its_name(catalog: SqlCatalog, make: Maker, cap: Cap) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    first, second = make.planned(catalog, 2)
    make.delivered(catalog, first)
    make.begin(catalog, other.id, caps=(cap,))
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, second, "0.000001", caps=(cap,))
    assert (raised.value.reason, raised.value.where) == ("over_cap", cap.where)
    assert f"would pass the cap {cap.where}: 0.05 spent and 0.05 reserved of 0.10 USD" in raised.value.message
    assert catalog.orders.progress(second).attempt == 0
    assert catalog.orders.attempts(second) == []
    assert make.begin(catalog, second, caps=(replace(cap, limit=Money.of("0.15")),)) == 1


def test_the_campaigns_own_cap_is_told_as_the_briefs(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog, cap="0.04")[0]
    with pytest.raises(Conflict, match=r"0.05 more would pass the cap budget.cap") as raised:
        make.begin(catalog, generation, caps=(BRAND, DAY))
    assert (raised.value.reason, raised.value.where) == ("over_cap", "budget.cap")


def test_a_refused_reservation_leaves_no_purse_lighter(catalog: SqlCatalog, make: Maker, url: str) -> None:
    ids = make.planned(catalog, 2)
    make.begin(catalog, ids[0])
    before = (_purses(url), list(catalog.orders.ledger()))
    for cap in (BRAND, DAY):
        with pytest.raises(Conflict):
            make.begin(catalog, ids[1], caps=(replace(cap, limit=Money.of("0.09")),))
    assert (_purses(url), list(catalog.orders.ledger())) == before


def test_the_narrowest_of_several_caps_holds(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    narrow = Cap("day", Money.of("0.01"), "the narrow one")
    for caps in ((DAY, narrow), (narrow, DAY)):
        with pytest.raises(Conflict) as raised:
            make.begin(catalog, generation, caps=caps)
        assert raised.value.where == "the narrow one"


def test_a_day_is_the_one_of_the_reservation_in_utc(catalog: SqlCatalog, make: Maker, url: str) -> None:
    """Whatever is written later: the money of an order of Thursday stays Thursday's."""
    late = datetime(2027, 3, 5, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    ids = make.planned(catalog, 2)
    attempt = catalog.orders.begin_attempt(ids[0], make.intent(caps=(DAY,)), now=late)
    tomorrow = late + timedelta(hours=3)
    catalog.orders.record_job(ids[0], attempt, make.job(), provider="p", parameters={}, now=tomorrow)
    catalog.orders.record_original(ids[0], attempt, SHA, make.job(), now=tomorrow)
    assert {entry.day.isoformat() for entry in catalog.orders.ledger()} == {"2027-03-04"}
    assert _purses(url)["day/2027-03-04/USD"] == ("USD", 50_000, 0)
    catalog.orders.begin_attempt(ids[1], make.intent("0.10", caps=(DAY,)), now=tomorrow)
    assert _purses(url)["day/2027-03-05/USD"] == ("USD", 0, 100_000)


def test_money_stays_with_the_brand_it_was_reserved_for(catalog: SqlCatalog, make: Maker, url: str) -> None:
    generations = [make.generation(), make.generation()]
    make.register(catalog, generations)
    attempt = make.submitted(catalog, generations[0].id)
    make.register(catalog, generations, brief=make.brief(brand="Südwind/USD"), revision="rev-2")
    catalog.orders.record_original(generations[0].id, attempt, SHA, make.job(), now=NOW)
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, generations[1].id, caps=(BRAND,))
    assert raised.value.reason == "stale"
    make.begin(catalog, generations[1].id, caps=(replace(BRAND, purse="brand/Südwind/USD"),))
    purses = _purses(url)
    assert purses["brand/northwind/USD"] == ("USD", 50_000, 0)
    assert purses["brand/südwind/usd/USD"] == ("USD", 0, 50_000)
    assert purses["campaign/mugs"] == ("USD", 50_000, 50_000)


WRITTEN = ["NORTHWIND ", "\u2003north\uff37ind", "northwind"]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_brand_written_another_way_is_the_same_brand(catalog: SqlCatalog, make: Maker, url: str, name: str) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps", brand=name))
    first = make.planned(catalog)[0]
    make.begin(catalog, first, caps=(BRAND,))
    for cap in (BRAND, replace(BRAND, purse=f"brand/{name}")):
        with pytest.raises(Conflict) as raised:
            make.begin(catalog, other.id, "0.050001", caps=(cap,))
        assert (raised.value.reason, raised.value.where) == ("over_cap", BRAND.where)
    make.begin(catalog, other.id, "0.05", caps=(BRAND,))
    assert _purses(url)["brand/northwind/USD"] == ("USD", 0, 100_000)
    assert {entry.brand for entry in catalog.orders.ledger()} == {"Northwind", name}
    assert catalog.orders.campaign("caps").brand == name


def test_brand_names_fold_to_purses() -> None:
    assert brand_purse(" Straße \t &  Söhne") == brand_purse("STRASSE & SO\u0308HNE") == "brand/strasse & söhne"
    assert brand_purse("North wind") != brand_purse("Northwind")
    long = brand_purse("\ufdfa" * 200)
    assert len(long) < 100
    assert long != brand_purse("\ufdfa" * 199)


def test_the_longest_brand_name_has_a_purse(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.generation("caps")
    name = "\ufdfa" * 200
    make.register(catalog, [generation], brief=make.brief("caps", brand=name))
    assert make.begin(catalog, generation.id, caps=(replace(BRAND, purse=f"brand/{name}"),)) == 1


def test_another_currency_is_another_purse(catalog: SqlCatalog, make: Maker, url: str) -> None:
    euro = make.generation("caps")
    make.register(catalog, [euro], brief=make.brief("caps", currency="EUR"))
    dollar = make.planned(catalog)[0]
    make.begin(catalog, dollar, "0.10", caps=(BRAND, DAY))
    caps = tuple(replace(cap, limit=Money.of("0.10", "EUR")) for cap in (BRAND, DAY))
    make.begin(catalog, euro.id, reserve=Money.of("0.10", "EUR"), caps=caps)
    assert _purses(url)["day/2027-03-04/EUR"] == ("EUR", 0, 100_000)
    assert _purses(url)["day/2027-03-04/USD"] == ("USD", 0, 100_000)


@pytest.mark.parametrize(
    "cap",
    [Cap("day", Money.of("9.00", "EUR"), "x"), Cap("week", Money.of("9.00"), "x"), Cap("", Money.of("9.00"), "x")],
)
def test_a_cap_that_cannot_count_is_refused(catalog: SqlCatalog, make: Maker, cap: Cap) -> None:
    generation = make.planned(catalog)[0]
    with pytest.raises(InvalidInput) as raised:
        make.begin(catalog, generation, caps=(cap,))
    assert raised.value.where == "x"
    assert list(catalog.orders.ledger()) == []


def test_a_time_without_zone_has_no_day(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    with pytest.raises(InvalidInput, match="without zone"):
        catalog.orders.begin_attempt(generation, make.intent(), now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("seed", [1, 2])
def test_purses_are_the_ledgers_sums_after_any_walk(catalog: SqlCatalog, make: Maker, url: str, seed: int) -> None:
    """Verbs in any order, of any attempt, at any time: most are refused, and none moves money in one place only."""
    dice = Random(seed)
    other = [make.generation("caps") for _ in range(3)]
    make.register(catalog, other, brief=make.brief("caps", brand="Southwind", cap="0.30"))
    ids = [*make.planned(catalog, 3, cap="0.40"), *(generation.id for generation in other)]
    done: Counter[str] = Counter()
    for _ in range(250):
        generation = dice.choice(ids)
        attempt = catalog.orders.progress(generation).attempt - (dice.random() < 0.1)
        now = NOW + timedelta(hours=dice.randrange(72))
        price = Money(dice.randrange(60_000)) if dice.random() < 0.7 else None
        name, verb = dice.choice(_verbs(catalog, make, generation, attempt, price, now, dice))
        try:
            verb()
            done[name] += 1
        except (Conflict, NotFound):
            done["refused"] += 1
    assert _purses(url) == _purses_by_the_ledger(catalog)
    assert len(done) >= 9, done
    for campaign in ("mugs", "caps"):
        spending = catalog.orders.spending(campaign)
        assert ("USD", spending.spent.micros, spending.reserved.micros) == _purses(url)[f"campaign/{campaign}"]


def _verbs(
    catalog: SqlCatalog,
    make: Maker,
    generation: str,
    attempt: int,
    price: Money | None,
    now: datetime,
    dice: Random,
) -> list[tuple[str, Callable[[], object]]]:
    orders = catalog.orders
    job = make.job(cost=price, cost_settled=dice.random() < 0.5)
    begin = ("begin", lambda: orders.begin_attempt(generation, make.intent(caps=(DAY,)), now=now))
    record = (
        "job",
        lambda: orders.record_job(generation, attempt, job, provider="p", parameters={}, now=now),
    )
    state = dice.choice([GenerationState.FAILED, GenerationState.REFUSED])
    basis = CostBasis.SETTLED if price else CostBasis.UNKNOWN

    def end() -> None:
        orders.end(generation, attempt, state, code="x", problem="", charge=price, basis=basis, now=now)

    return [
        begin,
        begin,
        record,
        ("take_back", lambda: orders.take_back(generation, attempt, code="busy", problem="", now=now)),
        ("unknown", lambda: orders.record_unknown(generation, attempt, problem="", now=now)),
        ("expire", lambda: orders.expire_leases(now=now)),
        ("not_taken", lambda: orders.not_taken(generation, attempt, by="Ada", problem="", now=now)),
        ("original", lambda: orders.record_original(generation, attempt, SHA, job, now=now)),
        ("note", lambda: orders.note_task(generation, attempt, f"task-{attempt}")),
        ("settle", lambda: orders.settle(generation, attempt, price or Money(0), note="", now=now)),
        *([("end", end)] if dice.random() < 0.15 else []),
    ]
