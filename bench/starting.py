"""From the command to the first order at the provider, with Prefect's temporary server and with a running one."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import httpx
import yaml

from bench.planning import large_brief

LIMITS = {"temporary": 20.0, "running": 6.0}
_BIN = Path(sys.executable).parent


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = {**os.environ, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        _tell("temporary", _first_order(Path(folder) / "temporary", base))
        port = _free_port()
        address = f"http://127.0.0.1:{port}/api"
        environment = {**base, "PREFECT_HOME": str(Path(folder) / "prefect")}
        command = [str(_BIN / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_until_up(f"{address}/health")
            _tell("running", _first_order(Path(folder) / "running", {**environment, "PREFECT_API_URL": address}))
        finally:
            server.terminate()
            server.wait(30)


def _first_order(folder: Path, environment: dict[str, str]) -> float:
    """Seconds from the start of the process to the first line of the sandbox's invoice."""
    folder.mkdir()
    environment = {**environment, "COLOPHON_HOME": str(folder / "home")}
    brief = folder / "brief.yaml"
    brief.write_text(yaml.safe_dump(large_brief(2, 1)), encoding="utf-8")
    colophon = str(_BIN / "colophon")
    subprocess.run([colophon, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    began = time.time()
    subprocess.run([colophon, "run", str(brief)], env=environment, check=True, capture_output=True)
    first = json.loads((folder / "home" / "sandbox" / "invoice.jsonl").read_text().splitlines()[0])
    return datetime.fromisoformat(first["at"]).timestamp() - began


def _tell(kind: str, seconds: float) -> None:
    limit = LIMITS[kind]
    print(f"first order with a {kind} server after {seconds:.1f} s ({seconds / limit:.0%} of {limit:.0f} s)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError(address)
