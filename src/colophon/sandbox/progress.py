"""Where a task stands when it is asked for: a function of the task, its fault, and how often it was asked."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
}


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

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._polls: OrderedDict[str, int] = OrderedDict()

    def poll(self, task: Task) -> Standing:
        place = self._count(task.id)
        fault = Fault.parse(task.fault) if task.fault else None
        waiting = 0
        if fault and fault.name in _DELAYS:
            default, says = _DELAYS[fault.name]
            waiting = fault.number(default)
            if place < waiting:
                word = says(place)
                return Standing(word, False, progress=place / waiting, http_status=200 if word else 500)
        word = _ENDS.get(fault.name, "Ready") if fault else "Ready"
        start = datetime.fromisoformat(task.at).timestamp()
        # About what such a picture takes; nothing here waits for it.
        duration = 2.0 + task.width * task.height / 1_000_000
        return Standing(word, True, place - waiting + 1, used_seed(task), start, round(duration, 3))

    def _count(self, task_id: str) -> int:
        """How often the task was asked for before."""
        with self._lock:
            place = self._polls.pop(task_id, 0)
            self._polls[task_id] = place + 1
            if len(self._polls) > _REMEMBERED:
                self._polls.popitem(last=False)
            return place
