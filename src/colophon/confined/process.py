"""The parent's side of one confined child: start it, give it one job at a time under a deadline, end it."""

import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from colophon.confined.frames import FrameError, Header, pack, unpack
from colophon.errors import PictureError

_PIECE = 2**20
# A child sees nothing of the parent's environment (which may hold keys). One thread and few arenas keep the address
# space small, since every thread of a numeric library reserves its own.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def _widen(pipe: int) -> None:
    """Room for a whole small picture, so that both sides are not woken for each part of one. The system may refuse it
    to who has many pipes already; then it stays as narrow as it is."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIECE)


class Child:
    """One child process and its two pipes. Used by one thread at a time; after any error it must be stopped."""

    def __init__(self, command: Sequence[str]) -> None:
        self.jobs = 0
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - both were asked for just above
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._input, self._output):
            os.set_blocking(pipe, False)
            _widen(pipe)

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, request: Mapping[str, object], blobs: Sequence[bytes], seconds: float) -> tuple[Header, list[bytes]]:
        """Send one job and read its answer. Raises `PictureError` with reason ``limits`` when the child takes longer
        than ``seconds``, dies, or answers with something that is not a frame."""
        self.jobs += 1
        deadline = time.monotonic() + seconds
        try:
            pieces = pack(request, blobs)
        except FrameError as error:
            raise PictureError(f"too large for one job: {error}", reason="too_large") from error
        try:
            for piece in pieces:
                self._write(piece, deadline)
            return unpack(lambda count: self._read(count, deadline))
        except TimeoutError as error:
            raise PictureError(f"not finished after {seconds:g} seconds", reason="limits") from error
        except (EOFError, OSError) as error:
            raise PictureError(self._obituary(), reason="limits") from error
        except FrameError as error:
            raise PictureError(f"the confined process broke its protocol: {error}", reason="limits") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Kill its process group and collect it; no process and no open pipe remains."""
        if self._process.returncode is None:  # not yet collected, so the number is still its own
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def _write(self, content: bytes, deadline: float) -> None:
        rest = memoryview(content)
        while rest:
            self._wait(self._input, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._input, rest[:_PIECE]) :]
            except BlockingIOError:
                continue

    def _read(self, count: int, deadline: float) -> bytes:
        content = bytearray()
        while len(content) < count:
            self._wait(self._output, select.POLLIN, deadline)
            piece = os.read(self._output, min(_PIECE, count - len(content)))
            if not piece:
                raise EOFError
            content += piece
        return bytes(content)

    @staticmethod
    def _wait(descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError

    def _obituary(self) -> str:
        """Why it ended, in words; the end of its pipe comes a moment before the end of the process."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "the confined process closed its pipe"
        if code == -signal.SIGXCPU:
            return "needs more processor time than one picture is allowed"
        return f"the confined process ended ({signal.Signals(-code).name if code < 0 else f'exit {code}'})"
