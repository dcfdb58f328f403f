"""What was asked for before, on both databases: found by an index, one for each wish, own pictures aside."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from colophon.catalog import SqlCatalog
from colophon.catalog.database import Database
from colophon.catalog.generations import same_wish
from colophon.domain.generation import Generation
from colophon.domain.wish import wish_of

Maker = Any


def _in(catalog: SqlCatalog, make: Maker, campaign: str, count: int = 1) -> list[Generation]:
    generations = [make.generation(campaign) for _ in range(count)]
    make.register(catalog, generations, brief=make.brief(campaign))
    return generations


def _like(one: Generation, make: Maker, **changes: Any) -> Generation:
    other: Generation = make.generation("caps")
    return replace(replace(other, prompt=one.prompt.upper(), seed=one.seed), **changes)


def test_another_picture_of_the_same_wish_is_found_once_it_is_ordered(catalog: SqlCatalog, make: Maker) -> None:
    [known] = _in(catalog, make, "mugs")
    wanted = _like(known, make)
    assert list(catalog.orders.wished([wanted])) == []
    make.begin(catalog, known.id)
    assert [one.generation.id for one in catalog.orders.wished([wanted])] == [known.id]
    assert list(catalog.orders.wished([_like(known, make, seed=5), _like(known, make, width=512)])) == []
    assert list(catalog.orders.wished([])) == []


def test_an_order_that_bought_nothing_warns_nobody(catalog: SqlCatalog, make: Maker) -> None:
    [known] = _in(catalog, make, "mugs")
    attempt = make.begin(catalog, known.id)
    catalog.orders.take_back(known.id, attempt, code="busy", problem="full", now=make.now)
    assert list(catalog.orders.wished([_like(known, make)])) == []


def test_a_plan_is_not_warned_of_its_own_pictures_but_of_those_beside_them(catalog: SqlCatalog, make: Maker) -> None:
    ours, others = _in(catalog, make, "caps", 2), _in(catalog, make, "mugs", 3)
    for generation in (*ours, *others):
        make.begin(catalog, generation.id)
    assert {wish_of(generation) for generation in (*ours, *others)} == {wish_of(ours[0])}
    assert [one.generation.id for one in catalog.orders.wished(ours)] == [others[0].id]
    assert list(catalog.orders.wished([*ours, *others])) == []


def test_more_wishes_than_one_statement_takes_are_all_answered(catalog: SqlCatalog, make: Maker) -> None:
    known = [replace(make.generation("mugs"), seed=seed) for seed in (3, 1200)]
    make.register(catalog, known)
    for generation in known:
        make.begin(catalog, generation.id)
    plan = [_like(replace(known[0], seed=seed), make) for seed in range(1, 1300)]
    assert {one.generation.seed for one in catalog.orders.wished(plan)} == {3, 1200}


def test_a_wish_is_looked_up_in_its_index(catalog: SqlCatalog, url: str, make: Maker) -> None:
    generations = [replace(make.generation("mugs"), seed=seed) for seed in range(1, 2000)]
    make.register(catalog, generations)
    database = Database(url)
    dialect = sqlite.dialect() if database.is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    statement = same_wish([wish_of(one) for one in generations[:3]], [generations[0].id])
    words = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    with database.connection(writes=True) as connection:
        connection.execute(text("ANALYZE"))
        explained = connection.execute(text(f"EXPLAIN {'QUERY PLAN' if database.is_sqlite else ''} {words}"))
        plan = "\n".join(str(row[-1]) for row in explained)
    database.close()
    assert "ix_generations_wish_id" in plan, plan
    assert "SCAN generations" not in plan
    assert "Seq Scan" not in plan
