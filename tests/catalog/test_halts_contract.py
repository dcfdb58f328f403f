"""Halts, on each database: nothing is begun after one is committed, and everything about them is in the log."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.generation import GenerationState
from colophon.domain.halt import EVERYTHING, Halt, scope_of
from colophon.domain.identity import new_id
from colophon.errors import Halted

Maker = Any
WORKERS = 4


def halt_of(make: Maker, scope: str, reason: str = "a wrong price") -> Halt:
    return Halt(new_id("hlt", make.now), scope, "Ada", reason, make.now)


@contextmanager
def opened(url: str) -> Iterator[SqlCatalog]:
    catalog = open_catalog(url)
    try:
        yield catalog
    finally:
        catalog.close()


@pytest.mark.parametrize("scope", [EVERYTHING, "campaign/mugs"])
def test_what_is_stopped_is_not_begun_and_stays_planned(catalog: SqlCatalog, make: Maker, scope: str) -> None:
    [first] = make.planned(catalog)
    before = catalog.events.size()
    catalog.halts.halt(halt_of(make, scope))
    with pytest.raises(Halted, match="a wrong price") as caught:
        make.begin(catalog, first)
    assert "colophon resume" in caught.value.hint
    assert catalog.orders.progress(first).state is GenerationState.PLANNED
    assert not catalog.orders.attempts(first)
    assert catalog.orders.spending("mugs").reserved.micros == 0
    assert catalog.events.size() == before + 1
    lifted = catalog.halts.lift(scope, by="Bo", now=make.now + timedelta(hours=1))
    assert lifted is not None
    assert (lifted.lifted_by, lifted.lifted_at) == ("Bo", make.now + timedelta(hours=1))
    assert make.begin(catalog, first) == 1


def test_another_campaign_goes_on(catalog: SqlCatalog, make: Maker) -> None:
    make.planned(catalog)
    other = make.generation("jugs")
    make.register(catalog, [other], brief=make.brief("jugs"))
    catalog.halts.halt(halt_of(make, scope_of("mugs")))
    assert make.begin(catalog, other.id) == 1
    assert [each.scope for each in catalog.halts.active("mugs")] == ["campaign/mugs"]
    assert catalog.halts.active("jugs") == []


def test_what_is_ordered_is_brought_home(catalog: SqlCatalog, make: Maker) -> None:
    ordered, unknown = make.planned(catalog, 2)
    attempt = make.submitted(catalog, ordered)
    lost = make.begin(catalog, unknown)
    catalog.halts.halt(halt_of(make, EVERYTHING))
    assert catalog.halts.being_placed() == catalog.halts.being_placed("mugs") == 1
    assert catalog.halts.being_placed("jugs") == 0
    catalog.orders.record_original(ordered, attempt, "ab" * 32, make.job(), now=make.now)
    catalog.orders.record_job(unknown, lost, make.job(), provider="sandbox", parameters={}, now=make.now)
    assert catalog.orders.progress(ordered).state is GenerationState.DELIVERED
    assert catalog.orders.progress(unknown).state is GenerationState.SUBMITTED


def test_the_first_of_two_stops_counts_and_both_scopes_stand_alone(catalog: SqlCatalog, make: Maker) -> None:
    [wanted] = make.planned(catalog)
    first = catalog.halts.halt(halt_of(make, EVERYTHING))
    assert catalog.halts.halt(halt_of(make, EVERYTHING, "another reason")) == first
    own = catalog.halts.halt(halt_of(make, scope_of("mugs")))
    assert {each.id for each in catalog.halts.active("mugs")} == {first.id, own.id}
    catalog.halts.lift(scope_of("mugs"), by="Bo", now=make.now)
    assert catalog.halts.lift(scope_of("mugs"), by="Bo", now=make.now) is None
    with pytest.raises(Halted):
        make.begin(catalog, wanted)
    newest, oldest = catalog.halts.page(limit=5)
    assert {newest.id, oldest.id} == {first.id, own.id}
    assert [each.id for each in catalog.halts.page(limit=5, before=newest.id)] == [oldest.id]


def test_no_attempt_is_begun_after_the_halt_is_committed(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """Workers over catalogs of their own begin one attempt after another while somebody stops everything, three times.
    The log's order is the order of the commits: between a halt and its end it has no attempt."""
    ids = make.planned(catalog, 48, cap="100.00")
    start = Barrier(WORKERS + 1)

    def work(number: int) -> int:
        begun = 0
        with opened(url) as mine:
            start.wait()
            for generation in ids[number::WORKERS]:
                try:
                    make.begin(mine, generation)
                    begun += 1
                except Halted:
                    pass
        return begun

    with ThreadPoolExecutor(WORKERS) as pool:
        working = [pool.submit(work, number) for number in range(WORKERS)]
        start.wait()
        for _ in range(3):
            catalog.halts.halt(halt_of(make, EVERYTHING))
            seen = catalog.halts.being_placed()
            assert catalog.halts.being_placed() == seen
            catalog.halts.lift(EVERYTHING, by="Bo", now=make.now)
        begun = sum(each.result() for each in working)
    assert begun <= len(ids)
    stopped, during = False, []
    for event in catalog.events.page():
        draft = event.draft
        if draft.about == "halts":
            stopped = "lifted_at" not in draft.body
        elif draft.about == "attempts" and draft.kind == "added" and stopped:
            during.append(event.sequence)
    assert during == []
    assert sum(each.draft.about == "halts" for each in catalog.events.page()) == 6
    assert catalog.halts.being_placed() == begun


def test_the_log_tells_of_a_halt_and_of_its_end_without_names(catalog: SqlCatalog, make: Maker) -> None:
    catalog.halts.halt(halt_of(make, EVERYTHING, "Mr. Example said so"))
    catalog.halts.lift(EVERYTHING, by="Bo", now=make.now)
    told = [event for event in catalog.events.page() if event.draft.about == "halts"]
    assert [event.draft.kind for event in told] == ["added", "changed"]
    assert all(event.draft.body["scope"] == EVERYTHING for event in told)
    assert "Ada" not in str(told)
    assert "Example" not in str(told)
