"""Answers spoiled on order, whatever the dialect: the order is bought, the poll is counted, and then the body is not
what the dialect wrote.

The desk notes the fault while it handles a request; this layer around the application sees the note when the
dialect's answer begins, and sends something else instead.
"""

import zlib
from collections.abc import Iterator
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colophon.sandbox.faults import Fault

# Set by the transport inside a process, where no connection can be cut; it raises what a cut one would.
EMBEDDED_HEADER = b"x-sandbox-embedded"
RESET_HEADER = "x-sandbox-reset"
PLACES = ("submit", "poll", "delivery")
_CHUNK = 1024 * 1024
_HUGE_CHUNKS = 200
_JSON, _HTML = b"application/json", b"text/html; charset=utf-8"
_WHOLE: dict[str, tuple[bytes, bytes]] = {
    "html_answer": (_HTML, b"<!doctype html><html><body><h1>Welcome</h1><p>Please sign in.</p></body></html>\n"),
    "empty_answer": (_JSON, b""),
    "null_answer": (_JSON, b"null"),
    "wrong_type": (_JSON, b'[{"status":["Ready",{"id":7}],"id":null}]'),
    "deep_answer": (_JSON, b"[" * 100_000 + b"]" * 100_000),
}
_DISTORTING = {*_WHOLE, "huge_answer", "cut_answer", "gzip_answer", "reset"}
_noted: ContextVar[list[Fault] | None] = ContextVar("noted", default=None)


def note(fault: Fault | None, place: str) -> None:
    """This request's answer is to be spoiled, when the fault is of that kind and meant for this place."""
    notes = _noted.get()
    if fault and notes is not None and fault.name in _DISTORTING and (fault.value or "submit") == place:
        notes.append(fault)


class Distortion:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes: list[Fault] = []
        token = _noted.set(notes)
        done = False

        async def spoiled(message: Message) -> None:
            nonlocal done
            if not notes:
                await send(message)
            elif not done:
                done = True
                await _instead(notes[0].name, scope, send)

        try:
            await self._app(scope, receive, spoiled)
        finally:
            _noted.reset(token)


async def _instead(name: str, scope: Scope, send: Send) -> None:
    if name == "reset":
        await _reset(scope, send)
    elif name == "cut_answer":
        await _start(send, _JSON, [(b"content-length", b"4096")])
        # Less than was promised: the server closes the connection.
        await send({"type": "http.response.body", "body": b'{"id":"', "more_body": _embedded(scope) is False})
    elif name == "gzip_answer":
        await _start(send, _JSON, [(b"content-encoding", b"gzip")])
        packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
        for chunk in _huge():
            await send({"type": "http.response.body", "body": packer.compress(chunk), "more_body": True})
        await send({"type": "http.response.body", "body": packer.compress(b'"}') + packer.flush()})
    elif name == "huge_answer":
        await _start(send, _JSON, [])
        for chunk in _huge():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b'"}'})
    else:
        kind, content = _WHOLE[name]
        await _start(send, kind, [(b"content-length", str(len(content)).encode())])
        await send({"type": "http.response.body", "body": content})


def _huge() -> Iterator[bytes]:
    yield b'{"id":"'
    for _ in range(_HUGE_CHUNKS):
        yield b"x" * _CHUNK


async def _reset(scope: Scope, send: Send) -> None:
    if _embedded(scope):
        await _start(send, _JSON, [(RESET_HEADER.encode(), b"1"), (b"content-length", b"0")])
        await send({"type": "http.response.body", "body": b""})
    else:
        await _start(send, _JSON, [(b"content-length", b"4096")])


def _embedded(scope: Scope) -> bool:
    return any(name == EMBEDDED_HEADER for name, _ in scope["headers"])


async def _start(send: Send, kind: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), *headers]})
