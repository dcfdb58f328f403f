"""Errors over HTTP, as RFC 9457 describes them: what is wrong and never how it came about inside."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from colophon.bootstrap.logs import request_id
from colophon.errors import (
    ColophonError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PictureError,
    ProviderError,
    ProviderUnavailable,
    SigningUnavailable,
    StoreUnavailable,
)
from colophon.web.bodies import BodyTooLarge, BodyTooSlow
from colophon.web.headers import said_always

_LOG = logging.getLogger("colophon.web")

# The first class that matches decides; every member of the family is covered by the last.
_STATUS: tuple[tuple[type[ColophonError], int], ...] = (
    (BodyTooLarge, 413),
    (BodyTooSlow, 408),
    (InvalidInput, 422),
    (PictureError, 422),
    (NotFound, 404),
    (Conflict, 409),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (ProviderUnavailable, 503),
    (SigningUnavailable, 503),
    (StoreUnavailable, 503),
    (ProviderError, 502),
    (ColophonError, 500),
)
_MOST_PROBLEMS = 100
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    413: "Content too large",
    414: "Address too long",
    415: "Media type not accepted",
    422: "Invalid input",
    429: "Too many tries",
    500: "Internal error",
    502: "An outside service failed",
    503: "Not available now",
}


class Refused(HTTPException):
    """A body that is not taken, told from within the reading of it, where the framework lets no other error through.
    The connection ends with it: the rest of the body is not waited for. ``retry_after`` are seconds."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        headers = {"Connection": "close"} | ({"Retry-After": str(retry_after)} if retry_after else {})
        super().__init__(status, message, headers)
        self.code = code


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: object) -> JSONResponse:
    """A problem document; ``code`` is the same word the command line uses."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse({**body, "code": code, **more}, status, headers=headers, media_type="application/problem+json")


def problem_of(error: ColophonError, status: int | None = None) -> JSONResponse:
    """An error of this package; ``status`` where its place says more than its class. Where an input has several
    mistakes, all of them are in ``errors``."""
    wait = error.retry_after if isinstance(error, ProviderUnavailable | NotSignedIn) else None
    if status is None and isinstance(error, NotSignedIn) and wait:
        status = 429
    status = status or next(code for kind, code in _STATUS if isinstance(error, kind))
    headers = {"Retry-After": f"{wait:.0f}"} if wait else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    more: dict[str, object] = {"where": error.where, "hint": error.hint}
    if error.problems:
        more["errors"] = [
            {"code": each.code, "detail": each.message, "where": each.where, "allowed": each.allowed}
            for each in error.problems[:_MOST_PROBLEMS]
        ]
    return problem(status, error.code, error.message, headers, **{name: value for name, value in more.items() if value})


def add_problems(app: FastAPI) -> None:
    """Answer every error in this form, those of the framework and our own mistakes too.

    Where somebody looks at a page, ``app.state.page_of_problem`` makes a page of it, if there is one.
    """
    app.add_exception_handler(ColophonError, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _bug)


def _own(request: Request, error: Exception) -> Response:
    if not isinstance(error, ColophonError):
        return _bug(request, error)
    return _shown(request, problem_of(error), error)


def _framework(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    code, told = "http_error", _TITLES.get(status, "Error")
    if isinstance(error, Refused):
        code, told = error.code, error.detail
    return _shown(request, problem(status, code, told, headers))


def _unreadable(request: Request, error: Exception) -> Response:
    """Which members are wrong, without what they held."""
    items = error.errors() if isinstance(error, RequestValidationError) else []
    places = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in items[:10])
    return _shown(request, problem(422, "invalid_input", places or "the request cannot be read"))


def _bug(request: Request, error: Exception) -> Response:
    _LOG.error("internal error at %s: %s", request.method, type(error).__name__)
    own = request_id.get()
    headers = {"X-Request-ID": own} if own else None
    answer = _shown(request, problem(500, "internal_error", "internal error; it is in the server's log", headers))
    if own:
        answer.headers["X-Request-ID"] = own
    said_always(answer.headers)  # this answer passes none of what is around the application
    return answer


def _shown(request: Request, answer: JSONResponse, error: ColophonError | None = None) -> Response:
    make = getattr(request.app.state, "page_of_problem", None)
    wants_page = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    if make is None or not wants_page or request.url.path.startswith("/api/"):
        return answer
    page: Response = make(request, answer, error)
    return page
