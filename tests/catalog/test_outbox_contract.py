"""The outbox on both databases: what is told of, once for each target, whoever collects and sends it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.delivery import Delivery, DeliveryState, Sent, Target
from colophon.domain.finding import Outcome
from colophon.domain.message import MessageType
from colophon.domain.record import Publication
from colophon.domain.withdrawal import Why, Withdrawal
from colophon.errors import NotFound

NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)
SHOP = Target("shop")
Maker = Any


@pytest.fixture
def told(catalog: SqlCatalog) -> SqlCatalog:
    catalog.outbox.enrol(["shop"], now=NOW)
    return catalog


def publish(catalog: SqlCatalog, make: Maker, number: int = 1) -> Publication:
    asset = make.add(catalog, make.asset(campaign="mugs"))
    catalog.assets.decide(make.decision(asset))
    rendition = catalog.assets.add_rendition(make.rendition(asset), now=NOW)
    made = Publication(
        f"pub_{number}", "mugs", rendition.id, f"mugs/{number}.jpg", f"https://cdn.example/{number}.jpg", "ab" * 32, NOW
    )
    return catalog.publications.open(made)


def withdraw(catalog: SqlCatalog, publication: Publication, why: Why) -> None:
    addresses = (publication.address, f"{publication.address}.c2pa")
    whole = Withdrawal(
        f"wdr_{publication.id}", publication.id, "mugs", publication.rendition, addresses, why, NOW, SOON
    )  # fmt: skip
    begun = catalog.withdrawals.begin(whole)
    catalog.withdrawals.mark(begun.id, taken_down_at=NOW)
    catalog.publications.close(publication.id, at=NOW)
    catalog.withdrawals.mark(begun.id, gone_at=NOW)
    catalog.withdrawals.mark(begun.id, purged_at=NOW)


def kinds(catalog: SqlCatalog, target: str = "shop") -> list[str]:
    return [each.message.type.value for each in reversed(catalog.outbox.page(target=target))]


def claimed(catalog: SqlCatalog, at: datetime = NOW) -> Delivery:
    found = catalog.outbox.claim("shop", now=at, until=at + timedelta(minutes=2))
    assert found is not None
    return found


def test_each_change_is_told_once_with_ids_and_addresses_and_nobody_s_name(told: SqlCatalog, make: Maker) -> None:
    first, second = publish(told, make), publish(told, make, 2)
    withdraw(told, first, Why.ASKED)
    withdraw(told, second, Why.EXPIRED)
    assert told.outbox.collect(SHOP, now=NOW) == 8
    assert told.outbox.collect(SHOP, now=NOW) == 0
    assert kinds(told) == [
        "asset.approved", "rendition.published", "asset.approved", "rendition.published",
        "rendition.withdrawn", "rendition.gone", "rendition.expired", "rendition.gone",
    ]  # fmt: skip
    bodies = [json.loads(each.message.body) for each in reversed(told.outbox.page())]
    approved, published, withdrawn = bodies[0]["data"], bodies[1]["data"], bodies[4]["data"]
    assert (approved["state"], approved["campaign"]) == ("approved", "mugs")
    assert published["addresses"] == [first.address]
    assert "published_until" not in published
    assert withdrawn["addresses"] == [first.address, f"{first.address}.c2pa"]
    assert (withdrawn["why"], withdrawn["published_until"]) == ("asked", "2027-03-04T05:06:07.890123Z")
    assert "gone_at" not in withdrawn
    assert bodies[5]["data"]["gone_at"] == "2027-03-04T05:06:07.890123Z"
    assert approved["asset"] == published["asset"]
    numbers = [body["data"]["event"] for body in bodies]
    assert numbers == sorted(set(numbers))
    assert told.events.event(numbers[0]).draft.subject == approved["asset"]
    assert "Ada" not in json.dumps(bodies)


def test_brand_and_place_come_from_the_order(told: SqlCatalog, make: Maker) -> None:
    [generation] = make.planned(told)
    make.delivered(told, generation)
    asset = make.add(told, make.asset(generation))
    told.assets.decide(make.decision(asset))
    told.assets.decide(make.decision(asset, "reject"))
    told.outbox.enrol(["other"], now=NOW)
    assert told.outbox.collect(replace(SHOP, brands=("Northwind",), types=(MessageType.REJECTED,)), now=NOW) == 1
    [delivery] = told.outbox.page()
    data = json.loads(delivery.message.body)["data"]
    assert (data["brand"], data["visual"], data["variant"], data["state"]) == ("Northwind", "hero", 1, "rejected")
    assert told.outbox.collect(Target("other"), now=NOW) == 0  # what happened before it was known is not its business


def test_a_picture_from_outside_belongs_to_no_brand(told: SqlCatalog, make: Maker) -> None:
    asset = make.add(told, make.asset(), Outcome.HOLD)
    told.assets.decide(make.decision(asset))
    assert told.outbox.collect(replace(SHOP, brands=("Northwind",)), now=NOW) == 0
    told.assets.decide(make.decision(asset, "reject"))
    assert told.outbox.collect(SHOP, now=NOW) == 1
    assert "brand" not in json.loads(told.outbox.page()[0].message.body)["data"]


def test_what_a_dead_process_left_is_found_by_the_next_under_the_same_id(
    told: SqlCatalog, make: Maker, url: str
) -> None:
    publish(told, make)  # and the process ends before it tells anybody
    other = open_catalog(url)
    other.outbox.collect(SHOP, now=NOW)
    first = claimed(other)  # and this one dies with the message on its way
    other.close()
    assert {told.outbox.claim("shop", now=NOW, until=SOON).message.type} == {MessageType.PUBLISHED}  # type: ignore[union-attr]
    assert told.outbox.claim("shop", now=NOW, until=SOON) is None
    again = claimed(told, SOON)
    assert (again.message, again.attempts) == (first.message, 2)
    told.outbox.record(first, Sent(500), again_at=None, now=SOON)  # its answer comes late: it is not asked any more
    told.outbox.record(again, Sent(204), again_at=None, now=SOON)
    assert told.outbox.page(state=DeliveryState.DELIVERED)[0].message == first.message


def test_of_many_workers_each_message_goes_to_one(told: SqlCatalog, make: Maker) -> None:
    for number in range(3):
        publish(told, make, number)
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda _: told.outbox.collect(SHOP, now=NOW), range(6)))
        found = list(threads.map(lambda _: told.outbox.claim("shop", now=NOW, until=SOON), range(9)))
    assert sum(made) >= 6
    ids = [each.message.id for each in found if each]
    assert len(ids) == len(set(ids))
    while (left := told.outbox.claim("shop", now=NOW, until=SOON)) is not None:
        ids.append(left.message.id)
    assert len(ids) == len(set(ids)) == len(told.outbox.page()) == 6


def test_the_dead_are_raised_and_the_delivered_sent_again(told: SqlCatalog, make: Maker) -> None:
    publish(told, make)
    told.outbox.collect(SHOP, now=NOW)
    dead, taken = claimed(told), claimed(told)
    told.outbox.record(dead, Sent(None, "no answer \x00"), again_at=None, now=NOW)
    told.outbox.record(taken, Sent(200), again_at=None, now=NOW)
    assert told.outbox.claim("shop", now=SOON, until=SOON) is None
    [standing] = told.outbox.standings()
    assert (standing.pending, standing.delivered, standing.dead) == (0, 1, 1)
    assert told.outbox.page(state=DeliveryState.DEAD)[0].last_problem == "no answer \ufffd"
    assert list(told.outbox.again(message=None, target=None, now=SOON)) == [(dead.message.id, "shop")]
    assert claimed(told, SOON) == replace(dead, due_at=SOON + timedelta(minutes=2), last_at=SOON,
                                          last_problem="no answer \ufffd")  # fmt: skip
    assert list(told.outbox.again(message=taken.message.id, target="shop", now=SOON)) == [(taken.message.id, "shop")]
    assert list(told.outbox.again(message=taken.message.id, target="other", now=SOON)) == []
    assert claimed(told, SOON).message == taken.message


def test_a_target_that_is_stopped_or_rests_is_left_alone_and_misses_nothing(told: SqlCatalog, make: Maker) -> None:
    publish(told, make)
    told.outbox.collect(SHOP, now=NOW)
    told.outbox.rest("shop", until=SOON)
    assert told.outbox.claim("shop", now=NOW, until=SOON) is None
    assert claimed(told, SOON)
    told.outbox.stop("shop", why="gone", now=SOON)
    publish(told, make, 2)
    assert told.outbox.collect(SHOP, now=SOON) == 0
    assert told.outbox.claim("shop", now=SOON, until=SOON) is None
    assert told.outbox.standings()[0].stopped_why == "gone"
    told.outbox.resume("shop")
    assert told.outbox.collect(SHOP, now=SOON) == 2
    assert claimed(told, SOON)
    with pytest.raises(NotFound):
        told.outbox.resume("nobody")
    assert told.outbox.collect(Target("nobody"), now=NOW) == 0


def test_what_was_delivered_long_ago_is_forgotten_and_not_told_again(told: SqlCatalog, make: Maker) -> None:
    publish(told, make)
    told.outbox.collect(SHOP, now=NOW)
    told.outbox.record(claimed(told), Sent(204), again_at=None, now=NOW)
    assert told.outbox.forget(before=NOW) == 0
    assert told.outbox.forget(before=SOON) == 1
    assert kinds(told) == ["rendition.published"]
    assert told.outbox.collect(SHOP, now=SOON) == 0


def test_nothing_is_written_where_nothing_happened(told: SqlCatalog, make: Maker) -> None:
    publish(told, make)
    told.outbox.collect(SHOP, now=NOW)
    before = told.events.size(), told.outbox.standings()
    told.outbox.enrol(["shop"], now=SOON)
    told.outbox.collect(SHOP, now=SOON)
    assert (told.events.size(), told.outbox.standings()) == before
