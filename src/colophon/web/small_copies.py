"""Bytes of pictures as browsers keep them, and small copies of them, which are made once and few at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anyio import CapacityLimiter, Lock, to_thread
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from colophon.ports import Store
from colophon.services.miniatures import MEDIA_TYPE, VERSION, Miniatures, Size

_FOREVER = "private, max-age=31536000, immutable"
VARY = "Cookie, Authorization"  # what one sign-in was shown is not for the next one at the same browser
_ASKED_AGAIN = "private, no-cache"
# Small copies being made at once: the threads that answer everybody else are not all to wait for decoders.
_MADE_AT_ONCE = 4


class _Turns:
    """Those who want the same copy come one after the other: the first has it made, the others find it, and none of
    them takes a place among the few that make."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, Size], tuple[Lock, int]] = {}

    @asynccontextmanager
    async def of(self, sha256: str, size: Size) -> AsyncIterator[None]:
        lock, asked = self._waiting.get((sha256, size)) or (Lock(), 0)
        self._waiting[sha256, size] = lock, asked + 1
        try:
            async with lock:
                yield
        finally:
            lock, asked = self._waiting.pop((sha256, size))
            if asked > 1:
                self._waiting[sha256, size] = lock, asked - 1


class SmallCopies:
    """One for a whole house."""

    def __init__(self) -> None:
        self._making, self._turns = CapacityLimiter(_MADE_AT_ONCE), _Turns()

    async def answered(
        self,
        request: Request,
        sha256: str,
        size: Size | None,
        media_type: str,
        *,
        v: str = "",
        store: Store,
        miniatures: Miniatures,
    ) -> Response:
        """``size`` None: the bytes themselves. ``v``: the beginning of the digest, with which an address never names
        anything else, so that it need not be asked again."""
        tag = f'"{sha256[:32]}-{size or "file"}-{VERSION}"'
        headers = {
            "ETag": tag,
            "Cache-Control": _FOREVER if v and sha256.startswith(v) else _ASKED_AGAIN,
            "Vary": VARY,
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if size is None:
            content = await run_in_threadpool(store.get, sha256)
            return Response(content, media_type=media_type, headers=headers)
        found = await run_in_threadpool(miniatures.kept, sha256, size)
        if found is None:
            async with self._turns.of(sha256, size):
                found = await to_thread.run_sync(partial(miniatures.of, sha256, size), limiter=self._making)
        return Response(found, media_type=MEDIA_TYPE, headers=headers)
