"""What the memory of orders and money promises, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.catalog.orders import SqlOrders
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict, InvalidInput

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SHA = "ab" * 32


def _kinds(catalog: SqlCatalog) -> list[tuple[str, str, str]]:
    return [(entry.kind, str(entry.amount), entry.basis) for entry in catalog.orders.ledger("mugs")]


def test_an_order_runs_through_and_its_money_adds_up(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    assert attempt == 1
    spending = catalog.orders.spending("mugs")
    assert (spending.spent, spending.reserved, spending.cap) == (Money(0), Money.of("0.05"), Money.of("2.00"))
    reported = make.job(cost=Money.of("0.031"), seed_reported=2**64 - 1, prompt_used="a\x00b \ud800")
    catalog.orders.record_job(
        generation, attempt, reported, provider="sandbox", parameters={"seed": 7, "size": [1, 2]}, now=NOW
    )
    settled = make.job(cost=Money.of("0.0305"), cost_settled=True, ready_at=LATER, model_reported="flux-2-pro-1")
    catalog.orders.record_original(generation, attempt, SHA, settled, now=LATER)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.lease_until, progress.original_sha256) == (GenerationState.DELIVERED, None, SHA)
    assert (progress.provider, progress.request_id, progress.submitted_at) == ("sandbox", "task-1", NOW)
    assert (progress.seed_reported, progress.prompt_used) == (2**64 - 1, "a\ufffdb \ufffd")
    assert (progress.model_reported, progress.ready_at) == ("flux-2-pro-1", LATER)
    assert progress.parameters == {"seed": 7, "size": [1, 2]}
    assert (progress.cost, progress.cost_basis) == (Money.of("0.0305"), CostBasis.SETTLED)
    assert _kinds(catalog) == [
        ("reservation", "0.05", "estimated"),
        *sorted([("release", "0.05", "estimated"), ("charge", "0.0305", "settled")], key=_order_of(catalog)),
    ]
    spending = catalog.orders.spending("mugs")
    assert (spending.spent, spending.reserved) == (Money.of("0.0305"), Money(0))
    charge = next(entry for entry in catalog.orders.ledger() if entry.kind == "charge")
    assert (charge.generation, charge.attempt, charge.route, charge.request_id, charge.at) == (
        generation,
        1,
        "sandbox",
        "task-1",
        LATER,
    )


def _order_of(catalog: SqlCatalog) -> Any:
    """Rows of one millisecond come in any order."""
    kinds = [entry.kind for entry in catalog.orders.ledger("mugs")]
    return lambda row: kinds.index(row[0])


def test_without_a_settled_price_the_reported_one_counts_and_else_the_highest(catalog: SqlCatalog, make: Maker) -> None:
    said, silent, foreign = make.planned(catalog, 3, high="0.04")
    for generation, job in (
        (said, make.job(cost=Money.of("0.02"))),
        (silent, make.job()),
        (foreign, make.job(cost=Money.of("3.00", "EUR"), cost_settled=True)),
    ):
        attempt = make.begin(catalog, generation)
        catalog.orders.record_job(generation, attempt, job, provider="sandbox", parameters={}, now=NOW)
        catalog.orders.record_original(generation, attempt, SHA, make.job(cost=None), now=NOW)
    charges = {
        entry.generation: (str(entry.amount), entry.basis)
        for entry in catalog.orders.ledger()
        if entry.kind == "charge"
    }
    assert charges == {said: ("0.02", "reported"), silent: ("0.05", "estimated"), foreign: ("0.05", "estimated")}


def test_the_reported_price_stays_on_record_beside_the_settled_one(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.submitted(catalog, generation, cost=Money.of("0.03"))
    catalog.orders.record_original(
        generation, attempt, SHA, make.job(cost=Money.of("0.02"), cost_settled=True), now=LATER
    )
    (record,) = _attempts(catalog, generation)
    assert (record.number, record.started_at, record.ended_at, record.outcome) == (1, NOW, LATER, "delivered")
    assert (record.request_id, record.reported) == ("task-1", Money.of("0.03"))


def _attempts(catalog: SqlCatalog, generation: str) -> Any:
    assert isinstance(catalog.orders, SqlOrders)
    return catalog.orders.attempts(generation)


def test_taking_back_frees_the_money_and_the_generation(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    for number in (1, 2):
        assert make.begin(catalog, generation) == number
        catalog.orders.take_back(generation, number, code="rate_limit", problem="429", now=NOW)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.attempt, progress.problem) == (GenerationState.PLANNED, 2, "429")
    assert (progress.problem_code, progress.worker, progress.lease_until) == ("rate_limit", None, None)
    assert catalog.orders.spending("mugs").reserved == Money(0)
    assert [(record.outcome, record.code) for record in _attempts(catalog, generation)] == [
        ("taken_back", "rate_limit")
    ] * 2
    assert make.begin(catalog, generation) == 3
    assert catalog.orders.progress(generation).problem is None


def test_only_a_planned_generation_can_be_begun(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.begin(catalog, generation)
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, generation)
    assert raised.value.reason == "not_planned"


def test_what_the_newest_revision_dropped_is_not_bought(catalog: SqlCatalog, make: Maker) -> None:
    dropped = make.planned(catalog)[0]
    make.register(catalog, [make.generation()], revision="rev-2")
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, dropped)
    assert raised.value.reason == "not_planned"


def test_the_cap_counts_charges_and_reservations_and_is_the_newest_revisions(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation() for _ in range(4)]
    make.register(catalog, generations, brief=make.brief(cap="0.10"))
    ids = [generation.id for generation in generations]
    attempt = make.submitted(catalog, ids[0])
    catalog.orders.record_original(ids[0], attempt, SHA, make.job(cost=Money.of("0.05"), cost_settled=True), now=NOW)
    make.begin(catalog, ids[1])
    with pytest.raises(Conflict) as raised:
        make.begin(catalog, ids[2], "0.000001")
    assert raised.value.reason == "over_cap"
    assert catalog.orders.progress(ids[2]).attempt == 0
    make.register(catalog, generations, brief=make.brief(cap="0.15"), revision="rev-2")
    assert make.begin(catalog, ids[2]) == 1
    with pytest.raises(InvalidInput):
        make.begin(catalog, ids[3], reserve=Money(1, "EUR"))
    with pytest.raises(InvalidInput):
        make.begin(catalog, ids[3], reserve=Money(-1))


@pytest.mark.parametrize(
    ("charge", "basis", "expected"),
    [
        (Money.of("0.01"), CostBasis.SETTLED, ("0.01", "settled")),
        (Money(0), CostBasis.ESTIMATED, ("0.00", "estimated")),
        (None, CostBasis.UNKNOWN, ("0.00", "unknown")),
        (Money.of("0.01", "EUR"), CostBasis.SETTLED, ("0.00", "unknown")),
    ],
)
def test_an_ended_order_is_charged_what_is_known(
    catalog: SqlCatalog, make: Maker, charge: Money | None, basis: CostBasis, expected: tuple[str, str]
) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.submitted(catalog, generation)
    catalog.orders.end(
        generation,
        attempt,
        GenerationState.REFUSED,
        code="moderated",
        problem="no",
        charge=charge,
        basis=basis,
        now=NOW,
    )
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.problem_code, progress.problem) == (GenerationState.REFUSED, "moderated", "no")
    assert (progress.cost, progress.cost_basis) == (charge, basis)
    assert [row[1:] for row in _kinds(catalog) if row[0] == "charge"] == [expected]
    assert catalog.orders.spending("mugs").reserved == Money(0)


def test_an_attempt_ends_only_refused_or_failed(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    with pytest.raises(InvalidInput):
        catalog.orders.end(
            generation,
            attempt,
            GenerationState.ASSET,
            code="",
            problem="",
            charge=None,
            basis=CostBasis.UNKNOWN,
            now=NOW,
        )


def test_values_that_are_no_numbers_are_refused_and_nothing_is_written(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    for number in (float("nan"), float("inf")):
        parameters: dict[str, object] = {"guidance": number}
        with pytest.raises(InvalidInput):
            catalog.orders.record_job(generation, attempt, make.job(), provider="p", parameters=parameters, now=NOW)
    with pytest.raises(InvalidInput):
        catalog.orders.end(
            generation,
            attempt,
            GenerationState.FAILED,
            code="x",
            problem="y",
            charge=Money(2**63),
            basis=CostBasis.SETTLED,
            now=NOW,
        )
    assert catalog.orders.progress(generation).state is GenerationState.SUBMITTING


def test_the_ledger_lists_all_campaigns_or_one(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    ids = make.planned(catalog, 2)
    for generation in (*ids, other.id):
        make.begin(catalog, generation)
    assert [entry.generation for entry in catalog.orders.ledger("caps")] == [other.id]
    assert {entry.generation for entry in catalog.orders.ledger()} == {*ids, other.id}
