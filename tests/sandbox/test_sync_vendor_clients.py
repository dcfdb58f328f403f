"""The vendors' own Python clients against the sandbox on a port of this machine."""

import base64
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import together
import uvicorn
from PIL import Image

from colophon.sandbox.app import create_app


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(create_app(folder), log_level="warning", server_header=False))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def fresh(served: str) -> int:
    """How many lines the invoice had before the test."""
    return len(httpx.get(f"{served}/invoice").json()["lines"])


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


def new_lines(served: str, fresh: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{served}/invoice").json()["lines"]
    return found[fresh:]


def openai_client(base_url: str) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-any", base_url=base_url, max_retries=0)


def test_openai_generates_and_tells_the_request_id(served: str, fresh: int) -> None:
    with openai_client(f"{served}/openai-images/v1") as client:
        raw = client.images.with_raw_response.generate(
            model="flux-2-pro", prompt="a mug", size="512x512", response_format="b64_json", extra_body={"seed": 9}
        )
        (picture,) = raw.parse().data or []
    assert picture.b64_json is not None
    assert Image.open(io.BytesIO(base64.b64decode(picture.b64_json))).size == (512, 512)
    (line,) = new_lines(served, fresh)
    assert line["id"] == raw.headers["x-request-id"]
    assert line["seed"] == 9


def test_openai_edits_one_picture_and_several(served: str, fresh: int) -> None:
    with openai_client(f"{served}/openai-images/v1") as client:
        one = client.images.edit(image=("a.png", png()), prompt="in red", model="flux-2-pro", n=2)
        two = client.images.edit(image=[("a.png", png()), ("b.png", png())], prompt="both", model="flux-2-pro")
    assert len(one.data or []) == 2
    assert (two.data or [])[0].url
    assert [line["amount"] for line in new_lines(served, fresh)] == ["0.045", "0.045", "0.06"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("moderated_output", openai.BadRequestError),
        ("out_of_funds", openai.RateLimitError),
        ("unauthorised", openai.AuthenticationError),
        ("unavailable", openai.InternalServerError),
    ],
)
def test_openai_raises_its_own_errors(served: str, fault: str, error: type[openai.APIStatusError]) -> None:
    with openai_client(f"{served}/openai-images/v1") as client, pytest.raises(error) as caught:
        client.images.generate(prompt="a mug", size="512x512", extra_headers={"x-sandbox-fault": fault})
    assert caught.value.request_id


def test_openai_speaks_to_lumenfall_and_sees_the_metadata_as_an_extra_member(served: str, fresh: int) -> None:
    with openai_client(f"{served}/lumenfall/openai/v1") as client:
        raw = client.images.with_raw_response.generate(model="flux.2-pro", prompt="a mug", size="512x512")
        answer = raw.parse()
        edited = client.images.edit(image=("a.png", png()), prompt="in red", model="replicate/flux.2-pro")
    assert (answer.model_extra or {})["metadata"]["cost"] == 0.03
    assert (edited.model_extra or {})["metadata"]["provider"] == "replicate"
    assert raw.headers["x-lumenfall-request-id"] == new_lines(served, fresh)[0]["id"]
    served_picture = httpx.get((answer.data or [])[0].url or "")
    assert Image.open(io.BytesIO(served_picture.content)).size == (512, 512)


def test_openai_speaks_to_callmissed_and_aimlapi(served: str, fresh: int) -> None:
    with openai_client(f"{served}/callmissed/v1") as client:
        assert "flux-2-pro" in [model.id for model in client.models.list()]
        answer = client.images.generate(model="flux-2-pro", prompt="a mug", size="512x512")
        assert (answer.data or [])[0].b64_json
    with openai_client(f"{served}/aimlapi/v1") as client:
        sized = {"image_size": {"width": 512, "height": 512}}
        answer = client.images.generate(model="blackforestlabs/flux-2-pro", prompt="a mug", extra_body=sized)
        assert (answer.data or [])[0].url
    assert [line["amount"] for line in new_lines(served, fresh)] == ["0.10", "0.0315"]


def together_client(served: str) -> together.Together:
    return together.Together(api_key="any", base_url=f"{served}/together/v1", max_retries=0)


def test_together_generates_both_ways(served: str, fresh: int) -> None:
    reference = "data:image/png;base64," + base64.b64encode(png()).decode()
    with together_client(served) as client:
        inline = client.images.generate(
            model="black-forest-labs/FLUX.2-pro",
            prompt="a mug",
            width=256,
            height=256,
            seed=4,
            response_format="base64",
            extra_body={"prompt_upsampling": False},
        )
        linked = client.images.generate(
            model="black-forest-labs/FLUX.2-flex",
            prompt="a mug",
            width=256,
            height=256,
            output_format="png",
            reference_images=[reference],
        )
    assert inline.data[0].type == "b64_json"
    assert Image.open(io.BytesIO(base64.b64decode(inline.data[0].b64_json))).format == "JPEG"
    assert linked.data[0].type == "url"
    assert Image.open(io.BytesIO(httpx.get(linked.data[0].url).content)).format == "PNG"
    lines = new_lines(served, fresh)
    assert [line["id"] for line in lines] == [inline.id, linked.id]
    assert [line["amount"] for line in lines] == ["0.03", "0.10"]


@pytest.mark.parametrize(
    ("fault", "status"), [("out_of_funds", 402), ("moderated_input", 400), ("unauthorised", 401), ("rate_limited", 429)]
)
def test_together_raises_its_own_errors(served: str, fault: str, status: int) -> None:
    with together_client(served) as client, pytest.raises(together.APIStatusError) as caught:
        client.images.generate(
            model="black-forest-labs/FLUX.2-pro",
            prompt="a mug",
            width=256,
            height=256,
            extra_headers={"x-sandbox-fault": fault},
        )
    assert caught.value.status_code == status
