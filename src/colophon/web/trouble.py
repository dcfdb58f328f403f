"""Errors as pages: what is wrong, where, and what to do about it; to sign in, where that is what is missing."""

import json
from collections.abc import Callable
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from colophon.errors import ColophonError
from colophon.web.addresses import parts_of, within
from colophon.web.page import Pages

_SIGN_IN = "/sign-in"
# What to do about what the framework found, which knows no more than a number.
_HINTS = {
    404: "The address may be mistyped, what it names may be gone, or it belongs to a brand that you may not see.",
    405: "This address takes a form and shows nothing by itself; go back to the page that has the form.",
    413: "A picture may take 64 MB, an invoice or any other form 2 MB.",
    500: "Nothing more is known here. Try again; if it stays, tell whoever runs this house the number of the request.",
    503: "Something that this needs is away for the moment. Try again soon; Settings, System says what is missing.",
}


def page_of_problem(pages: Pages) -> Callable[[Request, JSONResponse, ColophonError | None], Response]:
    """The page for a problem document; a part of one for a request that a script made of a page."""

    def make(request: Request, answer: JSONResponse, error: ColophonError | None) -> Response:
        part = "hx-request" in request.headers
        if answer.status_code == 401 and request.url.path != _SIGN_IN:
            address = f"{_SIGN_IN}?next={quote(_back(request), safe='')}"
            if part:  # the page that asked stays where it is, with what somebody wrote on it
                return pages.render(request, "parts/signed_out.html", status=401, away=address)
            return RedirectResponse(address, 303)
        told = json.loads(bytes(answer.body))
        told.setdefault("hint", _HINTS.get(answer.status_code))
        told["request"] = answer.headers.get("x-request-id")
        template = "parts/problem.html" if part else "problem.html"
        page = pages.render(
            request, template, status=answer.status_code, problem=told, error=error, before=_before(request)
        )
        for name in ("Retry-After", "Connection"):
            if said := answer.headers.get(name):
                page.headers[name] = said
        return page

    return make


def _back(request: Request) -> str:
    """Where to go after signing in: the page that was asked for, or the one a form or a script is on."""
    whole = request.method == "GET" and "hx-request" not in request.headers
    return within(str(request.url)) if whole else _before(request) or "/"


def _before(request: Request) -> str | None:
    """The page of this house that one came from; browsers name it to their own house alone."""
    came = request.headers.get("referer", "")
    ours = parts_of(came).netloc == request.headers.get("host")
    itself = request.method == "GET" and within(came) == within(str(request.url))
    return within(came) if ours and not itself else None
