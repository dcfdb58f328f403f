"""Memory of this process and its children together, while something runs."""

import os
import re
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_PAUSE = 0.2
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class Watch:
    """The peak of the sum of proportional set sizes, in MiB: what is shared between processes counts once in all. Read
    from Linux' ``/proc`` five times a second, so a shorter peak may be missed. ``most`` is the largest single
    child's."""

    def __init__(self) -> None:
        self.peak = self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE):
            children = [_pss(pid) for pid in _children()]
            self.peak = max(self.peak, _pss(os.getpid()) + sum(children))
            self.most = max(self.most, *children, 0.0)


def _children() -> list[int]:
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            pids += map(int, (task / "children").read_text().split())
        except FileNotFoundError:
            continue  # a thread that ended meanwhile
    return pids


def _pss(pid: int) -> float:
    try:
        found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
