"""Parts of pages that follow what happens: server-sent events, and one look at the catalog for all who follow."""

import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
EVERY = 1.0  # seconds between two looks
_LONGEST = 300.0  # seconds of one answer: browsers then ask again, and the gate looks at who they are
_HEARTBEAT = 15.0  # seconds of silence after which something is said, so that no proxy ends it
_CALM = 20.0  # seconds without a change after which what is over is believed to be
_REMEMBERED = 200
_ASKED_EVERY = 5.0  # seconds after which it is asked again whether who follows may
_MOST, _MOST_EACH = 300, 12  # who follow at once, and of one name
_LATER = "retry: 30000\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(slots=True)
class _Look(Generic[T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = -1e9
    value: T | None = None


class SharedLooks(Generic[T]):
    """However many follow one thing, it is looked at once in a while."""

    def __init__(self, look: Callable[[str], T], every: float = EVERY) -> None:
        self._look = look
        self._every = every
        self._lock = threading.Lock()
        self._looks: dict[str, _Look[T]] = {}

    def latest(self, name: str) -> T:
        """At most so old as the time between two looks. Raises what looking raises."""
        with self._lock:
            if name not in self._looks and len(self._looks) >= _REMEMBERED:
                self._looks.clear()
            found = self._looks.setdefault(name, _Look())
        with found.lock:
            if found.value is None or time.monotonic() - found.at >= self._every * 0.9:
                found.value = self._look(name)
                found.at = time.monotonic()
            return found.value


class Places:
    """Who follows holds a place; each looks every second, so there is an end of them."""

    def __init__(self, most: int = _MOST, each: int = _MOST_EACH) -> None:
        self._most, self._each = most, each
        self._taken: Counter[str] = Counter()

    def left(self, name: str) -> bool:
        """Whether there is a place for one more."""
        return self._taken[name] < self._each and self._taken.total() < self._most

    async def seated(self, name: str, stream: AsyncGenerator[str]) -> AsyncGenerator[str]:
        """The stream, or where no place is left only when to ask again. All in the one loop that answers."""
        if not self.left(name):
            await stream.aclose()
            yield _LATER
            return
        self._taken[name] += 1
        try:
            async with aclosing(stream):
                async for part in stream:
                    yield part
        finally:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]


def _anybody() -> bool:
    return True


async def follow(
    latest: Callable[[], T],
    made: Callable[[T], str],
    over: Callable[[T], bool],
    *,
    allowed: Callable[[], bool] = _anybody,
    every: float = EVERY,
    name: str = "part",
) -> AsyncGenerator[str]:
    """Ends, too, when whoever follows is no longer ``allowed``: before each part, and at least every five seconds.
    Events ``name`` whenever the latest value is another one, and ``done`` once it is over: at once where it was so
    from the first, or else when nothing moved for a while after, since others may still be at work. The functions
    may block: they are called in threads."""
    started = quiet_since = moved_at = asked_at = time.monotonic()
    looks = 0
    shown: T | None = None
    while time.monotonic() - started < _LONGEST:
        value = await run_in_threadpool(latest)
        if value != shown or time.monotonic() - asked_at > _ASKED_EVERY:
            asked_at = time.monotonic()
            if not await run_in_threadpool(allowed):
                return
        ended = await run_in_threadpool(over, value)
        if value != shown:
            shown, looks = value, looks + 1
            quiet_since = moved_at = time.monotonic()
            yield event(name, await run_in_threadpool(made, value))
        if ended and (looks == 1 or time.monotonic() - moved_at > _CALM):
            yield event("done", "")
            return
        if time.monotonic() - quiet_since > _HEARTBEAT:
            quiet_since = time.monotonic()
            yield ": still here\n\n"
        await anyio.sleep(every)


def event(name: str, data: str) -> str:
    """As https://html.spec.whatwg.org/multipage/server-sent-events.html has it: one ``data:`` for each line."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


def events(stream: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)
