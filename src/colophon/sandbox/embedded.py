"""The application inside this process: the same adapters reach it through an ordinary client."""

import asyncio
import threading

import httpx
from a2wsgi import ASGIMiddleware
from fastapi import FastAPI

from colophon.sandbox.distortion import EMBEDDED_HEADER, RESET_HEADER


def transport(app: FastAPI) -> httpx.BaseTransport:
    """A transport whose every request goes to ``app``; closing it ends its thread."""
    return _EmbeddedTransport(app)


class _EmbeddedTransport(httpx.BaseTransport):
    """The application runs in an event loop of its own thread, so any number of threads may send to it."""

    def __init__(self, app: FastAPI) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="colophon-sandbox", daemon=True)
        self._thread.start()
        # The three libraries agree on ASGI and WSGI, and each describes them in types of its own.
        wsgi = ASGIMiddleware(app, loop=self._loop)  # type: ignore[arg-type]
        self._inner = httpx.WSGITransport(wsgi, raise_app_exceptions=False)  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._loop.is_closed():
            raise httpx.ConnectError("the sandbox was closed")
        request.headers[EMBEDDED_HEADER.decode()] = "1"
        response = self._inner.handle_request(request)
        if RESET_HEADER in response.headers:
            raise httpx.ReadError("connection reset by the sandbox", request=request)
        return response

    def close(self) -> None:
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_asyncgens(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
