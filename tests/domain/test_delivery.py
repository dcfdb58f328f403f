"""Messages and deliveries as values: what is told, when it is sent again, when it is given up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.domain.delivery import MOST_ATTEMPTS, PAUSES, Sent, Target, next_attempt
from colophon.domain.event import Draft, Event, chained
from colophon.domain.message import Message, MessageType, message_of, trial_message, type_of
from colophon.domain.withdrawal import Why

NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def event(about: str, body: dict[str, Any], kind: str = "changed") -> Event:
    return chained(Draft(kind, about, "x", "ab" * 32, {}, body), sequence=7, previous="00" * 32, at=NOW)


@pytest.mark.parametrize(
    ("about", "kind", "before", "now", "why", "told"),
    [
        ("assets", "added", {}, {"state": "checked"}, None, None),
        ("assets", "added", {}, {"state": "held"}, None, None),
        ("assets", "added", {}, {"state": "rejected"}, None, "asset.rejected"),
        ("assets", "changed", {"state": "checked"}, {"state": "approved"}, None, "asset.approved"),
        ("assets", "changed", {"state": "approved"}, {"state": "approved"}, None, None),
        ("assets", "changed", {"state": "approved"}, {"state": "held"}, None, "asset.held"),
        ("assets", "changed", {"state": "checked"}, {"state": "held"}, None, None),
        ("assets", "migrated", {"state": "checked"}, {"state": "approved"}, None, None),
        ("assets", "genesis", {}, {"state": "approved"}, None, None),
        ("publications", "added", {}, {"key": "a"}, None, "rendition.published"),
        ("publications", "changed", {"key": "a"}, {"key": "b"}, None, None),
        ("publications", "changed", {}, {"published_until": "t"}, Why.ASKED, "rendition.withdrawn"),
        ("publications", "changed", {}, {"published_until": "t"}, Why.EXPIRED, "rendition.expired"),
        ("publications", "changed", {}, {"published_until": "t"}, None, "rendition.withdrawn"),
        ("publications", "changed", {"published_until": "t"}, {"published_until": "t"}, Why.ASKED, None),
        ("withdrawals", "added", {}, {"why": "asked"}, None, None),
        ("withdrawals", "changed", {}, {"gone_at": "t"}, None, "rendition.gone"),
        ("withdrawals", "changed", {"gone_at": "t"}, {"gone_at": "t"}, None, None),
        ("campaigns", "added", {}, {"revision": "r"}, None, None),
    ],
)
def test_what_is_told_of(
    about: str, kind: str, before: dict[str, Any], now: dict[str, Any], why: Why | None, told: str | None
) -> None:
    found = type_of(event(about, now, kind), before, why)
    assert (found.value if found else None) == told


def message(brand: str | None = "Northwind", kind: MessageType = MessageType.APPROVED) -> Message:
    told = {"asset": "a", "sha256": "ab" * 32, "campaign": "mugs", "brand": brand, "visual": None, "variant": None}
    return message_of(kind, event("assets", {"state": "approved"}), told | {"state": "approved"})


def test_the_id_of_a_message_follows_from_its_event() -> None:
    assert message() == message()
    assert message().id != message(kind=MessageType.REJECTED).id
    assert "." not in message().id  # it parts what is signed
    assert trial_message("msg_1", "shop", NOW).body.count("2027-03-04T05:06:07.890123Z") == 1


def test_a_target_hears_what_it_asked_for() -> None:
    assert Target("all").wants(message())
    assert Target("all").wants(message(brand=None))
    assert Target("some", types=(MessageType.APPROVED,), brands=("Northwind",)).wants(message())
    assert not Target("some", types=(MessageType.PUBLISHED,)).wants(message())
    assert not Target("some", brands=("Harbour House",)).wants(message())
    assert not Target("some", brands=("Northwind",)).wants(message(brand=None))


def test_pauses_grow_over_three_days_with_jitter_and_then_it_is_given_up() -> None:
    failed = Sent(500)
    for chance, most in ((0.0, 1.0), (1.0, 1.2)):
        waits = [next_attempt(n, failed, NOW, chance) for n in range(1, MOST_ATTEMPTS)]
        assert [(at - NOW).total_seconds() for at in waits if at] == pytest.approx([p * most for p in PAUSES])
    assert sum(PAUSES) == timedelta(hours=75, minutes=35, seconds=5).total_seconds()
    assert next_attempt(MOST_ATTEMPTS, failed, NOW, 0.0) is None


def test_a_target_s_own_wish_counts_where_it_is_longer() -> None:
    assert next_attempt(1, Sent(429, retry_after=600.0), NOW, 0.0) == NOW + timedelta(seconds=600)
    assert next_attempt(3, Sent(503, retry_after=600.0), NOW, 0.0) == NOW + timedelta(seconds=PAUSES[2])
    assert next_attempt(1, Sent(410), NOW, 0.0) is None


@pytest.mark.parametrize(
    ("status", "taken", "in_trouble"),
    [(None, False, True), (200, True, False), (204, True, False), (302, False, False), (400, False, False),
     (404, False, False), (410, False, False), (429, False, True), (500, False, True), (504, False, True)],
)  # fmt: skip
def test_what_an_answer_means(status: int | None, taken: bool, in_trouble: bool) -> None:
    assert (Sent(status).taken, Sent(status).in_trouble) == (taken, in_trouble)
