"""Programs beside a server: started again when they end, ended with it in whatever way it ends. Small stand-ins."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from colophon.launcher.companion import Companion, Program
from colophon.launcher.runner import LocalRunner

ROOT = Path(__file__).parents[2]
# Writes its own id and that of a child, which takes no notice of a request to end, and works until it is ended.
WORKS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"],
    stdout=subprocess.PIPE)
child.stdout.readline()
with open(sys.argv[1], "a") as file: file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(60)
"""
ENDS = """
import os, sys
with open(sys.argv[1], "a") as file: file.write(f"{os.getpid()} 0\\n")
sys.exit("broken")
"""


def until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def pids(file: Path) -> list[tuple[int, int]]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(line.split()[0]), int(line.split()[1])) for line in lines]


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def companion(tmp_path: Path) -> Iterator[Callable[..., Companion]]:
    made: list[Companion] = []

    def start(program: str, **parts: object) -> Companion:
        command = [sys.executable, "-S", "-c", program, str(tmp_path / "pids")]
        healthy = parts.pop("healthy", lambda: (tmp_path / "pids").exists())
        one = Program("a stand-in", command, dict(os.environ), tmp_path / "logs" / "x.log", healthy, **parts)  # type: ignore[arg-type]
        made.append(Companion(one))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()


def test_it_is_ready_when_it_answers_and_all_of_it_ends_with_stop(
    tmp_path: Path, companion: Callable[..., Companion]
) -> None:
    one = companion(WORKS)
    until(lambda: one.ready)
    [(program, child)] = pids(tmp_path / "pids")
    assert alive(program)
    assert alive(child)
    assert one.failures == 0
    one.stop()
    until(lambda: not alive(program) and not alive(child), 2.0)


def test_one_that_is_killed_is_started_again_and_what_it_had_started_is_ended(
    tmp_path: Path, companion: Callable[..., Companion]
) -> None:
    one = companion(WORKS)
    until(lambda: one.ready)
    [(program, child)] = pids(tmp_path / "pids")
    os.kill(program, signal.SIGKILL)
    until(lambda: len(pids(tmp_path / "pids")) == 2 and one.ready)
    assert not alive(child)
    assert one.failures == 1
    # Its tether too may be killed: what it held is ended all the same.
    [_, (program, child)] = pids(tmp_path / "pids")
    os.kill(psutil.Process(program).ppid(), signal.SIGKILL)
    until(lambda: not alive(program) and not alive(child))


def test_one_that_cannot_work_is_tried_more_and_more_seldom_and_its_words_are_kept(
    tmp_path: Path, companion: Callable[..., Companion], caplog: pytest.LogCaptureFixture
) -> None:
    one = companion(ENDS, healthy=lambda: False)
    until(lambda: one.failures == 2)
    assert [record.args[1] for record in caplog.records if record.args] == [1.0, 2.0]  # type: ignore[index]
    log = (tmp_path / "logs" / "x.log").read_text()
    assert "broken" in log
    assert "ended with code 1" in log
    assert not one.ready


def test_one_that_falls_silent_is_ended(tmp_path: Path, companion: Callable[..., Companion]) -> None:
    one = companion(WORKS, healthy=lambda: False, patience=0.5)
    until(lambda: one.failures == 1)
    [(program, child), *_] = pids(tmp_path / "pids")
    assert not alive(program)
    assert not alive(child)


def test_a_large_log_is_put_aside(tmp_path: Path, companion: Callable[..., Companion]) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    one = companion(WORKS)
    until(lambda: one.ready)
    assert (tmp_path / "logs" / "x.log.1").stat().st_size > 5 * 1024 * 1024
    assert (tmp_path / "logs" / "x.log").stat().st_size < 1000


def test_a_killed_server_leaves_no_orphans(tmp_path: Path) -> None:
    server = f"""
import os, sys, time
from pathlib import Path
from colophon.launcher.companion import Companion, Program
place = Path({str(tmp_path)!r})
command = [sys.executable, "-S", "-c", {WORKS!r}, str(place / "pids")]
one = Companion(Program("x", command, dict(os.environ), place / "log", lambda: False))
one.start()
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", server], env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"})
    until(lambda: pids(tmp_path / "pids"))
    [(program, child)] = pids(tmp_path / "pids")
    tether = psutil.Process(program).ppid()
    process.kill()
    process.wait()
    until(lambda: not any(map(alive, (program, child, tether))))


def test_two_servers_over_one_home_do_not_share_a_database_of_prefects(tmp_path: Path) -> None:
    first, second = LocalRunner(tmp_path), LocalRunner(tmp_path)
    assert "another" in (second.trouble() or "")
    lock = tmp_path / "prefect" / "serve.lock"
    lock.parent.mkdir()
    holder = f"import fcntl; f = open({str(lock)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert not first.start()
        assert "another" in (first.trouble() or "")
    assert not (tmp_path / "logs").exists()
