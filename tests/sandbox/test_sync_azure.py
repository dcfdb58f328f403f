"""The Black Forest Labs path of Azure AI Foundry: base64 only, two ways to give the key, sizes snapped silently."""

import base64
import io

import httpx
import pytest
from PIL import Image

PATH = "/azure/providers/blackforestlabs/v1/flux-2-pro?api-version=preview"
KEY = {"Authorization": "Bearer any"}
BODY = {"model": "FLUX.2-pro", "prompt": "a mug", "width": 256, "height": 256, "num_images": 1}


def png() -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("headers", [KEY, {"api-key": "any"}])
def test_either_key_header_buys_and_two_headers_name_the_request(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post(PATH, json=BODY, headers=headers)
    assert answer.status_code == 200
    (picture,) = answer.json()["data"]
    assert Image.open(io.BytesIO(base64.b64decode(picture["b64_json"]))).format == "JPEG"
    (line,) = client.get("/invoice").json()["lines"]
    assert answer.headers["x-request-id"] == answer.headers["apim-request-id"] == line["id"]
    assert not {"seed", "cost"} & set(answer.json())


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((250, 300), (256, 288)),
        ((1920, 1080), (1920, 1072)),
        ((4096, 1024), (4096, 1024)),
        ((1008, 752), (1008, 752)),
        ((4096, 4096), (2048, 2048)),
        ((16384, 1), (16384, 256)),
        ((None, None), (1024, 1024)),
    ],
)
def test_sizes_are_snapped_without_a_word(
    client: httpx.Client, asked: tuple[int | None, int | None], given: tuple[int, int]
) -> None:
    body = BODY | {"width": asked[0], "height": asked[1]}
    headers = KEY | {"x-sandbox-fault": "blank_result"}  # quick to draw
    picture = client.post(PATH, json=body, headers=headers).json()["data"][0]["b64_json"]
    assert Image.open(io.BytesIO(base64.b64decode(picture))).size == given
    line = client.get("/invoice").json()["lines"][0]
    assert (line["width"], line["height"]) == given


def test_pro_takes_eight_references_and_flex_ten(client: httpx.Client) -> None:
    members = {f"input_image_{n}" if n > 1 else "input_image": png() for n in range(1, 11)}
    client.post(PATH, json=BODY | members, headers=KEY)
    client.post(PATH.replace("2-pro", "2-flex"), json=BODY | members, headers=KEY)
    assert [line["amount"] for line in client.get("/invoice").json()["lines"]] == ["0.15", "0.55"]


def test_n_is_the_other_name_of_the_count(client: httpx.Client) -> None:
    counted = {name: value for name, value in BODY.items() if name != "num_images"}
    assert len(client.post(PATH, json=counted | {"n": 2}, headers=KEY).json()["data"]) == 2
    assert len(client.post(PATH, json=counted, headers=KEY).json()["data"]) == 1
    assert client.get("/invoice").json()["total"] == "0.09"


@pytest.mark.parametrize(
    ("path", "members", "status"),
    [
        (PATH, {"model": None}, 400),
        (PATH, {"output_format": "webp"}, 400),
        (PATH, {"input_image": "https://example.org/a.png"}, 400),
        (PATH, {"input_image": base64.b64encode(b"hello").decode()}, 400),
        (PATH, {"safety_tolerance": 7}, 400),
        (PATH, {"width": 0}, 400),
        (PATH.replace("?api-version=preview", ""), {}, 404),
        (PATH.replace("preview", "2024-01-01"), {}, 404),
        (PATH.replace("flux-2-pro", "flux-2-klein-4b"), {}, 404),
    ],
)
def test_bad_requests(client: httpx.Client, path: str, members: dict[str, object], status: int) -> None:
    answer = client.post(path, json=BODY | members, headers=KEY)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}
    assert client.get("/invoice").json()["lines"] == []


def test_a_refusal_is_400_in_either_shape(client: httpx.Client) -> None:
    usual = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": "moderated_output"})
    other = client.post(PATH, json=BODY, headers=KEY | {"x-sandbox-fault": "moderated_output:detail"})
    assert (usual.status_code, usual.json()["error"]["code"]) == (400, "content_policy_violation")
    assert (other.status_code, set(other.json())) == (400, {"detail"})
    assert client.get("/invoice").json()["total"] == "0.00"
    assert client.post(PATH, json=BODY).status_code == 401
