"""Workers that died, came late or lost their place: what they may still change, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.catalog.orders import SqlOrders
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SHA = "ab" * 32


def test_leases_expire_into_unknown_and_keep_the_money(catalog: SqlCatalog, make: Maker) -> None:
    dead, alive, waiting = make.planned(catalog, 3)
    make.begin(catalog, dead)
    make.submitted(catalog, waiting)
    catalog.orders.begin_attempt(alive, reserve=Money(1), lease_until=LATER + timedelta(seconds=1), now=NOW)
    assert list(catalog.orders.expire_leases("other", now=LATER)) == []
    assert list(catalog.orders.expire_leases("mugs", now=NOW)) == []
    assert list(catalog.orders.expire_leases("mugs", now=LATER)) == [dead]
    assert list(catalog.orders.expire_leases("mugs", now=LATER)) == []
    states = {p.generation.id: p.state for p in catalog.orders.wanted("mugs")}
    assert states == {
        dead: GenerationState.UNKNOWN,
        alive: GenerationState.SUBMITTING,
        waiting: GenerationState.SUBMITTED,
    }
    assert catalog.orders.spending("mugs").reserved == Money.of("0.100001")
    assert [record.outcome for record in _attempts(catalog, dead)] == ["unknown"]


def test_an_answer_after_the_lease_brings_the_order_back(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.expire_leases("mugs", now=LATER)
    catalog.orders.record_job(generation, attempt, make.job(), provider="sandbox", parameters={}, now=LATER)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.request_id) == (GenerationState.SUBMITTED, "task-1")
    assert (progress.problem_code, progress.problem) == (None, None)
    assert [(record.request_id, record.outcome) for record in _attempts(catalog, generation)] == [
        ("task-1", "submitted")
    ]


def test_an_unknown_outcome_keeps_its_reservation(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.record_unknown(generation, attempt, problem="reset after the request", now=NOW)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.problem) == (GenerationState.UNKNOWN, "reset after the request")
    assert catalog.orders.spending("mugs").reserved == Money.of("0.05")


def test_a_stale_attempt_changes_nothing(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    stale = make.begin(catalog, generation)
    catalog.orders.take_back(generation, stale, problem="", now=NOW)
    current = make.begin(catalog, generation)
    before = (catalog.orders.progress(generation), list(catalog.orders.ledger()))
    orders = catalog.orders
    job = make.job()
    verbs: list[Callable[[], None]] = [
        lambda: orders.take_back(generation, stale, problem="", now=NOW),
        lambda: orders.record_job(generation, stale, job, provider="p", parameters={}, now=NOW),
        lambda: orders.record_unknown(generation, stale, problem="", now=NOW),
        lambda: orders.record_original(generation, stale, SHA, job, now=NOW),
        lambda: orders.record_original(generation, current, SHA, job, now=NOW),
        lambda: orders.reject_original(generation, current, code="x", problem="y", now=NOW),
        lambda: _fail(catalog, generation, stale),
        lambda: orders.record_job(generation, current + 1, job, provider="p", parameters={}, now=NOW),
    ]
    for verb in verbs:
        with pytest.raises(Conflict):
            verb()
    assert (orders.progress(generation), list(orders.ledger())) == before


def _fail(catalog: SqlCatalog, generation: str, attempt: int) -> None:
    catalog.orders.end(
        generation,
        attempt,
        GenerationState.FAILED,
        code="x",
        problem="y",
        charge=Money(1),
        basis=CostBasis.SETTLED,
        now=NOW,
    )


def test_saying_the_same_again_changes_nothing_and_another_thing_is_refused(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.submitted(catalog, generation)
    orders = catalog.orders
    orders.record_job(generation, attempt, make.job(), provider="sandbox", parameters={}, now=LATER)
    with pytest.raises(Conflict):
        orders.record_job(generation, attempt, make.job(request_id="task-2"), provider="p", parameters={}, now=NOW)
    orders.record_original(generation, attempt, SHA, make.job(), now=NOW)
    before = (orders.progress(generation), list(orders.ledger()))
    orders.record_original(generation, attempt, SHA, make.job(), now=LATER)
    with pytest.raises(Conflict):
        orders.record_original(generation, attempt, "cd" * 32, make.job(), now=NOW)
    assert (orders.progress(generation), list(orders.ledger())) == before


def _attempts(catalog: SqlCatalog, generation: str) -> Any:
    assert isinstance(catalog.orders, SqlOrders)
    return catalog.orders.attempts(generation)
