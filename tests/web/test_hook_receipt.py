"""Webhooks of every kind a vendor, a network or a stranger may send: what the catalog holds afterwards."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Request
from starlette.types import Message

from colophon.domain.generation import Job, JobStatus
from colophon.domain.money import Money
from colophon.errors import InvalidInput, NotFound, ProviderUnavailable
from colophon.services.hooks import hook_for, read_token
from colophon.web.bodies import read_body

Office = Any  # see conftest.py

READY = {"id": "task-1", "status": "Ready", "result": {"sample": "https://evil.example/x.png"}}
KEY = b"the key of this installation"


def token(hook: Any) -> str:
    return str(hook.address.rsplit("/", 1)[1])


def test_a_verified_notice_is_a_hint_and_nothing_more(office: Office) -> None:
    """It says done, with an address, while the vendor has not been asked: trap 49."""
    hook = office.submitted()
    before = office.progress()
    answer = office.post(hook, READY)
    assert (answer.status_code, answer.content) == (204, b"")
    after = office.progress()
    assert after.hinted_at == office.clock.now()
    assert (after.state, after.delivery_url, after.polling_url) == ("submitted", None, before.polling_url)
    assert office.vendor.polled == []


@pytest.mark.parametrize("status", ["Ready", "Error", "Content Moderated", "Pending", "something new", None])
def test_no_word_of_a_notice_ends_or_fails_an_order(office: Office, status: object) -> None:
    hook = office.submitted()
    assert office.post(hook, {"id": "task-1", "status": status}).status_code == 204
    assert office.progress().state == "submitted"
    assert office.catalog.orders.spending("mugs").reserved == Money.of("0.05")


def test_duplicates_are_answered_and_change_nothing(office: Office) -> None:
    """Trap 47."""
    hook = office.submitted()
    office.post(hook, READY)
    first = office.progress()
    office.clock.moment += timedelta(seconds=30)
    assert [office.post(hook, READY).status_code for _ in range(5)] == [204] * 5
    assert office.progress() == first


def test_out_of_order_notices_each_only_ask_to_look(office: Office) -> None:
    """Trap 47."""
    hook = office.submitted()
    for status in ("Ready", "Generating", "Pending"):
        office.clock.moment += timedelta(seconds=1)
        assert office.post(hook, {"id": "task-1", "status": status}).status_code == 204
        assert office.progress().hinted_at == office.clock.now()
    assert office.progress().state == "submitted"


def test_late_ones_about_what_is_settled_are_answered_and_ignored(office: Office) -> None:
    hook = office.submitted()
    office.catalog.orders.record_original("gen_0", 1, "ab" * 32, Job("task-1", JobStatus.READY), now=office.clock.now())
    settled = office.progress()
    assert office.post(hook, READY).status_code == 204
    assert office.progress() == settled
    assert office.vendor.polled == []


def test_a_late_one_of_an_earlier_attempt_does_not_touch_the_present_one(office: Office) -> None:
    first = office.lost()
    office.catalog.orders.not_taken("gen_0", 1, by="Ana", problem="not in the list", now=office.clock.now())
    second = office.begin()
    office.record("task-2", attempt=2)
    office.vendor.knows("task-1")
    assert office.post(first, READY).status_code == 204
    present = office.progress()
    assert (present.attempt, present.request_id, present.hinted_at) == (2, "task-2", None)
    # The first was bought after all: its task id is kept, for the vendor's invoice names it.
    assert [a.request_id for a in office.catalog.orders.attempts("gen_0")] == ["task-1", "task-2"]
    assert office.post(second, {"id": "task-2"}).status_code == 204
    assert office.progress().hinted_at == office.clock.now()


# Strangers


@pytest.mark.parametrize("task", ["task-2", "task-1 ", "TASK-1"])
def test_a_foreign_task_is_refused_and_forgotten(office: Office, task: str) -> None:
    hook = office.submitted()
    before = office.progress()
    answer = office.post(hook, {"id": task, "status": "Ready"})
    assert answer.status_code == (400 if " " in task else 409)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert office.progress() == before


def test_one_orders_secret_does_not_speak_for_another(office: Office) -> None:
    mine, other = office.submitted("task-1", 0), office.submitted("task-2", 1)
    raw = json.dumps({"id": "task-2"}).encode()
    stolen = {"X-Webhook-Secret": mine.secret}
    assert office.post(other, raw, stolen).status_code == 401
    assert office.progress(1).hinted_at is None


def test_unsigned_and_wrongly_signed_are_refused_and_not_remembered(office: Office) -> None:
    hook = office.submitted()
    for headers in ({}, {"X-BFL-Signature": "sha256=" + "0" * 64}, {"X-Webhook-Secret": "guess"}):
        answer = office.post(hook, READY, headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "hook_refused"
        assert hook.secret not in answer.text
    assert office.progress().hinted_at is None
    assert office.post(hook, READY).status_code == 204
    assert office.progress().hinted_at is not None  # the refused ones did not use the event up


def test_a_header_sent_twice_is_no_choice_between_two(office: Office) -> None:
    hook = office.submitted()
    path = hook.address.removeprefix("https://hooks.example")
    twice = [("X-Webhook-Secret", "guess"), ("X-Webhook-Secret", hook.secret)]
    assert office.client.post(path, content=b'{"id": "task-1"}', headers=twice).status_code == 401


def test_an_old_notice_and_one_replayed_after_the_window_are_refused(office: Office) -> None:
    hook = office.submitted()
    stamped = {**READY, "timestamp": int(office.clock.now().timestamp())}
    office.clock.moment += timedelta(minutes=6)
    assert office.post(hook, stamped).status_code == 401
    fresh = {**READY, "timestamp": int(office.clock.now().timestamp())}
    assert office.post(hook, fresh).status_code == 204
    seen = office.progress()
    assert office.post(hook, fresh).status_code == 204  # replayed at once: a duplicate
    office.clock.moment += timedelta(minutes=6)
    assert office.post(hook, fresh).status_code == 401  # replayed later
    assert office.progress() == seen


def test_addresses_cannot_be_made_up(office: Office) -> None:
    hook = office.submitted()
    good = token(hook)
    generation, attempt, mac = good.rsplit(".", 2)
    forged = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        f"{generation}.2.{mac}",
        f"gen_1.{attempt}.{mac}",
        f"{generation}.{attempt}.",
        f"{generation}.0.{mac}",
        token(hook_for(office.generation(), 1, base="https://x.example", key=b"another key, long enough")),
        "x",
        "a" * 5000,
        "%00",
        "..%2F..%2Fetc%2Fpasswd",
    ]
    for each in forged:
        answer = office.client.post(f"/hooks/bfl/{each}", content=b"{}")
        assert answer.status_code == 404, each
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert office.progress().hinted_at is None


def test_a_true_address_on_another_route_is_refused(office: Office) -> None:
    hook = office.submitted()
    raw = json.dumps(READY).encode()
    answer = office.client.post(f"/hooks/fal/{token(hook)}", content=raw, headers={"X-Webhook-Secret": hook.secret})
    assert answer.status_code == 409


def test_an_address_of_an_order_that_is_not_on_record_is_none(office: Office) -> None:
    never = hook_for(office.generation(2), 1, base="https://hooks.example", key=KEY)
    assert office.post(never, READY).status_code == 404


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 50 * 1024 * 1024])
@pytest.mark.parametrize("length", ["stated", "not stated"])
def test_a_large_body_is_refused_before_it_is_read(office: Office, size: int, length: str) -> None:
    hook = office.submitted()
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < size:
            taken += 65536
            yield b" " * 65536

    path = hook.address.removeprefix("https://hooks.example")
    stated = {"Content-Length": str(size)} if length == "stated" else {}
    answer = office.client.post(path, content=chunks(), headers=stated)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert taken <= 1024 * 1024 + 65536
    assert office.progress().hinted_at is None


@pytest.mark.parametrize("ending", ["never", "broken off"])
def test_a_body_that_does_not_come_is_not_waited_for(ending: str) -> None:
    async def receive() -> Message:
        if ending == "never":
            await asyncio.sleep(20)
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(InvalidInput, match="not complete"):
        asyncio.run(read_body(request, limit=10, seconds=0.02))


@pytest.mark.parametrize("body", [b"", b"[]", b"{" * 100_000, b'{"id":' + b"[" * 300_000, b"\x00\xff", b'{"id": null}'])
def test_well_signed_nonsense_is_a_bad_request(office: Office, body: bytes) -> None:
    hook = office.submitted()
    answer = office.post(hook, body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert set(answer.json()) == {"type", "title", "status", "detail", "code"}


def test_other_methods_and_paths_are_problems_too(office: Office) -> None:
    assert office.client.get("/hooks/bfl/x").status_code == 405
    answer = office.client.post("/hooks/bfl/x/y")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


# An order whose answer was lost: the webhook names the intent


def test_a_lost_order_is_found_by_its_webhook_once_the_vendor_knows_the_task(office: Office) -> None:
    hook = office.lost()
    office.vendor.knows("task-1", status=JobStatus.READY, seed_reported=7, cost=Money.of("0.03"), cost_settled=True)
    assert office.post(hook, READY).status_code == 204
    found = office.progress()
    assert (found.state, found.request_id, found.attempt, found.problem) == ("submitted", "task-1", 1, None)
    assert found.provider == "Stated Vendor"
    assert found.parameters == {"seed": 7, "webhook": False}
    assert found.hinted_at is not None
    assert office.vendor.polled == ["task-1"]
    assert office.catalog.orders.spending("mugs").reserved == Money.of("0.05")
    # What the answer to the order would have said is not taken from a later one.
    assert (office.attempt().reported, found.cost) == (None, None)


def test_a_task_the_vendor_does_not_know_is_noted_and_changes_no_state(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    hook = office.lost()
    before = office.progress()
    with caplog.at_level(logging.WARNING, "colophon"):
        assert office.post(hook, READY).status_code == 204
    assert office.progress() == before
    assert office.vendor.polled == ["task-1"] * 3  # it may take a moment until the vendor finds its own task
    assert "gen_0, attempt 1, names task task-1" in caplog.text
    # Noted and not believed: whoever asks about the unknown outcome later knows what to ask for.
    assert (office.attempt().request_id, office.attempt().outcome) == ("task-1", "unknown")


def test_a_repeated_notice_tries_a_confirmation_that_failed_again(office: Office) -> None:
    hook = office.lost()
    office.vendor.errors += [ProviderUnavailable("503")] * 3
    assert office.post(hook, READY).status_code == 204
    assert (office.progress().state, office.vendor.polled) == ("unknown", ["task-1"] * 3)
    office.vendor.knows("task-1")
    assert office.post(hook, READY).status_code == 204
    assert (office.progress().state, office.progress().request_id) == ("submitted", "task-1")
    assert office.post(hook, READY).status_code == 204
    assert len(office.vendor.polled) == 4, "what is confirmed is not asked about again"


def test_a_task_that_was_only_named_gives_way_to_one_the_vendor_knows(office: Office) -> None:
    hook = office.lost()
    office.vendor.knows("task-2", seed_reported=7)
    office.post(hook, READY)
    assert office.post(hook, {"id": "task-2"}).status_code == 204
    found = office.progress()
    assert (found.state, found.request_id, office.attempt().request_id) == ("submitted", "task-2", "task-2")
    assert office.post(hook, READY).status_code == 409


def test_a_task_of_another_order_is_refused_and_not_noted(office: Office) -> None:
    office.submitted("task-1", 0)
    hook = office.lost(1)
    office.vendor.knows("task-1")
    assert office.post(hook, READY).status_code == 409
    assert (office.progress(1).state, office.attempt(1).request_id) == ("unknown", None)


def test_a_task_with_another_seed_is_another_order(office: Office) -> None:
    hook = office.lost()
    office.vendor.knows("task-1", seed_reported=8)
    office.post(hook, READY)
    assert (office.progress().state, office.progress().request_id) == ("unknown", None)
    assert office.attempt().outcome == "unknown"


def test_a_vendor_that_is_silent_for_a_while_is_asked_again(office: Office) -> None:
    hook = office.lost()
    office.vendor.knows("task-1")
    office.vendor.errors += [ProviderUnavailable("503"), ProviderUnavailable("503")]
    office.post(hook, READY)
    assert (office.progress().state, office.progress().request_id) == ("submitted", "task-1")


def test_a_vendor_that_breaks_is_a_line_in_the_log_and_the_answer_stays(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    hook = office.lost()
    office.vendor.errors.append(InvalidInput("route bfl has no API key"))
    with caplog.at_level(logging.WARNING, "colophon"):
        assert office.post(hook, READY).status_code == 204
    assert "gen_0, attempt 1, task task-1 was not followed up" in caplog.text
    assert hook.secret not in caplog.text
    assert token(hook) not in caplog.text
    assert office.progress().state == "unknown"


def test_an_attempts_task_does_not_become_the_next_attempts(office: Office) -> None:
    first = office.lost()
    office.catalog.orders.not_taken("gen_0", 1, by="Ana", problem="not in the list", now=office.clock.now())
    second = office.begin()
    office.vendor.knows("task-9")
    office.post(first, {"id": "task-9"})
    assert office.post(second, {"id": "task-9"}).status_code == 409
    assert [a.request_id for a in office.catalog.orders.attempts("gen_0")] == ["task-9", None]


def test_an_early_one_leaves_the_first_word_to_the_answer_of_the_order(office: Office) -> None:
    """The webhook overtakes the answer to the submit, which holds the polling address and the price."""
    hook = office.begin()
    office.vendor.knows("task-1")

    def sleep(seconds: float) -> None:
        office.clock.moment += timedelta(seconds=seconds)
        if office.progress().state == "submitting":
            office.record("task-1")

    office.clock.sleep = sleep
    assert office.post(hook, READY).status_code == 204
    there = office.progress()
    assert (there.state, there.polling_url) == ("submitted", "https://api.eu4.bfl.ai/x")
    assert (there.cost, there.parameters["of"]) == (Money.of("0.031"), "submit")
    assert there.hinted_at is not None
    assert office.vendor.polled == []


def test_an_early_one_whose_orders_answer_never_comes_brings_the_task(office: Office) -> None:
    hook = office.begin()
    office.vendor.knows("task-1")
    office.post(hook, READY)
    assert (office.progress().state, office.progress().request_id) == ("submitted", "task-1")
    assert sum(office.clock.slept) >= 10
    office.record("task-1")  # the answer does come: it is the same task, and changes nothing
    assert office.progress().request_id == "task-1"


def test_a_task_of_an_attempt_that_was_taken_back_is_kept_with_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    hook = office.begin()
    office.catalog.orders.take_back("gen_0", 1, code="rate_limited", problem="429", now=office.clock.now())
    office.vendor.knows("task-1")
    with caplog.at_level(logging.WARNING, "colophon"):
        office.post(hook, READY)
    assert (office.progress().state, office.attempt().request_id) == ("planned", "task-1")
    assert "knows task task-1 of it; it may be billed" in caplog.text


def test_a_task_that_a_person_took_for_not_bought_goes_on_after_all(office: Office) -> None:
    hook = office.lost()
    office.catalog.orders.not_taken("gen_0", 1, by="Ana", problem="not in the list", now=office.clock.now())
    office.vendor.knows("task-1")
    assert office.post(hook, READY).status_code == 204
    assert (office.progress().state, office.progress().request_id) == ("submitted", "task-1")


# Addresses


def test_address_and_secret_are_of_one_attempt_and_one_key(office: Office) -> None:
    generation = office.generation()
    hooks = [hook_for(generation, n, base="https://a.example/x/", key=KEY) for n in (1, 2)]
    assert hooks[0].address.startswith("https://a.example/x/hooks/bfl/gen_0.1.")
    assert len({h.address for h in hooks} | {h.secret for h in hooks}) == 4
    assert hooks[0].secret not in hooks[0].address
    assert hooks[0].secret not in repr(hooks[0])
    assert read_token(token(hooks[1]), KEY) == ("gen_0", 2)
    with pytest.raises(NotFound):
        read_token(token(hooks[0]), KEY + b"x")
    assert hook_for(generation, 1, base="https://a.example/x", key=KEY) == hooks[0]


@pytest.mark.parametrize(("identity", "attempt"), [("a/b", 1), ("", 1), ("a b", 1), ("a", 0), ("a" * 101, 1)])
def test_what_does_not_fit_an_address_is_not_put_into_one(office: Office, identity: str, attempt: int) -> None:
    with pytest.raises(ValueError, match="webhook address"):
        hook_for(replace(office.generation(), id=identity), attempt, base="https://a.example", key=KEY)
