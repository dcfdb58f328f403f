"""Where a task stands when it is asked for: a function of the task, its fault, the time, and how often it was asked."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from colophon.sandbox.distortion import note
from colophon.sandbox.faults import Fault
from colophon.sandbox.invoice import Task
from colophon.sandbox.pictures import used_seed

_REMEMBERED = 10_000
_LADDER = ("Pending", "Reasoning", "Generating")
_ENDS = {
    "moderated_input": "Request Moderated",
    "moderated_output": "Content Moderated",
    "task_error": "Error",
    "task_lost": "Task not found",
}
# Faults that last for a number of polls: the default, and what those polls say.
_DELAYS: dict[str, tuple[int, Callable[[int], str]]] = {
    "slow": (3, lambda place: _LADDER[place % len(_LADDER)]),
    "unknown_status": (2, lambda place: "Composting"),
    "poll_error": (1, lambda place: ""),
    "poll_forbidden": (1, lambda place: ""),
    "poll_missing": (1, lambda place: ""),
}
_POLL_CODES = {"poll_error": 500, "poll_forbidden": 403, "poll_missing": 404}


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer to one poll; ``mint`` counts the delivery addresses given out, times are in epoch seconds."""

    word: str
    ended: bool
    mint: int = 0
    seed: int = 0
    start: float = 0.0
    duration: float = 0.0
    progress: float | None = None
    http_status: int = 200


class Progress:
    """Counts the polls of recent tasks in this process. After a restart a slow task is slow once more, no worse."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._polls: OrderedDict[str, int] = OrderedDict()

    def time_is_up(self, task: Task) -> bool:
        return not task.takes or self._clock().timestamp() >= task.ends

    def poll(self, task: Task) -> Standing:
        """What this poll is told; it counts."""
        if not self.time_is_up(task):
            return self._on_the_way(task)
        place = self._count(task.id)
        if place == 0:
            note(Fault.parse(task.fault) if task.fault else None, "poll")
        return self._at(task, place)

    def glance(self, task: Task) -> Standing:
        """What a poll would be told now, without counting as one."""
        if not self.time_is_up(task):
            return self._on_the_way(task)
        with self._lock:
            place = self._polls.get(task.id, 0)
        return self._at(task, place)

    def collect(self, task: Task) -> Standing:
        """The end of a task for a dialect whose results are asked for apart from the status; it counts apart."""
        return self.end(task, self._count(f"{task.id} result") + 1)

    def _on_the_way(self, task: Task) -> Standing:
        share = 1 - (task.ends - self._clock().timestamp()) / task.takes
        return Standing("Pending", False, progress=round(min(max(share, 0.0), 0.99), 2))

    def _at(self, task: Task, place: int) -> Standing:
        fault = Fault.parse(task.fault) if task.fault else None
        waiting = 0
        if fault and fault.name in _DELAYS:
            default, says = _DELAYS[fault.name]
            waiting = fault.number(default)
            if place < waiting:
                status = _POLL_CODES.get(fault.name, 200)
                return Standing(says(place), False, progress=place / waiting, http_status=status)
        return self.end(task, place - waiting + 1)

    def end(self, task: Task, mint: int = 1) -> Standing:
        """How the task ends, whatever was asked so far."""
        fault = Fault.parse(task.fault) if task.fault else None
        word = _ENDS.get(fault.name, "Ready") if fault else "Ready"
        start = datetime.fromisoformat(task.at).timestamp()
        # Without a time of its own, about what such a picture takes; nothing here waits for it.
        duration = task.takes or 2.0 + task.width * task.height / 1_000_000
        return Standing(word, True, mint, used_seed(task), start, round(duration, 3))

    def _count(self, task_id: str) -> int:
        """How often the task was asked for before."""
        with self._lock:
            place = self._polls.pop(task_id, 0)
            self._polls[task_id] = place + 1
            if len(self._polls) > _REMEMBERED:
                self._polls.popitem(last=False)
            return place
