"""One program that runs beside a server: kept alive, started again after pauses that grow, and ended with it."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOG = logging.getLogger("colophon.launcher")
_TETHER = Path(__file__).with_name("tether.py")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_STEADY = 60.0  # seconds of work after which a failure counts as the first one again
_GRACE = 8.0  # a little more than the tether's own
_LOOK = 0.5
_ASK = 5.0  # seconds between two questions to one that works
_LARGEST_LOG = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """``log`` is appended to, and put aside once where it has grown large. ``healthy`` says whether it answers;
    ``patience`` is how many seconds it may take to begin with, and how long it may fall silent later."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    healthy: Callable[[], bool]
    patience: float = 120.0


class Companion:
    """A thread of its own keeps one program running until `stop`. It may wait for another to be ready first."""

    def __init__(self, program: Program, *, after: "Companion | None" = None) -> None:
        self._program = program
        self._after = after
        self._ending = threading.Event()
        self._ready = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._keep, name=f"keeping {program.name}", daemon=True)

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    @property
    def failures(self) -> int:
        """How often in a row it ended, or did not begin to work."""
        return self._failures

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the program and all that it started have ended."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        while not self._ending.is_set():
            if self._after is not None and not self._after.ready:
                self._ending.wait(_LOOK)
                continue
            begun = time.monotonic()
            try:
                self._run()
            except OSError as error:
                _LOG.error("%s cannot be started: %s", self.name, error.strerror or error)
            self._ready.clear()
            if self._ending.is_set():
                return
            self._failures = 1 if time.monotonic() - begun > _STEADY else self._failures + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (self._failures - 1))
            _LOG.warning("%s ended; started again in %.0f s (its log: %s)", self.name, pause, self._program.log)
            self._ending.wait(pause)

    def _run(self) -> None:
        """Until it ends, falls silent, or is to end."""
        watched, held = os.pipe()
        try:
            tether = self._begin(watched)
        except BaseException:
            os.close(held)
            raise
        finally:
            os.close(watched)
        try:
            self._watch(tether)
        finally:
            _end(tether)
            os.close(held)

    def _begin(self, watched: int) -> "subprocess.Popen[bytes]":
        log = self._program.log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_name(f"{log.name}.1"))
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, str(_TETHER), str(watched), *self._program.command],
                env=dict(self._program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(watched,),
                start_new_session=True,  # a group of its own, which Ctrl-C at a terminal does not reach
            )

    def _watch(self, tether: "subprocess.Popen[bytes]") -> None:
        seen = asked = time.monotonic()
        while tether.poll() is None and not self._ending.is_set():
            now = time.monotonic()
            if not self.ready or now - asked > _ASK:
                asked = now
                if self._program.healthy():
                    seen = time.monotonic()
                    self._ready.set()
                elif now - seen > self._program.patience:
                    _LOG.error("%s does not answer; it is ended", self.name)
                    return
            self._ending.wait(_LOOK)


def _end(tether: "subprocess.Popen[bytes]") -> None:
    """The whole group, in good order where it lets itself be."""
    try:
        os.killpg(tether.pid, signal.SIGTERM)
        tether.wait(_GRACE)
    except ProcessLookupError:
        tether.wait()
    except subprocess.TimeoutExpired:
        _LOG.warning("a program had to be killed; what it was at is on record")
    try:
        os.killpg(tether.pid, signal.SIGKILL)  # what it started, where it was itself killed
    except ProcessLookupError:
        return
    tether.wait()
