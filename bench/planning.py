"""Planning a large brief, from the file to the priced plan, in a process of its own as a user starts it."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from colophon import data
from colophon.domain.placement import parse_placements

VISUALS, PLACEMENTS = 100, 20
LIMIT_SECONDS = 2.0


def large_brief(visuals: int, placements: int) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "campaign": "large",
        "title": "A large campaign",
        "brand": {"name": "Bench", "palette": [{"name": "slate", "hex": "#334455"}]},
        "visuals": [
            {"id": f"v{i}", "prompt": f"Ceramic object number {i} on an oak table, soft window light, 85mm"}
            for i in range(visuals)
        ],
        "placements": list(parse_placements(data.text("placements.csv")))[:placements],
        "budget": {"currency": "USD", "cap": "100.00"},
    }


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        brief = Path(folder) / "brief.yaml"
        brief.write_text(yaml.safe_dump(large_brief(VISUALS, PLACEMENTS)), encoding="utf-8")
        seconds = [_timed(["plan", str(brief), "--json"]) for _ in range(3)]
        start = [_timed(["--help"]) for _ in range(3)]
    best = min(seconds)
    print(
        f"plan of {VISUALS} visuals x {PLACEMENTS} placements: {best:.2f} s "
        f"({best / LIMIT_SECONDS:.0%} of {LIMIT_SECONDS:.0f} s)"
    )
    print(f"--help: {min(start):.2f} s ({min(start) / 0.5:.0%} of 0.5 s)")


def _timed(arguments: list[str]) -> float:
    command = [str(Path(sys.executable).with_name("colophon")), *arguments]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began
