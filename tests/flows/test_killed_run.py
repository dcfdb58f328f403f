"""A run that is killed and started again buys nothing twice and loses nothing that was answered."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from colophon.bootstrap import initialise
from colophon.settings import Settings

CLI = str(Path(sys.executable).with_name("colophon"))
BRIEF = """\
schema_version: 1
campaign: killed
title: Killed
brand: {name: Northwind}
visuals: [{id: hero, prompt: "A mug on an oak table, soft window light", variants: 4}]
placements: [web/thumbnail]
budget: {currency: USD, cap: "2.00"}
"""

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]


class Killable:
    """A home with one brief, and the command line over it as processes of their own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        self.brief = folder / "brief.yaml"
        self.brief.write_text(BRIEF)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_"))}
        self.environment = {**kept, "COLOPHON_HOME": str(self.home), "COLOPHON_SUBMIT_TIMEOUT_SECONDS": "1", **settings}
        initialise(Settings(home=self.home))

    def start(self) -> "subprocess.Popen[bytes]":
        # A session of its own, so that the kill takes the children along, as a machine that stops would.
        return subprocess.Popen(
            [CLI, "run", str(self.brief), "--json"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def finish(self) -> Any:
        done = subprocess.run(
            [CLI, "run", str(self.brief), "--json"], env=self.environment, capture_output=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def accepted(self) -> list[str]:
        invoice = self.home / "sandbox" / "invoice.jsonl"
        lines = invoice.read_text().splitlines() if invoice.exists() else []
        return [line["id"] for line in map(json.loads, lines) if line["event"] == "accepted"]

    def answered(self) -> bool:
        """Whether all four orders have their answers on record: a machine may take its time for that."""
        with closing(sqlite3.connect(f"file:{self.home / 'catalog.db'}?mode=ro", uri=True)) as database:
            states = [state for (state,) in database.execute("SELECT state FROM generations")]
        return len(states) == 4 and not {"planned", "submitting"}.intersection(states)


def kill_when(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    try:
        while not ready():
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("moment", ["while pictures are drawn", "while originals arrive"])
def test_what_was_answered_is_neither_lost_nor_bought_again(tmp_path: Path, prefect_url: str, moment: str) -> None:
    world = Killable(tmp_path, PREFECT_API_URL=prefect_url)
    if moment == "while pictures are drawn":
        (world.home / "sandbox" / "faults.json").write_text(json.dumps([{"fault": "slow:6"}]))
        kill_when(world.start(), world.answered)
        (world.home / "sandbox" / "faults.json").write_text("[]")
    else:
        stored = (world.home / "store" / "sha256").glob
        kill_when(world.start(), lambda: any(stored("*/*")) and world.answered())
    before = world.accepted()
    assert before

    view = world.finish()

    states = [g["state"] for g in view["generations"]]
    assert set(states) <= {"asset", "unknown"}
    assert len(world.accepted()) <= 4 + states.count("unknown")
    bought = {g["provider_request_id"] for g in view["generations"] if g["state"] == "asset"}
    assert bought <= set(world.accepted())
    if "unknown" not in states:
        assert set(before) <= bought
        assert view["cost"] == {**view["cost"], "reserved": "0.00"}
    assert world.finish()["generations"] == view["generations"]
