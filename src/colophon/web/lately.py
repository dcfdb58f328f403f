"""Values that may be a little old: made by one, and given to all who ask within a while."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """``seconds``: how old a value may be. Whoever asks while one is being made waits for it; what making raises, the
    asker gets, and nothing is kept of it."""

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make, self._seconds = make, seconds
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def value(self) -> T:
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] >= self._seconds:
                self._known = time.monotonic(), self._make()
            return self._known[1]
