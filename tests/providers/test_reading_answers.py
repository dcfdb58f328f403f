"""Error bodies, refusals by policy, waits in words and reported members, in the shapes vendors use."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from colophon.domain.generation import Job, JobStatus
from colophon.providers.answers import (
    UnreadableAnswer,
    error_codes,
    explain,
    moderation,
    reported_seed,
    reported_text,
    reported_time,
    task_id,
    wait_in_text,
)
from colophon.providers.delivered import with_picture


@pytest.mark.parametrize(
    ("body", "text", "codes"),
    [
        ({"error": {"message": "m", "type": "t", "param": None, "code": "c"}}, "m", {"t", "c"}),
        ({"message": "m", "path": "/v1", "requestId": "r", "statusCode": "403"}, "m", set()),
        ({"detail": [{"loc": ["body", "prompt"], "msg": "m", "type": "t"}]}, "body.prompt: m", {"t"}),
        ({"detail": "m", "error_type": "runner_error"}, "m", {"runner_error"}),
        ({"title": "Unauthenticated", "status": 401}, "Unauthenticated", set()),
        ({"error": "m"}, "m", set()),
        ({}, "", set()),
    ],
)
def test_error_bodies(body: dict[str, object], text: str, codes: set[str]) -> None:
    assert explain(json.dumps(body).encode()) == text
    assert error_codes(body) == codes


@pytest.mark.parametrize(
    ("codes", "text", "reason"),
    [
        ({"content_policy_violation"}, "body.prompt: no", "moderated_input"),
        ({"CONTENT_POLICY_VIOLATION"}, "no", "moderated_output"),
        ({"moderation_blocked"}, "Your request was rejected", "moderated_input"),
        (set(), "rejected by the safety system", "moderated_output"),
        (set(), "NSFW content detected", "moderated_output"),
        (set(), "Request Moderated", "moderated_input"),
        (set(), "The input or output was flagged as sensitive. (E005)", "moderated_output"),
        (set(), "input.safety_tolerance: must be at most 5", None),
        ({"value_error"}, "enable_safety_checker: unexpected", None),
        (set(), "moderate load, try again", None),
        (set(), "E0051", None),
        (set(), "", None),
    ],
)
def test_refusals_by_policy(codes: set[str], text: str, reason: str | None) -> None:
    """Trap 39: neither invalid input nor a server's error, and a member's name is no refusal."""
    assert moderation(codes, text) == reason


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Request was throttled. Your rate limit resets in ~30s.", 30.0),
        ("Please retry after 5 seconds", 5.0),
        ("try again in 1.5s", 1.0),
        ("resets in 99999s", 3600.0),
        ("resets soon", None),
        ("at most 30 sides", None),
        ("", None),
    ],
)
def test_waits_in_words(text: str, seconds: float | None) -> None:
    """Trap 43."""
    assert wait_in_text(text) == seconds


def test_reported_members_are_taken_only_when_they_can_be_right() -> None:
    assert [reported_seed(value) for value in (7, 0, -1, True, "7", 2**63, Decimal("7"))] == [7, 0, *[None] * 5]
    assert reported_text("a\x00b") == "ab"
    assert reported_text("x" * 40_000) is None
    assert reported_time("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
    assert reported_time("2026-01-01T02:00:00+02:00") == datetime(2026, 1, 1, tzinfo=UTC)
    odd: tuple[object, ...] = (
        "2026-01-01T00:00:00",
        "0001-01-01T00:00:00+23:00",
        "soon",
        "x" * 50,
        True,
        None,
        Decimal("NaN"),
        -1,
        [],
    )
    assert [reported_time(value) for value in odd] == [None] * len(odd)
    assert task_id("T-1_x") == "T-1_x"
    for value in ("", " ", "a b", "x" * 201, None, 7, "é"):
        with pytest.raises(UnreadableAnswer):
            task_id(value)


URI = "data:image/png;base64," + base64.b64encode(b"picture").decode()


@pytest.mark.parametrize("output", [URI, [URI], [URI, "https://x.example/"]])
def test_a_picture_inside_the_answer(output: object) -> None:
    """Trap 21."""
    job = with_picture(Job("T1", JobStatus.PENDING), output)
    assert (job.status, job.content, job.delivery_url) == (JobStatus.READY, b"picture", None)


@pytest.mark.parametrize("output", ["data:image/png;base64,", "data:image/png,x", "data:;base64,%%", "data:", [None]])
def test_a_data_uri_that_holds_nothing_is_no_picture(output: object) -> None:
    job = with_picture(Job("T1", JobStatus.PENDING, message="A note."), output)
    assert (job.status, job.reason) == (JobStatus.FAILED, "upstream_permanent")
    assert job.message.endswith("A note.")
