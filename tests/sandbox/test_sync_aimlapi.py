"""AI/ML API's dialect: its sizes, safety as text, credits, flat errors and the list of transactions."""

import base64
import io
import math
from decimal import Decimal

import httpx
import pytest
from PIL import Image

PATH = "/aimlapi/v1/images/generations"
KEY = {"Authorization": "Bearer any"}
SIZE = {"width": 512, "height": 512}
BODY = {"model": "blackforestlabs/flux-2-pro", "prompt": "a mug", "image_size": SIZE, "seed": 1}
EDIT = BODY | {"model": "blackforestlabs/flux-2-pro-edit"}


def png() -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_body_and_headers_tell_what_was_spent(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-client-request-id": "order-1"})
    assert answer.status_code == 200
    assert answer.json()["meta"] == {"usage": {"credits_used": 63_000}}
    assert answer.headers["x-aimlapi-credits-used"] == "63000"
    assert Decimal(answer.headers["x-aimlapi-usd-spent"]) == Decimal("0.0315")
    assert answer.headers["x-client-request-id"] == "order-1"
    (line,) = client.get("/invoice").json()["lines"]
    assert (line["id"], line["amount"]) == (answer.headers["x-inference-id"], "0.0315")
    (picture,) = answer.json()["data"]
    assert picture["b64_json"] is None
    served = Image.open(io.BytesIO(client.get(picture["url"]).content))
    assert (served.format, served.size) == ("PNG", (512, 512))


def test_the_small_model_makes_several_and_its_editing_tells_dollars_too(client: httpx.Client) -> None:
    body = BODY | {"model": "blackforestlabs/flux-2", "num_images": 2}
    several = client.post(PATH, json=body, headers=KEY).json()
    one = client.post(PATH, json=BODY | {"num_images": 2}, headers=KEY).json()
    assert (len(several["data"]), several["meta"]["usage"]) == (2, {"credits_used": 50_400})
    assert len(one["data"]) == 1
    edited = client.post(PATH, json=body | {"model": "blackforestlabs/flux-2-edit", "image_urls": [png()]}, headers=KEY)
    assert edited.json()["meta"]["usage"] == {"credits_used": 100_800, "usd_spent": 0.0504}
    assert [line["amount"] for line in client.get("/invoice").json()["lines"]][2:] == ["0.0315", "0.0252", "0.0252"]


def test_a_client_id_of_another_form_is_dropped(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-client-request-id": "two words"})
    assert answer.status_code == 200
    assert "x-client-request-id" not in answer.headers


def test_editing_is_another_model_and_takes_one_to_three_pictures(client: httpx.Client) -> None:
    given = [png(), f"data:image/png;base64,{png()}", png()]
    assert client.post(PATH, json=EDIT | {"image_urls": given}, headers=KEY).status_code == 200
    (line,) = client.get("/invoice").json()["lines"]
    assert (line["amount"], len(line["references"])) == ("0.07875", 3)
    for body in (EDIT, EDIT | {"image_urls": []}, EDIT | {"image_urls": [png()] * 4}, BODY | {"image_urls": [png()]}):
        assert client.post(PATH, json=body, headers=KEY).status_code == 400
    assert client.post(PATH, json=EDIT | {"image_urls": ["https://example.org/a.png"]}, headers=KEY).status_code == 400


@pytest.mark.parametrize(
    ("image_size", "drawn"),
    [
        ("square", (512, 512)),
        ("portrait_16_9", (576, 1024)),
        ({"width": 512}, (512, 768)),
        ({}, (1024, 768)),
        (None, (1024, 768)),
    ],
)
def test_sizes(client: httpx.Client, image_size: object, drawn: tuple[int, int]) -> None:
    body = {name: value for name, value in BODY.items() if name != "image_size"}
    members = {} if image_size is None else {"image_size": image_size}
    assert client.post(PATH, json=body | members, headers=KEY).status_code == 200
    (line,) = client.get("/invoice").json()["lines"]
    assert (line["width"], line["height"]) == drawn


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"seed": 0}, 400),
        ({"image_size": {"width": 528, "height": 512}}, 400),
        ({"image_size": {"width": 480, "height": 512}}, 400),
        ({"image_size": {"width": 2080, "height": 512}}, 400),
        ({"image_size": "huge"}, 400),
        ({"safety_tolerance": 2}, 400),
        ({"safety_tolerance": "6"}, 200),
        ({"safety_tolerance": "0"}, 400),
        ({"model": "blackforestlabs/flux-2-max", "safety_tolerance": "6"}, 400),
        ({"model": "blackforestlabs/flux-2-max", "output_format": "webp"}, 400),
        ({"model": "flux-2-pro"}, 404),
        ({"model": "blackforestlabs/flux-2-max-edit"}, 404),
        ({"prompt": "x" * 4001}, 400),
    ],
)
def test_bounds(client: httpx.Client, members: dict[str, object], status: int) -> None:
    answer = client.post(PATH, json=BODY | members, headers=KEY)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert set(answer.json()) == {"message", "path", "requestId", "statusCode", "timestamp"}
        assert answer.json()["path"] == "/v1/images/generations"
        assert answer.headers["x-inference-id"] == answer.json()["requestId"]
    assert len(client.get("/invoice").json()["lines"]) == (status == 200)


@pytest.mark.parametrize(
    ("fault", "status"), [("out_of_funds", 403), ("unauthorised", 401), ("moderated_input", 400), ("task_error", 500)]
)
def test_what_fails_is_not_charged(client: httpx.Client, fault: str, status: int) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": fault})
    assert (answer.status_code, int(answer.json()["statusCode"])) == (status, status)
    assert client.get("/invoice").json()["total"] == "0.00"


def test_costs_spoiled_on_order(client: httpx.Client) -> None:
    def ask(fault: str) -> httpx.Response:
        return client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": fault})

    missing, nan, text = ask("cost_missing"), ask("cost_nan"), ask("cost_is:a lot")
    assert missing.json()["meta"] is None
    assert not [name for name in missing.headers if name.startswith("x-aimlapi")]
    assert math.isnan(nan.json()["meta"]["usage"]["credits_used"])
    assert nan.headers["x-aimlapi-usd-spent"] == "nan"
    assert text.headers["x-aimlapi-credits-used"] == "a lot"
    differs = ask("settle_differs:1")
    assert differs.json()["meta"]["usage"]["credits_used"] == 63_000
    assert [line["amount"] for line in client.get("/invoice").json()["lines"]] == ["0.0315"] * 3 + ["0.01"]


def test_transactions_name_the_inference_and_page(client: httpx.Client) -> None:
    ids = [client.post(PATH, json=BODY | {"seed": n}, headers=KEY).headers["x-inference-id"] for n in (1, 2, 3)]
    client.post(PATH, json=BODY, headers={"Authorization": "Bearer other"})
    page = client.get("/aimlapi/v2/billing/transactions", params={"limit": 2}, headers=KEY).json()
    rest = client.get("/aimlapi/v2/billing/transactions", params={"before": page["next_cursor"]}, headers=KEY).json()
    assert [item["reference_id"] for item in page["data"] + rest["data"]] == ids[::-1]
    assert (page["data"][0]["amount_usd"], page["data"][0]["credits"]) == ("0.0315", 63_000)
    assert rest["next_cursor"] is None
    assert client.get("/aimlapi/v2/billing/transactions").status_code == 401
