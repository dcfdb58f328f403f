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
    make.begin(catalog, alive, "0.000001", lease_until=LATER + timedelta(seconds=1))
    assert list(catalog.orders.expire_leases("other", now=LATER)) == []
    assert list(catalog.orders.expire_leases("mugs", now=NOW)) == []
    assert list(catalog.orders.expire_leases(now=LATER)) == [dead]
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
    catalog.orders.take_back(generation, stale, code="x", problem="", now=NOW)
    current = make.begin(catalog, generation)
    before = (catalog.orders.progress(generation), list(catalog.orders.ledger()))
    orders = catalog.orders
    job = make.job()
    verbs: list[Callable[[], None]] = [
        lambda: orders.take_back(generation, stale, code="x", problem="", now=NOW),
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


def _unknown(catalog: SqlCatalog, make: Maker, generation: str, now: datetime = NOW) -> int:
    attempt: int = catalog.orders.begin_attempt(generation, make.intent(), now=now)
    catalog.orders.record_unknown(generation, attempt, problem="reset", now=now)
    return attempt


def test_unknown_outcomes_are_listed_oldest_first(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    first, second, third = make.planned(catalog, 3)
    for minutes, generation in enumerate((second, other.id, first)):
        _unknown(catalog, make, generation, NOW + timedelta(minutes=minutes))
    make.begin(catalog, third)
    assert [progress.generation.id for progress in catalog.orders.unknown()] == [second, other.id, first]
    assert [progress.generation.id for progress in catalog.orders.unknown("mugs")] == [second, first]
    assert list(catalog.orders.unknown("nowhere")) == []


def test_an_order_that_was_not_taken_can_be_placed_again(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = _unknown(catalog, make, generation)
    for _ in range(2):
        catalog.orders.not_taken(generation, attempt, by="Ada", problem="not in the vendor's list", now=LATER)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.problem_code) == (GenerationState.PLANNED, "not_taken")
    assert catalog.orders.spending("mugs").reserved == Money(0)
    (record,) = _attempts(catalog, generation)
    assert (record.outcome, record.code, record.resolved_by, record.ended_at) == (
        "not_taken",
        "not_taken",
        "Ada",
        LATER,
    )
    assert make.begin(catalog, generation) == 2
    with pytest.raises(Conflict):
        catalog.orders.not_taken(generation, attempt, by="Ada", problem="", now=LATER)


@pytest.mark.parametrize("state", ["submitting", "submitted", "delivered"])
def test_only_an_unknown_order_is_called_not_taken(catalog: SqlCatalog, make: Maker, state: str) -> None:
    generation = make.planned(catalog)[0]
    ways = {"submitting": make.begin, "submitted": make.submitted, "delivered": make.delivered}
    attempt = ways[state](catalog, generation)
    before = list(catalog.orders.ledger())
    with pytest.raises(Conflict) as raised:
        catalog.orders.not_taken(generation, attempt, by="Ada", problem="", now=LATER)
    assert raised.value.reason == "stale"
    assert list(catalog.orders.ledger()) == before


def test_a_person_may_end_an_unknown_order(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = _unknown(catalog, make, generation)
    for _ in range(2):
        catalog.orders.end(
            generation,
            attempt,
            GenerationState.FAILED,
            code="lost",
            problem="on the invoice, the picture is gone",
            charge=Money.of("0.03"),
            basis=CostBasis.SETTLED,
            now=LATER,
            by="Ada",
        )
    (record,) = _attempts(catalog, generation)
    assert (record.outcome, record.code, record.resolved_by) == ("failed", "lost", "Ada")
    spending = catalog.orders.spending("mugs")
    assert (spending.spent, spending.reserved) == (Money.of("0.03"), Money(0))
    assert catalog.orders.progress(generation).cost == Money.of("0.03")


def test_a_refusal_that_comes_after_the_lease_frees_the_money(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    assert list(catalog.orders.expire_leases(now=LATER)) == [generation]
    for _ in range(2):
        catalog.orders.take_back(generation, attempt, code="rate_limit", problem="429 after a minute", now=LATER)
    assert catalog.orders.progress(generation).state is GenerationState.PLANNED
    assert catalog.orders.spending("mugs").reserved == Money(0)
    assert [(record.outcome, record.code) for record in _attempts(catalog, generation)] == [
        ("taken_back", "rate_limit")
    ]
