"""The confined child: what misbehaves in it fails its own job, and nothing else."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from colophon.confined import Confined
from colophon.confined.frames import MAX_BLOBS
from colophon.confined.pool import PYTHON
from colophon.errors import PictureError

HOSTILE = (*PYTHON, str(Path(__file__).with_name("hostile_worker.py")))


@pytest.fixture
def confined() -> Iterator[Confined]:
    pool = Confined(1, memory_bytes=2**29, cpu_seconds=1, wall_seconds=4, command=HOSTILE)
    yield pool
    pool.close()


def pid(confined: Confined) -> int:
    answer, _ = confined.call("echo", {})
    return int(answer["pid"])


def test_values_and_blobs_come_back_as_sent(confined: Confined) -> None:
    blobs = [b"", b"\x00\xff" * 10, os.urandom(3_000_000)]
    answer, returned = confined.call("echo", {"text": "é\n", "n": [1, None, True]}, blobs)
    assert answer["parameters"] == {"text": "é\n", "n": [1, None, True]}
    assert returned == blobs


def test_one_child_serves_many_jobs(confined: Confined) -> None:
    assert len({pid(confined) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("function", "parameters", "words"),
    [
        ("eat", {}, "memory"),
        ("spin", {}, "processor time"),
        ("sleep", {"seconds": 60}, "not finished after 4 seconds"),
        ("leave", {}, "exit 3"),
        ("crash", {}, "SIGSEGV"),
    ],
)
def test_a_job_over_its_limits_fails_alone(
    confined: Confined, function: str, parameters: dict[str, object], words: str
) -> None:
    first = pid(confined)
    with pytest.raises(PictureError, match=words) as caught:
        confined.call(function, parameters)
    assert caught.value.reason == "limits"
    assert pid(confined) != first
    assert not psutil.pid_exists(first)


@pytest.mark.parametrize("function", ["fail", "write_file", "open_many"])
def test_an_unexpected_error_fails_the_job_and_keeps_the_child(
    confined: Confined, function: str, tmp_path: Path
) -> None:
    first = pid(confined)
    with pytest.raises(PictureError) as caught:
        confined.call(function, {"path": str(tmp_path / "written")})
    assert caught.value.reason == "undecodable"
    assert pid(confined) == first
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) == 0


def test_errors_of_the_family_keep_reason_and_message(confined: Confined) -> None:
    with pytest.raises(PictureError, match="has 3 frames") as caught:
        confined.call("refuse", {"message": "has 3 frames", "reason": "frames"})
    assert caught.value.reason == "frames"


def test_what_a_child_says_is_bounded(confined: Confined) -> None:
    with pytest.raises(PictureError) as caught:
        confined.call("refuse", {"message": "\x1b[31m" + "x" * 10_000, "reason": "root"})
    assert caught.value.reason == "undecodable"
    assert len(caught.value.message) <= 500
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "forged",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x04null",
        b"\x00\x00\x00\x02{}",
        b'\x00\x00\x00\x13{"blobs":[99999999999999]}',
        (100_000).to_bytes(4, "big") + b"[" * 100_000,
        b'\x00\x00\x00\x0c{"blobs":[]}',
        b"\x80\x04\x95 a pickle",
    ],
)
def test_a_forged_answer_is_refused(confined: Confined, forged: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        confined.call("forge", {}, [forged])
    assert caught.value.reason == "limits"
    assert pid(confined)


def test_only_listed_functions_run(confined: Confined) -> None:
    with pytest.raises(PictureError):
        confined.call("os:system", {})


def test_too_much_for_one_frame_is_refused_before_sending(confined: Confined) -> None:
    with pytest.raises(PictureError) as caught:
        confined.call("echo", {}, [b""] * (MAX_BLOBS + 1))
    assert caught.value.reason == "too_large"
    assert pid(confined)


def test_printing_does_not_disturb_the_answer(confined: Confined) -> None:
    assert confined.call("chatter", {}) == ({"said": True}, [])


def test_nothing_of_the_environment_reaches_a_child(confined: Confined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFL_API_KEY", "canary")
    answer, _ = confined.call("echo", {})
    assert "BFL_API_KEY" not in answer["environment"]
    assert "HOME" not in answer["environment"]


def test_processor_time_is_counted_per_job(confined: Confined) -> None:
    assert len({confined.call("work", {})[0]["pid"] for _ in range(4)}) == 1


def test_effort_multiplies_the_limits() -> None:
    pool = Confined(1, memory_bytes=2**29, wall_seconds=0.7, command=HOSTILE)
    try:
        pool.call("echo", {}, effort=10)
        assert pool.call("sleep", {"seconds": 1}, effort=4) == ({}, [])
        with pytest.raises(PictureError):
            pool.call("sleep", {"seconds": 1})
    finally:
        pool.close()


def test_children_are_recycled() -> None:
    pool = Confined(1, memory_bytes=2**29, jobs_per_worker=3, command=HOSTILE)
    try:
        assert len({pid(pool) for _ in range(7)}) == 3
    finally:
        pool.close()


def test_a_child_that_died_between_jobs_costs_no_job(confined: Confined) -> None:
    first = pid(confined)
    os.kill(first, signal.SIGKILL)
    psutil.Process(first).wait(timeout=5) if psutil.pid_exists(first) else None
    time.sleep(0.05)
    assert pid(confined) != first


def test_threads_share_the_children() -> None:
    pool = Confined(2, memory_bytes=2**29, command=HOSTILE)
    before = len(psutil.Process().children())

    def job(n: int) -> tuple[object, object]:
        if n % 5 == 0:
            with pytest.raises(PictureError):
                pool.call("leave", {})
        answer, blobs = pool.call("echo", {"n": n}, [bytes([n])])
        return answer["parameters"]["n"], blobs[0][0]

    try:
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(job, range(24))) == [(n, n) for n in range(24)]
        assert len(psutil.Process().children()) - before <= 2
    finally:
        pool.close()


def test_no_process_and_no_descriptor_is_left_behind() -> None:
    here = psutil.Process()
    children, files = len(here.children()), here.num_fds()
    pool = Confined(1, memory_bytes=2**29, wall_seconds=0.3, command=HOSTILE)
    for _ in range(3):
        for function in ("leave", "crash", "sleep"):
            with pytest.raises(PictureError):
                pool.call(function, {"seconds": 9})
    pool.close()
    assert (len(here.children()), here.num_fds()) == (children, files)


def test_closed_is_closed(confined: Confined) -> None:
    first = pid(confined)
    confined.close()
    assert not psutil.pid_exists(first)
    with pytest.raises(PictureError, match="closed"):
        confined.call("echo", {})


def test_a_program_that_cannot_start_is_an_error_of_the_family() -> None:
    with pytest.raises(PictureError, match="started"):
        Confined(1, command=("/nonexistent/python",)).call("echo", {})


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(0)"])
def test_children_end_with_their_parent(end: str) -> None:
    program = f"""
        import os, sys
        from colophon.confined import Confined
        pool = Confined(1, command={HOSTILE!r})
        print(pool.call("echo", {{}})[0]["pid"], flush=True)
        {end}
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, check=False)
    orphan = int(ran.stdout)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(orphan) and psutil.Process(orphan).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)
