"""The invoice: one JSON line per accepted task and per settlement, on disk before the request is answered."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from colophon.sandbox.files import locked


@dataclass(frozen=True, slots=True)
class Task:
    """An accepted order with all that decides its picture and its price. ``amount`` is in ``currency``;
    ``references`` are digests of files in the sandbox folder; ``fault`` is the fault ordered for it, if any."""

    id: str
    at: str
    provider: str
    cluster: str
    model: str
    prompt: str
    seed: int
    width: int
    height: int
    format: str
    references: tuple[str, ...]
    amount: str
    currency: str
    account: str
    fault: str | None = None


class Invoice:
    """The file ``invoice.jsonl`` of a folder that several processes may share. Memory holds only where each task's
    line is; a line that a crash cut short was never answered for and is removed by the next writer."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "invoice.jsonl"
        self._lock = folder / "invoice.lock"
        self._guard = threading.Lock()
        self._read_to = 0
        self._offsets: dict[str, int] = {}
        self._settled: set[str] = set()

    def accept(self, task: Task) -> None:
        """On disk when this returns."""
        self._append({"event": "accepted", **asdict(task)})

    def settle(self, task: Task, amount: str, at: str) -> None:
        """The final price; only the first settlement of a task counts."""
        with self._guard:
            if task.id in self._settled:
                return
        self._append({"event": "settled", "id": task.id, "at": at, "amount": amount}, once=task.id)

    def find(self, task_id: str) -> Task | None:
        """The task, whichever process accepted it."""
        with self._guard:
            if task_id not in self._offsets:
                self._catch_up()
            offset = self._offsets.get(task_id)
            if offset is None:
                return None
            with self._path.open("rb") as file:
                file.seek(offset)
                line = json.loads(file.readline())
        del line["event"]
        return Task(**{**line, "references": tuple(line["references"])})

    def lines(self) -> list[dict[str, object]]:
        """One line per task with its settled amount where there is one."""
        tasks: dict[str, dict[str, object]] = {}
        for line in self._events():
            if line.pop("event") == "accepted":
                tasks[str(line["id"])] = {**line, "settled": False}
            else:
                tasks[str(line["id"])].update(amount=line["amount"], settled=True)
        return list(tasks.values())

    def _events(self) -> Iterator[dict[str, object]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def _append(self, line: dict[str, object], once: str | None = None) -> None:
        content = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._guard, locked(self._lock):
            self._catch_up()
            if once is not None and once in self._settled:
                return
            with self._path.open("ab") as file:
                # What lies behind the last whole line was cut short by a crash.
                file.truncate(self._read_to)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._catch_up()

    def _catch_up(self) -> None:
        """Index the whole lines that this process has not seen."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in self._whole_lines(file):
                event = json.loads(line)
                if event["event"] == "accepted":
                    self._offsets[event["id"]] = self._read_to
                else:
                    self._settled.add(event["id"])
                self._read_to += len(line)

    @staticmethod
    def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
        return (line for line in file if line.endswith(b"\n"))
