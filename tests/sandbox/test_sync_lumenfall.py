"""Lumenfall's dialect: sizes it converts, routing and cost beside the pictures, and its own API."""

import base64
import io
import math

import httpx
import pytest
from PIL import Image

GENERATIONS, EDITS = "/lumenfall/openai/v1/images/generations", "/lumenfall/openai/v1/images/edits"
KEY = {"Authorization": "Bearer lmnfl_a.b"}
BODY = {"model": "flux.2-pro", "prompt": "a mug", "size": "64x64", "seed": 1}


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


def drawn(client: httpx.Client, **members: object) -> tuple[int, int]:
    answer = client.post(GENERATIONS, json={"model": "flux.2-pro", "prompt": "a mug"} | members, headers=KEY)
    assert answer.status_code == 200, answer.text
    line = client.get("/invoice").json()["lines"][-1]
    return line["width"], line["height"]


def test_metadata_and_headers_tell_route_and_cost(client: httpx.Client) -> None:
    answer = client.post(GENERATIONS, json=BODY | {"n": 2}, headers=KEY)
    metadata = answer.json()["metadata"]
    assert (metadata["model"], metadata["cost"], metadata["cost_currency"]) == ("flux.2-pro", 0.06, "USD")
    assert [attempt["status"] for attempt in metadata["attempts"]] == ["success"]
    assert answer.headers["x-lumenfall-provider"] == metadata["provider"]
    assert answer.headers["x-lumenfall-model"] == "flux.2-pro"
    lines = client.get("/invoice").json()["lines"]
    assert answer.headers["x-lumenfall-request-id"] == lines[0]["id"]
    assert client.get("/invoice").json()["total"] == "0.06"
    served = client.get(answer.json()["data"][0]["url"])
    assert Image.open(io.BytesIO(served.content)).size == (64, 64)


@pytest.mark.parametrize("upstream", ["fal", "replicate"])
def test_a_prefix_forces_the_supplier(client: httpx.Client, upstream: str) -> None:
    answer = client.post(GENERATIONS, json=BODY | {"model": f"{upstream}/flux.2-pro"}, headers=KEY)
    assert answer.json()["metadata"]["provider"] == answer.headers["x-lumenfall-provider"] == upstream
    assert answer.json()["metadata"]["model"] == "flux.2-pro"


def test_ratios_and_tiers_are_taken_to_the_nearest_and_cut_to_sixteens(client: httpx.Client) -> None:
    assert drawn(client) == (1024, 1024)
    assert drawn(client, size="16:9", resolution="0.5K") == (672, 384)
    assert drawn(client, aspect_ratio="7:1", resolution="0.25MP") == (672, 384)
    assert drawn(client, aspect_ratio="1:100", resolution="0.6K") == (384, 672)
    # A size in pixels wins over both, and is snapped without a word.
    assert drawn(client, size="100x250", aspect_ratio="1:1", resolution="4K") == (96, 240)
    # The table's 4:3 is a little above a megapixel; cut to sixteens it is charged as one.
    assert drawn(client, aspect_ratio="4:3") == (1168, 880)
    assert client.get("/invoice").json()["lines"][-1]["amount"] == "0.03"


def test_the_largest_sizes_are_brought_down_to_four_megapixels(client: httpx.Client) -> None:
    for members in ({"size": "14142x14142"}, {"size": "1:1", "resolution": "4K"}, {"size": "14142x1"}):
        answer = client.post(GENERATIONS + "?dryRun=true", json=BODY | members, headers=KEY)
        assert answer.status_code == 200, answer.text
        assert answer.json()["metadata"]["cost"] <= 0.075
    width, height = drawn(client, size="14142x16")
    assert width * height <= 4_194_304
    assert not width % 16 | height % 16


def test_a_dry_run_tells_the_cost_and_buys_nothing(client: httpx.Client) -> None:
    answer = client.post(GENERATIONS + "?dryRun=true", json=BODY | {"size": "1920x1088"}, headers=KEY).json()
    assert answer["estimated"] is True
    assert math.isclose(answer["metadata"]["cost"], 0.045)
    assert "data" not in answer
    assert client.get("/invoice").json()["lines"] == []


def test_edits_are_multipart_only_and_take_nine_pictures(client: httpx.Client) -> None:
    files = [("image[]", (f"{n}.png", png(), "image/png")) for n in range(10)]
    fields = {"model": "flux.2-pro", "prompt": "x", "response_format": "b64_json"}
    answer = client.post(EDITS, data=fields, files=files[:9], headers=KEY)
    assert answer.json()["metadata"]["cost"] == 0.165
    assert Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"]))).size == (64, 64)
    too_many = client.post(EDITS, data=fields, files=files, headers=KEY)
    as_json = client.post(EDITS, json=BODY, headers=KEY)
    without = client.post(EDITS, data=fields, files={"other": ("a.png", png(), "image/png")}, headers=KEY)
    for refused in (too_many, as_json, without):
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"model": "flux-2-pro"}, 404, "MODEL_NOT_FOUND"),
        ({"model": "openai/flux.2-pro"}, 404, "MODEL_NOT_FOUND"),
        ({"size": "14143x16"}, 400, "INVALID_REQUEST"),
        ({"size": "wide"}, 400, "INVALID_REQUEST"),
        ({"size": "0:1"}, 400, "INVALID_REQUEST"),
        ({"size": "auto", "resolution": "0K"}, 400, "INVALID_REQUEST"),
        ({"size": None, "aspect_ratio": "1:0"}, 400, "INVALID_REQUEST"),
        ({"safety_tolerance": 6}, 400, "INVALID_REQUEST"),
        ({"safety_tolerance": 0}, 400, "INVALID_REQUEST"),
        ({"output_format": "avif"}, 400, "INVALID_REQUEST"),
        ({"prompt": 7}, 400, "INVALID_REQUEST"),
    ],
)
def test_bad_members(client: httpx.Client, members: dict[str, object], status: int, code: str) -> None:
    answer = client.post(GENERATIONS, json=BODY | members, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"message", "type", "code"}
    assert client.get("/invoice").json()["lines"] == []


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("moderated_input", 400, "CONTENT_POLICY_VIOLATION"),
        ("moderated_output", 400, "CONTENT_POLICY_VIOLATION"),
        ("moderated_output:hidden", 502, "ALL_PROVIDERS_EXHAUSTED"),
        ("bad_gateway", 502, "ALL_PROVIDERS_EXHAUSTED"),
        ("out_of_funds", 402, "INSUFFICIENT_BALANCE"),
        ("unauthorised", 401, "AUTHENTICATION_FAILED"),
    ],
)
def test_refusals(client: httpx.Client, fault: str, status: int, code: str) -> None:
    answer = client.post(GENERATIONS, json=BODY, headers=KEY | {"x-sandbox-fault": fault})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    told = answer.text.lower()
    assert ("content policy" in told) is ("hidden" in fault)
    assert client.get("/invoice").json()["total"] == "0.00"


def test_the_account_sees_its_own_requests_with_their_settled_cost(client: httpx.Client) -> None:
    first = client.post(GENERATIONS, json=BODY, headers=KEY).headers["x-lumenfall-request-id"]
    client.post(GENERATIONS, json=BODY, headers=KEY | {"x-sandbox-fault": "moderated_input"})
    client.post(GENERATIONS, json=BODY, headers=KEY | {"x-sandbox-fault": "settle_differs:2"})
    client.post(GENERATIONS, json=BODY, headers={"Authorization": "Bearer lmnfl_other"})
    found = client.get("/lumenfall/v1/requests", headers=KEY).json()["data"]
    assert [(item["status"], item["cost"]) for item in found] == [
        ("completed", 0.02),
        ("rejected", 0.0),
        ("completed", 0.03),
    ]
    page = client.get("/lumenfall/v1/requests?limit=2", headers=KEY).json()
    rest = client.get("/lumenfall/v1/requests", params={"before": page["next_cursor"]}, headers=KEY).json()
    assert [item["id"] for item in rest["data"]] == [first]
    assert len(client.get("/lumenfall/v1/requests?status=rejected", headers=KEY).json()["data"]) == 1
    assert client.get(f"/lumenfall/v1/requests/{first}", headers=KEY).json()["status"] == "completed"
    foreign = client.get(f"/lumenfall/v1/requests/{first}", headers={"Authorization": "Bearer lmnfl_other"})
    assert foreign.status_code == 404
    assert client.get("/lumenfall/v1/balance", headers=KEY).json()["balance"] == pytest.approx(10_000 - 0.08)
    assert client.get("/lumenfall/v1/balance").status_code == 401
