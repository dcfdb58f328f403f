"""A campaign of 200 generations through Prefect: time, peak memory of every process, open files."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

from bench.planning import large_brief

GENERATIONS = 200
LIMIT_BYTES = 700 * 1000 * 1000
_KINDS = (
    ("nudenet_worker", "safety engine"),
    ("confined.worker", "confined child"),
    ("uvicorn", "Prefect's temporary server"),
)


@dataclass
class _Seen:
    """Peaks by kind of process, and the main process's open files over time."""

    memory: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: list[int] = field(default_factory=list)


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        brief = Path(folder) / "brief.yaml"
        content = large_brief(GENERATIONS, 1)
        content["placements"] = ["instagram/feed_square", "web/thumbnail"]
        brief.write_text(yaml.safe_dump(content), encoding="utf-8")
        environment = {**os.environ, "COLOPHON_HOME": str(Path(folder) / "home")}
        command = [str(Path(sys.executable).with_name("colophon")), "run", str(brief), "--json"]
        began = time.perf_counter()
        with (Path(folder) / "out.json").open("wb") as out, (Path(folder) / "err.log").open("wb") as err:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
            seen = _watch(process)
        seconds = time.perf_counter() - began
        view = json.loads((Path(folder) / "out.json").read_text())
    states = sorted({g["state"] for g in view["generations"]})
    made = f"{len(view['generations'])} generations ({', '.join(states)}), {len(view['renditions'])} renditions"
    print(f"{made}, {seconds:.0f} s")
    for name, peak in sorted(seen.memory.items(), key=lambda item: -item[1]):
        print(f"peak memory {name}: {peak / 1e6:.0f} MB ({peak / LIMIT_BYTES:.0%} of {LIMIT_BYTES / 1e6:.0f} MB)")
    tenth = max(1, len(seen.files) // 10)
    early, late = seen.files[2 * tenth : 4 * tenth], seen.files[-2 * tenth : -tenth]
    print(f"open files of the main process: {max(early, default=0)} early, {max(late, default=0)} late")


def _watch(process: "subprocess.Popen[bytes]") -> _Seen:
    seen = _Seen()
    main = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            for one in [main, *main.children(recursive=True)]:
                name = _kind(one, main.pid)
                seen.memory[name] = max(seen.memory[name], one.memory_info().rss)
            seen.files.append(main.num_fds())
        except psutil.NoSuchProcess:
            pass  # it ended between being listed and being looked at
        time.sleep(0.2)
    return seen


def _kind(process: psutil.Process, main: int) -> str:
    command = " ".join(process.cmdline())
    if process.pid == main:
        return "main (flow, sandbox, signing)"
    for mark, name in (
        ("nudenet_worker", "safety engine"),
        ("confined.worker", "confined child"),
        ("uvicorn", "Prefect's temporary server"),
    ):
        if mark in command:
            return name
    return "other"
