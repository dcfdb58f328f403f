"""The ledger against an invoice: attempts of several routes, final prices booked as corrections, and sums of it all."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, LedgerTotal
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
SHA = "ab" * 32


def _corrections(catalog: SqlCatalog) -> list[tuple[int, str, str | None, str | None]]:
    return [
        (entry.amount.micros, entry.basis, entry.request_id, entry.route)
        for entry in catalog.orders.ledger()
        if entry.kind == "correction"
    ]


def test_a_final_price_is_booked_as_a_difference(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.delivered(catalog, generation)
    settle = catalog.orders.settle
    assert settle(generation, attempt, Money.of("0.03"), note="invoice 7, line 2", now=LATER) is True
    assert settle(generation, attempt, Money.of("0.03"), note="again", now=LATER) is False
    assert _corrections(catalog) == [(-20_000, "settled", "task-1", "sandbox")]
    progress = catalog.orders.progress(generation)
    assert (progress.cost, progress.cost_basis) == (Money.of("0.03"), CostBasis.SETTLED)
    assert catalog.orders.spending("mugs").spent == Money.of("0.03")
    assert settle(generation, attempt, Money.of("0.045"), note="", now=LATER) is True
    assert sorted(micros for micros, *_ in _corrections(catalog)) == [-20_000, 15_000]
    assert catalog.orders.spending("mugs").spent == Money.of("0.045")
    correction = next(entry for entry in catalog.orders.ledger() if entry.kind == "correction")
    assert (correction.day, correction.at, correction.brand) == (NOW.date(), LATER, "Northwind")


def test_an_estimate_that_was_right_is_known_from_then_on(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.delivered(catalog, generation)
    assert catalog.orders.settle(generation, attempt, Money.of("0.05"), note="", now=LATER) is True
    assert catalog.orders.settle(generation, attempt, Money.of("0.05"), note="", now=LATER) is False
    assert _corrections(catalog) == [(0, "settled", "task-1", "sandbox")]
    assert catalog.orders.progress(generation).cost_basis is CostBasis.SETTLED


def test_a_price_that_was_settled_at_once_needs_no_row(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.submitted(catalog, generation)
    job = make.job(cost=Money.of("0.02"), cost_settled=True)
    catalog.orders.record_original(generation, attempt, SHA, job, now=NOW)
    assert catalog.orders.settle(generation, attempt, Money.of("0.02"), note="", now=LATER) is False
    assert _corrections(catalog) == []


def test_a_failure_that_was_billed_after_all_is_no_unknown_any_more(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.submitted(catalog, generation)
    catalog.orders.end(
        generation,
        attempt,
        GenerationState.FAILED,
        code="failed",
        problem="broke",
        charge=None,
        basis=CostBasis.UNKNOWN,
        now=NOW,
    )
    (before,) = catalog.orders.totals()
    assert (before.unknown, before.charges, before.settled) == (1, 1, Money(0))
    assert catalog.orders.settle(generation, attempt, Money.of("0.01"), note="", now=LATER)
    (after,) = catalog.orders.totals()
    assert (after.unknown, after.charges, after.settled) == (0, 1, Money.of("0.01"))
    assert catalog.orders.progress(generation).cost == Money.of("0.01")


def test_only_an_attempt_with_a_charge_or_a_task_can_be_settled(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    before = list(catalog.orders.ledger())
    for number, why in ((attempt, "never charged and has no task id"), (7, "reserved no money")):
        with pytest.raises(NotFound, match=why):
            catalog.orders.settle(generation, number, Money(1), note="", now=NOW)
    with pytest.raises(NotFound):
        catalog.orders.settle("gen_x", 1, Money(1), note="", now=NOW)
    catalog.orders.record_job(generation, attempt, make.job(), provider="p", parameters={}, now=NOW)
    catalog.orders.record_original(generation, attempt, SHA, make.job(), now=NOW)
    with pytest.raises(Conflict, match="is counted in USD"):
        catalog.orders.settle(generation, attempt, Money(1, "EUR"), note="", now=NOW)
    with pytest.raises(InvalidInput):
        catalog.orders.settle(generation, attempt, Money(-1), note="", now=NOW)
    assert len(catalog.orders.ledger()) == len(before) + 2


def test_a_fallback_has_its_own_route_and_its_own_estimate(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog, high="0.05")[0]
    attempt = make.begin(catalog, generation, "0.05", route="dear")
    catalog.orders.take_back(generation, attempt, code="unavailable", problem="503", now=NOW)
    attempt = make.begin(catalog, generation, "0.02", route="cheap", account="key-2", worker="worker-2")
    progress = catalog.orders.progress(generation)
    assert (progress.generation.route, progress.worker) == ("cheap", "worker-2")
    catalog.orders.record_job(generation, attempt, make.job(), provider="cheap", parameters={}, now=NOW)
    catalog.orders.record_original(generation, attempt, SHA, make.job(), now=NOW)
    rows = [(entry.route, entry.attempt, entry.kind, str(entry.amount)) for entry in catalog.orders.ledger()]
    assert sorted(rows) == [
        ("cheap", 2, "charge", "0.02"),
        ("cheap", 2, "release", "0.02"),
        ("cheap", 2, "reservation", "0.02"),
        ("dear", 1, "release", "0.05"),
        ("dear", 1, "reservation", "0.05"),
    ]
    assert [(record.route, record.outcome, record.code) for record in catalog.orders.attempts(generation)] == [
        ("dear", "taken_back", "unavailable"),
        ("cheap", "delivered", None),
    ]
    assert catalog.orders.spending("mugs").spent == Money.of("0.02")


def test_totals_are_by_campaign_route_and_day_and_can_be_asked_for_in_part(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps", brand="Southwind"))
    first, second, third, fourth = make.planned(catalog, 4)
    for generation, route, cost in ((first, "fal", "0.01"), (second, "fal", "0.02"), (third, "bfl", "0.04")):
        attempt = make.begin(catalog, generation, route=route)
        job = make.job(cost=Money.of(cost), cost_settled=route == "bfl")
        catalog.orders.record_job(generation, attempt, job, provider=route, parameters={}, now=NOW)
        catalog.orders.record_original(generation, attempt, SHA, job, now=LATER)
    catalog.orders.begin_attempt(fourth, make.intent("0.05", route="fal"), now=NOW + timedelta(days=1))
    make.delivered(catalog, other.id)
    catalog.orders.settle(second, 1, Money.of("0.03"), note="", now=LATER)

    assert [_told(total) for total in catalog.orders.totals()] == [
        ("2027-03-04", "caps", "Southwind", "sandbox", "0.00 0.05 0.00 0.00", 1),
        ("2027-03-04", "mugs", "Northwind", "bfl", "0.00 0.00 0.00 0.04", 1),
        ("2027-03-04", "mugs", "Northwind", "fal", "0.00 0.00 0.01 0.03", 2),
        ("2027-03-05", "mugs", "Northwind", "fal", "0.05 0.00 0.00 0.00", 0),
    ]
    day = date(2027, 3, 5)
    assert [total.day for total in catalog.orders.totals("mugs", since=day)] == [day]
    assert [total.route for total in catalog.orders.totals("mugs", until=date(2027, 3, 4))] == ["bfl", "fal"]
    assert len(catalog.orders.totals(route="fal")) == 2
    by_day = catalog.orders.totals(by=("day",))
    assert [(each.day, str(each.settled), str(each.reserved)) for each in by_day] == [
        (date(2027, 3, 4), "0.07", "0.00"),
        (day, "0.00", "0.05"),
    ]
    by_brand = catalog.orders.totals(by=("brand",), until=date(2027, 3, 4))
    assert [(each.brand, str(each.estimated), str(each.reported), each.charges) for each in by_brand] == [
        ("Northwind", "0.00", "0.01", 3),
        ("Southwind", "0.05", "0.00", 1),
    ]
    assert [(each.day, each.brand, each.charges) for each in catalog.orders.totals(by=())] == [(None, None, 4)]
    assert list(catalog.orders.totals("nowhere")) == []
    assert {entry.generation for entry in catalog.orders.ledger(since=day, until=day)} == {fourth}
    assert {entry.generation for entry in catalog.orders.ledger("mugs", route="bfl")} == {third}
    assert list(catalog.orders.ledger(since=day + timedelta(days=1))) == []


def _told(total: LedgerTotal) -> tuple[str, str | None, str | None, str | None, str, int]:
    assert total.day is not None
    assert (total.model, total.currency, total.unknown) == ("flux-2-pro", "USD", 0)
    sums = " ".join(str(money) for money in (total.reserved, total.estimated, total.reported, total.settled))
    return (total.day.isoformat(), total.campaign, total.brand, total.route, sums, total.charges)
