"""What the memory of campaigns, orders and money promises, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.catalog.orders import SqlOrders
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import CostBasis
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SHA = "ab" * 32


def _kinds(catalog: SqlCatalog) -> list[tuple[str, str, str]]:
    return [(entry.kind, str(entry.amount), entry.basis) for entry in catalog.orders.ledger("mugs")]


def test_a_registered_campaign_comes_back_as_it_was(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation() for _ in range(3)][::-1]
    plan = (make.planned_rendition("web/hero"), make.planned_rendition())
    make.register(catalog, generations, renditions=plan)
    campaign = catalog.orders.campaign("mugs")
    assert (campaign.title, campaign.brand, campaign.owner) == ("Mugs", "Northwind", "Ada")
    assert (campaign.revision, campaign.brief, campaign.cap) == ("rev-1", '{"campaign":"mugs"}', Money.of("2.00"))
    assert [progress.generation for progress in catalog.orders.wanted("mugs")] == generations
    assert tuple(catalog.orders.planned_renditions("mugs")) == plan
    first = catalog.orders.progress(generations[0].id)
    assert (first.state, first.attempt, first.revision) == (GenerationState.PLANNED, 0, "rev-1")
    assert first.cost is None


def test_times_come_back_aware_and_in_utc(catalog: SqlCatalog, make: Maker) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    make.register(catalog, [make.generation()], now=elsewhere)
    created = catalog.orders.campaign("mugs").created_at
    assert created == NOW
    assert created.utcoffset() == timedelta(0)
    with pytest.raises(InvalidInput, match="without zone"):
        make.register(catalog, [], revision="rev-2", now=NOW.replace(tzinfo=None))


def test_what_is_not_there_is_not_found(catalog: SqlCatalog) -> None:
    for ask in (catalog.orders.campaign, catalog.orders.wanted, catalog.orders.planned_renditions):
        with pytest.raises(NotFound, match="nowhere"):
            ask("nowhere")
    with pytest.raises(NotFound):
        catalog.orders.spending("nowhere")
    with pytest.raises(NotFound):
        catalog.orders.progress("gen_x")
    with pytest.raises(NotFound):
        catalog.orders.begin_attempt("gen_x", reserve=Money(1), lease_until=NOW, now=NOW)
    assert list(catalog.orders.campaigns()) == []


def test_registering_again_changes_nothing(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation(), make.generation()]
    make.register(catalog, generations)
    attempt = make.begin(catalog, generations[0].id)
    before = (catalog.orders.campaign("mugs"), list(catalog.orders.wanted("mugs")))
    make.register(catalog, generations, now=LATER)
    assert (catalog.orders.campaign("mugs"), list(catalog.orders.wanted("mugs"))) == before
    assert before[1][0].attempt == attempt


def test_a_new_revision_reorders_and_keeps_all_progress(catalog: SqlCatalog, make: Maker) -> None:
    first, second, third = (make.generation() for _ in range(3))
    make.register(catalog, [first, second])
    make.delivered(catalog, second.id)
    make.register(catalog, [third, second], brief=make.brief(cap="3.00", title="New"), revision="rev-2", now=LATER)
    wanted = catalog.orders.wanted("mugs")
    assert [progress.generation.id for progress in wanted] == [third.id, second.id]
    assert [progress.state for progress in wanted] == [GenerationState.PLANNED, GenerationState.DELIVERED]
    assert {progress.revision for progress in wanted} == {"rev-2"}
    assert catalog.orders.progress(first.id).revision == "rev-1"
    campaign = catalog.orders.campaign("mugs")
    assert (campaign.title, campaign.cap, campaign.created_at, campaign.updated_at) == (
        "New",
        Money.of("3.00"),
        NOW,
        LATER,
    )


def test_the_older_revision_may_be_the_newest_again(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.generation(), make.generation()
    for revision, generations in (("rev-1", [first]), ("rev-2", [second, first]), ("rev-1", [first])):
        make.register(catalog, generations, revision=revision)
    assert catalog.orders.campaign("mugs").revision == "rev-1"
    assert [progress.generation.id for progress in catalog.orders.wanted("mugs")] == [first.id]


def test_the_same_revision_with_another_plan_takes_the_new_plan(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.generation(), make.generation()
    make.register(catalog, [first])
    make.register(catalog, [second], renditions=(make.planned_rendition(),))
    assert [progress.generation.id for progress in catalog.orders.wanted("mugs")] == [second.id]
    assert len(catalog.orders.planned_renditions("mugs")) == 1


def test_generations_of_others_and_doubles_are_refused(catalog: SqlCatalog, make: Maker) -> None:
    theirs, ours = make.generation("caps"), make.generation()
    make.register(catalog, [theirs], brief=make.brief("caps"))
    for generations in ([theirs], [ours, ours]):
        with pytest.raises(InvalidInput, match="twice or belongs to another"):
            make.register(catalog, generations)
    assert [campaign.slug for campaign in catalog.orders.campaigns()] == ["caps"]


def test_a_campaign_that_spent_keeps_its_currency(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.begin(catalog, generation)
    with pytest.raises(Conflict, match="spent USD"):
        make.register(catalog, [], brief=make.brief(currency="EUR"), revision="rev-2")


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
    assert charges == {said: ("0.02", "reported"), silent: ("0.04", "estimated"), foreign: ("0.04", "estimated")}


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
        catalog.orders.take_back(generation, number, problem="429", now=NOW)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.attempt, progress.problem) == (GenerationState.PLANNED, 2, "429")
    assert catalog.orders.spending("mugs").reserved == Money(0)
    assert [record.outcome for record in _attempts(catalog, generation)] == ["taken_back", "taken_back"]
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
        catalog.orders.begin_attempt(ids[3], reserve=Money(1, "EUR"), lease_until=NOW, now=NOW)
    with pytest.raises(InvalidInput):
        catalog.orders.begin_attempt(ids[3], reserve=Money(-1), lease_until=NOW, now=NOW)


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


def test_an_answer_after_the_lease_changes_nothing_but_its_task_is_on_record(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.expire_leases("mugs", now=LATER)
    with pytest.raises(Conflict) as raised:
        catalog.orders.record_job(generation, attempt, make.job(), provider="sandbox", parameters={}, now=LATER)
    assert raised.value.reason == "stale"
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.request_id) == (GenerationState.UNKNOWN, None)
    assert [record.request_id for record in _attempts(catalog, generation)] == ["task-1"]


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
