"""The Replicate dialect, spoken to directly, and what CometAPI makes of it; answers against the vendor's schemas."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import jsonschema
import pytest
from PIL import Image

SCHEMAS = json.loads((Path(__file__).parent / "openapi" / "replicate.json").read_text())
PRO = "/replicate/v1/models/black-forest-labs/flux-2-pro/predictions"
COMET = "/cometapi/replicate/v1/models/black-forest-labs/flux-2-pro/predictions"
SMALL = {"prompt": "a mug", "seed": 7, "aspect_ratio": "custom", "width": 256, "height": 256, "output_format": "png"}


class Clock(Protocol):
    def forward(self, seconds: float) -> None: ...


def check(name: str, value: object) -> None:
    validator = jsonschema.Draft202012Validator(
        SCHEMAS | {"$ref": f"#/$defs/{name}"}, format_checker=jsonschema.FormatChecker()
    )
    validator.validate(value)


@pytest.fixture
def api(client: httpx.Client) -> httpx.Client:
    client.headers["Authorization"] = "Bearer r8_any"
    return client


def create(api: httpx.Client, fault: str = "", path: str = PRO, **members: object) -> dict[str, Any]:
    headers = {"X-Sandbox-Fault": fault} if fault else None
    answer = api.post(path, json={"input": SMALL | members}, headers=headers)
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()
    check("prediction", result)
    return result


def get(api: httpx.Client, task: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(task["urls"]["get"])
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result


def test_a_prediction_from_start_to_picture(api: httpx.Client) -> None:
    made = create(api)
    assert (made["status"], made["output"], made["version"]) == ("starting", None, "hidden")
    assert len(made["id"]) == 26
    done = get(api, made)
    check("prediction", done)
    assert done["status"] == "succeeded"
    assert done["input"] == SMALL
    assert isinstance(done["output"], str)
    with Image.open(io.BytesIO(api.get(done["output"]).content)) as image:
        assert (image.format, image.size) == ("PNG", (256, 256))
    line = api.get("/invoice").json()["lines"][0]
    assert (line["provider"], line["amount"], line["settled"]) == ("replicate", "0.03", True)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"aspect_ratio": "1:1"}, (1024, 1024)),
        ({"aspect_ratio": "16:9"}, (1360, 768)),
        ({"aspect_ratio": "16:9", "width": 256, "height": 256}, (1360, 768)),
        ({"aspect_ratio": "1:1", "resolution": "0.5 MP"}, (720, 720)),
        ({"aspect_ratio": "21:9", "resolution": "4 MP"}, (2048, 1344)),
        ({"aspect_ratio": "custom", "width": 300, "height": 1000, "resolution": "4 MP"}, (304, 1008)),
    ],
)
def test_width_and_height_count_only_with_custom(
    api: httpx.Client, given: dict[str, object], size: tuple[int, int]
) -> None:
    input_ = {"prompt": "a mug", "output_format": "webp"} | given
    assert api.post(PRO, json={"input": input_}).status_code == 201
    line = api.get("/invoice").json()["lines"][0]
    assert (line["width"], line["height"]) == size


@pytest.mark.parametrize(
    "body",
    [
        {"input": SMALL, "model": "x"},
        {"input": SMALL, "version": "black-forest-labs/flux-2-pro"},
        {"input": "a mug"},
        {"prompt": "a mug"},
        {"input": SMALL | {"width": 3000}},
        {"input": SMALL | {"safety_tolerance": 0}},
        {"input": SMALL | {"resolution": "8 MP"}},
        {"input": SMALL | {"input_images": ["https://example.org/a.png"]}},
        {"input": SMALL | {"input_images": ["data:image/png;base64,aGVsbG8="]}},
    ],
)
def test_a_bad_order_is_422_and_buys_nothing(api: httpx.Client, body: object) -> None:
    answer = api.post(PRO, json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("- ")
    assert api.get("/invoice").json()["lines"] == []


def test_a_token_is_required_everywhere(client: httpx.Client) -> None:
    asked = [
        ("POST", PRO),
        ("POST", "/replicate/v1/predictions"),
        ("GET", "/replicate/v1/predictions"),
        ("GET", "/replicate/v1/predictions/x"),
        ("POST", "/replicate/v1/predictions/x/cancel"),
        ("POST", "/replicate/v1/files"),
        ("GET", "/replicate/v1/account"),
        ("GET", "/replicate/v1/webhooks/default/secret"),
        ("POST", COMET),
    ]
    for method, path in asked:
        assert client.request(method, path, json={"input": SMALL}).status_code == 401, path
    assert client.get("/invoice").json()["lines"] == []


def test_a_held_answer_is_the_finished_prediction_and_a_slow_one_is_202(api: httpx.Client) -> None:
    held = api.post(PRO, json={"input": SMALL}, headers={"Prefer": "wait=5"})
    assert (held.status_code, held.json()["status"]) == (201, "succeeded")
    slow = api.post(PRO, json={"input": SMALL}, headers={"Prefer": "wait=1", "X-Sandbox-Fault": "takes:60"})
    assert (slow.status_code, slow.json()["status"], slow.json()["output"]) == (202, "starting", None)


def test_the_list_is_newest_first_in_pages_and_only_of_this_account(api: httpx.Client) -> None:
    ids = [create(api, seed=seed)["id"] for seed in range(1, 104)]
    other = api.post(PRO, json={"input": SMALL}, headers={"Authorization": "Bearer r8_other"}).json()["id"]
    first = api.get("/replicate/v1/predictions").json()
    check("predictions", first)
    assert len(first["results"]) == 100
    create(api, seed=200)
    second = api.get(first["next"]).json()
    check("predictions", second)
    assert second["next"] is None
    listed = [each["id"] for page in (first, second) for each in page["results"]]
    assert listed == ids[::-1]
    assert other not in listed
    assert first["results"][0]["input"]["seed"] == 103


def test_the_list_is_bounded_by_time(api: httpx.Client, clock: Clock) -> None:
    early = create(api)["id"]
    clock.forward(60)
    late = create(api)
    asked = {"created_after": late["created_at"]}
    assert [each["id"] for each in api.get("/replicate/v1/predictions", params=asked).json()["results"]] == [late["id"]]
    asked = {"created_before": late["created_at"]}
    assert [each["id"] for each in api.get("/replicate/v1/predictions", params=asked).json()["results"]] == [early]


def test_data_is_removed_an_hour_after_the_end(api: httpx.Client, clock: Clock) -> None:
    made = create(api)
    clock.forward(3601)
    gone = get(api, made)
    check("prediction", gone)
    assert (gone["status"], gone["output"], gone["data_removed"], gone["input"]) == ("succeeded", None, True, {})


def test_a_running_prediction_can_be_cancelled_and_is_free(api: httpx.Client, clock: Clock) -> None:
    made = create(api, fault="takes:30")
    assert get(api, made)["status"] == "starting"
    cancelled = api.post(made["urls"]["cancel"]).json()
    check("prediction", cancelled)
    assert cancelled["status"] == "canceled"
    clock.forward(31)
    assert get(api, made)["status"] == "canceled"
    assert api.get("/invoice").json()["total"] == "0.00"


@pytest.mark.parametrize(
    ("fault", "status", "word", "charged"),
    [
        ("moderated_input", "failed", "E005", "0.00"),
        ("moderated_output", "failed", "E005", "0.00"),
        ("moderated_output:charged", "failed", "E005", "0.03"),
        ("task_error", "failed", "failed", "0.00"),
    ],
)
def test_how_a_prediction_fails(api: httpx.Client, fault: str, status: str, word: str, charged: str) -> None:
    done = get(api, create(api, fault=fault))
    check("prediction", done)
    assert (done["status"], done["output"]) == (status, None)
    assert word in done["error"]
    assert api.get("/invoice").json()["total"] == charged


@pytest.mark.parametrize(
    ("fault", "status", "bought"),
    [
        ("unauthorised", 401, 0),
        ("out_of_funds", 402, 0),
        ("forbidden", 403, 0),
        ("invalid", 422, 0),
        ("rate_limited:7", 429, 0),
        ("active_tasks", 429, 0),
        ("limited_after", 429, 1),
        ("server_error", 500, 0),
        ("answer_lost", 500, 1),
        ("unavailable", 503, 0),
        ("nonsense", 400, 0),
    ],
)
@pytest.mark.parametrize("path", [PRO, COMET])
def test_what_submit_answers_under_a_fault(api: httpx.Client, path: str, fault: str, status: int, bought: int) -> None:
    answer = api.post(path, json={"input": SMALL}, headers={"X-Sandbox-Fault": fault})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert len(api.get("/invoice").json()["lines"]) == bought
    if status == 429:
        assert "resets in ~" in answer.json()["detail"]
        assert answer.headers.get("Retry-After") == ("7" if ":" in fault else None)


def test_pictures_that_are_not_as_ordered(api: httpx.Client) -> None:
    assert get(api, create(api, fault="no_picture"))["output"] is None
    two = get(api, create(api, fault="two_pictures"))["output"]
    assert len(two) == 2
    assert api.get(two[1]).status_code == 200
    assert get(api, create(api, fault="data_uri"))["output"].startswith("data:image/png;base64,")
    assert get(api, create(api, fault="model_differs"))["model"] == "black-forest-labs/flux-1-schnell"
    assert get(api, create(api, fault="seed_differs"))["input"]["seed"] == 8


def test_polls_that_fail_before_they_find_it(api: httpx.Client) -> None:
    for fault, status in (("poll_forbidden", 403), ("poll_missing:1", 404), ("poll_error", 500)):
        address = create(api, fault=fault)["urls"]["get"]
        assert [api.get(address).status_code for _ in range(2)] == [status, 200]
    lost = create(api, fault="task_lost")["urls"]["get"]
    assert [api.get(lost).status_code for _ in range(2)] == [404, 404]
    assert lost.rsplit("/", 1)[-1] not in api.get("/replicate/v1/predictions").text
    address = create(api, fault="slow:3")["urls"]["get"]
    assert [api.get(address).json()["status"] for _ in range(4)] == [
        "starting",
        "processing",
        "processing",
        "succeeded",
    ]


def test_files_models_account_and_secret_are_as_published(api: httpx.Client) -> None:
    file = api.post("/replicate/v1/files", files={"content": ("a.bin", b"hello", "image/png")})
    assert file.status_code == 201
    check("file", file.json())
    assert file.json()["content_type"] == "application/octet-stream"
    assert api.get(f"{file.json()['urls']['get']}/download").content == b"hello"
    check("model", api.get("/replicate/v1/models/black-forest-labs/flux-2-pro").json())
    version = api.get("/replicate/v1/models/black-forest-labs/flux-2-pro").json()["latest_version"]
    check("version", version)
    assert version["openapi_schema"]["components"]["schemas"]["Output"]["type"] == "string"
    by_hash = api.post("/replicate/v1/predictions", json={"version": version["id"], "input": SMALL})
    assert by_hash.json()["model"] == "black-forest-labs/flux-2-pro"
    check("account", api.get("/replicate/v1/account").json())
    check("webhook_secret", api.get("/replicate/v1/webhooks/default/secret").json())
    for path in ("/replicate/v1/files/x", "/replicate/v1/models/a/b", "/replicate/v1/predictions/x"):
        assert api.get(path).status_code == 404


def test_an_uploaded_file_is_used_as_a_reference_and_another_address_is_not_fetched(
    api: httpx.Client, opened: Callable[[], httpx.Client]
) -> None:
    content = io.BytesIO()
    Image.new("RGB", (512, 512), "teal").save(content, "PNG")
    uploaded = api.post("/replicate/v1/files", files={"content": ("a.png", content.getvalue(), "image/png")}).json()
    address = uploaded["urls"]["get"]
    body = {"input": SMALL | {"input_images": [address]}}
    assert opened().post(PRO, json=body, headers={"Authorization": "Bearer x"}).status_code == 201
    assert api.get("/invoice").json()["lines"][0]["amount"] == "0.045"
    foreign = address.replace("sandbox.invalid", "sandbox.invalid.example")
    assert api.post(PRO, json={"input": SMALL | {"input_images": [foreign]}}).status_code == 422


def test_the_reseller_lists_its_output_and_points_elsewhere(api: httpx.Client) -> None:
    """Trap 8 and 15: its addresses are the maker's, its output a list."""
    made = create(api, path=COMET)
    assert made["urls"]["get"] == f"https://api.replicate.com/v1/predictions/{made['id']}"
    done = api.get(f"/cometapi/replicate/v1/predictions/{made['id']}").json()
    check("prediction", done)
    assert len(done["output"]) == 1
    assert done["metrics"]["image_count"] == 1
    assert api.get(done["output"][0]).headers["Content-Type"] == "image/png"
    assert api.get(f"/replicate/v1/predictions/{made['id']}").status_code == 404
    assert api.get("/cometapi/replicate/v1/predictions").status_code in (404, 405)
    assert api.get("/invoice").json()["lines"][0]["provider"] == "cometapi"
