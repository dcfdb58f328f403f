"""Each request has an id, a line in the log and a span: its method, the pattern of its path, its status and how long it
took. Never the path itself, which may hold a token, nor a query, a header or an address of whoever asks."""

import logging
import re
import time
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colophon.bootstrap.logs import REQUESTS, request_id
from colophon.bootstrap.tracing import context_of, span

_LOG = logging.getLogger(REQUESTS)
HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_ASKED_ALL_THE_TIME = {"/healthz", "/readyz", "/metrics"}
_UNKNOWN = "(no such address)"


class RequestLog:
    """An id that comes with the request is kept, so that a proxy's lines and ours can be laid side by side."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = given.get(HEADER.lower().encode(), "")
        own = asked if _ID.fullmatch(asked) else uuid4().hex
        request_id.set(own)
        begun, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER.encode(), own.encode())]}
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        with span(method, parent=context_of(given.get(b"traceparent")), kind="server") as made:
            try:
                await self._app(scope, receive, answer)
            finally:
                route, seconds = template(scope), time.perf_counter() - begun
                if made is not None:
                    made.update_name(f"{method} {route}")
                    made.set_attributes(
                        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                    )
                level = logging.DEBUG if route in _ASKED_ALL_THE_TIME and status < 500 else logging.INFO
                fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
                told = (method, route, status, 1000 * seconds)
                _LOG.log(level, "%s %s %d in %.1f ms", *told, extra={"fields": fields})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def template(scope: Scope) -> str:
    """The pattern of the path that answered, such as ``/hooks/{route}/{token}``: the path with the values that routing
    took out of it replaced by their names, since a route that was included elsewhere knows only its own part."""
    if scope.get("endpoint") is None:
        return _UNKNOWN
    path = str(scope["path"])
    for name, value in scope.get("path_params", {}).items():
        path, found = re.subn(rf"/{re.escape(str(value))}(?=[/.]|$)", f"/{{{name}}}", path, count=1)
        if not found:  # a value that was converted: nobody knows which part of the path it was
            return _UNKNOWN
    return path
