"""Answers, task ids and invoices that come after an order was given up: nothing bought is lost or paid for twice."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from colophon.catalog import SqlCatalog
from colophon.domain.generation import GenerationState, JobStatus
from colophon.domain.money import Money
from colophon.domain.record import Attempt, CostBasis
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SHA = "ab" * 32
SIGNS = {"reservation": (0, 1), "release": (0, -1), "charge": (1, 0), "correction": (1, 0)}


def _given_up(catalog: SqlCatalog, make: Maker) -> tuple[str, int]:
    generation: str = make.planned(catalog)[0]
    attempt = _unknown(catalog, make, generation)
    catalog.orders.not_taken(generation, attempt, by="Ada", problem="not in the list", now=NOW)
    return generation, attempt


def _unknown(catalog: SqlCatalog, make: Maker, generation: str) -> int:
    attempt: int = make.begin(catalog, generation)
    catalog.orders.record_unknown(generation, attempt, problem="reset", now=NOW)
    return attempt


def _late(catalog: SqlCatalog, make: Maker, generation: str, attempt: int, **changes: object) -> None:
    catalog.orders.record_job(
        generation, attempt, make.job(**changes), provider="sandbox", parameters={"seed": 7}, now=LATER
    )


def _money(catalog: SqlCatalog, url: str) -> list[tuple[str, int]]:
    """Kinds and micro-units of the ledger, whose sums the purses have."""
    entries = catalog.orders.ledger()
    sums: Counter[str] = Counter()
    for entry in entries:
        spent, reserved = SIGNS[entry.kind]
        sums["spent"] += spent * entry.amount.micros
        sums["reserved"] += reserved * entry.amount.micros
    engine = create_engine(url)
    with engine.connect() as connection:
        purses = connection.execute(text("SELECT purse, spent, reserved FROM purses")).all()
    engine.dispose()
    assert len(purses) == 3
    assert {(spent, reserved) for _, spent, reserved in purses} == {(sums["spent"], sums["reserved"])}
    return sorted((entry.kind, entry.amount.micros) for entry in entries)


def _record(catalog: SqlCatalog, generation: str, number: int = 1) -> Attempt:
    return next(each for each in catalog.orders.attempts(generation) if each.number == number)


GAVE_BACK = [("release", 50_000), ("reservation", 50_000)]


def test_an_order_called_not_taken_is_waited_for_when_its_answer_comes(
    catalog: SqlCatalog, make: Maker, url: str
) -> None:
    generation, attempt = _given_up(catalog, make)
    for _ in range(2):
        _late(catalog, make, generation, attempt, cost=Money.of("0.03"))
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.request_id, progress.problem) == (GenerationState.SUBMITTED, "task-1", None)
    record = _record(catalog, generation)
    assert (record.outcome, record.request_id, record.ended_at, record.code, record.problem, record.resolved_by) == (
        "submitted",
        "task-1",
        None,
        None,
        None,
        None,
    )
    assert _money(catalog, url) == GAVE_BACK
    with pytest.raises(Conflict, match="not waiting"):
        make.begin(catalog, generation)
    (claimed,) = catalog.orders.claim("worker-2", until=LATER + timedelta(minutes=1), now=LATER)
    assert claimed.generation.id == generation
    catalog.orders.record_original(generation, attempt, SHA, make.job(), now=LATER)
    assert _money(catalog, url) == [("charge", 30_000), *GAVE_BACK]
    assert catalog.orders.spending("mugs").reserved == Money(0)
    assert _record(catalog, generation).outcome == "delivered"


def test_an_order_that_came_back_may_still_fail(catalog: SqlCatalog, make: Maker, url: str) -> None:
    generation, attempt = _given_up(catalog, make)
    _late(catalog, make, generation, attempt)
    for _ in range(2):
        _fail(catalog, generation, attempt, Money.of("0.01"))
    assert _money(catalog, url) == [("charge", 10_000), *GAVE_BACK]
    assert catalog.orders.progress(generation).cost == Money.of("0.01")


def _fail(catalog: SqlCatalog, generation: str, attempt: int, charge: Money | None) -> None:
    catalog.orders.end(
        generation,
        attempt,
        GenerationState.FAILED,
        code="broke",
        problem="",
        charge=charge,
        basis=CostBasis.SETTLED if charge else CostBasis.UNKNOWN,
        now=LATER,
    )


def test_an_order_that_came_back_counts_among_the_keys_unfinished(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.planned(catalog, 2)
    attempt = _unknown(catalog, make, first)
    catalog.orders.not_taken(first, attempt, by="Ada", problem="", now=NOW)
    _late(catalog, make, first, attempt, status=JobStatus.PENDING)
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, second, active_limit=1)
    assert raised.value.reason == "at_limit"


def test_an_answer_after_the_next_attempt_began_is_only_kept(catalog: SqlCatalog, make: Maker, url: str) -> None:
    """Too late to be waited for, but its id is there when the invoice comes."""
    generation, attempt = _given_up(catalog, make)
    second = make.begin(catalog, generation)
    before = _money(catalog, url)
    with pytest.raises(Conflict) as raised:
        _late(catalog, make, generation, attempt)
    assert raised.value.reason == "stale"
    assert _money(catalog, url) == before
    assert (_record(catalog, generation).outcome, _record(catalog, generation).request_id) == ("not_taken", "task-1")
    assert _record(catalog, generation, second).request_id is None
    assert catalog.orders.progress(generation).state is GenerationState.SUBMITTING
    assert catalog.orders.settle(generation, attempt, Money.of("0.03"), note="invoice 7", now=LATER) is True
    progress = catalog.orders.progress(generation)
    assert (progress.attempt, progress.cost) == (second, None)
    assert _money(catalog, url) == [("charge", 30_000), *GAVE_BACK, ("reservation", 50_000)]


def test_an_answer_to_an_order_that_was_taken_back_is_only_kept(catalog: SqlCatalog, make: Maker) -> None:
    """The vendor itself had said no: two answers to one request are a person's matter."""
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.take_back(generation, attempt, code="busy", problem="429", now=NOW)
    with pytest.raises(Conflict):
        _late(catalog, make, generation, attempt)
    assert catalog.orders.progress(generation).state is GenerationState.PLANNED
    assert _record(catalog, generation).request_id == "task-1"


def test_an_invoice_for_an_order_called_not_taken_is_its_first_charge(
    catalog: SqlCatalog, make: Maker, url: str
) -> None:
    generation, attempt = _given_up(catalog, make)
    catalog.orders.note_task(generation, attempt, "task-1")
    settle = catalog.orders.settle
    assert settle(generation, attempt, Money.of("0.03"), note="invoice 7", now=LATER) is True
    assert settle(generation, attempt, Money.of("0.03"), note="invoice 7", now=LATER) is False
    assert _money(catalog, url) == [("charge", 30_000), *GAVE_BACK]
    charge = next(entry for entry in catalog.orders.ledger() if entry.kind == "charge")
    assert (charge.basis, charge.request_id, charge.day, charge.at) == ("settled", "task-1", NOW.date(), LATER)
    progress = catalog.orders.progress(generation)
    assert (progress.cost, progress.cost_basis) == (Money.of("0.03"), CostBasis.SETTLED)
    assert settle(generation, attempt, Money.of("0.02"), note="invoice 8", now=LATER) is True
    assert _money(catalog, url) == [("charge", 30_000), ("correction", -10_000), *GAVE_BACK]


def test_a_price_of_nothing_is_a_first_charge_too(catalog: SqlCatalog, make: Maker, url: str) -> None:
    generation, attempt = _given_up(catalog, make)
    catalog.orders.note_task(generation, attempt, "task-1")
    assert catalog.orders.settle(generation, attempt, Money(0), note="", now=LATER) is True
    assert catalog.orders.settle(generation, attempt, Money(0), note="", now=LATER) is False
    assert _money(catalog, url) == [("charge", 0), *GAVE_BACK]


def test_a_first_charge_is_in_the_campaigns_currency(catalog: SqlCatalog, make: Maker, url: str) -> None:
    generation, attempt = _given_up(catalog, make)
    catalog.orders.note_task(generation, attempt, "task-1")
    with pytest.raises(Conflict) as raised:
        catalog.orders.settle(generation, attempt, Money(1, "EUR"), note="", now=LATER)
    assert raised.value.reason == "currency"
    assert _money(catalog, url) == GAVE_BACK


Verb = Callable[[SqlCatalog, Maker, str, int], None]


def _deliver(catalog: SqlCatalog, make: Maker, generation: str, attempt: int) -> None:
    _late(catalog, make, generation, attempt, cost=Money.of("0.04"))
    assert catalog.orders.progress(generation).cost == Money.of("0.03")
    job = make.job(cost=Money.of("0.04"), cost_settled=True)
    catalog.orders.record_original(generation, attempt, SHA, job, now=LATER)


def _end(catalog: SqlCatalog, make: Maker, generation: str, attempt: int) -> None:
    _late(catalog, make, generation, attempt)
    _fail(catalog, generation, attempt, None)


def _end_unseen(catalog: SqlCatalog, make: Maker, generation: str, attempt: int) -> None:
    _fail(catalog, generation, attempt, Money.of("0.04"))


def _free(catalog: SqlCatalog, make: Maker, generation: str, attempt: int) -> None:
    catalog.orders.not_taken(generation, attempt, by="Ada", problem="", now=LATER)


@pytest.mark.parametrize("verb", [_deliver, _end, _end_unseen, _free])
def test_what_an_invoice_charged_first_is_charged_once(catalog: SqlCatalog, make: Maker, url: str, verb: Verb) -> None:
    generation = make.planned(catalog)[0]
    attempt = _unknown(catalog, make, generation)
    catalog.orders.note_task(generation, attempt, "task-1")
    assert catalog.orders.settle(generation, attempt, Money.of("0.03"), note="", now=LATER) is True
    assert catalog.orders.progress(generation).state is GenerationState.UNKNOWN
    assert _money(catalog, url) == [("charge", 30_000), *GAVE_BACK]
    verb(catalog, make, generation, attempt)
    assert _money(catalog, url) == [("charge", 30_000), *GAVE_BACK]
    progress = catalog.orders.progress(generation)
    assert (progress.cost, progress.cost_basis) == (Money.of("0.03"), CostBasis.SETTLED)


def test_the_price_of_an_earlier_attempt_is_not_the_next_ones(catalog: SqlCatalog, make: Maker, url: str) -> None:
    generation, attempt = _given_up(catalog, make)
    catalog.orders.note_task(generation, attempt, "task-1")
    catalog.orders.settle(generation, attempt, Money.of("0.03"), note="", now=LATER)
    second = make.begin(catalog, generation, "0.04")
    assert catalog.orders.progress(generation).cost is None
    _late(catalog, make, generation, second, request_id="task-2")
    catalog.orders.record_original(generation, second, SHA, make.job(request_id="task-2"), now=LATER)
    assert ("charge", 40_000) in _money(catalog, url)
    assert catalog.orders.progress(generation).cost == Money.of("0.04")


def test_a_noted_task_changes_nothing_else_and_the_first_one_stays(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = _unknown(catalog, make, generation)
    before = catalog.orders.progress(generation)
    catalog.orders.note_task(generation, attempt, "task-7")
    catalog.orders.note_task(generation, attempt, "task-8")
    assert catalog.orders.progress(generation) == before
    assert _record(catalog, generation).request_id == "task-7"
    assert _record(catalog, generation).outcome == "unknown"
    for missing, number in ((generation, 2), ("gen_x", 1)):
        with pytest.raises(NotFound):
            catalog.orders.note_task(missing, number, "task-7")
    for odd in ("", "t" * 201):
        with pytest.raises(InvalidInput):
            catalog.orders.note_task(generation, attempt, odd)


def test_bought_pictures_are_listed_in_any_revision(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    make.submitted(catalog, other.id)
    old, done, examined, begun, _ = make.planned(catalog, 5)
    make.begin(catalog, begun)
    make.delivered(catalog, examined)
    make.add(catalog, make.asset(examined))
    for minutes, generation in enumerate((done, old)):
        attempt = make.begin(catalog, generation)
        job, at = make.job(request_id=generation), NOW + timedelta(minutes=minutes)
        catalog.orders.record_job(generation, attempt, job, provider="p", parameters={}, now=at)
    catalog.orders.record_original(done, 1, SHA, make.job(), now=LATER)
    make.register(catalog, [make.generation()], revision="rev-2")
    found = catalog.orders.ordered("mugs")
    assert [(each.generation.id, each.state.value) for each in found] == [(done, "delivered"), (old, "submitted")]
    assert list(catalog.orders.ordered("nowhere")) == []


def test_holders_of_tasks_are_found_by_route_however_many_are_asked_for(catalog: SqlCatalog, make: Maker) -> None:
    ids = make.planned(catalog, 3)
    for number, (generation, route) in enumerate(zip(ids, ("bfl", "bfl", "fal"), strict=True)):
        attempt = make.begin(catalog, generation, "0.01", route=route)
        _late(catalog, make, generation, attempt, request_id=f"task-{number}")
    asked = ["task-0", "task-0", *(f"other-{number}" for number in range(1200)), "task-1", "task-0", "task-2"]
    found = catalog.orders.holders("bfl", asked)
    assert sorted((each.generation, each.request_id) for each in found) == [(ids[0], "task-0"), (ids[1], "task-1")]
    assert [each.generation for each in catalog.orders.holders("fal", ["task-2"])] == [ids[2]]
    assert list(catalog.orders.holders("bfl", [])) == []
