"""``POST /hooks/{route}/{token}``: a vendor's notice, verified on its raw bytes and answered before anything is asked.

204 says that it arrived, also for the second time. 401: not signed by the vendor, or not lately; 404: no such address;
409: it speaks of another task; 413: larger than 1 MB; 503: it cannot be verified now, send it again.
"""

import logging
from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from colophon.errors import ColophonError, ProviderError, ProviderUnavailable
from colophon.services.hooks import HookDesk, Receipt, confirm, receive
from colophon.web.bodies import BodyTooLarge, BodyTooSlow, read_body
from colophon.web.problems import problem_of

_LOG = logging.getLogger("colophon.web")

MAX_HOOK = 1024 * 1024
# Asking vendors takes seconds; it must not take the threads that answer.
_CONFIRMING_AT_ONCE = 4


def hooks_router(desk: HookDesk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    confirming = CapacityLimiter(_CONFIRMING_AT_ONCE)

    @router.post("/hooks/{route}/{token}")
    async def hook(route: str, token: str, request: Request) -> Response:
        try:
            raw = await read_body(request, limit=MAX_HOOK)
            receipt = await to_thread.run_sync(partial(receive, route, token, raw, _headers(request), desk=desk))
        except ColophonError as error:
            return problem_of(error, _status(error))
        later = BackgroundTask(_later, partial(_confirmed, receipt, desk), confirming) if receipt.unconfirmed else None
        return Response(status_code=204, background=later)

    return router


def _headers(request: Request) -> dict[str, str]:
    """A header that came twice is one value with a comma (RFC 9110, 5.3), which no signature is: nobody may choose
    between two."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _status(error: ColophonError) -> int | None:
    if isinstance(error, BodyTooLarge):
        return 413
    if isinstance(error, BodyTooSlow):
        return 408
    if isinstance(error, ProviderError) and not isinstance(error, ProviderUnavailable):
        return 400 if error.reason == "unreadable" else 401
    return None


async def _later(ask: Callable[[], None], limiter: CapacityLimiter) -> None:
    await to_thread.run_sync(ask, limiter=limiter)


def _confirmed(receipt: Receipt, desk: HookDesk) -> None:
    """The vendor has its answer already: what fails here is for the log, and the order stays as unknown as it was."""
    try:
        confirm(receipt, desk=desk)
    except ColophonError as error:
        intent = (receipt.generation, receipt.attempt, receipt.request_id)
        _LOG.warning("webhook of %s, attempt %d, task %s was not followed up: %s", *intent, error.message)
