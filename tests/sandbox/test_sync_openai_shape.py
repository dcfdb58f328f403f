"""The OpenAI Images shape over FLUX.2, spoken to directly and held against OpenAI's published schemas."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

GENERATIONS, EDITS = "/openai-images/v1/images/generations", "/openai-images/v1/images/edits"
KEY = {"Authorization": "Bearer sk-any"}
BODY = {"model": "flux-2-pro", "prompt": "a mug", "size": "64x64", "seed": 7, "response_format": "b64_json"}
SCHEMAS = json.loads((Path(__file__).parent / "openapi" / "openai-images.json").read_text())


def valid(name: str, body: object) -> None:
    Draft202012Validator(SCHEMAS | {"$ref": f"#/components/schemas/{name}"}).validate(body)


def png(side: int = 64, colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(file, "PNG")
    return file.getvalue()


def opened(content: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(content, validate=True)))


def lines(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/invoice").json()["lines"]
    return found


def test_a_picture_as_base64_is_on_the_invoice_under_the_request_id(client: httpx.Client) -> None:
    answer = client.post(GENERATIONS, json=BODY, headers=KEY)
    assert answer.status_code == 200
    valid("ImagesResponse", answer.json())
    picture = opened(answer.json()["data"][0]["b64_json"])
    assert (picture.format, picture.size) == ("PNG", (64, 64))
    (line,) = lines(client)
    assert line["id"] == answer.headers["x-request-id"]
    assert (line["amount"], line["settled"], line["seed"], line["provider"]) == ("0.03", True, 7, "openai-images")


def test_the_default_answer_is_an_address_that_serves_without_a_key(client: httpx.Client) -> None:
    answer = client.post(GENERATIONS, json={"prompt": "a mug", "size": "64x64", "output_format": "webp"}, headers=KEY)
    valid("ImagesResponse", answer.json())
    (picture,) = answer.json()["data"]
    served = client.get(picture["url"])
    assert (served.status_code, served.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(served.content)).size == (64, 64)


def test_each_of_n_pictures_is_charged_and_differs(client: httpx.Client) -> None:
    answer = client.post(GENERATIONS, json=BODY | {"n": 3}, headers=KEY).json()
    assert len({item["b64_json"] for item in answer["data"]}) == 3
    assert [line["seed"] for line in lines(client)] == [7, 8, 9]
    assert client.get("/invoice").json()["total"] == "0.09"


def test_edits_take_one_file_or_a_list_and_charge_the_references(client: httpx.Client) -> None:
    fields = {"prompt": "the same, in red", "model": "flux-2-pro", "response_format": "b64_json", "seed": "3"}
    one = client.post(EDITS, data=fields, files={"image": ("a.png", png(), "image/png")}, headers=KEY)
    two = client.post(
        EDITS,
        data=fields,
        files=[("image[]", ("a.png", png(128), "image/png")), ("image[]", ("b.png", png(64, "red"), "image/png"))],
        headers=KEY,
    )
    assert (one.status_code, two.status_code) == (200, 200)
    # Without a size the first reference's is taken.
    assert [opened(answer.json()["data"][0]["b64_json"]).size for answer in (one, two)] == [(64, 64), (128, 128)]
    assert [line["amount"] for line in lines(client)] == ["0.045", "0.06"]
    assert lines(client)[0]["seed"] == 3


def test_edits_take_json_with_data_uris_and_no_files_by_id(client: httpx.Client) -> None:
    data_uri = "data:image/png;base64," + base64.b64encode(png()).decode()
    answer = client.post(EDITS, json=BODY | {"images": [{"image_url": data_uri}]}, headers=KEY)
    assert answer.status_code == 200
    assert lines(client)[0]["amount"] == "0.045"
    for images in ([{"file_id": "file-1"}], [{"image_url": "https://example.org/a.png"}], []):
        refused = client.post(EDITS, json=BODY | {"images": images}, headers=KEY)
        assert refused.status_code == 400
        valid("ErrorResponse", refused.json())
    assert len(lines(client)) == 1


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"n": 11}, "n"),
        ({"n": "2"}, "n"),
        ({"size": "100x64"}, "size"),
        ({"size": "4096x4096"}, "size"),
        ({"size": "16:9"}, "size"),
        ({"size": "999999x64"}, "size"),
        ({"stream": True}, "stream"),
        ({"seed": -1}, "seed"),
        ({"output_format": "gif"}, "output_format"),
        ({"model": "dall-e-3"}, "model"),
    ],
)
def test_a_bad_member_is_named_and_nothing_is_bought(
    client: httpx.Client, members: dict[str, object], param: str
) -> None:
    answer = client.post(GENERATIONS, json=BODY | members, headers=KEY)
    assert answer.status_code == (404 if param == "model" else 400)
    valid("ErrorResponse", answer.json())
    assert answer.json()["error"]["param"] == param
    assert answer.headers["x-request-id"]
    assert lines(client) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"prompt": NaN}', b'{"prompt": "\\ud800"}']
)
@pytest.mark.parametrize("path", [GENERATIONS, EDITS])
def test_what_is_no_json_object_is_a_400_in_the_shape(client: httpx.Client, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers=KEY | {"content-type": "application/json"})
    assert answer.status_code == 400
    valid("ErrorResponse", answer.json())


def test_without_a_key_the_answer_is_401(client: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "sk-any"}, {"Authorization": "Bearer "}):
        answer = client.post(GENERATIONS, json=BODY, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("moderated_input", 400, "content_policy_violation"),
        ("moderated_output", 400, "moderation_blocked"),
        ("moderated_output:null", 400, None),
        ("out_of_funds", 429, "insufficient_quota"),
        ("rate_limited:7", 429, "rate_limit_exceeded"),
        ("unauthorised", 401, "invalid_api_key"),
    ],
)
def test_refusals_have_the_shapes_codes(client: httpx.Client, fault: str, status: int, code: str | None) -> None:
    answer = client.post(GENERATIONS, json=BODY, headers=KEY | {"x-sandbox-fault": fault})
    assert answer.status_code == status
    valid("ErrorResponse", answer.json())
    assert answer.json()["error"]["code"] == code
    assert answer.headers.get("retry-after") == ("7" if ":7" in fault else None)
    if fault == "moderated_output:null":
        assert "safety system" in answer.json()["error"]["message"]
    assert client.get("/invoice").json()["total"] == "0.00"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx',
        b"--b\r\n\r\nno name\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n\xff\r\n--b--\r\n',
        b"".join(b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' for _ in range(500)) + b"--b--\r\n",
    ],
    ids=["empty", "open", "nothing", "cut", "nameless", "not-text", "many"],
)
def test_a_form_that_is_none_is_a_400(client: httpx.Client, body: bytes) -> None:
    headers = KEY | {"content-type": "multipart/form-data; boundary=b"}
    answer = client.post(EDITS, content=body, headers=headers)
    assert answer.status_code == 400
    valid("ErrorResponse", answer.json())
    bare = client.post(EDITS, content=body, headers=KEY | {"content-type": "multipart/form-data"})
    assert bare.status_code == 400


def test_an_upload_that_is_no_picture_is_a_400(client: httpx.Client) -> None:
    for files in (
        {"image": ("a.png", b"hello", "image/png")},
        {"mask": ("m.png", png(), "image/png"), "image": ("a.png", png(), "image/png")},
        [("image[]", (f"{n}.png", png(), "image/png")) for n in range(9)],
    ):
        answer = client.post(EDITS, data={"prompt": "x"}, files=files, headers=KEY)
        assert answer.status_code == 400
        valid("ErrorResponse", answer.json())
    assert lines(client) == []


def test_a_picture_with_line_ends_and_boundary_like_bytes_arrives_whole(client: httpx.Client) -> None:
    content = png() + b"\r\n--\r\n--b\n--bound"
    answer = client.post(
        EDITS,
        data={"prompt": "x", "response_format": "b64_json"},
        files={"image": ("a.png", content, "image/png")},
        headers=KEY,
    )
    assert answer.status_code == 200
    (digest,) = lines(client)[0]["references"]
    assert digest == hashlib.sha256(content).hexdigest()
