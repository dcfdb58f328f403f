"""After a change over HTTP other programs are told of it, beside what the visitor waits for."""

from collections.abc import Callable
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS = {"GET", "HEAD", "OPTIONS"}


class Telling:
    """Around the application. ``tell`` sends what waits to be sent and raises nothing; while one is at it another is
    not begun: what came meanwhile goes with the next change, or with the upkeep."""

    def __init__(self, app: ASGIApp, tell: Callable[[], object]) -> None:
        self._app, self._tell, self._busy = app, tell, Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noted)
        if status < 400:
            await run_in_threadpool(self._once)

    def _once(self) -> None:
        if self._busy.acquire(blocking=False):
            try:
                self._tell()
            finally:
                self._busy.release()
