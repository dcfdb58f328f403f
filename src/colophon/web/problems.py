"""Errors over HTTP, as RFC 9457 describes them: what is wrong and never how it came about inside."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from colophon.bootstrap.logs import request_id
from colophon.errors import (
    ColophonError,
    Conflict,
    InvalidInput,
    NotFound,
    PictureError,
    ProviderError,
    ProviderUnavailable,
    SigningUnavailable,
    StoreUnavailable,
)

_LOG = logging.getLogger("colophon.web")

# The first class that matches decides; every member of the family is covered by the last.
_STATUS: tuple[tuple[type[ColophonError], int], ...] = (
    (InvalidInput, 422),
    (PictureError, 422),
    (NotFound, 404),
    (Conflict, 409),
    (ProviderUnavailable, 503),
    (SigningUnavailable, 503),
    (StoreUnavailable, 503),
    (ProviderError, 502),
    (ColophonError, 500),
)
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    413: "Content too large",
    414: "Address too long",
    415: "Media type not accepted",
    422: "Invalid input",
    500: "Internal error",
    502: "An outside service failed",
    503: "Not available now",
}


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem document; ``code`` is the same word the command line uses."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse({**body, "code": code}, status, headers=headers, media_type="application/problem+json")


def problem_of(error: ColophonError, status: int | None = None) -> JSONResponse:
    """An error of this package; ``status`` where its place says more than its class."""
    status = status or next(code for kind, code in _STATUS if isinstance(error, kind))
    wait = error.retry_after if isinstance(error, ProviderUnavailable) else None
    return problem(status, error.code, error.message, {"Retry-After": f"{wait:.0f}"} if wait else None)


def add_problems(app: FastAPI) -> None:
    """Answer every error in this form, those of the framework and our own mistakes too."""
    app.add_exception_handler(ColophonError, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _bug)


def _own(_: Request, error: Exception) -> JSONResponse:
    return problem_of(error) if isinstance(error, ColophonError) else _bug(_, error)


def _framework(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, "http_error", _TITLES.get(status, "Error"))


def _unreadable(_: Request, error: Exception) -> JSONResponse:
    """Which members are wrong, without what they held."""
    items = error.errors() if isinstance(error, RequestValidationError) else []
    places = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in items[:10])
    return problem(422, "invalid_input", places or "the request cannot be read")


def _bug(request: Request, error: Exception) -> JSONResponse:
    _LOG.error("internal error at %s: %s", request.method, type(error).__name__)
    own = request_id.get()  # this answer does not pass the middleware that adds it
    headers = {"X-Request-ID": own} if own else None
    return problem(500, "internal_error", "internal error; it is in the server's log", headers)
