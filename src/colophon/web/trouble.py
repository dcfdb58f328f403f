"""Errors as pages: what is wrong, where, and what to do about it; to sign in, where that is what is missing."""

import json
from collections.abc import Callable
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from colophon.errors import ColophonError
from colophon.web.page import Pages

_SIGN_IN = "/sign-in"


def page_of_problem(pages: Pages) -> Callable[[Request, JSONResponse, ColophonError | None], Response]:
    """The page for a problem document; a part of one for a request that a script made of a page."""

    def make(request: Request, answer: JSONResponse, error: ColophonError | None) -> Response:
        part = "hx-request" in request.headers
        if answer.status_code == 401 and request.url.path != _SIGN_IN:
            address = f"{_SIGN_IN}?next={quote(_back(request), safe='')}"
            if part:
                return Response(status_code=204, headers={"HX-Redirect": address})
            return RedirectResponse(address, 303)
        told = json.loads(bytes(answer.body))
        template = "parts/problem.html" if part else "problem.html"
        page = pages.render(request, template, status=answer.status_code, problem=told, error=error)
        for name in ("Retry-After", "Connection"):
            if said := answer.headers.get(name):
                page.headers[name] = said
        return page

    return make


def _back(request: Request) -> str:
    """Where to go after signing in: a page, never what a form was sent to."""
    return request.url.path if request.method == "GET" else "/"
