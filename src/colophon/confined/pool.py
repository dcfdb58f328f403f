"""A few confined child processes, shared by the threads of this process."""

import os
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from colophon.confined.process import Child
from colophon.errors import PictureError

# -I: neither the working folder nor the environment decides what is imported. -B: nothing is written.
PYTHON = (sys.executable, "-I", "-B")
WORKER = (*PYTHON, "-m", "colophon.confined.worker")
_REASONS = {"empty", "too_large", "format", "undecodable", "frames", "pixels", "limits", "font"}
_MAX_MESSAGE = 500


class Confined:
    """Runs named functions on hostile bytes in child processes with limits on memory, time and files.

    One job's death, timeout or hunger fails that job alone: its child is replaced. Children start when first needed,
    serve at most ``jobs_per_worker`` jobs, and end with this process. What is not confined: the children may open
    network connections and read files this user may read; container or user separation is the operator's part.

    ``memory_bytes`` bounds a child's address space, ``cpu_seconds`` and ``wall_seconds`` one job.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory_bytes: int = 2**30,
        cpu_seconds: int = 20,
        wall_seconds: float = 30.0,
        jobs_per_worker: int = 500,
        command: Sequence[str] = WORKER,
    ) -> None:
        self._command = (*command, str(memory_bytes))
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._jobs_per_worker = jobs_per_worker
        self._free = threading.Semaphore(workers or os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._closed = False
        weakref.finalize(self, _stop_all, self._idle)

    def call(
        self, function: str, parameters: Mapping[str, object], blobs: Sequence[bytes] = (), *, effort: int = 1
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Run ``function`` and give its result; waits for a free child. ``effort`` multiplies the limits on time, for
        a job that is several. Raises `PictureError`: the function's own, or reason ``limits``."""
        request = {"function": function, "parameters": dict(parameters), "cpu_seconds": self._cpu_seconds * effort}
        with self._free:
            child = self._take()
            try:
                header, made = child.run(request, blobs, self._wall_seconds * effort)
                result = _result(header)
            except PictureError as error:
                self._give(child, usable=error.reason != "limits")
                raise
            except BaseException:
                child.stop()
                raise
            self._give(child, usable=True)
            return result, made

    def close(self) -> None:
        """End all children; a job in progress ends its own when it is done."""
        with self._lock:
            self._closed = True
            _stop_all(self._idle)

    def _take(self) -> Child:
        with self._lock:
            if self._closed:
                raise PictureError("the confined processes were closed", reason="limits")
            while self._idle:
                if (child := self._idle.pop()).alive:
                    return child
                child.stop()
        try:
            return Child(self._command)
        except OSError as error:
            raise PictureError(f"no confined process could be started: {error}", reason="limits") from error

    def _give(self, child: Child, *, usable: bool) -> None:
        with self._lock:
            if usable and not self._closed and child.jobs < self._jobs_per_worker:
                self._idle.append(child)
                return
        child.stop()


def _stop_all(children: list[Child]) -> None:
    while children:
        children.pop().stop()


def _result(header: dict[str, Any]) -> dict[str, Any]:
    """The job's result; its error is raised. Nothing the child says is believed beyond its shape."""
    problem, result = header.get("error"), header.get("result")
    if isinstance(problem, dict):
        reason = problem.get("reason")
        message = "".join(c for c in str(problem.get("message")) if c.isprintable())[:_MAX_MESSAGE]
        raise PictureError(message, reason=reason if reason in _REASONS else "undecodable")
    if not isinstance(result, dict):
        raise PictureError("the confined process gave neither a result nor an error", reason="limits")
    return result
