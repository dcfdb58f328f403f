"""Fireworks: the maker's tasks behind a workflow address, asked for by POST."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from colophon.domain.generation import Hook, Job, JobStatus, Order
from colophon.errors import OutcomeUnknown, ProviderError, ProviderRefused, ProviderUnavailable
from colophon.ports import Provider

Make = Callable[..., Order]
Stored = Callable[..., Provider]
CREATE = "https://api.fireworks.ai/inference/v1/workflows/accounts/fireworks/models/flux-2-pro"
SUSPENDED = {"error": {"message": "Account is suspended", "code": "PRECONDITION_FAILED"}}
JOB = Job("F1", JobStatus.PENDING, polling_url=f"{CREATE}/get_result")


def test_create_and_result_are_posts(stored: Stored, order: Make) -> None:
    """Trap 11: the result is asked for by POST with the id as JSON, not by GET with a query."""
    seen: list[httpx.Request] = []
    ready = {"id": "F1", "status": "Ready", "result": {"sample": "https://api.fireworks.ai/a.png", "seed": 7}}

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"request_id": "F1"} if len(seen) == 1 else ready)

    provider = stored("fireworks", handler)
    job = provider.submit(replace(order(references=(b"one", b"two")), hook=Hook("https://hooks.example/", "s" * 32)))
    assert job == replace(JOB, first_byte=job.first_byte)
    job = provider.poll(job)
    assert (job.status, job.seed_reported, job.cost) == (JobStatus.READY, 7, None)
    assert [(request.method, str(request.url)) for request in seen] == [
        ("POST", CREATE),
        ("POST", f"{CREATE}/get_result"),
    ]
    assert seen[0].headers["Authorization"] == "Bearer test-key-0123456789"
    sent = json.loads(seen[0].content)
    assert (sent["input_image"], sent["input_image_2"], sent["seed"]) == ("b25l", "dHdv", 7)
    assert "webhook_url" not in sent  # how it signs is not known
    assert json.loads(seen[1].content) == {"id": "F1"}


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (
            412,
            {"error": {"message": "Account is suspended", "code": "PRECONDITION_FAILED"}},
            ProviderRefused,
            "payment",
        ),
        (401, {"error": {"message": "bad key"}}, ProviderRefused, "auth"),
        (400, {"error": {"message": "width: too small"}}, ProviderRefused, "validation"),
        (429, {}, ProviderUnavailable, "rate_limited"),
        (500, {}, OutcomeUnknown, "upstream_transient"),
        (200, {"id": "F1"}, OutcomeUnknown, "upstream_transient"),
    ],
)
def test_codes_on_an_order(
    stored: Stored, order: Make, status: int, body: dict[str, Any], error: type[ProviderError], reason: str
) -> None:
    """Trap 38: an exhausted account is 412 here."""
    with pytest.raises(error) as caught:
        stored("fireworks", lambda r: httpx.Response(status, json=body)).submit(order())
    assert caught.value.reason == reason
    if status == 412:
        assert "Account is suspended" in caught.value.message


def test_an_exhausted_account_says_nothing_about_the_order(stored: Stored) -> None:
    """Trap 7."""
    with pytest.raises(ProviderUnavailable) as caught:
        stored("fireworks", lambda r: httpx.Response(412)).poll(JOB)
    assert caught.value.reason == "payment"


def test_a_job_without_its_address_is_looked_for_under_each_model(stored: Stored) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.split("/")[-2])
        known = asked[-1] == "flux-2-pro"
        return httpx.Response(200, json={"id": "F1", "status": "Pending" if known else "Task not found"})

    models = {"flux-2-flex": "flux-2-flex", "flux-2-pro": "flux-2-pro", "flux-2-max": "flux-2-z"}
    job = stored("fireworks", handler, models=models).poll(Job("F1", JobStatus.PENDING))
    assert (job.status, asked) == (JobStatus.PENDING, ["flux-2-flex", "flux-2-pro"])
    with pytest.raises(ProviderError) as caught:
        stored("fireworks", handler).poll(replace(JOB, polling_url="https://evil.example/get_result"))
    assert caught.value.reason == "forbidden"


def test_it_cannot_be_asked_for_a_lost_order(stored: Stored, order: Make) -> None:
    provider = stored("fireworks", lambda r: httpx.Response(500))
    assert (provider.can_find, provider.can_hook) == (False, False)
    with pytest.raises(ProviderRefused) as caught:
        provider.find(order(), datetime(2026, 10, 1, tzinfo=UTC))
    assert caught.value.reason == "not_found"
