"""`colophon serve` as a newcomer starts it: one command, one printed link, a brief pasted into the page, pictures made
by what it keeps running beside itself, and nothing left when it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from colophon.bootstrap import initialise
from colophon.settings import Settings

pytestmark = pytest.mark.flow

BRIEF = """\
schema_version: 1
campaign: mugs
title: Mugs of spring
brand: {name: Northwind}
visuals: [{id: hero, prompt: A mug on an oak table}]
placements: [linkedin/text_ad]
budget: {currency: USD, cap: "2.00"}
"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    initialise(Settings(home=tmp_path / "home"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLOPHON_", "PREFECT_"))}
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("colophon")), "serve", "--port", str(port), "--json"],
        env={**kept, "COLOPHON_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def test_a_brief_pasted_into_the_page_becomes_pictures_and_nothing_is_left_running(
    serving: tuple["subprocess.Popen[bytes]", int],
) -> None:
    process, port = serving
    assert process.stdout is not None
    told = json.loads(b"".join(iter(process.stdout.readline, b"}\n")) + b"}")
    home = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=home, trust_env=False, timeout=30, headers={"Origin": home}) as browser:
        until(lambda: answers(browser), 120)
        link = told["sign_in"].removeprefix(home)
        assert browser.post(link).status_code == 303
        assert browser.post(link).status_code != 303, "it works once"
        pasted = {"mode": "yaml", "yaml": BRIEF}
        planned = browser.post("/campaigns/new", data={**pasted, "do": "plan"}).text
        found = re.search(r'name="revision" value="([0-9a-f]+)"', planned)
        assert found, planned[-3000:]
        children = below(process.pid)
        assert len(children) >= 2
        done = browser.post("/campaigns/new", data={**pasted, "do": "run", "revision": found[1]})
        assert (done.status_code, done.headers["location"]) == (303, "/campaigns/mugs")
        until(lambda: browser.get("/api/v1/campaigns/mugs").json()["assets"], 90)
        until(lambda: browser.get("/api/v1/campaigns/mugs").json()["renditions"], 60)
    children |= below(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 30)


def answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def below(process: int) -> set[int]:
    """Its children, and theirs."""
    found: set[int] = set()
    for child in Path(f"/proc/{process}/task").glob("*/children"):
        for each in child.read_text().split():
            found |= {int(each)} | below(int(each))
    return found


def until(holds: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
