"""The invoice survives: restarts, several processes, torn lines, a server that is killed."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from colophon.providers.http import guarded_client
from colophon.sandbox.invoice import Invoice

Submit = Callable[..., dict[str, Any]]
Open = Callable[[], httpx.Client]


def test_a_restart_finds_tasks_prices_and_pictures(opened: Open, submit: Submit) -> None:
    before = opened()
    settled, waiting = submit(before, seed=3), submit(before, seed=4, fault="seed_differs")
    first = before.get(before.get(settled["polling_url"]).json()["result"]["sample"]).content
    invoice = before.get("/invoice").json()
    before.close()

    after = opened()
    assert after.get("/invoice").json() == invoice
    again = after.get(settled["polling_url"]).json()
    assert pixels(after.get(again["result"]["sample"]).content) == pixels(first)
    assert after.get(waiting["polling_url"]).json()["result"]["seed"] == 5


def test_two_processes_share_a_folder(opened: Open, submit: Submit) -> None:
    one, other = opened(), opened()
    task = submit(one)
    assert other.get(task["polling_url"]).json()["status"] == "Ready"
    assert one.put("/faults", json=[{"fault": "out_of_funds", "times": 3}]).status_code == 204

    def order(place: int) -> tuple[int, str]:
        body = {"prompt": f"{place}", "seed": place, "width": 64, "height": 64}
        answer = (one, other)[place % 2].post("/bfl/v1/flux-2-pro", json=body)
        return answer.status_code, answer.json().get("id", "")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(order, range(40)))
    assert sorted(status for status, _ in answers) == [200] * 37 + [402] * 3
    bought = {task["id"]} | {task_id for status, task_id in answers if status == 200}
    for client in (one, other):
        body = client.get("/invoice").json()
        assert {line["id"] for line in body["lines"]} == bought
        assert Decimal(body["total"]) == Decimal("0.03") * 38


def test_a_settlement_is_written_once(opened: Open, submit: Submit, folder: Path) -> None:
    one, other = opened(), opened()
    task = submit(one, fault="settle_differs")
    for client in (one, other, one):
        assert client.get(task["polling_url"]).json()["cost"] == 1.5
    events = [json.loads(line)["event"] for line in (folder / "invoice.jsonl").read_text().splitlines()]
    assert events == ["accepted", "settled"]
    assert one.get("/invoice").json()["total"] == "0.015"


def test_a_line_that_a_crash_cut_short_is_dropped(opened: Open, submit: Submit, folder: Path) -> None:
    task = submit(opened())
    with (folder / "invoice.jsonl").open("ab") as file:
        file.write(b'{"event":"accepted","id":"torn"')
    client = opened()
    later = submit(client)
    assert [line["id"] for line in client.get("/invoice").json()["lines"]] == [task["id"], later["id"]]
    lines = (folder / "invoice.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [task["id"], later["id"]]
    assert Invoice(folder).find(later["id"]) is not None


def test_the_invoice_is_on_disk_before_the_answer_and_outlives_a_kill(folder: Path) -> None:
    body = {"prompt": "a mug", "seed": 1, "width": 64, "height": 64}
    with guarded_client(allow_private=True) as client:
        with served(folder) as (root, process):
            try:
                headers = {"x-key": "any", "X-Sandbox-Fault": "slow_answer:30"}
                client.post(f"{root}/bfl/v1/flux-2-pro", json=body, headers=headers, timeout=1)
                raise AssertionError("the answer came")
            except httpx.ReadTimeout:
                line = json.loads((folder / "invoice.jsonl").read_text())
            process.send_signal(signal.SIGKILL)
        assert (line["event"], line["amount"], line["prompt"]) == ("accepted", "0.03", "a mug")
        with served(folder) as (root, _):
            lines = client.get(f"{root}/invoice").json()["lines"]
            assert [entry["id"] for entry in lines] == [line["id"]]
            poll = client.get(f"{root}/bfl/eu/v1/get_result", params={"id": line["id"]}, headers={"x-key": "any"})
            sample = poll.json()["result"]["sample"]
            assert sample.startswith(f"{root}/bfl/delivery/")
            assert client.get(sample).status_code == 200


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys, pathlib; from colophon.sandbox.server import serve; "
    code += "serve(pathlib.Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder), str(port)], env=dict(os.environ))
    try:
        root = f"http://127.0.0.1:{port}"
        await_health(root)
        yield root, process
    finally:
        process.kill()
        process.wait(timeout=10)


def await_health(root: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{root}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.convert("RGB").tobytes()
