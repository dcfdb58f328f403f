"""The routes of every dialect, each made when the first request for it comes.

Making all of them takes a tenth of a second, and nearly every process that opens a sandbox speaks one dialect.
"""

from collections.abc import Callable, Collection, Mapping

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from colophon.sandbox.aimlapi import aimlapi_router
from colophon.sandbox.azure import azure_router
from colophon.sandbox.bfl import bfl_router
from colophon.sandbox.callmissed import callmissed_router
from colophon.sandbox.cometapi import cometapi_router
from colophon.sandbox.delivery import delivery_router
from colophon.sandbox.desk import Desk
from colophon.sandbox.fal import fal_router
from colophon.sandbox.fal_platform import fal_platform_router, fal_storage_router
from colophon.sandbox.fireworks import fireworks_router
from colophon.sandbox.lumenfall import lumenfall_router
from colophon.sandbox.moderations import moderations_router
from colophon.sandbox.openai_images import openai_images_router
from colophon.sandbox.replicate import replicate_router
from colophon.sandbox.replicate_account import replicate_account_router
from colophon.sandbox.together import together_router

_Maker = Callable[[Desk], APIRouter]
# By the first part of the path: what stands below it, as rest of the prefix and maker of the routes.
_BELOW: Mapping[str, tuple[tuple[str, _Maker], ...]] = {
    "bfl": (
        ("", lambda desk: bfl_router(desk, "global", "eu")),
        ("/eu", lambda desk: bfl_router(desk, "eu", "eu")),
        ("/us", lambda desk: bfl_router(desk, "us", "us")),
        ("/delivery", delivery_router),
    ),
    "replicate": (("/v1", replicate_router), ("/v1", replicate_account_router), ("/delivery", delivery_router)),
    "cometapi": (("/replicate/v1", cometapi_router), ("/delivery", delivery_router)),
    "fal": (
        ("", fal_router),
        ("", fal_storage_router),
        ("/api/v1", fal_platform_router),
        ("/delivery", delivery_router),
    ),
    "fireworks": (("/inference/v1", fireworks_router), ("/delivery", delivery_router)),
    "openai-images": (("/v1", openai_images_router), ("/delivery", delivery_router)),
    "openai-moderations": (("/v1", moderations_router),),
    "lumenfall": (("", lumenfall_router), ("/delivery", delivery_router)),
    "azure": (("", azure_router), ("/delivery", delivery_router)),
    "together": (("/v1", together_router), ("/delivery", delivery_router)),
    "aimlapi": (("", aimlapi_router), ("/delivery", delivery_router)),
    "callmissed": (("/v1", callmissed_router), ("/delivery", delivery_router)),
}


_DESCRIPTION = "openapi.json"  # lists the routes of all


class Dialects:
    """A layer before the routes of ``to``, which get those of a dialect before they see its first request. Requests
    come in one event loop, so no two make the same."""

    def __init__(self, app: ASGIApp, to: FastAPI, desk: Desk) -> None:
        self._app, self._to, self._desk = app, to, desk
        self._missing = set(_BELOW)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            first = str(scope["path"]).removeprefix("/").partition("/")[0]
            self._complete(_BELOW if first == _DESCRIPTION else {first})
        await self._app(scope, receive, send)

    def _complete(self, asked: Collection[str]) -> None:
        for dialect in sorted(self._missing.intersection(asked)):
            self._missing.remove(dialect)
            for rest, made in _BELOW[dialect]:
                self._to.include_router(made(self._desk), prefix=f"/{dialect}{rest}")
