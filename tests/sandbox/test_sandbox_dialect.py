"""The Black Forest Labs dialect as its documents describe it, spoken to directly."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from PIL import Image

Submit = Callable[..., dict[str, Any]]
BODY = {"prompt": "a mug", "width": 64, "height": 64}


class Clock(Protocol):
    def forward(self, seconds: float) -> None: ...


def test_a_key_is_required(client: httpx.Client) -> None:
    for method, url in (
        ("POST", "/bfl/v1/flux-2-pro"),
        ("GET", "/bfl/eu/v1/get_result?id=x"),
        ("GET", "/bfl/v1/credits"),
    ):
        answer = client.request(method, url, json=BODY if method == "POST" else None, headers={"x-key": ""})
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("Not authenticated - ")
    assert client.get("/bfl/v1/credits").json() == {"credits": 1_000_000.0}


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"width": 100}, ["body", "width"]),
        ({"height": 48}, ["body", "height"]),
        ({"width": 2048, "height": 2064}, ["body"]),
        ({"prompt": None}, ["body", "prompt"]),
        ({"safety_tolerance": 6}, ["body", "safety_tolerance"]),
        ({"output_format": "gif"}, ["body", "output_format"]),
        ({"input_image": "https://example.org/a.png"}, ["body", "input_image"]),
        ({"input_image": "aGVsbG8="}, ["body", "input_image"]),
    ],
)
def test_bad_members_are_answered_in_the_vendors_shape(
    client: httpx.Client, members: dict[str, object], place: list[str]
) -> None:
    answer = client.post("/bfl/v1/flux-2-pro", json=BODY | members)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert problem["loc"] == place
    assert set(problem) == {"loc", "msg", "type"}
    assert client.get("/invoice").json()["lines"] == []


def test_klein_ignores_a_fifth_reference_and_pro_takes_eight(client: httpx.Client) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    references = {
        f"input_image_{n}" if n > 1 else "input_image": base64.b64encode(file.getvalue()).decode() for n in range(1, 9)
    }
    pro = client.post("/bfl/v1/flux-2-pro", json=BODY | references).json()
    klein = client.post("/bfl/v1/flux-2-klein-9b", json=BODY | references).json()
    assert (pro["cost"], klein["cost"]) == (15.0, 2.3)


def test_the_webhook_form_has_no_polling_address(client: httpx.Client, submit: Submit) -> None:
    answer = submit(client, webhook_url="https://hooks.example/x")
    assert answer["status"] == "Pending"
    assert answer["webhook_url"] == "https://hooks.example/x"
    assert "polling_url" not in answer


def test_only_the_cluster_that_has_a_task_knows_it(client: httpx.Client, submit: Submit) -> None:
    task = submit(client)["id"]
    answers = {
        c: client.get(f"/bfl{c}/v1/get_result", params={"id": task}).json()["status"] for c in ("", "/eu", "/us")
    }
    assert answers == {"": "Task not found", "/eu": "Ready", "/us": "Task not found"}


def test_the_result_names_what_was_used_and_when(client: httpx.Client, submit: Submit) -> None:
    answer = client.get(submit(client, seed=None)["polling_url"]).json()
    result = answer["result"]
    assert set(result) == {"sample", "prompt", "seed", "start_time", "end_time", "duration"}
    assert result["end_time"] == pytest.approx(result["start_time"] + result["duration"])
    assert 1 <= result["seed"] < 2**31
    assert answer["cost"] == 3.0


def test_a_delivery_address_needs_no_key_expires_and_cannot_be_made_up(
    client: httpx.Client, submit: Submit, clock: Clock
) -> None:
    sample = client.get(submit(client)["polling_url"]).json()["result"]["sample"]
    answer = client.get(sample, headers={"x-key": ""})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert client.get(sample[:-1] + ("0" if sample[-1] != "0" else "1")).status_code == 403
    assert client.get(sample.replace("/1.png", "/2.png")).status_code == 403
    clock.forward(601)
    assert client.get(sample).status_code == 403


def test_faults_by_header_and_by_script(client: httpx.Client, submit: Submit, folder: Path) -> None:
    assert client.post("/bfl/v1/flux-2-pro", json=BODY, headers={"X-Sandbox-Fault": "out_of_funds"}).status_code == 402
    assert client.post("/bfl/v1/flux-2-pro", json=BODY, headers={"X-Sandbox-Fault": "nonsense"}).status_code == 400
    rules = [
        {"fault": "forbidden", "prompt_contains": "BOTTLE"},
        {"fault": "unavailable:9", "route": "flux-2-max", "times": 1},
    ]
    assert client.put("/faults", json=rules).status_code == 204
    assert client.get("/faults").json() == rules
    submit(client)
    assert client.post("/bfl/v1/flux-2-pro", json=BODY | {"prompt": "a bottle"}).status_code == 403
    answer = client.post("/bfl/v1/flux-2-max", json=BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
    assert client.post("/bfl/v1/flux-2-max", json=BODY).status_code == 200
    (folder / "faults.json").write_text('[{"fault": "server_error"}]')
    assert client.post("/bfl/v1/flux-2-pro", json=BODY).status_code == 500
    (folder / "faults.json").write_text("not json")
    assert "faults.json" in client.post("/bfl/v1/flux-2-pro", json=BODY).text


@pytest.mark.parametrize(
    "rules", [[{"fault": "nonsense"}], [{"fault": "slow", "times": 0}], [{"fault": "slow", "x": 1}], {}]
)
def test_a_script_that_makes_no_sense_is_refused(client: httpx.Client, rules: object) -> None:
    assert client.put("/faults", json=rules).status_code == 422


def test_status_words_on_the_way(client: httpx.Client, submit: Submit) -> None:
    polling = submit(client, fault="slow:4")["polling_url"]
    words = [client.get(polling).json()["status"] for _ in range(5)]
    assert words == ["Pending", "Reasoning", "Generating", "Pending", "Ready"]


def test_what_else_is_served(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/ca.pem").text.startswith("-----BEGIN CERTIFICATE-----")
    assert client.get("/invoice").json() == {"lines": [], "total": "0.00", "currency": "USD"}


def test_a_request_that_is_too_large_is_not_read(client: httpx.Client) -> None:
    answer = client.post("/bfl/v1/flux-2-pro", content=b"x", headers={"Content-Length": str(10**12)})
    assert answer.status_code == 413
