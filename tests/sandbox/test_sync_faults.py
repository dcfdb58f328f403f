"""Faults on order in every synchronous dialect: what is answered, what is delivered, and what is charged."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport

KEY = {"Authorization": "Bearer any"}
# Path, body, and the side its picture has.
DIALECTS: dict[str, tuple[str, dict[str, object], int]] = {
    "openai-images": (
        "/openai-images/v1/images/generations",
        {"prompt": "a mug", "size": "64x64", "response_format": "b64_json"},
        64,
    ),
    "lumenfall": (
        "/lumenfall/openai/v1/images/generations",
        {"model": "flux.2-pro", "prompt": "a mug", "size": "64x64"},
        64,
    ),
    "azure": (
        "/azure/providers/blackforestlabs/v1/flux-2-pro?api-version=preview",
        {"model": "FLUX.2-pro", "prompt": "a mug", "width": 256, "height": 256, "output_format": "png"},
        256,
    ),
    "together": (
        "/together/v1/images/generations",
        {"model": "black-forest-labs/FLUX.2-pro", "prompt": "a mug", "width": 256, "height": 256},
        256,
    ),
    "aimlapi": (
        "/aimlapi/v1/images/generations",
        {"model": "blackforestlabs/flux-2-pro", "prompt": "a mug", "image_size": {"width": 512, "height": 512}},
        512,
    ),
    "callmissed": (
        "/callmissed/v1/images/generations",
        {"model": "flux-2-pro", "prompt": "a mug", "size": "64x64"},
        64,
    ),
}
every = pytest.mark.parametrize("dialect", DIALECTS)


class Shop:
    """One sandbox for all these tests; each sees only the lines of the invoice that came with it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._before = len(self._lines())

    def order(self, dialect: str, fault: str = "") -> httpx.Response:
        path, body, _ = DIALECTS[dialect]
        return self.client.post(path, json=body, headers=KEY | ({"x-sandbox-fault": fault} if fault else {}))

    def content(self, answer: httpx.Response) -> bytes:
        (item,) = answer.json()["data"]
        if item.get("url"):
            return self.client.get(item["url"]).content
        return base64.b64decode(item["b64_json"], validate=True)

    def lines(self) -> list[dict[str, Any]]:
        return self._lines()[self._before :]

    def _lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/invoice").json()["lines"]
        return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    app = create_app(tmp_path_factory.mktemp("sandbox"))
    with httpx.Client(transport=transport(app), base_url="http://sandbox.invalid") as client:
        yield client


@pytest.fixture
def shop(sandbox: httpx.Client) -> Shop:
    return Shop(sandbox)


@every
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("forbidden", 403),
        ("rate_limited", 429),
        ("active_tasks", 429),
        ("server_error", 500),
        ("bad_gateway", 502),
        ("unavailable", 503),
        ("gateway_timeout", 504),
        ("out_of_funds", None),
        ("no_such_fault", 400),
    ],
)
def test_refused_before_anything_is_bought(shop: Shop, dialect: str, fault: str, status: int | None) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == (status or {"openai-images": 429, "aimlapi": 403}.get(dialect, 402))
    assert isinstance(answer.json(), dict)
    assert shop.lines() == []


@every
@pytest.mark.parametrize(("fault", "status"), [("answer_lost", 500), ("limited_after", 429)])
def test_bought_and_then_not_answered(shop: Shop, dialect: str, fault: str, status: int) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == status
    (line,) = shop.lines()
    assert line["settled"] is True
    assert float(line["amount"]) > 0
    # Whoever lost the answer does not learn the task's id from it.
    assert line["id"] not in answer.text + json.dumps(dict(answer.headers))


@every
@pytest.mark.parametrize(
    ("fault", "free"),
    [("moderated_input", True), ("moderated_output", True), ("task_error", True), ("moderated_output:charged", False)],
)
def test_what_came_to_nothing_is_settled_at_nothing_unless_ordered(
    shop: Shop, dialect: str, fault: str, free: bool
) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == (500 if fault == "task_error" else 400)
    assert "data" not in answer.json()
    (line,) = shop.lines()
    assert line["settled"] is True
    assert (line["amount"] == "0.00") is free


@every
def test_pictures_spoiled_on_order(shop: Shop, dialect: str) -> None:
    side = DIALECTS[dialect][2]
    good = shop.content(shop.order(dialect))
    half = shop.content(shop.order(dialect, "wrong_size"))
    cut = shop.content(shop.order(dialect, "truncated"))
    unsigned = shop.content(shop.order(dialect, "unsigned"))
    page = shop.content(shop.order(dialect, "not_a_picture"))
    assert Image.open(io.BytesIO(good)).size == (side, side)
    assert Image.open(io.BytesIO(half)).size == (side // 2, side // 2)
    assert len(cut) < len(good) * 0.6
    assert (b"c2pa" in good, b"c2pa" in unsigned) == (True, False)
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(page))
    assert len(shop.lines()) == 5


@every
@pytest.mark.parametrize(("fault", "count"), [("no_picture", 0), ("two_pictures", 2)])
def test_another_number_of_pictures_than_ordered(shop: Shop, dialect: str, fault: str, count: int) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == count
    assert len(shop.lines()) == 1


@every
@pytest.mark.parametrize("fault", ["html_answer", "empty_answer", "null_answer", "wrong_type", "deep_answer"])
def test_answers_spoiled_on_order_are_bought(shop: Shop, dialect: str, fault: str) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == 200
    assert not answer.content.startswith(b"{")
    assert len(shop.lines()) == 1


@every
@pytest.mark.parametrize(
    "fault", ["slow", "unknown_status", "poll_error", "task_lost", "seed_differs", "webhook_twice", "takes:0.05"]
)
def test_faults_of_polls_and_hooks_change_nothing_in_one_answer(shop: Shop, dialect: str, fault: str) -> None:
    answer = shop.order(dialect, fault)
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(shop.content(answer))).size == (DIALECTS[dialect][2],) * 2


def test_costs_spoiled_on_order_at_the_gateway_that_tells_them(shop: Shop) -> None:
    def cost(fault: str) -> object:
        told: dict[str, object] = shop.order("lumenfall", fault).json()["metadata"]
        return told.get("cost")

    assert cost("cost_missing") is None
    assert str(cost("cost_nan")) == "nan"
    assert cost("cost_is:-1") == -1.0
    assert cost("settle_differs") == 0.03
    assert [line["amount"] for line in shop.lines()] == ["0.03", "0.03", "0.03", "0.015"]


def test_a_script_reaches_one_dialect_and_counts_down(shop: Shop) -> None:
    shop.client.put("/faults", json=[{"fault": "unavailable", "route": "together", "times": 1}])
    assert shop.order("azure").status_code == 200
    assert [shop.order("together").status_code for _ in range(2)] == [503, 200]


def test_addresses_spoiled_on_order(shop: Shop) -> None:
    expired = shop.order("together", "expired_delivery").json()["data"][0]["url"]
    inline = shop.order("lumenfall", "data_uri").json()["data"][0]["url"]
    assert shop.client.get(expired).status_code == 403
    assert inline.startswith("data:image/png;base64,")
