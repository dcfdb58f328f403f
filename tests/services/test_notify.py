"""Telling other programs, from the change to the verified message: retries, dead letters, a crash in between."""

from __future__ import annotations

import base64
import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap.doctor import examine
from colophon.bootstrap.gauges import families
from colophon.bootstrap.notify import pass_on, sweep_out
from colophon.domain.delivery import MOST_ATTEMPTS
from colophon.errors import InvalidInput, NotFound
from colophon.services.notify import KEPT, Served, deliver, redeliver, try_target
from colophon.services.publish import publish
from colophon.services.review import decide_asset
from colophon.services.show_notify import target_views
from colophon.services.withdraw import unpublish, uphold
from colophon.settings import NotifySettings
from tests.providers.receiver import Receiver, answers, receiving

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def shop() -> Iterator[Receiver]:
    with receiving(new_secret()) as receiver:
        yield receiver


def settings(receiver: Receiver, **more: Any) -> NotifySettings:
    members = {"url": f"{receiver.address}/in", "secret": receiver.secret, "allow_private": True, **more}
    return NotifySettings.model_validate(members)


@pytest.fixture
def world(tmp_path: Path, approved_home: Path, open_world: OpenWorld, shop: Receiver) -> World:
    """With one approved picture, and a shop that is told of what happens from now on."""
    shutil.copytree(approved_home, tmp_path / "home")
    opened = open_world(tmp_path, notify={"shop": settings(shop)})
    assert opened.rt.catalog.events.size() > 0
    return opened


def passed(world: World) -> Served:
    [served] = deliver(world.rt.despatch, seconds=60.0)
    return served


def later(world: World, **time: float) -> None:
    world.clock.moment += timedelta(**time)


def published(world: World) -> str:
    return publish("spring", press=world.rt.press).added[0]


def asset_of(world: World) -> str:
    return world.rt.catalog.assets.of_campaign("spring")[0].id


def test_publishing_and_taking_down_are_told_in_order_and_once(world: World, shop: Receiver) -> None:
    rendition = published(world)
    assert [passed(world).failed, passed(world).delivered] == [(), ()]
    unpublish("spring", press=world.rt.press)
    passed(world)
    assert shop.types == ["rendition.published", "rendition.withdrawn", "rendition.gone"]
    assert {document["data"]["rendition"] for _, document in shop.came} == {rendition}
    publish("spring", press=world.rt.press)
    decide_asset(asset_of(world), "reject", by="Ben", reason="wrong mug, said Ben", desk=world.rt.desk)
    assert uphold(press=world.rt.press).removed
    passed(world)
    assert shop.types[3:] == ["rendition.published", "asset.rejected", "rendition.withdrawn", "rendition.gone"]
    assert shop.came[5][1]["data"]["why"] == "rejected"
    assert b"Ben" not in b"".join(shop.bodies)
    assert shop.doubtful == []


def test_the_end_of_rights_is_told_as_such(world: World, shop: Receiver) -> None:
    end = (world.clock.now() + timedelta(days=2)).replace(microsecond=0)
    world.register("spring", rights={"valid_until": end.isoformat()}, placements=["iab_display/feature_phone_small"])
    published(world)
    world.clock.moment = end
    assert uphold(press=world.rt.press).removed
    world.clock.moment = end - timedelta(days=2)  # the receiver's clock is the real one
    later(world, seconds=30)
    passed(world)
    assert shop.types == ["rendition.published", "rendition.expired", "rendition.gone"]
    assert shop.came[1][1]["data"]["why"] == "expired"


def test_a_process_that_dies_between_the_change_and_telling_of_it_loses_nothing(
    world: World, shop: Receiver, open_world: OpenWorld, tmp_path: Path, closed: Callable[[World], None]
) -> None:
    published(world)
    closed(world)
    again = open_world(tmp_path, world.clock, notify={"shop": settings(shop)})
    assert len(passed(again).delivered) == 1
    # This one dies after the receiver took it, before that is on record: the receiver can tell by the id.
    unpublish("spring", press=again.rt.press)
    again.rt.despatch.outbox.collect(again.rt.despatch.subscriptions[0].target, now=again.clock.now())
    now = again.clock.now()
    on_its_way = again.rt.catalog.outbox.claim("shop", now=now, until=now + timedelta(minutes=2))
    assert on_its_way is not None
    again.rt.despatch.subscriptions[0].courier.send(on_its_way.message, at=now)
    passed(again)
    later(again, minutes=3)
    passed(again)
    assert shop.types == ["rendition.published", "rendition.withdrawn", "rendition.gone", "rendition.withdrawn"]
    assert shop.came[1] == shop.came[3]
    assert shop.bodies[1] == shop.bodies[3]


def test_what_is_not_taken_comes_again_until_it_is_given_up(world: World, shop: Receiver) -> None:
    published(world)
    shop.answers = answers(404)  # later its own clock makes it doubt what the moved one signs: 401
    for number in range(MOST_ATTEMPTS):
        served = passed(world)
        assert (len(served.failed), served.delivered) == (1, ())
        assert bool(served.dead) is (number == MOST_ATTEMPTS - 1)
        assert passed(world).failed == ()  # not before its time
        later(world, hours=29)
    [view] = target_views(world.rt.despatch)
    assert (view["dead"], view["pending"], view["state"]) == (1, 0, "on")
    samples = [each for part in families(world.rt) for metric in part() for each in metric.samples]
    told = {each.name: each.value for each in samples if each.labels.get("target") == "shop"}
    assert told == {"colophon_messages_pending": 0, "colophon_messages_dead": 1}
    rows = [row for row in examine(world.settings) if row["part"] == "notify"]
    assert [(row["state"], "1 given up" in row["message"]) for row in rows] == [("problem", True)]
    assert shop.secret not in str(rows)
    assert len(shop.paths) == MOST_ATTEMPTS
    world.clock.moment = datetime.now(UTC)
    [(message, _)] = redeliver(world.rt.despatch, message=None, target=None)
    assert passed(world).delivered == (message,)
    assert {identity for identity, _ in shop.came} == {message}


def test_a_target_in_trouble_keeps_no_other_and_rests_as_long_as_it_asks(
    tmp_path: Path, approved_home: Path, open_world: OpenWorld, shop: Receiver
) -> None:
    shutil.copytree(approved_home, tmp_path / "home")
    with receiving(new_secret(), [(429, {"Retry-After": "900"})]) as busy:
        world = open_world(tmp_path, notify={"shop": settings(shop), "busy_one": settings(busy)})
        published(world)
        unpublish("spring", press=world.rt.press)
        served = {each.target: each for each in deliver(world.rt.despatch, seconds=60.0)}
        assert (len(served["shop"].delivered), len(served["busy-one"].failed)) == (3, 1)
        later(world, minutes=14)
        deliver(world.rt.despatch, seconds=60.0)
        assert len(busy.paths) == 1
        views = {view["name"]: view for view in target_views(world.rt.despatch)}
        assert (views["busy-one"]["state"], views["busy-one"]["pending"]) == ("resting", 3)


def test_a_target_that_is_gone_is_stopped_until_a_person_resumes_it(world: World, shop: Receiver) -> None:
    published(world)
    unpublish("spring", press=world.rt.press)
    shop.answers = answers(410)
    served = passed(world)
    assert (served.stopped, len(served.dead)) == (True, 1)
    publish("spring", press=world.rt.press)
    assert passed(world) == Served("shop")
    [view] = target_views(world.rt.despatch)
    assert (view["state"], view["why"]) == ("stopped", "it answered 410 Gone")
    world.rt.catalog.outbox.resume("shop")
    assert len(passed(world).delivered) == 3
    redeliver(world.rt.despatch, message=served.dead[0], target="shop")
    assert passed(world).delivered == served.dead
    with pytest.raises(NotFound):
        redeliver(world.rt.despatch, message="msg_nothing", target=None)


def test_telling_never_fails_what_it_is_told_of(
    world: World,
    shop: Receiver,
    open_world: OpenWorld,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    closed: Callable[[World], None],
) -> None:
    published(world)
    closed(world)
    wrong = new_secret() + "!"
    broken = open_world(tmp_path, world.clock, notify={"shop": settings(shop, secret=wrong)})
    with caplog.at_level(logging.DEBUG):
        assert pass_on(broken.rt) == ()
        with pytest.raises(InvalidInput):
            try_target(broken.rt.despatch, "shop")
    assert "COLOPHON_NOTIFY__SHOP__SECRET" in caplog.text
    shop.slow = threading.Event()
    slow = open_world(tmp_path, world.clock, notify={"shop": settings(shop, timeout_seconds=0.2)})
    with caplog.at_level(logging.DEBUG):
        [served] = pass_on(slow.rt)
    assert [sent.status for sent in served.failed] == [None]
    assert "shop did not take" in caplog.text
    assert wrong not in caplog.text + repr(broken.settings)
    assert shop.secret not in caplog.text + repr(slow.settings)


def test_only_what_was_asked_for_is_told(
    tmp_path: Path, approved_home: Path, open_world: OpenWorld, shop: Receiver
) -> None:
    shutil.copytree(approved_home, tmp_path / "home")
    with receiving(new_secret()) as other:
        wanted = settings(shop, events=["rendition.gone"], brands=["Northwind"])
        world = open_world(tmp_path, notify={"shop": wanted, "off": settings(other, enabled=False),
                                             "other": settings(other, brands=["Harbour House"])})  # fmt: skip
        published(world)
        unpublish("spring", press=world.rt.press)
        deliver(world.rt.despatch, seconds=60.0)
        assert (shop.types, other.paths) == (["rendition.gone"], [])
        assert [view["name"] for view in target_views(world.rt.despatch)] == ["other", "shop"]


def test_a_trial_is_sent_and_not_kept(world: World, shop: Receiver) -> None:
    assert try_target(world.rt.despatch, "shop").taken
    assert shop.types == ["target.test"]
    assert world.rt.catalog.outbox.page() == []
    with pytest.raises(NotFound, match="no target 'nobody'"):
        try_target(world.rt.despatch, "nobody")


def test_old_deliveries_are_forgotten_by_the_schedule(world: World, shop: Receiver) -> None:
    published(world)
    assert [len(served.delivered) for served in sweep_out(world.rt, seconds=60.0)] == [1]
    later(world, seconds=KEPT.total_seconds() + 60)
    sweep_out(world.rt, seconds=60.0)
    assert world.rt.catalog.outbox.page() == []


@pytest.mark.parametrize("name", ["prefect", "-x", "a.b", "x" * 65])
def test_a_target_s_name_is_plain(tmp_path: Path, approved_home: Path, open_world: OpenWorld, name: str) -> None:
    shutil.copytree(approved_home, tmp_path / "home")
    members = NotifySettings.model_validate({"url": "https://example.com/in", "secret": new_secret()})
    world = open_world(tmp_path, notify={name: members})
    with pytest.raises(InvalidInput, match="cannot have this name"):
        _ = world.rt.catalog
