"""Around every request: how large and how slow it may be, and what its answer says to browsers."""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colophon.web.headers import said_always
from colophon.web.problems import Refused
from colophon.web.room import Pace, Place, Rooms

MAX_BODY = 2 * 1024 * 1024  # bytes of a request that is no picture
MAX_UPLOAD = 66 * 1024 * 1024  # a picture of 64 MiB in a form
_PUBLIC_UPLOAD = "/api/v1/c2pa/matches/byContent"
_UPLOADS = {
    *("/verify", "/api/v1/verify", "/api/v1/identify", "/api/v1/assets", "/api/v1/references", "/campaigns/new"),
    _PUBLIC_UPLOAD,
}


class Protection:
    """Around the application."""

    def __init__(self, app: ASGIApp, rooms: Rooms | None = None, pace: Pace | None = None) -> None:
        self._app, self._rooms, self._pace = app, rooms or Rooms(), pace or Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                said_always(MutableHeaders(scope=message))
            await send(message)

        with self._rooms.small.place() as place:
            await self._app(scope, _Body(scope, receive, place, self._rooms, self._pace).receive, headed)


class _Body:
    """The body of one request, counted as it comes: against what its address takes, what all bodies may take together,
    and how slow it may be. Nothing is counted, and nobody refused, before the application asks for it: who is not let
    in takes no room."""

    def __init__(self, scope: Scope, receive: Receive, place: Place, rooms: Rooms, pace: Pace) -> None:
        path = scope["path"]
        self._most = MAX_UPLOAD if path in _UPLOADS else MAX_BODY
        self._large = rooms.public if path == _PUBLIC_UPLOAD else rooms.pictures
        self._receive, self._place, self._pace = receive, place, pace
        self._announced = _announced(scope)
        self._received, self._waited, self._ended = 0, 0.0, False

    async def receive(self) -> Message:
        if self._ended:  # what comes now is that whoever asked has gone
            return await self._receive()
        if self._announced > self._most:
            raise Refused(413, "too_large", f"the body is larger than {self._most} bytes")
        if self._announced > MAX_BODY:
            self._place.move(self._large, self._announced)
        message = await self._next()
        self._received += len(message.get("body", b""))
        if self._received > self._most:
            raise Refused(413, "too_large", f"the body is larger than {self._most} bytes")
        if self._received > MAX_BODY:
            self._place.move(self._large, self._received)
        else:
            self._place.grow(self._received)
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        clock = asyncio.get_running_loop()
        begun = clock.time()
        try:
            async with asyncio.timeout(self._pace.left(self._waited, self._received)):
                return await self._receive()
        except TimeoutError:
            raise Refused(408, "too_slow", "the body came too slowly") from None
        finally:
            self._waited += clock.time() - begun


def _announced(scope: Scope) -> int:
    """What the request says of its size; nothing for a body that comes in chunks."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said[:20]) if said.isascii() and said.isdigit() else 0
