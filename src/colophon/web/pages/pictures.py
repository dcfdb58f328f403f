"""Pictures on pages: originals as they came, small copies of them, and the files made of them.

What an address of this part names never changes, so browsers keep it; ``v`` in the query, the beginning of the
digest, makes another address of other bytes. Whoever is signed out gets nothing anew.
"""

from functools import partial
from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from colophon.domain.asset import Asset, Rendition
from colophon.web.house import House


def pictures_router(house: House) -> APIRouter:
    router = APIRouter()
    rt = house.rt
    answered = partial(house.copies.answered, store=rt.store, miniatures=rt.miniatures)

    @router.get("/pictures/{asset}/{size}")
    async def original(
        request: Request, asset: str, size: Literal["thumbnail", "preview", "original"], v: str = ""
    ) -> Response:
        shown: Asset = await run_in_threadpool(rt.catalog.assets.get, asset)
        form = shown.facts.format.media_type
        return await answered(request, shown.sha256, None if size == "original" else size, form, v=v)

    @router.get("/renditions/{rendition}/picture")
    async def file(
        request: Request, rendition: str, size: Literal["file", "thumbnail", "preview"] = "file", v: str = ""
    ) -> Response:
        shown: Rendition = await run_in_threadpool(rt.catalog.assets.rendition, rendition)
        media_type = shown.format.media_type
        return await answered(request, shown.sha256, None if size == "file" else size, media_type, v=v)

    return router
