"""Pictures on pages: originals as they came, small copies of them, and the files made of them.

What an address of this part names never changes, so browsers keep it; ``v`` in the query, the beginning of the
digest, makes another address of other bytes. Whoever is signed out gets nothing anew.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal

from anyio import CapacityLimiter, Lock, to_thread
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from colophon.domain.asset import Asset, Rendition
from colophon.services.miniatures import MEDIA_TYPE, VERSION, Size
from colophon.web.house import House

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


def pictures_router(house: House) -> APIRouter:
    router = APIRouter()
    rt = house.rt
    miniatures, making, turns = rt.miniatures, CapacityLimiter(_MADE_AT_ONCE), _Turns()

    async def answered(request: Request, sha256: str, size: Size | None, media_type: str, v: str) -> Response:
        """``size`` None: the bytes themselves."""
        tag = f'"{sha256[:32]}-{size or "file"}-{VERSION}"'
        headers = {
            "ETag": tag,
            "Cache-Control": _FOREVER if v and sha256.startswith(v) else _ASKED_AGAIN,
            "Vary": VARY,
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if size is None:
            content = await run_in_threadpool(rt.store.get, sha256)
            return Response(content, media_type=media_type, headers=headers)
        found = await run_in_threadpool(miniatures.kept, sha256, size)
        if found is None:
            async with turns.of(sha256, size):
                found = await to_thread.run_sync(partial(miniatures.of, sha256, size), limiter=making)
        return Response(found, media_type=MEDIA_TYPE, headers=headers)

    @router.get("/pictures/{asset}/{size}")
    async def original(
        request: Request, asset: str, size: Literal["thumbnail", "preview", "original"], v: str = ""
    ) -> Response:
        shown: Asset = await run_in_threadpool(rt.catalog.assets.get, asset)
        form = shown.facts.format.media_type
        return await answered(request, shown.sha256, None if size == "original" else size, form, v)

    @router.get("/renditions/{rendition}/picture")
    async def file(
        request: Request, rendition: str, size: Literal["file", "thumbnail", "preview"] = "file", v: str = ""
    ) -> Response:
        shown: Rendition = await run_in_threadpool(rt.catalog.assets.rendition, rendition)
        return await answered(request, shown.sha256, None if size == "file" else size, shown.format.media_type, v)

    return router
