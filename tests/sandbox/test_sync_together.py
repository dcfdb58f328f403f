"""Together's dialect, spoken to directly and held against its published schemas."""

import base64
import io
import json
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

PATH = "/together/v1/images/generations"
KEY = {"Authorization": "Bearer any"}
BODY = {"model": "black-forest-labs/FLUX.2-pro", "prompt": "a mug", "width": 256, "height": 256}
SCHEMAS = json.loads((Path(__file__).parent / "openapi" / "together.json").read_text())


def valid(name: str, body: object) -> None:
    Draft202012Validator(SCHEMAS | {"$ref": f"#/components/schemas/{name}"}).validate(body)


def data_uri() -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def test_base64_is_asked_for_under_one_name_and_answered_under_another(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY | {"response_format": "base64", "n": 2}, headers=KEY).json()
    valid("ImageResponse", answer)
    assert [(item["index"], item["type"]) for item in answer["data"]] == [(0, "b64_json"), (1, "b64_json")]
    picture = Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"])))
    assert (picture.format, picture.size) == ("JPEG", (256, 256))
    assert (answer["object"], answer["model"]) == ("list", BODY["model"])
    lines = client.get("/invoice").json()["lines"]
    assert [line["amount"] for line in lines] == ["0.03", "0.03"]
    assert answer["id"] == lines[0]["id"]
    assert not {"seed", "cost"} & set(answer)


def test_the_default_is_an_address(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY | {"output_format": "png"}, headers=KEY).json()
    valid("ImageResponse", answer)
    assert answer["data"][0]["type"] == "url"
    served = client.get(answer["data"][0]["url"])
    assert Image.open(io.BytesIO(served.content)).format == "PNG"


def test_references_come_as_one_address_and_as_a_list_and_only_as_data_uris(client: httpx.Client) -> None:
    members = {"image_url": data_uri(), "reference_images": [data_uri(), data_uri()]}
    assert client.post(PATH, json=BODY | members, headers=KEY).status_code == 200
    assert client.get("/invoice").json()["lines"][0]["amount"] == "0.075"
    for name, value in (
        ("image_url", "https://example.org/a.png"),
        ("reference_images", ["https://example.org/a.png"]),
    ):
        answer = client.post(PATH, json=BODY | {name: value}, headers=KEY)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)
        valid("ErrorData", answer.json())


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"width": 255}, 400),
        ({"height": 1936}, 400),
        ({"width": 264}, 400),
        ({"width": "256"}, 400),
        ({"n": 5}, 400),
        ({"response_format": "b64_json"}, 400),
        ({"output_format": "webp"}, 400),
        ({"model": "black-forest-labs/FLUX.9"}, 404),
        ({"model": "flux-2-pro"}, 404),
        ({"prompt": "x" * 32_001}, 403),
        ({"reference_images": [""]}, 400),
        ({"prompt_upsampling": False, "unknown_member": 1}, 200),
    ],
)
def test_bounds(client: httpx.Client, members: dict[str, object], status: int) -> None:
    answer = client.post(PATH, json=BODY | members, headers=KEY)
    assert answer.status_code == status, answer.text
    valid("ImageResponse" if status == 200 else "ErrorData", answer.json())
    assert len(client.get("/invoice").json()["lines"]) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("out_of_funds", 402), ("unauthorised", 401), ("unavailable:3", 503), ("moderated_input", 400), ("invalid", 400)],
)
def test_refusals(client: httpx.Client, fault: str, status: int) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": fault})
    assert answer.status_code == status
    valid("ErrorData", answer.json())
    assert client.get("/invoice").json()["total"] == "0.00"


def test_another_model_in_the_answer(client: httpx.Client) -> None:
    answer = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": "model_differs"}).json()
    valid("ImageResponse", answer)
    assert answer["model"] != BODY["model"]
