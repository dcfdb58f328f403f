"""Who waits for an ordered picture: one worker at a time, another when it died, and webhooks only as hints."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.generation import GenerationState, JobStatus
from colophon.domain.record import Progress
from colophon.errors import Conflict, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(minutes=10)
SHA = "ab" * 32


def _claim(catalog: SqlCatalog, worker: str, *, now: datetime = SOON, **more: Any) -> list[str]:
    claimed = catalog.orders.claim(worker, until=now + timedelta(minutes=1), now=now, **more)
    return [progress.generation.id for progress in claimed]


def _submitted(catalog: SqlCatalog, make: Maker, count: int, worker: str = "worker-1") -> list[str]:
    """Oldest first, their submit leases ended at `SOON`."""
    ids: list[str] = make.planned(catalog, count)
    for number, generation in enumerate(reversed(ids)):
        attempt = make.begin(catalog, generation, "0.01", worker=worker)
        at = NOW - timedelta(seconds=number)
        job = make.job(request_id=f"task-{number}")
        catalog.orders.record_job(generation, attempt, job, provider="sandbox", parameters={}, now=at)
    return ids


def test_a_worker_gets_what_nobody_waits_for_and_keeps_it(catalog: SqlCatalog, make: Maker) -> None:
    ids = _submitted(catalog, make, 3)
    claimed = catalog.orders.claim("worker-2", until=LATER, now=SOON)
    assert [progress.generation.id for progress in claimed] == ids
    assert {(progress.worker, progress.lease_until) for progress in claimed} == {("worker-2", LATER)}
    assert [catalog.orders.progress(each) for each in ids] == list(claimed)
    assert _claim(catalog, "worker-3") == []
    assert _claim(catalog, "worker-2") == ids


def test_whoever_ordered_it_waits_first(catalog: SqlCatalog, make: Maker) -> None:
    """Its submit lease still runs: no other worker asks for the same task in the meantime."""
    (generation,) = _submitted(catalog, make, 1)
    progress = catalog.orders.progress(generation)
    assert (progress.worker, progress.lease_until) == ("worker-1", NOW + timedelta(seconds=45))
    assert _claim(catalog, "worker-2", now=NOW) == []
    assert _claim(catalog, "worker-1", now=NOW) == [generation]
    assert _claim(catalog, "worker-2", now=SOON - timedelta(seconds=1)) == []


def test_a_dead_workers_pictures_are_taken_over_when_its_lease_ends(catalog: SqlCatalog, make: Maker) -> None:
    ids = _submitted(catalog, make, 2)
    assert _claim(catalog, "dead") == ids
    assert _claim(catalog, "alive", now=SOON + timedelta(seconds=59)) == []
    assert _claim(catalog, "alive", now=SOON + timedelta(seconds=60)) == ids
    assert _claim(catalog, "dead", now=SOON + timedelta(seconds=61)) == []


def test_what_is_let_go_is_free_at_once(catalog: SqlCatalog, make: Maker) -> None:
    ids = _submitted(catalog, make, 2)
    waiting = make.planned(catalog)[0]
    # The newest revision is another one now; what was ordered is waited for all the same.
    make.begin(catalog, waiting, worker="leaver")
    assert _claim(catalog, "leaver") == ids
    catalog.orders.let_go("leaver")
    assert {catalog.orders.progress(each).worker for each in ids} == {None}
    assert catalog.orders.progress(waiting).lease_until is not None
    assert _claim(catalog, "other") == ids
    catalog.orders.let_go("leaver")
    assert _claim(catalog, "third") == []


def test_only_ordered_pictures_are_claimed(catalog: SqlCatalog, make: Maker) -> None:
    planned, submitting, unknown, delivered, failed, submitted = make.planned(catalog, 6)
    make.begin(catalog, submitting)
    attempt = make.begin(catalog, unknown)
    catalog.orders.record_unknown(unknown, attempt, problem="", now=NOW)
    make.delivered(catalog, delivered)
    make.submitted(catalog, submitted)
    assert catalog.orders.progress(planned).state is GenerationState.PLANNED
    assert failed not in _claim(catalog, "worker-2", now=LATER)
    assert _claim(catalog, "worker-2", now=LATER) == [submitted]
    progress = catalog.orders.progress(delivered)
    assert (progress.worker, progress.lease_until) == (None, None)


def test_a_claim_may_be_of_one_campaign_and_is_bounded(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    make.submitted(catalog, other.id)
    ids = _submitted(catalog, make, 3)
    assert _claim(catalog, "w", campaign="caps") == [other.id]
    assert _claim(catalog, "w", campaign="mugs", limit=2) == ids[:2]
    assert _claim(catalog, "v") == ids[2:]


def test_workers_that_sweep_at_once_share_without_overlap(catalog: SqlCatalog, url: str, make: Maker) -> None:
    ids = _submitted(catalog, make, 60)
    second = open_catalog(url)

    def sweep(number: int) -> list[str]:
        claimed: list[str] = []
        for _ in range(3):
            found = _claim((catalog, second)[number % 2], f"sweeper-{number}", limit=4)
            assert len(found) <= 4
            claimed.extend(found)
        return claimed

    try:
        with ThreadPoolExecutor(8) as pool:
            shares = [set(share) for share in pool.map(sweep, range(8))]
    finally:
        second.close()
    taken = {generation for share in shares for generation in share}
    assert sum(len(share) for share in shares) == len(taken)
    if url.startswith("sqlite"):
        assert len(taken) <= 32
    # On PostgreSQL a sweep that began before may hold a row of the worker's own to look at it; the worker's next claim
    # passes over that row and gets a further one, so that a worker can hold more than it asked for at once.
    rest = _claim(catalog, "last")
    assert set(rest) | taken == set(ids)
    assert not set(rest) & taken


def test_an_answer_after_its_lease_is_free_for_any_worker(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.expire_leases(now=SOON)
    catalog.orders.record_job(generation, attempt, make.job(), provider="sandbox", parameters={}, now=SOON)
    assert _claim(catalog, "worker-2") == [generation]


def test_a_hint_says_when_and_changes_nothing_else(catalog: SqlCatalog, make: Maker) -> None:
    (generation,) = _submitted(catalog, make, 1)
    before = catalog.orders.progress(generation)
    catalog.orders.hint(generation, 1, now=LATER)
    after = catalog.orders.progress(generation)
    assert after.hinted_at == LATER
    assert before.hinted_at is None
    assert {name for name in _fields(before) if getattr(before, name) != getattr(after, name)} == {"hinted_at"}


def _fields(progress: Progress) -> tuple[str, ...]:
    return tuple(progress.__dataclass_fields__)


def test_a_hint_for_what_is_over_or_was_never_is_refused(catalog: SqlCatalog, make: Maker) -> None:
    generation, planned = make.planned(catalog, 2)
    make.delivered(catalog, generation)
    verbs: list[Callable[[], None]] = [
        lambda: catalog.orders.hint(generation, 1, now=NOW),
        lambda: catalog.orders.hint(planned, 0, now=NOW),
    ]
    for verb in verbs:
        with pytest.raises(Conflict) as raised:
            verb()
        assert raised.value.reason == "stale"
    with pytest.raises(NotFound):
        catalog.orders.hint("gen_x", 1, now=NOW)
    assert catalog.orders.progress(generation).hinted_at is None


def test_a_hint_of_an_older_attempt_is_forgotten(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    catalog.orders.hint(generation, attempt, now=NOW)
    catalog.orders.take_back(generation, attempt, code="busy", problem="", now=NOW)
    make.begin(catalog, generation)
    assert catalog.orders.progress(generation).hinted_at is None
    with pytest.raises(Conflict):
        catalog.orders.hint(generation, attempt, now=NOW)


def test_a_webhook_is_new_once_for_each_route(catalog: SqlCatalog) -> None:
    seen = catalog.orders.first_seen
    long, odd = "e" * 100_000, "nul \x00 and \ud800"
    for event in ("evt_1", long, odd, ""):
        assert [seen("fal", event, now=NOW), seen("fal", event, now=LATER), seen("bfl", event, now=NOW)] == [
            True,
            False,
            True,
        ]


def test_of_eight_deliveries_of_a_webhook_one_is_the_first(catalog: SqlCatalog) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: catalog.orders.first_seen("fal", "evt_1", now=NOW), range(8)))
    assert sorted(answers) == [False] * 7 + [True]


def test_an_attempt_is_measured(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    job = make.job(first_byte=0.25, delivery_url="https://cdn.example/first")
    catalog.orders.record_job(generation, attempt, job, provider="sandbox", parameters={}, now=NOW)
    assert catalog.orders.progress(generation).delivery_url == "https://cdn.example/first"
    done = NOW + timedelta(seconds=7.5)
    catalog.orders.record_original(generation, attempt, SHA, make.job(), now=done)
    (record,) = catalog.orders.attempts(generation)
    assert (record.first_byte, record.seconds, record.ended_at) == (0.25, 7.5, done)
    assert (record.route, record.model, record.outcome, record.code) == ("sandbox", "flux-2-pro", "delivered", None)


def test_a_clock_that_was_set_back_measures_nothing_negative(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.begin(catalog, generation)
    job = make.job(first_byte=float("nan"))
    catalog.orders.record_job(generation, attempt, job, provider="sandbox", parameters={}, now=NOW)
    catalog.orders.record_original(generation, attempt, SHA, make.job(), now=NOW - timedelta(hours=1))
    (record,) = catalog.orders.attempts(generation)
    assert (record.first_byte, record.seconds) == (None, 0.0)


def test_recent_attempts_are_of_all_campaigns_newest_first(catalog: SqlCatalog, make: Maker) -> None:
    other = make.generation("caps")
    make.register(catalog, [other], brief=make.brief("caps"))
    first, second = make.planned(catalog, 2)
    for minutes, generation in enumerate((first, other.id, second)):
        intent = make.intent(route=f"route-{minutes}")
        catalog.orders.begin_attempt(generation, intent, now=NOW + timedelta(minutes=minutes))
    recent = catalog.orders.recent_attempts(since=NOW + timedelta(minutes=1))
    assert [attempt.generation for attempt in recent] == [second, other.id]
    assert [attempt.route for attempt in catalog.orders.recent_attempts(since=NOW, limit=2)] == ["route-2", "route-1"]
    assert list(catalog.orders.recent_attempts(since=LATER)) == []


def test_a_task_known_to_be_done_frees_its_place_while_its_picture_is_fetched(catalog: SqlCatalog, make: Maker) -> None:
    first, second, third = make.planned(catalog, 3)
    attempt = make.begin(catalog, first, active_limit=1)
    catalog.orders.record_job(first, attempt, make.job(), provider="p", parameters={}, now=NOW)
    with pytest.raises(Conflict, match="unfinished"):
        make.begin(catalog, second, active_limit=1)
    done = make.job(delivery_url="https://delivery.example/1.png")
    catalog.orders.record_ready(first, attempt, done, now=SOON)
    catalog.orders.record_ready(first, attempt, done, now=LATER)
    progress = catalog.orders.progress(first)
    assert (progress.state, progress.ready_at) == (GenerationState.SUBMITTED, None)
    assert progress.delivery_url == "https://delivery.example/1.png"
    make.begin(catalog, second, active_limit=1)
    with pytest.raises(Conflict, match="unfinished"):
        make.begin(catalog, third, active_limit=1)
    catalog.orders.record_original(first, attempt, SHA, done, now=LATER)
    with pytest.raises(Conflict):
        catalog.orders.record_ready(first, attempt, done, now=LATER)


def test_when_a_picture_was_ready_is_what_the_vendor_told(catalog: SqlCatalog, make: Maker) -> None:
    told, silent, waiting = make.planned(catalog, 3)
    for number, (generation, ready_at) in enumerate(((told, NOW), (silent, None))):
        attempt = make.begin(catalog, generation, account=f"key-{number}", active_limit=1)
        job = make.job(request_id=f"task-{number}")
        catalog.orders.record_job(generation, attempt, job, provider="p", parameters={}, now=NOW)
        done = make.job(ready_at=ready_at)
        catalog.orders.record_ready(generation, attempt, done, now=SOON)
        assert catalog.orders.progress(generation).ready_at == ready_at
    make.begin(catalog, waiting, account="key-1", active_limit=1)


def test_a_vendors_time_alone_frees_no_place_but_a_ready_answer_does(catalog: SqlCatalog, make: Maker) -> None:
    first, second, third = make.planned(catalog, 3)
    attempt = make.begin(catalog, first, active_limit=1)
    odd = make.job(ready_at=NOW)
    catalog.orders.record_job(first, attempt, odd, provider="p", parameters={}, now=NOW)
    with pytest.raises(Conflict, match="unfinished"):
        make.begin(catalog, second, active_limit=1)
    catalog.orders.record_ready(first, attempt, odd, now=SOON)
    attempt = make.begin(catalog, second, active_limit=1)
    at_once = make.job(request_id="task-2", status=JobStatus.READY)
    catalog.orders.record_job(second, attempt, at_once, provider="p", parameters={}, now=NOW)
    make.begin(catalog, third, active_limit=1)


def test_pictures_nobody_examined_are_found_after_a_while(catalog: SqlCatalog, make: Maker) -> None:
    (generation,) = _submitted(catalog, make, 1)
    catalog.orders.record_original(generation, 1, SHA, make.job(), now=SOON)
    assert catalog.orders.unexamined(before=NOW) == []
    assert catalog.orders.unexamined(before=LATER) == [generation]
