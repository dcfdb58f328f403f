"""What all dialects share: time that tasks take, limits of a key, prices, the export, spoiled answers and pictures."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import httpx
import jsonschema
import pytest
from PIL import Image

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport
from colophon.sandbox.invoice import Invoice, Task
from colophon.sandbox.prices import price

SCHEMAS = json.loads((Path(__file__).parent / "openapi" / "bfl.json").read_text())
Submit = Callable[..., dict[str, Any]]
BODY = {"prompt": "a mug", "seed": 1, "width": 64, "height": 64, "output_format": "png"}


class Clock(Protocol):
    def now(self) -> Any: ...

    def forward(self, seconds: float) -> None: ...


def check(name: str, value: object) -> None:
    jsonschema.Draft202012Validator(SCHEMAS | {"$ref": f"#/$defs/{name}"}).validate(value)


@pytest.fixture
def slow(folder: Path, clock: Clock) -> Iterator[Callable[[], httpx.Client]]:
    """Opens a sandbox whose tasks take ten seconds, two at a time for one key."""
    clients: list[httpx.Client] = []

    def start() -> httpx.Client:
        inner = transport(create_app(folder, clock=clock.now, takes=10.0, active_limit=2))
        clients.append(httpx.Client(transport=inner, base_url="http://sandbox.invalid", headers={"x-key": "any"}))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


def test_the_answers_are_as_published(client: httpx.Client, submit: Submit) -> None:
    made = submit(client)
    check("AsyncResponse", made)
    check("AsyncWebhookResponse", submit(client, webhook_url="https://hooks.example/x"))
    check("ResultResponse", client.get(made["polling_url"]).json())
    for fault in ("moderated_input", "moderated_output", "task_error", "task_lost", "slow:1", "no_picture"):
        check("ResultResponse", client.get(submit(client, fault=fault)["polling_url"]).json())
    check("HTTPValidationError", client.post("/bfl/v1/flux-2-pro", json={}).json())
    check("CreditsResponse", client.get("/bfl/v1/credits").json())


def test_a_task_takes_its_time_by_the_clock(slow: Callable[[], httpx.Client], submit: Submit, clock: Clock) -> None:
    client = slow()
    address = submit(client)["polling_url"]
    assert (client.get(address).json()["status"], client.get(address).json()["progress"]) == ("Pending", 0.0)
    clock.forward(5)
    assert client.get(address).json()["progress"] == 0.5
    clock.forward(5)
    assert client.get(address).json()["status"] == "Ready"
    own = submit(client, fault="takes:0.5")["polling_url"]
    clock.forward(0.5)
    assert client.get(own).json()["status"] == "Ready"


def test_a_key_has_so_many_unfinished_tasks_in_all_processes(
    slow: Callable[[], httpx.Client], submit: Submit, clock: Clock
) -> None:
    """Trap 44: the limit counts active tasks, not requests."""
    first, second = slow(), slow()
    submit(first)
    submit(second)
    for client in (first, second):
        assert client.post("/bfl/v1/flux-2-pro", json=BODY).status_code == 429
    assert first.post("/bfl/v1/flux-2-pro", json=BODY, headers={"x-key": "another"}).status_code == 200
    assert len(first.get("/invoice").json()["lines"]) == 3
    clock.forward(10)
    submit(first)
    submit(second)
    assert second.post("/bfl/v1/flux-2-pro", json=BODY).status_code == 429


def test_a_cancelled_task_frees_its_place(slow: Callable[[], httpx.Client]) -> None:
    client = slow()
    client.headers["Authorization"] = "Bearer any"
    path = "/replicate/v1/models/black-forest-labs/flux-2-pro/predictions"
    made = [client.post(path, json={"input": {"prompt": "x"}}).json() for _ in range(2)]
    assert client.post(path, json={"input": {"prompt": "x"}}).status_code == 429
    client.post(made[0]["urls"]["cancel"])
    assert client.post(path, json={"input": {"prompt": "x"}}).status_code == 201


def test_a_line_written_before_the_new_members_is_still_read(folder: Path) -> None:
    members = {
        "event": "accepted",
        "id": "one",
        "at": "2026-03-01T12:00:00.000Z",
        "provider": "bfl",
        "cluster": "eu",
        "model": "flux-2-pro",
        "prompt": "a mug",
        "seed": 1,
        "width": 64,
        "height": 64,
        "format": "png",
        "references": [],
        "amount": "0.03",
        "currency": "USD",
        "account": "x",
        "fault": None,
    }
    folder.mkdir()
    (folder / "invoice.jsonl").write_text(json.dumps(members) + "\n")
    task = Invoice(folder).find("one")
    assert isinstance(task, Task)
    assert (task.takes, task.asked) == (0.0, None)


@pytest.mark.parametrize(
    ("dialect", "model", "references", "dollars"),
    [
        ("bfl", "flux-2-pro", 0, "0.03"),
        ("fal", "flux-2-pro", 2, "0.15"),
        ("replicate", "flux-2-max", 1, "0.19"),
        ("aimlapi", "flux-2-pro", 0, "0.0315"),
        ("aimlapi", "flux-2-dev", 0, "0.0126"),
        ("aimlapi", "flux-2-klein-4b", 0, "0.014"),
        ("callmissed", "flux-2-pro", 0, "0.10"),
        ("callmissed", "flux-2-klein-4b", 0, "0.10"),
        ("cometapi", "flux-2-pro", 2, "0.03"),
        ("cometapi", "flux-2-flex", 0, "0.192"),
    ],
)
def test_each_dialect_has_its_prices(dialect: str, model: str, references: int, dollars: str) -> None:
    """Trap 42 for those by the megapixel: two references of four megapixels count eight units."""
    assert price(model, (1024, 1024), [(2048, 2048)] * references, dialect=dialect) == Decimal(dollars)


def test_the_invoice_as_a_table(client: httpx.Client, submit: Submit) -> None:
    client.get(submit(client)["polling_url"])
    submit(client, prompt="not, settled")
    answer = client.get("/invoice.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.splitlines()[0] == "id,at,provider,model,amount,currency,settled"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["provider"], row["amount"], row["settled"]) for row in rows] == [
        ("bfl", "0.03", "true"),
        ("bfl", "0.03", "false"),
    ]


SPOILED = ("html_answer", "empty_answer", "null_answer", "wrong_type", "deep_answer", "cut_answer")


@pytest.mark.parametrize("fault", SPOILED)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/bfl/v1/flux-2-pro", BODY),
        ("/fal/queue/fal-ai/flux-2-pro", {"prompt": "x"}),
        ("/replicate/v1/models/black-forest-labs/flux-2-pro/predictions", {"input": {"prompt": "x"}}),
    ],
)
def test_a_bought_order_whose_answer_is_spoiled(
    client: httpx.Client, path: str, body: dict[str, object], fault: str
) -> None:
    word = "Key" if path.startswith("/fal") else "Bearer"
    answer = client.post(path, json=body, headers={"X-Sandbox-Fault": fault, "Authorization": f"{word} any"})
    assert answer.status_code == 200
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        told = None
    assert not isinstance(told, dict)
    assert len(client.get("/invoice").json()["lines"]) == 1


def test_an_answer_is_spoiled_where_the_value_says(client: httpx.Client, submit: Submit) -> None:
    address = submit(client, fault="html_answer:poll")["polling_url"]
    assert client.get(address).headers["Content-Type"].startswith("text/html")
    assert client.get(address).json()["status"] == "Ready"
    sample = client.get(submit(client, fault="empty_answer:delivery")["polling_url"]).json()["result"]["sample"]
    assert client.get(sample).content == b""
    sample = client.get(submit(client, fault="gzip_answer:delivery")["polling_url"]).json()["result"]["sample"]
    with client.stream("GET", sample) as bomb:
        assert bomb.headers["Content-Encoding"] == "gzip"
        assert sum(len(chunk) for chunk in bomb.iter_raw()) < 1_000_000


def test_a_connection_that_ends_without_an_answer(client: httpx.Client, served: str) -> None:
    for door, root in ((client, ""), (httpx.Client(headers={"x-key": "any"}), served)):
        before = len(door.get(f"{root}/invoice").json()["lines"])
        with pytest.raises(httpx.TransportError):
            door.post(f"{root}/bfl/v1/flux-2-pro", json=BODY, headers={"X-Sandbox-Fault": "reset"})
        with pytest.raises((httpx.TransportError, ValueError)):
            door.post(f"{root}/bfl/v1/flux-2-pro", json=BODY, headers={"X-Sandbox-Fault": "cut_answer"}).json()
        assert len(door.get(f"{root}/invoice").json()["lines"]) == before + 2
        door.close()


def test_pictures_that_are_not_the_ones_ordered(client: httpx.Client, submit: Submit) -> None:
    def picture(fault: str = "", **members: object) -> tuple[str | None, tuple[int, int], bytes]:
        sample = client.get(submit(client, fault=fault, **members)["polling_url"]).json()["result"]["sample"]
        with Image.open(io.BytesIO(client.get(sample).content)) as image:
            return image.format, image.size, image.convert("RGB").tobytes()

    ordered = picture()
    assert ordered[:2] == ("PNG", (64, 64))
    assert picture("wrong_shape")[1] == (32, 64)
    assert picture("wrong_format")[0] == "JPEG"
    assert picture("other_picture")[2] != ordered[2]
    assert picture("same_picture", prompt="this")[2] == picture("same_picture", prompt="that", seed=9)[2]
    assert set(picture("blank_result")[2]) == {0}
    told = client.get(submit(client, fault="no_picture")["polling_url"]).json()
    assert (told["status"], told["result"]["sample"]) == ("Ready", None)


def test_where_a_delivery_leads(client: httpx.Client, submit: Submit) -> None:
    target = "http://169.254.169.254/latest"
    sample = client.get(submit(client, fault=f"redirect:{target}")["polling_url"]).json()["result"]["sample"]
    answer = client.get(sample)
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    sample = client.get(submit(client, fault="redirect")["polling_url"]).json()["result"]["sample"]
    assert client.get(sample).headers["Location"] == sample


@pytest.mark.parametrize(
    ("fault", "told"),
    [("cost_is:Infinity", "Infinity"), ("cost_is:-3", "-3.0"), ("cost_is:free", '"free"'), ("cost_nan", "NaN")],
)
def test_costs_that_make_no_sense(client: httpx.Client, submit: Submit, fault: str, told: str) -> None:
    address = submit(client, fault=fault)["polling_url"]
    assert f'"cost": {told}' in client.get(address).text
    assert client.get("/invoice").json()["total"] == "0.03"
