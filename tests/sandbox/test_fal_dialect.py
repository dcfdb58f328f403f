"""The fal dialect: queue, results that carry their errors, platform. And Fireworks, asked for results by POST."""

import base64
import io
from typing import Any, Protocol

import httpx
import pytest
from PIL import Image

PRO = "/fal/queue/fal-ai/flux-2-pro"
SMALL = {"prompt": "a mug", "seed": 7, "image_size": {"width": 256, "height": 272}, "output_format": "png"}


class Clock(Protocol):
    def forward(self, seconds: float) -> None: ...


@pytest.fixture
def api(client: httpx.Client) -> httpx.Client:
    client.headers["Authorization"] = "Key any"
    return client


def submit(api: httpx.Client, fault: str = "", path: str = PRO, **members: object) -> dict[str, Any]:
    answer = api.post(path, json=SMALL | members, headers={"X-Sandbox-Fault": fault} if fault else None)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    assert answer.headers["x-fal-request-id"] == result["request_id"]
    return result


def png(size: tuple[int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def line(api: httpx.Client) -> dict[str, Any]:
    last: dict[str, Any] = api.get("/invoice").json()["lines"][-1]
    return last


def test_the_queue_from_order_to_picture(api: httpx.Client) -> None:
    """Trap 9: status and result addresses are those of the application, without the sub-path."""
    queued = submit(api, path=f"{PRO}/edit", image_urls=[png((64, 64))])
    assert queued["status"] == "IN_QUEUE"
    assert queued["response_url"].endswith(f"/fal/queue/fal-ai/flux-2-pro/requests/{queued['request_id']}")
    done = api.get(queued["status_url"]).json()
    assert done["status"] == "COMPLETED"
    result = api.get(queued["response_url"]).json()
    assert result["seed"] == 7
    with Image.open(io.BytesIO(api.get(result["images"][0]["url"]).content)) as image:
        assert (image.format, image.size) == ("PNG", (256, 272))
    assert (line(api)["provider"], line(api)["amount"], line(api)["settled"]) == ("fal", "0.045", True)
    elsewhere = queued["status_url"].replace("flux-2-pro", "flux-2-max")
    assert api.get(elsewhere).status_code == 404


@pytest.mark.parametrize(
    ("given", "size", "name"),
    [
        ({}, (1024, 768), "jpeg"),
        ({"image_size": {"width": 256}}, (256, 512), "jpeg"),
        ({"image_size": "portrait_16_9"}, (576, 1024), "jpeg"),
        ({"image_size": {"width": 1000, "height": 1000}}, (992, 992), "jpeg"),
    ],
)
def test_sizes_and_formats_when_little_is_said(
    api: httpx.Client, given: dict[str, object], size: tuple[int, int], name: str
) -> None:
    """Trap 27: a side that is missing is 512."""
    assert api.post(PRO, json={"prompt": "x"} | given).status_code == 200
    assert (line(api)["width"], line(api)["height"], line(api)["format"]) == (*size, name)


def test_small_models_edit_with_their_first_four_references_and_make_png(api: httpx.Client) -> None:
    body = {"prompt": "x", "image_urls": [png((64, 64))] * 5}
    assert api.post("/fal/queue/fal-ai/flux-2/klein/9b/edit", json=body).status_code == 200
    sold = line(api)
    assert (sold["model"], len(sold["references"]), sold["format"]) == ("flux-2-klein-9b", 4, "png")
    queued = api.post("/fal/queue/fal-ai/flux-2/klein/9b/edit", json=body).json()
    assert "/fal-ai/flux-2/requests/" in queued["status_url"]
    assert api.get(queued["response_url"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        (PRO, {"image_size": "square"}, "prompt"),
        (PRO, SMALL | {"safety_tolerance": 2}, "safety_tolerance"),
        (PRO, SMALL | {"safety_tolerance": "6"}, "safety_tolerance"),
        (PRO, SMALL | {"output_format": "webp"}, "output_format"),
        (PRO, SMALL | {"image_size": {"width": 4096, "height": 4096}}, "image_size"),
        (f"{PRO}/edit", SMALL, "image_urls"),
        (f"{PRO}/edit", SMALL | {"image_urls": ["https://example.org/a.png"]}, "image_urls"),
        (f"{PRO}/edit", SMALL | {"image_urls": [png((8, 8))] * 9}, "image_urls"),
    ],
)
def test_what_is_wrong_is_told_by_the_result(api: httpx.Client, path: str, body: object, member: str) -> None:
    """Trap 10: there is no failed state."""
    queued = api.post(path, json=body)
    assert queued.status_code == 200
    assert api.get(queued.json()["status_url"]).json()["status"] == "COMPLETED"
    result = api.get(queued.json()["response_url"])
    assert result.status_code == 422
    assert result.headers["X-Fal-Retryable"] == "false"
    assert member in result.json()["detail"][0]["loc"]
    assert api.get("/invoice").json()["lines"] == []
    assert api.post(path.replace("queue", "run"), json=body).status_code == 422


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("moderated_input", 422, "content_policy_violation"),
        ("moderated_output", 422, "content_policy_violation"),
        ("task_error", 500, "runner_server_error"),
    ],
)
def test_failures_come_with_the_result_and_are_free(api: httpx.Client, fault: str, status: int, kind: str) -> None:
    queued = submit(api, fault=fault)
    assert api.get(queued["status_url"]).json()["status"] == "COMPLETED"
    result = api.get(queued["response_url"])
    assert result.status_code == status
    told = result.json()
    assert (told["detail"][0]["type"] if status == 422 else told["error_type"]) == kind
    assert api.get("/invoice").json()["total"] == "0.00"


@pytest.mark.parametrize(
    ("fault", "status", "bought"),
    [
        ("unauthorised", 401, 0),
        ("out_of_funds", 402, 0),
        ("invalid", 422, 0),
        ("rate_limited:9", 429, 0),
        ("limited_after", 429, 1),
        ("server_error", 500, 0),
        ("answer_lost", 500, 1),
        ("gateway_timeout", 504, 0),
    ],
)
def test_what_submit_answers_under_a_fault(api: httpx.Client, fault: str, status: int, bought: int) -> None:
    answer = api.post(PRO, json=SMALL, headers={"X-Sandbox-Fault": fault})
    assert answer.status_code == status
    assert "detail" in answer.json()
    assert len(api.get("/invoice").json()["lines"]) == bought
    assert answer.headers.get("Retry-After") == ("9" if ":" in fault else None)


def test_a_task_that_takes_time_waits_in_the_queue_and_can_be_cancelled(api: httpx.Client, clock: Clock) -> None:
    queued = submit(api, fault="takes:30")
    assert api.get(queued["status_url"]).json()["status"] == "IN_QUEUE"
    assert api.get(queued["response_url"]).status_code == 400
    clock.forward(30)
    assert api.get(queued["response_url"]).status_code == 200
    assert api.put(queued["cancel_url"]).json() == {"status": "ALREADY_COMPLETED"}
    other = submit(api, fault="takes:30")
    assert api.put(other["cancel_url"]).json() == {"status": "CANCELLATION_REQUESTED"}
    assert api.get(other["response_url"]).status_code == 499
    assert api.get("/invoice").json()["total"] == "0.03"


def test_an_expired_address_is_replaced_when_the_result_is_asked_for_again(api: httpx.Client) -> None:
    queued = submit(api, fault="expired_delivery")
    api.get(queued["status_url"])
    codes = [api.get(api.get(queued["response_url"]).json()["images"][0]["url"]).status_code for _ in range(2)]
    assert codes == [403, 200]


def test_a_key_of_fals_kind_is_required(client: httpx.Client) -> None:
    client.headers["Authorization"] = "Bearer any"
    for method, path in (
        ("POST", PRO),
        ("POST", "/fal/run/fal-ai/flux-2-pro"),
        ("GET", f"{PRO}/requests/x/status"),
        ("GET", f"{PRO}/requests/x"),
        ("GET", "/fal/api/v1/models/pricing?endpoint_id=fal-ai/flux-2-pro"),
        ("GET", "/fal/api/v1/models/requests/by-endpoint?endpoint_id=fal-ai/flux-2-pro"),
        ("GET", "/fal/api/v1/models/billing-events"),
    ):
        assert client.request(method, path, json=SMALL if method == "POST" else None).status_code == 401, path


def test_the_platform_lists_requests_with_their_input_and_bills_them(api: httpx.Client, clock: Clock) -> None:
    ids = [submit(api, seed=seed)["request_id"] for seed in (1, 2, 3)]
    waiting = submit(api, fault="takes:60", seed=4)["request_id"]
    asked = {"endpoint_id": "fal-ai/flux-2-pro", "expand": "payloads", "limit": "2"}
    first = api.get("/fal/api/v1/models/requests/by-endpoint", params=asked).json()
    second = api.get("/fal/api/v1/models/requests/by-endpoint", params=asked | {"cursor": first["next_cursor"]}).json()
    listed = [item["request_id"] for page in (first, second) for item in page["items"]]
    assert listed == ids[::-1]
    assert waiting not in listed
    assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
    assert first["items"][0]["json_input"] == SMALL | {"seed": 3}
    assert {"request_id", "endpoint_id", "started_at", "sent_at"} <= set(first["items"][0])
    events = api.get("/fal/api/v1/models/billing-events", params={"request_id": ids[0]}).json()["billing_events"]
    assert [(event["cost_total"], event["cost_estimate_nano_usd"]) for event in events] == [(0.03, 30_000_000)]
    assert events[0]["output_units"] == pytest.approx(0.0664, abs=1e-4)
    clock.forward(90_000)
    assert api.get("/fal/api/v1/models/requests/by-endpoint", params=asked).json()["items"] == []
    assert api.get("/fal/api/v1/models/requests/by-endpoint", params=asked | {"start": "soon"}).status_code == 400


def test_the_platform_tells_its_prices(api: httpx.Client) -> None:
    asked = {"endpoint_id": "fal-ai/flux-2-pro,fal-ai/flux-2-max/edit"}
    prices = api.get("/fal/api/v1/models/pricing", params=asked).json()["prices"]
    assert [(each["endpoint_id"], each["unit_price"]) for each in prices] == [
        ("fal-ai/flux-2-pro", 0.03),
        ("fal-ai/flux-2-max/edit", 0.07),
    ]
    assert api.get("/fal/api/v1/models/pricing", params={"endpoint_id": "fal-ai/x"}).status_code == 404


def test_fireworks_asks_for_results_by_post(api: httpx.Client) -> None:
    """Trap 11."""
    path = "/fireworks/inference/v1/workflows/accounts/fireworks/models/flux-2-pro"
    api.headers["Authorization"] = "Bearer any"
    body = {"prompt": "a mug", "seed": 3, "width": 256, "height": 256, "output_format": "png"}
    accepted = api.post(path, json=body).json()
    assert set(accepted) == {"request_id"}
    done = api.post(f"{path}/get_result", json={"id": accepted["request_id"]}).json()
    assert (done["status"], done["result"]["seed"]) == ("Ready", 3)
    assert api.get(done["result"]["sample"]).headers["Content-Type"] == "image/png"
    assert api.get(f"{path}/get_result").status_code == 405
    assert api.post(f"{path}/get_result", json={"id": "x"}).json()["status"] == "Task not found"
    assert api.post(f"{path}/get_result", json=[]).status_code == 400
    ratio = {"prompt": "x", "aspect_ratio": "16:9"}
    assert api.post(path, json=ratio).status_code == 200
    assert (line(api)["width"], line(api)["height"]) == (1360, 768)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("out_of_funds", 412, "PRECONDITION_FAILED"),
        ("unauthorised", 401, "UNAUTHORIZED"),
        ("rate_limited:4", 429, "RATE_LIMIT_EXCEEDED"),
        ("invalid", 400, "INVALID_ARGUMENT"),
        ("server_error", 500, "INTERNAL"),
    ],
)
def test_fireworks_refusals(api: httpx.Client, fault: str, status: int, code: str) -> None:
    """Trap 38: out of funds is 412 there."""
    path = "/fireworks/inference/v1/workflows/accounts/fireworks/models/flux-2-pro"
    api.headers["Authorization"] = "Bearer any"
    answer = api.post(path, json={"prompt": "x"}, headers={"X-Sandbox-Fault": fault})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert api.get("/invoice").json()["lines"] == []
    assert api.post(path, json={"width": 1}).status_code == 400
