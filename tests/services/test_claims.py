"""What is being worked on under an ``Idempotency-Key`` stays claimed as long as it lasts, and not much longer."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.reply import ABANDONED, REMEMBERED, RENEWED, Reply
from colophon.errors import StoreUnavailable
from colophon.services.claims import Claims
from tests.services.conftest import VirtualClock

DONE = Reply("request", 200, "{}")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlCatalog]:
    found = open_catalog(f"sqlite:///{tmp_path_factory.mktemp('claims') / 'catalog.db'}")
    yield found
    found.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def working(claims: Claims, clock: VirtualClock, seconds: float) -> None:
    """So long, renewing as often as the thread of a server does."""
    for _ in range(int(seconds / RENEWED.total_seconds())):
        clock.sleep(RENEWED.total_seconds())
        claims.renew()


def test_what_takes_long_is_done_once(catalog: SqlCatalog, clock: VirtualClock) -> None:
    one, other = (Claims(catalog.replies, clock) for _ in range(2))  # of two servers
    assert one.begin("long", "request") is None
    working(one, clock, 3600)
    assert other.begin("long", "request") == Reply("request"), "it is being worked on"
    one.finish("long", DONE)
    assert other.begin("long", "request") == DONE


def test_what_died_with_its_server_is_free_soon(catalog: SqlCatalog, clock: VirtualClock) -> None:
    dead, other = (Claims(catalog.replies, clock) for _ in range(2))
    assert dead.begin("dead", "request") is None
    working(dead, clock, 600)
    clock.sleep(ABANDONED.total_seconds() - 1)
    assert other.begin("dead", "request") == Reply("request")
    clock.sleep(2)
    assert other.begin("dead", "request") is None
    for claims in (dead, other):
        claims.give_up("dead")


def test_who_lost_a_claim_answers_nothing_in_its_name(catalog: SqlCatalog, clock: VirtualClock) -> None:
    stalled, other = (Claims(catalog.replies, clock) for _ in range(2))
    assert stalled.begin("lost", "request") is None
    clock.sleep(2 * ABANDONED.total_seconds())  # a machine that slept
    assert other.begin("lost", "request") is None
    stalled.renew()
    stalled.give_up("lost")
    stalled.finish("lost", Reply("request", 500))
    assert other.begin("lost", "request") == Reply("request"), "the other works on it"
    other.finish("lost", DONE)
    assert stalled.begin("lost", "request") == DONE


def test_a_renewal_that_fails_is_made_up_for(
    catalog: SqlCatalog, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Claims(catalog.replies, clock) for _ in range(2))
    assert one.begin("bumpy", "request") is None

    def out_of_reach(*_: object, **__: object) -> bool:
        raise StoreUnavailable("the catalog does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(catalog.replies, "renew", out_of_reach)
        working(one, clock, 45)
    working(one, clock, 60)
    assert other.begin("bumpy", "request") == Reply("request")
    one.give_up("bumpy")
    assert other.begin("bumpy", "request") is None, "given up: another may try at once"


def test_the_thread_that_renews_does_and_ends(
    catalog: SqlCatalog, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colophon.services.claims.RENEWED", timedelta(seconds=0.002))
    claims, renewed, before = Claims(catalog.replies, clock), threading.Event(), set(threading.enumerate())
    renew = catalog.replies.renew

    def seen(key: str, **moments: object) -> bool:
        kept: bool = renew(key, **moments)  # type: ignore[arg-type]
        renewed.set()
        return kept

    monkeypatch.setattr(catalog.replies, "renew", seen)
    assert claims.begin("beaten", "request") is None
    assert renewed.wait(5)
    [thread] = set(threading.enumerate()) - before
    claims.finish("beaten", DONE)
    thread.join(5)
    assert not thread.is_alive()
    assert Claims(catalog.replies, clock).begin("beaten", "request") == DONE


def test_old_answers_are_forgotten(catalog: SqlCatalog, clock: VirtualClock) -> None:
    claims = Claims(catalog.replies, clock)
    assert claims.begin("old", "request") is None
    claims.finish("old", DONE)
    clock.moment += REMEMBERED + timedelta(hours=2)
    claims.begin("another", "request")
    claims.give_up("another")
    assert catalog.replies.forget(before=clock.moment) == 0, "nothing is left to forget"
