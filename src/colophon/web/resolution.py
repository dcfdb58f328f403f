"""``/api/v1/c2pa``: the read side of the C2PA Soft Binding Resolution API. Manifests are found by a soft binding or by
a picture, and fetched by their id, as schemas/soft-binding-resolution.openapi.json describes it.

Nothing is fetched from an address that a client names: there is no ``byReference``.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from anyio import CapacityLimiter, WouldBlock, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from colophon.errors import ColophonError, InvalidInput, PictureError
from colophon.services.recover import SUPPORTED, Recoverable, RecoveryDesk, by_binding, by_content, manifest_store
from colophon.web.bearer import bears
from colophon.web.bodies import BodyTooLarge, BodyTooSlow, read_body
from colophon.web.problems import problem, problem_of

PREFIX = "/api/v1/c2pa"
MAX_VALUE = 4096  # characters of a soft binding's value
MAX_RESULTS = 100
_MAX_QUERY = 64 * 1024
_MAX_CONTENT = 64 * 1024 * 1024
_UPLOAD_SECONDS = 30.0
# Pictures in memory and under decoding at once; a further one is told to come again.
_CONTENTS_AT_ONCE = 4
_TYPES = ("image/png", "image/jpeg", "image/webp", "image/avif")
Answer = Callable[[Request], Awaitable[Response]]


class _TooLong(InvalidInput):
    code = "too_long"


class _WrongType(InvalidInput):
    code = "wrong_type"


def resolution_router(desk: RecoveryDesk, token: bytes | None) -> APIRouter:
    """With ``token`` None everybody may ask, as public look-ups are meant to be; only published work is answered."""
    router = APIRouter()
    contents = CapacityLimiter(_CONTENTS_AT_ONCE)

    def guarded(answer: Answer) -> Answer:
        async def asked(request: Request) -> Response:
            if token is not None and not bears(request, token):
                return problem(401, "not_authenticated", "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
            try:
                return await answer(request)
            except WouldBlock:
                return problem(503, "busy", "too many pictures are being looked at", {"Retry-After": "2"})
            except ColophonError as error:
                return problem_of(error, _status(error))

        return asked

    async def query(request: Request) -> Response:
        value = _wanted(request.query_params.get("value"), "value")
        if len(value) > MAX_VALUE:
            raise _TooLong(f"the value has over {MAX_VALUE} characters", where="value")
        return await _matches(by_binding, _wanted(request.query_params.get("alg"), "alg"), value, request, desk)

    async def large_query(request: Request) -> Response:
        body = _members(await read_body(request, limit=_MAX_QUERY))
        value = _wanted(body.get("value"), "value")
        if len(value) > MAX_VALUE:
            raise InvalidInput(f"the value has over {MAX_VALUE} characters", where="value")
        return await _matches(by_binding, _wanted(body.get("alg"), "alg"), value, request, desk)

    async def content(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
            raise _WrongType(f"the asset is none of {', '.join(_TYPES)}")
        contents.acquire_on_behalf_of_nowait(request)
        try:
            raw = await read_body(request, limit=_MAX_CONTENT, seconds=_UPLOAD_SECONDS)
            find = partial(by_content, hint=_hint(request))
            return await _matches(find, raw, request.query_params.get("alg"), request, desk)
        finally:
            contents.release_on_behalf_of(request)

    async def manifest(request: Request) -> Response:
        only_active = _flag(request.query_params.get("returnActiveManifest"))
        find = partial(manifest_store, request.path_params["manifestId"], only_active=only_active, desk=desk)
        return Response(await to_thread.run_sync(find), media_type="application/c2pa")

    async def algorithms(request: Request) -> Response:
        return JSONResponse({"watermarks": [], "fingerprints": [{"alg": alg} for alg in SUPPORTED]})

    router.add_route(f"{PREFIX}/matches/byBinding", guarded(query), methods=["GET"])
    router.add_route(f"{PREFIX}/matches/byBinding", guarded(large_query), methods=["POST"])
    router.add_route(f"{PREFIX}/matches/byContent", guarded(content), methods=["POST"])
    router.add_route(PREFIX + "/manifests/{manifestId:path}", guarded(manifest), methods=["GET"])
    router.add_route(f"{PREFIX}/services/supportedAlgorithms", algorithms, methods=["GET"])
    return router


async def _matches(
    find: Callable[..., list[Recoverable]], what: object, how: object, request: Request, desk: RecoveryDesk
) -> Response:
    most = _number(request.query_params.get("maxResults"))
    found = await to_thread.run_sync(partial(find, what, how, most, desk=desk))
    return JSONResponse({"matches": [{"manifestId": one.label, "similarityScore": one.score} for one in found]})


def _wanted(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} is missing or no text", where=name)
    return value


def _hint(request: Request) -> str | None:
    """A soft binding the client knows besides; one of another algorithm cannot help."""
    value = request.query_params.get("hintValue")
    return value if value and request.query_params.get("hintAlg") in SUPPORTED else None


def _number(text: str | None) -> int:
    """The most results wanted: 10 unless said, and never over `MAX_RESULTS`."""
    if text is None:
        return 10
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise InvalidInput("maxResults is a number from 1", where="maxResults")
    return min(int(text), MAX_RESULTS)


def _flag(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise InvalidInput("returnActiveManifest is true or false", where="returnActiveManifest")
    return text == "true"


def _members(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("the body is not JSON") from error
    if not isinstance(body, dict):
        raise InvalidInput("the body is not a JSON object")
    return body


def _status(error: ColophonError) -> int | None:
    """The interface's own numbers, where they are not those of every other page."""
    if isinstance(error, BodyTooLarge):
        return 413
    if isinstance(error, BodyTooSlow):
        return 408
    if isinstance(error, _TooLong):
        return 414
    if isinstance(error, _WrongType) or (isinstance(error, PictureError) and error.reason == "format"):
        return 415
    return 400 if isinstance(error, InvalidInput | PictureError) else None
