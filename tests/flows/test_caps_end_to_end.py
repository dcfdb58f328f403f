"""Caps that campaigns share, through the installed command: nothing is bought over them, and people are told."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from colophon.bootstrap import initialise
from colophon.settings import Settings

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

CLI = str(Path(sys.executable).with_name("colophon"))
PRICE = Decimal("0.03")


class House:
    """A home under one cap, with campaigns of four pictures each."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_"))}
        self.environment = {**kept, "COLOPHON_HOME": str(self.home), **settings}
        initialise(Settings(home=self.home))

    def start(self, campaign: str) -> "subprocess.Popen[bytes]":
        brief = self.home.parent / f"{campaign}.json"
        content = {
            "schema_version": 1,
            "campaign": campaign,
            "title": campaign,
            "brand": {"name": "Northwind"},
            "visuals": [{"id": "hero", "prompt": f"A mug on an oak table, {campaign}", "variants": 4}],
            "placements": ["linkedin/text_ad"],
            "budget": {"currency": "USD", "cap": "2.00"},
        }
        brief.write_text(json.dumps(content))
        command = [CLI, "run", str(brief), "--json"]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ledger(self) -> Any:
        done = subprocess.run([CLI, "ledger", "--json"], env=self.environment, capture_output=True, check=True)
        return json.loads(done.stdout)

    def bought(self) -> int:
        lines = (self.home / "sandbox" / "invoice.jsonl").read_text().splitlines()
        return sum(json.loads(line)["event"] == "accepted" for line in lines)


def test_two_runs_at_once_stay_within_the_cap_of_the_day(tmp_path: Path, prefect_url: str) -> None:
    house = House(tmp_path, COLOPHON_CAPS__DAY="0.16", PREFECT_API_URL=prefect_url)
    runs = [house.start(campaign) for campaign in ("north", "south")]
    said = [run.communicate(timeout=250) for run in runs]

    assert house.bought() == 5, "five of eight fit; every one that fits was bought"
    codes = [run.returncode for run in runs]
    assert 1 in codes, said
    assert set(codes) <= {0, 1}, said
    for (out, err), code in zip(said, codes, strict=True):
        if code:
            error = json.loads(out)["error"]
            assert error["where"] == "COLOPHON_CAPS__DAY", err
            assert "0.16" in error["message"]
    view = house.ledger()
    assert Decimal(view["totals"]["USD"]["spent"]) == 5 * PRICE
    assert [(c["cap"], c["left"]) for c in view["caps"] if c["where"] == "COLOPHON_CAPS__DAY"] == [("0.16", "0.01")]


def test_a_brand_s_cap_stops_its_next_campaign_before_anything_is_bought(tmp_path: Path, prefect_url: str) -> None:
    house = House(tmp_path, COLOPHON_CAPS__BRAND="0.02", PREFECT_API_URL=prefect_url)
    run = house.start("north")
    out, err = run.communicate(timeout=250)
    assert run.returncode == 1, err
    error = json.loads(out)["error"]
    assert (error["where"], "0.02" in error["message"]) == ("COLOPHON_CAPS__BRAND", True), error
    assert not (house.home / "sandbox" / "invoice.jsonl").exists()
    assert house.ledger()["totals"] == {}
