"""The invoice: one JSON line per accepted task and per settlement, on disk before the request is answered."""

import csv
import io
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from colophon.sandbox.files import locked

# Left out of a line when they say nothing.
_NEW = {"takes", "asked"}


@dataclass(frozen=True, slots=True)
class Task:
    """An accepted order with all that decides its picture and its price. ``amount`` is in ``currency``;
    ``references`` are digests of files in the sandbox folder; ``fault`` is the fault ordered for it, if any;
    ``takes`` is how many seconds it runs; ``asked`` is what a dialect echoes of the request."""

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
    takes: float = 0.0
    asked: dict[str, Any] | None = None

    @property
    def ends(self) -> float:
        """When its time is over, in epoch seconds."""
        return datetime.fromisoformat(self.at).timestamp() + self.takes


class TooManyActive(Exception):
    """The account has as many unfinished tasks as it may have."""


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
        self._cancelled: set[str] = set()
        # Per dialect and account: the ids in their order; and when each unfinished task ends, of those that take time.
        self._sold: dict[tuple[str, str], list[str]] = {}
        self._running: dict[tuple[str, str], dict[str, float]] = {}

    def accept(self, task: Task, active_limit: int | None = None) -> None:
        """On disk when this returns. Raises `TooManyActive`; the count holds across processes."""
        line = {name: value for name, value in asdict(task).items() if name not in _NEW or value}
        self._append({"event": "accepted", **line}, limited=(task, active_limit) if active_limit else None)

    def settle(self, task: Task, amount: str, at: str) -> None:
        """The final price; only the first settlement of a task counts."""
        with self._guard:
            if task.id in self._settled:
                return
        self._append({"event": "settled", "id": task.id, "at": at, "amount": amount}, once=task.id)

    def cancel(self, task: Task, at: str) -> None:
        self._append({"event": "cancelled", "id": task.id, "at": at})

    def is_cancelled(self, task_id: str) -> bool:
        with self._guard:
            self._catch_up()
            return task_id in self._cancelled

    def find(self, task_id: str) -> Task | None:
        """The task, whichever process accepted it."""
        with self._guard:
            if task_id not in self._offsets:
                self._catch_up()
            offset = self._offsets.get(task_id)
            return None if offset is None else self._task_at(offset)

    def newest(self, provider: str, account: str, before: str | None, count: int) -> list[Task]:
        """Tasks of one account, newest first; after the task ``before``, so that a page stays the same when others are
        sold meanwhile."""
        with self._guard:
            self._catch_up()
            ids = self._sold.get((provider, account), [])
            end = len(ids) if before is None else ids.index(before) if before in ids else 0
            return [self._task_at(self._offsets[task_id]) for task_id in reversed(ids[max(0, end - count) : end])]

    def _task_at(self, offset: int) -> Task:
        with self._path.open("rb") as file:
            file.seek(offset)
            line = json.loads(file.readline())
        del line["event"]
        return Task(**{**line, "references": tuple(line["references"])})

    def lines(self) -> list[dict[str, object]]:
        """One line per task with its settled amount where there is one."""
        tasks: dict[str, dict[str, object]] = {}
        for line in self._events():
            event = line.pop("event")
            if event == "accepted":
                tasks[str(line["id"])] = {**line, "settled": False}
            elif event == "settled":
                tasks[str(line["id"])].update(amount=line["amount"], settled=True)
            else:
                tasks[str(line["id"])].update(cancelled=True)
        return list(tasks.values())

    def _events(self) -> Iterator[dict[str, object]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def _append(
        self, line: dict[str, object], once: str | None = None, limited: tuple[Task, int] | None = None
    ) -> None:
        content = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._guard, locked(self._lock):
            self._catch_up()
            if once is not None and once in self._settled:
                return
            if limited is not None and self._active(limited[0]) >= limited[1]:
                raise TooManyActive
            with self._path.open("ab") as file:
                # What lies behind the last whole line was cut short by a crash.
                file.truncate(self._read_to)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._catch_up()

    def _active(self, task: Task) -> int:
        """Unfinished tasks of the account when this one arrives."""
        running = self._running.get((task.provider, task.account), {})
        now = datetime.fromisoformat(task.at).timestamp()
        for ended in [task_id for task_id, ends in running.items() if ends <= now]:
            del running[ended]
        return len(running)

    def _index(self, event: dict[str, Any], offset: int) -> None:
        task_id = event["id"]
        if event["event"] == "accepted":
            self._offsets[task_id] = offset
            self._sold.setdefault((event["provider"], event["account"]), []).append(task_id)
            if event.get("takes"):
                task = Task(**{**{name: value for name, value in event.items() if name != "event"}, "references": ()})
                self._active(task)
                self._running.setdefault((task.provider, task.account), {})[task_id] = task.ends
            return
        for running in self._running.values():
            running.pop(task_id, None)
        (self._settled if event["event"] == "settled" else self._cancelled).add(task_id)

    def _catch_up(self) -> None:
        """Index the whole lines that this process has not seen."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in self._whole_lines(file):
                self._index(json.loads(line), self._read_to)
                self._read_to += len(line)

    @staticmethod
    def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
        return (line for line in file if line.endswith(b"\n"))


COLUMNS = ("id", "at", "provider", "model", "amount", "currency", "settled")


def as_csv(lines: Iterable[dict[str, object]]) -> str:
    """The lines as a vendor's export: one header, one line per task."""
    file = io.StringIO()
    table = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows({**line, "settled": "true" if line["settled"] else "false"} for line in lines)
    return file.getvalue()
