"""CallMissed's dialect: one price, base64 only, and idempotency keys that hold across processes and lost answers."""

import base64
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image

PATH = "/callmissed/v1/images/generations"
KEY = {"Authorization": "Bearer cm_any"}
BODY = {"model": "flux-2-pro", "prompt": "a mug", "size": "64x64", "seed": 5}
ONCE = KEY | {"Idempotency-Key": "order-1"}


def amounts(client: httpx.Client) -> list[str]:
    return [line["amount"] for line in client.get("/invoice").json()["lines"]]


def test_every_picture_costs_the_same_whatever_its_size(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY | {"n": 2}, headers=KEY)
    client.post(PATH, json=BODY | {"size": "2048x1024"}, headers=KEY | {"x-sandbox-fault": "blank_result"})
    assert amounts(client) == ["0.10", "0.10", "0.10"]
    assert [set(item) for item in answer.json()["data"]] == [{"b64_json", "revised_prompt"}] * 2
    picture = Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"])))
    assert (picture.format, picture.size) == ("PNG", (64, 64))
    assert int(answer.headers["x-ratelimit-remaining"]) < int(answer.headers["x-ratelimit-limit"])


def test_the_same_key_and_body_is_answered_again_and_not_charged(
    opened: Callable[[], httpx.Client],
) -> None:
    first = opened().post(PATH, json=BODY, headers=ONCE)
    other_process = opened()
    again = other_process.post(PATH, json=BODY, headers=ONCE)
    assert again.content == first.content
    assert amounts(other_process) == ["0.10"]


def test_the_same_key_with_another_body_is_a_conflict(client: httpx.Client) -> None:
    client.post(PATH, json=BODY, headers=ONCE)
    answer = client.post(PATH, json=BODY | {"seed": 6}, headers=ONCE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert amounts(client) == ["0.10"]


def test_keys_belong_to_an_account(client: httpx.Client) -> None:
    client.post(PATH, json=BODY, headers=ONCE)
    other = client.post(PATH, json=BODY | {"seed": 6}, headers=ONCE | {"Authorization": "Bearer cm_other"})
    assert other.status_code == 200
    assert amounts(client) == ["0.10", "0.10"]


def test_a_lost_answer_comes_back_with_the_key(client: httpx.Client) -> None:
    lost = client.post(PATH, json=BODY, headers=ONCE | {"x-sandbox-fault": "answer_lost"})
    again = client.post(PATH, json=BODY, headers=ONCE)
    assert (lost.status_code, again.status_code) == (500, 200)
    assert amounts(client) == ["0.10"]


def test_a_purchase_whose_process_died_before_it_was_kept_is_found_on_the_invoice(
    opened: Callable[[], httpx.Client], folder: Path
) -> None:
    opened().post(PATH, json=BODY, headers=ONCE)
    (kept,) = (folder / "callmissed" / "idempotency").glob("*.json")
    kept.unlink()
    client = opened()
    answer = client.post(PATH, json=BODY, headers=ONCE)
    assert Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"]))).size == (64, 64)
    assert amounts(client) == ["0.10"]


@pytest.mark.parametrize("fault", ["rate_limited", "unavailable", "moderated_input", "task_error"])
def test_what_came_to_nothing_may_be_sent_again_under_its_key(client: httpx.Client, fault: str) -> None:
    refused = client.post(PATH, json=BODY, headers=ONCE | {"x-sandbox-fault": fault})
    again = client.post(PATH, json=BODY, headers=ONCE)
    assert (refused.status_code >= 400, again.status_code) == (True, 200)
    assert client.get("/invoice").json()["total"] == "0.10"


def test_two_requests_with_one_key_at_once_buy_once(client: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: client.post(PATH, json=BODY, headers=ONCE), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert amounts(client) == ["0.10"]


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"response_format": "url"}, 422, "validation_error"),
        ({"n": 5}, 422, "validation_error"),
        ({"prompt": "x" * 4001}, 422, "validation_error"),
        ({"size": "64"}, 422, "validation_error"),
        ({"steps": 51}, 422, "validation_error"),
        ({"model": "flux-9"}, 404, "not_found"),
    ],
)
def test_bad_members(client: httpx.Client, members: dict[str, object], status: int, code: str) -> None:
    answer = client.post(PATH, json=BODY | members, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert amounts(client) == []


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("out_of_funds", 402, "insufficient_credits"),
        ("unauthorised", 401, "invalid_api_key"),
        ("forbidden", 403, "permission_denied"),
        ("moderated_output", 400, "content_rejected"),
        ("invalid", 422, "validation_error"),
    ],
)
def test_refusals(client: httpx.Client, fault: str, status: int, code: str) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": fault})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_models_are_listed(client: httpx.Client) -> None:
    assert "flux-2-pro" in [model["id"] for model in client.get("/callmissed/v1/models", headers=KEY).json()["data"]]
    assert client.get("/callmissed/v1/models").status_code == 401
    assert client.post(PATH, json=BODY, headers=KEY | {"Idempotency-Key": "k" * 256}).status_code == 422
