"""What the memory of turns, signed lists and withdrawals promises, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.asset import Asset, sha256
from colophon.domain.identity import new_id
from colophon.domain.record import Publication
from colophon.domain.withdrawal import Sighting, Why, Withdrawal
from colophon.errors import Conflict, NotFound
from colophon.ports import Holder, Issue
from colophon.ports.measuring import Unpublished, Withdrawn

NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Maker = Any


def sighting(status: int | None, minutes: int = 0, **changes: Any) -> Sighting:
    at = NOW + minutes * MINUTE
    seen = Sighting("https://cdn.example/a.jpg", "get", status, {"x-cache": f"HIT {minutes}"}, None, at, at)
    return replace(seen, **changes)


def published(catalog: SqlCatalog, make: Maker) -> Publication:
    asset = make.add(catalog, make.asset(campaign="mugs"))
    rendition = catalog.assets.add_rendition(make.rendition(asset), now=NOW)
    publication = Publication(
        f"pub_{rendition.id}", "mugs", rendition.id, "mugs/a.jpg", "https://cdn.example/a.jpg", "ab" * 32, NOW
    )
    return catalog.publications.open(publication)


def withdrawal(publication: Publication, number: int = 1) -> Withdrawal:
    return Withdrawal(
        id=f"wdr_{number:04d}",
        publication=publication.id,
        campaign=publication.campaign,
        rendition=publication.rendition,
        addresses=(publication.address,),
        why=Why.ASKED,
        begun_at=NOW,
        due_at=NOW + 5 * MINUTE,
    )


def test_a_turn_belongs_to_one_until_it_ends(catalog: SqlCatalog) -> None:
    leases, one, other = catalog.leases, Holder("one", "p1"), Holder("other", "p2")
    assert leases.take("publish/mugs", one, until=NOW + MINUTE, now=NOW) is None
    assert leases.take("publish/mugs", other, until=NOW + MINUTE, now=NOW) == (one, NOW + MINUTE)
    assert leases.take("publish/cups", other, until=NOW + MINUTE, now=NOW) is None
    assert leases.take("publish/mugs", one, until=NOW + 2 * MINUTE, now=NOW) is None
    assert leases.take("publish/mugs", other, until=NOW + 9 * MINUTE, now=NOW + 2 * MINUTE) is None
    leases.release("publish/mugs", one)  # it is not his any more
    assert leases.take("publish/mugs", one, until=NOW + 9 * MINUTE, now=NOW + 3 * MINUTE) is not None
    leases.release("publish/mugs", other)
    assert leases.take("publish/mugs", one, until=NOW + 9 * MINUTE, now=NOW + 3 * MINUTE) is None


def test_a_dead_holder_is_replaced_by_one(catalog: SqlCatalog) -> None:
    dead = Holder("dead", "p0")
    catalog.leases.take("publish/mugs", dead, until=NOW + MINUTE, now=NOW)
    heirs = [Holder(f"heir {n}", "p1") for n in range(2)]
    assert [catalog.leases.take_over("publish/mugs", dead, heir, until=NOW + MINUTE) for heir in heirs] == [True, False]
    assert catalog.leases.take("publish/mugs", heirs[1], until=NOW + MINUTE, now=NOW) == (heirs[0], NOW + MINUTE)


def test_of_many_at_once_one_gets_the_turn(catalog: SqlCatalog) -> None:
    def take(number: int) -> bool:
        return catalog.leases.take("publish/mugs", Holder(f"h{number}"), until=NOW + MINUTE, now=NOW) is None

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(take, range(6))) == 1


def test_lists_are_numbered_once_and_only_the_newest_is_kept(catalog: SqlCatalog) -> None:
    assert catalog.issues.latest() is None
    first = Issue(1, sha256("ü 1".encode()), NOW, "ü 1".encode(), b"h..s")
    second = replace(first, sequence=2, sha256=sha256(b"2"), content=b"2")
    assert catalog.issues.add(first)
    assert not catalog.issues.add(replace(second, sequence=1))
    assert catalog.issues.latest() == first
    assert catalog.issues.add(second)
    assert catalog.issues.latest() == second


def test_a_withdrawal_is_begun_once_and_its_first_times_are_kept(catalog: SqlCatalog, make: Maker) -> None:
    publication = published(catalog, make)
    begun = catalog.withdrawals.begin(withdrawal(publication))
    assert catalog.withdrawals.begin(withdrawal(publication, 2)) == begun
    assert list(catalog.withdrawals.unfinished()) == list(catalog.withdrawals.unfinished("mugs")) == [begun]
    assert list(catalog.withdrawals.unfinished("cups")) == []
    for minutes in (1, 2):
        at = NOW + minutes * MINUTE
        catalog.withdrawals.mark(begun.id, taken_down_at=at, purged_at=at, gone_at=at)
    [kept] = catalog.withdrawals.of_publications([publication.id, "pub_other"])
    assert (kept.taken_down_at, kept.purged_at, kept.gone_at) == (NOW + MINUTE, NOW + 2 * MINUTE, NOW + MINUTE)
    assert not kept.open
    assert list(catalog.withdrawals.unfinished()) == []
    assert list(catalog.publications.campaigns()) == ["mugs"]
    catalog.publications.close(publication.id, at=NOW)
    assert list(catalog.publications.campaigns()) == []


def test_what_was_public_again_is_withdrawn_anew(catalog: SqlCatalog, make: Maker) -> None:
    publication = published(catalog, make)
    begun = catalog.withdrawals.begin(withdrawal(publication))
    catalog.withdrawals.mark(begun.id, taken_down_at=NOW, superseded_at=NOW + MINUTE)
    later = replace(withdrawal(publication, 2), begun_at=NOW + 9 * MINUTE, due_at=NOW + 14 * MINUTE, why=Why.RIGHTS)
    again = catalog.withdrawals.begin(later)
    assert again == replace(later, id=begun.id)
    assert list(catalog.withdrawals.unfinished()) == [again]


def test_equal_answers_in_a_row_are_one_sighting(catalog: SqlCatalog, make: Maker) -> None:
    begun = catalog.withdrawals.begin(withdrawal(published(catalog, make)))
    answers = [200, 200, None, 200, 404, 404]
    for minutes, status in enumerate(answers):
        catalog.withdrawals.see(begun.id, [sighting(status, minutes), sighting(404, minutes, variant="head")])
    seen = catalog.withdrawals.sightings(begun.id)
    assert [(s.status, s.times) for s in seen if s.variant == "get"] == [(200, 2), (None, 1), (200, 1), (404, 2)]
    [head] = [s for s in seen if s.variant == "head"]
    assert (head.times, head.first_at, head.last_at) == (6, NOW, NOW + 5 * MINUTE)
    assert head.headers == {"x-cache": "HIT 5"}


def test_nothing_is_kept_of_what_is_unknown(catalog: SqlCatalog, make: Maker) -> None:
    with pytest.raises(NotFound):
        catalog.withdrawals.mark("wdr_x", gone_at=NOW)
    with pytest.raises(NotFound):
        catalog.withdrawals.see("wdr_x", [sighting(404)])
    unknown = replace(published(catalog, make), id="pub_unknown")
    with pytest.raises(Conflict):
        catalog.withdrawals.begin(withdrawal(unknown))


def test_how_long_it_takes_from_an_approval_to_the_public_and_back(catalog: SqlCatalog, make: Maker) -> None:
    delays, day_ago = catalog.delays, NOW - timedelta(days=1)

    def approved(*minutes: int) -> Asset:
        asset: Asset = make.add(catalog, make.asset(campaign="mugs"))
        for each in minutes:
            at = NOW + each * MINUTE
            catalog.assets.decide(make.decision(asset, id=new_id("dec", at), at=at))
        return asset

    def public(asset: Asset, minutes: int) -> Publication:
        rendition = catalog.assets.add_rendition(make.rendition(asset), now=NOW)
        return again(rendition.id, minutes)

    def again(rendition: str, minutes: int) -> Publication:
        at = NOW + minutes * MINUTE
        made = Publication(new_id("pub", at), "mugs", rendition, "mugs/a.jpg", "https://cdn.example/a", "ab" * 32, at)
        return catalog.publications.open(made)

    assert (delays.publications(since=day_ago), delays.unpublished(since=day_ago)) == ([], Unpublished(0, None))
    twice, waiting, old = approved(0, 4, 30), approved(3), approved(-3000)
    approved(-2000)
    assert delays.unpublished(since=day_ago) == Unpublished(2, NOW)
    first = public(twice, 10)
    public(old, -1500)
    assert delays.publications(since=day_ago) == [6 * MINUTE], "the approval that came before it"
    assert delays.unpublished(since=day_ago) == Unpublished(1, NOW + 3 * MINUTE)
    begun = catalog.withdrawals.begin(withdrawal(first))
    catalog.withdrawals.mark(begun.id, taken_down_at=NOW + MINUTE, purged_at=NOW + 2 * MINUTE)
    catalog.publications.close(first.id, at=NOW + MINUTE)
    again(first.rendition, 40)
    assert delays.publications(since=day_ago) == [6 * MINUTE], "what is put back was approved for another time"
    later = NOW + 5 * MINUTE
    catalog.assets.decide(make.decision(waiting, "reject", id=new_id("dec", later), at=later))
    assert delays.unpublished(since=day_ago) == Unpublished(0, None)
    assert delays.withdrawals(since=day_ago) == Withdrawn([MINUTE], [2 * MINUTE], [])
    catalog.withdrawals.mark(begun.id, gone_at=NOW + 3 * MINUTE)
    assert delays.withdrawals(since=NOW + 2 * MINUTE) == Withdrawn([], [2 * MINUTE], [3 * MINUTE])
