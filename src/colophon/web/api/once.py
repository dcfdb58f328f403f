"""``Idempotency-Key``: a write that is sent twice is done once, and answered both times alike, for 24 hours.

(As draft-ietf-httpapi-idempotency-key-header describes it: another request under the same key is 422, one that is
still being worked on 409.)
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from colophon.domain.reply import Reply
from colophon.web.bodies import BodyTooSlow
from colophon.web.house import House
from colophon.web.problems import problem

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_LONGEST = 255
_UNSURE = {401, 403, 408, 413, 429}  # says nothing about the request itself: another try may be answered otherwise
_MOST_REMEMBERED = 1024 * 1024
# An answer with a key in it is not written down: asked again, another is made.
SECRET = {"Cache-Control": "no-store, private"}
Answer = Callable[[Request], Coroutine[Any, Any, Response]]


def once(house: House) -> type[APIRoute]:
    """The class of routes that remember their answers."""
    claims = house.claims

    class Once(APIRoute):
        def get_route_handler(self) -> Answer:
            answer = super().get_route_handler()

            async def remembered(request: Request) -> Response:
                given = request.headers.get("idempotency-key")
                if given is None or request.method not in _WRITES:
                    return await answer(request)
                if not 1 <= len(given) <= _LONGEST or not given.isprintable():
                    return problem(400, "bad_idempotency_key", f"an Idempotency-Key has 1 to {_LONGEST} characters")
                await request.app.state.gate(request)  # an old answer too is for who may still ask
                key, asked = _key(request, given), _asked(request, await _body(request))
                known = await run_in_threadpool(claims.begin, key, asked)
                if known is not None:
                    return _again(known, asked)
                try:
                    response = await answer(request)
                except Exception:
                    # An error says the same the next time, or better. A request that is cancelled, as when the server
                    # ends, keeps its claim: what it began may go on in its thread for as long as the process lives.
                    await run_in_threadpool(claims.give_up, key)
                    raise
                if response.status_code >= 500 or response.status_code in _UNSURE or not _keeps(response):
                    await run_in_threadpool(claims.give_up, key)
                    return response
                body = bytes(response.body).decode()
                made = Reply(asked, response.status_code, body, response.headers.get("location", ""))
                await run_in_threadpool(claims.finish, key, made)
                return response

            return remembered

    return Once


async def _body(request: Request) -> bytes:
    """Raises `BodyTooSlow` for one that breaks off: nothing was begun."""
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise BodyTooSlow("the body broke off") from error


def _again(known: Reply, asked: str) -> Response:
    if known.request_sha256 != asked:
        return problem(422, "other_request", "this Idempotency-Key was sent with another request")
    if known.status is None:
        return problem(409, "in_progress", "this request is being worked on", {"Retry-After": "2"})
    headers = {"Idempotent-Replayed": "true"} | ({"Location": known.location} if known.location else {})
    kind = "application/json" if known.status < 400 else "application/problem+json"
    return Response(known.body, known.status, headers, kind if known.body else None)


def _keeps(response: Response) -> bool:
    body = getattr(response, "body", None)
    if response.headers.get("cache-control") == SECRET["Cache-Control"]:
        return False
    return isinstance(body, bytes) and len(body) <= _MOST_REMEMBERED


def _key(request: Request, given: str) -> str:
    """Of one who asks: another's key is another key."""
    who = request.headers.get("authorization", "") + "\0" + request.headers.get("cookie", "")
    return hashlib.sha256(f"{who}\0{given}".encode("utf-8", "surrogatepass")).hexdigest()


def _asked(request: Request, body: bytes) -> str:
    start = f"{request.method} {request.url.path}?{request.url.query}\0{request.headers.get('content-type', '')}\0"
    return hashlib.sha256(start.encode() + body).hexdigest()
