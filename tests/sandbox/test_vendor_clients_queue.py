"""The vendors' own Python clients against the sandbox on a port: `replicate` and `fal_client`."""

import gc
import io
import warnings
from collections.abc import Iterator
from typing import Any

import fal_client
import fal_client.client as fal_client_module
import httpx
import pytest
from PIL import Image
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError

PRO = "black-forest-labs/flux-2-pro"
SMALL = {"aspect_ratio": "custom", "width": 256, "height": 272}


def picture(size: tuple[int, int] = (320, 192)) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    file.name = "reference.png"
    file.seek(0)
    return file


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image


@pytest.fixture
def client(served: str) -> Iterator[Client]:
    client = Client(api_token="r8_any", base_url=f"{served}/replicate")
    yield client
    client._client.close()


@pytest.fixture
def fal(served: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    monkeypatch.setattr(fal_client_module, "RUN_URL_FORMAT", f"{served}/fal/run/")
    monkeypatch.setattr(fal_client_module, "QUEUE_URL_FORMAT", f"{served}/fal/queue/")
    monkeypatch.setattr(fal_client_module, "REST_URL", f"{served}/fal/rest")
    monkeypatch.setattr(fal_client_module, "CDN_URL", f"{served}/fal/cdn")
    client = fal_client.SyncClient(key="any")
    yield client
    client._client.close()


def test_replicate_creates_reloads_and_delivers(client: Client) -> None:
    made = client.models.predictions.create(
        model=PRO, input={"prompt": "a mug", "seed": 3, "output_format": "png", **SMALL}
    )
    assert (made.status, made.version) == ("starting", "hidden")
    made.reload()
    assert made.status == "succeeded"
    assert made.input == {"prompt": "a mug", "seed": 3, "output_format": "png", **SMALL}
    image = opened(httpx.get(str(made.output)).content)
    assert (image.format, image.size) == ("PNG", (256, 272))


def test_replicate_runs_and_waits_and_delivers_webp(client: Client) -> None:
    output = client.run(PRO, input={"prompt": "a jar", **SMALL})
    assert opened(httpx.get(str(output)).content).format == "WEBP"


def test_replicate_uploads_files_and_orders_with_them(client: Client) -> None:
    uploaded = client.files.create(picture(), metadata={"for": "a test"})
    assert (uploaded.content_type, uploaded.metadata) == ("image/png", {"for": "a test"})
    assert client.files.get(uploaded.id).checksums == uploaded.checksums
    made = client.predictions.create(
        version=PRO,
        input={"prompt": "as shown", "input_images": [picture()], "aspect_ratio": "match_input_image"},
        wait=10,
    )
    assert made.status == "succeeded"
    width, height = opened(httpx.get(str(made.output)).content).size
    assert width / height == pytest.approx(320 / 192, rel=0.03)
    client.files.delete(uploaded.id)
    with pytest.raises(ReplicateError):
        client.files.get(uploaded.id)


def test_replicate_lists_and_cancels(client: Client) -> None:
    made = client.models.predictions.create(model=PRO, input={"prompt": "listed", **SMALL})
    assert next(iter(client.predictions.list())).id == made.id
    assert client.predictions.cancel(made.id).status == "succeeded"
    assert client.models.get(PRO).latest_version is not None
    assert client.accounts.current().type == "organization"


def test_replicate_raises_what_its_users_know(served: str) -> None:
    refusing = Client(api_token="any", base_url=f"{served}/replicate", headers={"x-sandbox-fault": "out_of_funds"})
    with pytest.raises(ReplicateError) as refused:
        refusing.models.predictions.create(model=PRO, input={"prompt": "x"})
    assert refused.value.status == 402
    refusing._client.close()
    moderating = Client(
        api_token="any", base_url=f"{served}/replicate", headers={"x-sandbox-fault": "moderated_output"}
    )
    with pytest.raises(ModelError, match="E005"):
        moderating.run(PRO, input={"prompt": "x", **SMALL})
    moderating._client.close()


def test_fal_subscribes_and_runs(fal: fal_client.SyncClient) -> None:
    seen: list[str] = []
    answer = fal.subscribe(
        "fal-ai/flux-2-pro",
        {"prompt": "a mug", "seed": 5, "image_size": {"width": 256}},
        on_enqueue=seen.append,
        interval=0.01,
    )
    assert (answer["seed"], len(seen)) == (5, 1)
    image = opened(httpx.get(answer["images"][0]["url"]).content)
    assert (image.format, image.size) == ("JPEG", (256, 512))
    direct = fal.run("fal-ai/flux-2-pro", {"prompt": "a mug", "image_size": "square", "sync_mode": True})
    assert direct["images"][0]["url"].startswith("data:image/jpeg;base64,")


def test_fal_shows_the_states_of_its_queue(fal: fal_client.SyncClient) -> None:
    handle = fal.submit("fal-ai/flux-2-max", {"prompt": "x"}, headers={"x-sandbox-fault": "slow:2"})
    states: list[Any] = list(handle.iter_events(with_logs=True, interval=0.01))
    assert [type(state).__name__ for state in states] == ["Queued", "InProgress", "Completed"]


def test_fal_edits_what_it_uploaded(fal: fal_client.SyncClient) -> None:
    with warnings.catch_warnings():
        # The vendor's client leaves the connection of its upload open.
        warnings.simplefilter("ignore", ResourceWarning)
        address = fal.upload(picture().getvalue(), "image/png", file_name="reference.png")
        gc.collect()
    handle = fal.submit("fal-ai/flux-2-pro/edit", {"prompt": "as shown", "image_urls": [address]})
    again = fal.get_handle("fal-ai/flux-2-pro/edit", handle.request_id)
    assert opened(httpx.get(again.get(interval=0.01)["images"][0]["url"]).content).size == (320, 192)


def test_fal_raises_where_the_result_is_asked_for(fal: fal_client.SyncClient) -> None:
    for fault, status in (("moderated_input", 422), ("task_error", 500)):
        handle = fal.submit("fal-ai/flux-2-pro", {"prompt": "x"}, headers={"x-sandbox-fault": fault})
        # The client tries a 5xx again by itself; its transport is asked once here.
        answer = fal._client.get(handle.response_url)
        assert answer.status_code == status
    handle = fal.submit("fal-ai/flux-2-pro", {"prompt": "x"}, headers={"x-sandbox-fault": "moderated_output"})
    with pytest.raises(fal_client.FalClientHTTPError) as refused:
        handle.get(interval=0.01)
    assert refused.value.status_code == 422
