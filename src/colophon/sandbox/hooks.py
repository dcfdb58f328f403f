"""Webhooks on order: delivered by a thread of this process after the task has ended, to addresses of this machine.

Address and secret are only in memory: a webhook that a restart forgets is one that was lost on its way.
"""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from colophon.sandbox.faults import Fault
from colophon.sandbox.invoice import Task
from colophon.sandbox.progress import Progress, Standing

_LOOK_EVERY_S = 0.05
_TIMEOUT_S = 10.0
# A delivery that is not answered with 2xx is tried again after these seconds.
_AGAIN_AFTER_S = (1.0, 5.0, 30.0)
_HUGE = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Notice:
    """What a dialect writes into one delivery: about which task, how it stands, and how it is signed."""

    task: Task
    task_id: str
    standing: Standing
    when: datetime
    signed: bool = True
    own_key: bool = True
    bare_secret: bool = False
    padding: int = 0


Writer = Callable[[Notice], tuple[dict[str, str], bytes]]


@dataclass(slots=True)
class _Planned:
    task: Task
    address: str
    write: Writer
    due: float
    tries: int = 0


class Hooks:
    """With ``enabled`` False nothing is ever sent."""

    def __init__(self, progress: Progress, clock: Callable[[], datetime], *, enabled: bool) -> None:
        self._progress = progress
        self._clock = clock
        self._enabled = enabled
        self._guard = threading.Lock()
        self._planned: list[_Planned] = []
        self._thread: threading.Thread | None = None

    def plan(self, task: Task, address: str, write: Writer) -> None:
        """Deliver when the task has ended; an address that is not of this machine is not called, and a lost task has
        no end."""
        if not self._enabled or not is_loopback(address) or task.fault == "task_lost":
            return
        fault = Fault.parse(task.fault) if task.fault else None
        due = task.ends
        if fault and fault.name == "webhook_early":
            due = 0.0
        elif fault and fault.name == "webhook_late":
            due += fault.seconds(30.0)
        with self._guard:
            self._planned.append(_Planned(task, address, write, due))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sandbox-webhooks", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """Runs as long as something is planned."""
        pause = threading.Event()
        with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            while True:
                now = self._clock().timestamp()
                with self._guard:
                    due = [each for each in self._planned if each.due <= now]
                    self._planned = [each for each in self._planned if each.due > now]
                    if not due and not self._planned:
                        self._thread = None
                        return
                for each in due:
                    if not self._deliver(client, each) and each.tries < len(_AGAIN_AFTER_S):
                        each.due = now + _AGAIN_AFTER_S[each.tries]
                        each.tries += 1
                        with self._guard:
                            self._planned.append(each)
                pause.wait(_LOOK_EVERY_S)

    def _deliver(self, client: httpx.Client, planned: _Planned) -> bool:
        fault = planned.task.fault.partition(":")[0] if planned.task.fault else ""
        headers, body = planned.write(self._notice(planned.task, fault))
        taken = False
        for _ in range(2 if fault == "webhook_twice" else 1):
            try:
                answer = client.post(planned.address, content=body, headers=headers)
            except httpx.HTTPError:
                return False
            taken = answer.is_success
        return taken

    def _notice(self, task: Task, fault: str) -> Notice:
        now = self._clock()
        return Notice(
            task=task,
            task_id="00000000-0000-4000-8000-000000000000" if fault == "webhook_foreign" else task.id,
            standing=self._progress.end(task),
            when=now - timedelta(hours=1) if fault == "webhook_old" else now,
            signed=fault != "webhook_unsigned",
            own_key=fault != "webhook_wrong_key",
            bare_secret=fault == "webhook_secret",
            padding=_HUGE if fault == "webhook_huge" else 0,
        )


def is_loopback(address: str) -> bool:
    """Whether the address names this machine; a name other than localhost is not resolved."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
