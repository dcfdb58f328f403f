"""What a person's limit promises: it holds over all their campaigns of a month, and nothing that is booked changes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.account import Account
from colophon.domain.identity import new_id
from colophon.domain.money import Money
from colophon.domain.purse import person_key
from colophon.domain.record import Cap, CostBasis
from colophon.errors import Conflict, NotFound
from colophon.services.limits import allowance, allowances

Maker = Any
ALL = Cap("person", Money.of("0.10"), "COLOPHON_CAPS__PERSON")


def _ordered(catalog: SqlCatalog, make: Maker, by: str | None, slug: str, count: int = 1) -> list[str]:
    generations = [make.generation(slug) for _ in range(count)]
    make.register(catalog, generations, brief=make.brief(slug, cap="500.00"), revision=f"of {by}", by=by)
    return [generation.id for generation in generations]


def _account(catalog: SqlCatalog, make: Maker, name: str) -> str:
    return catalog.accounts.add(Account(new_id("acc", make.now), name, make.now), password=None, by="x").id


def _refused(catalog: SqlCatalog, make: Maker, generation: str) -> Conflict:
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, generation, caps=(ALL,))
    assert raised.value.reason == "over_cap"
    return raised.value


def test_a_limit_counts_all_campaigns_of_a_person_and_nobody_elses(catalog: SqlCatalog, make: Maker) -> None:
    (first,), (second,) = _ordered(catalog, make, "Ada", "mugs"), _ordered(catalog, make, " ADA ", "jugs")
    (third,), (other,) = _ordered(catalog, make, "ada", "cups"), _ordered(catalog, make, "Bo", "caps")
    (nobodys,) = _ordered(catalog, make, None, "bags")
    for generation in (first, second):
        make.begin(catalog, generation, caps=(ALL,))
    told = _refused(catalog, make, third)
    assert told.where == "COLOPHON_CAPS__PERSON"
    assert "next month" in told.hint
    assert catalog.orders.progress(third).attempt == 0
    make.begin(catalog, other, caps=(ALL,))
    make.begin(catalog, nobodys, "5.00", caps=(ALL,))
    assert catalog.limits.spending("Ada", "USD", now=make.now) == (Money.of("0"), Money.of("0.10"))
    assert catalog.limits.spending("Bo", "USD", now=make.now) == (Money.of("0"), Money.of("0.05"))


def test_ones_own_limit_is_in_the_place_of_everybodys(catalog: SqlCatalog, make: Maker) -> None:
    ada = _account(catalog, make, "Ada")
    one, two, three, four = _ordered(catalog, make, "ada", "mugs", 4)
    assert catalog.limits.of("ADA") is None
    catalog.limits.set(ada, Money.of("0.15"), currency="USD", by="Cy", now=make.now)
    assert catalog.limits.of("ADA") == Money.of("0.15")
    assert catalog.limits.every() == {person_key("Ada"): Money.of("0.15")}
    for generation in (one, two, three):
        make.begin(catalog, generation, caps=(ALL,))
    assert "limit" in _refused(catalog, make, four).where
    catalog.limits.set(ada, Money.of("0"), currency="USD", by="Cy", now=make.now)
    assert catalog.limits.spending("Ada", "USD", now=make.now)[1] == Money.of("0.15"), "what is booked stays"
    asked = ("Ada", "Nobody")
    everybody = Money.of("2.00")
    at_once = allowances(asked, everybody, "USD", make.now, catalog=catalog)
    assert at_once == {name: allowance(name, everybody, "USD", make.now, catalog=catalog) for name in asked}
    _refused(catalog, make, four)
    catalog.limits.set(ada, None, currency="USD", by="Cy", now=make.now)
    _refused(catalog, make, four)
    with pytest.raises(NotFound):
        catalog.limits.set("acc_none", None, currency="USD", by="Cy", now=make.now)


def test_money_stays_with_who_ordered_and_in_its_month(catalog: SqlCatalog, make: Maker, url: str) -> None:
    """A later orderer pays for later attempts only; what settles next month settles this month's purse."""
    first, second = _ordered(catalog, make, "Ada", "mugs", 2)
    attempt = make.begin(catalog, first)
    generations = [catalog.orders.progress(each).generation for each in (first, second)]
    make.register(catalog, generations, brief=make.brief("mugs", cap="500.00"), revision="of Ada", by="Bo")
    make.begin(catalog, second)
    later = make.now + timedelta(days=40)
    from colophon.domain.generation import GenerationState

    catalog.orders.end(
        first,
        attempt,
        GenerationState.FAILED,
        code="x",
        problem="y",
        charge=Money.of("0.03"),
        basis=CostBasis.REPORTED,
        now=later,
    )
    assert catalog.limits.spending("Ada", "USD", now=make.now) == (Money.of("0.03"), Money.of("0"))
    assert catalog.limits.spending("Bo", "USD", now=make.now) == (Money.of("0"), Money.of("0.05"))
    assert catalog.limits.spending("Ada", "USD", now=later) == (Money.of("0"), Money.of("0"))
    engine = create_engine(url)
    with engine.connect() as connection:
        known = connection.execute(text("SELECT purse FROM purses WHERE purse LIKE 'person/%'")).scalars().all()
    engine.dispose()
    assert len(known) == 2
    assert all("Ada" not in purse for purse in known)
    assert any(person_key("Ada") in purse for purse in known)


def test_of_many_reservations_at_once_only_so_many_fit(catalog: SqlCatalog, make: Maker, url: str) -> None:
    ids = [*_ordered(catalog, make, "Ada", "mugs", 20), *_ordered(catalog, make, "Ada", "jugs", 20)]
    cap = Cap("person", Money.of("1.00"), "COLOPHON_CAPS__PERSON")
    second = open_catalog(url)

    def reserve(number: int) -> str:
        try:
            make.begin((catalog, second)[number % 2], ids[number * 7 % len(ids)], caps=(cap,))
        except Conflict as error:
            return error.reason
        return "done"

    try:
        with ThreadPoolExecutor(6) as pool:
            assert Counter(pool.map(reserve, range(len(ids)))) == {"done": 20, "over_cap": 20}
    finally:
        second.close()
    assert catalog.limits.spending("Ada", "USD", now=make.now) == (Money.of("0"), Money.of("1.00"))
