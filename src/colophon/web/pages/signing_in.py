"""Coming in and going out: by name and password, by a link that works once, and out of one place or of all."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from colophon.errors import NotSignedIn
from colophon.services import sign_in
from colophon.services.guessing import BROWSER_KNOWN
from colophon.services.sign_in import Entry
from colophon.web.addresses import address_of
from colophon.web.forms import read_form
from colophon.web.gate import COOKIE
from colophon.web.house import House, visitor

# Says that somebody signed in with this browser before; it signs nobody in, and goes with no other request.
KNOWN_COOKIE = "colophon_browser"
_KNOWN_PATH = "/sign-in"


def signing_in_router(house: House) -> APIRouter:
    router = APIRouter()
    desk = house.reception
    own = house.rt.settings.oidc
    organisation = own.name if own.issuer else None

    @router.get("/sign-in")
    def ask(request: Request, next: str = "/") -> Response:
        if request.state.visitor is not None:
            return RedirectResponse(inside(next), 303)
        return house.pages.render(
            request, "sign_in.html", next=inside(next), problem=None, name="", organisation=organisation
        )

    @router.post("/sign-in")
    async def enter(request: Request) -> Response:
        form = await read_form(request)
        name, back = form.text("name"), inside(form.text("next") or "/")
        try:
            given = (name, form.text("password"), address_of(request))
            entry = await house.hashed(
                partial(sign_in.with_password, *given, reception=desk, browser=browser_of(request))
            )
        except NotSignedIn as error:
            status = 429 if error.retry_after else 401
            page = {"next": back, "problem": error.message, "name": name, "organisation": organisation}
            answer = house.pages.render(request, "sign_in.html", status=status, **page)
            if error.retry_after:
                answer.headers["Retry-After"] = f"{error.retry_after:.0f}"
            return answer
        return came_in(request, entry, back, house)

    @router.get("/sign-in/{key}")
    def offer(request: Request, key: str) -> Response:
        """A press on a button signs in: programs that look into links must not use one up."""
        return house.pages.render(request, "sign_in_link.html", key=key)

    @router.post("/sign-in/{key}")
    def enter_by_link(request: Request, key: str) -> Response:
        entry = sign_in.with_link(key, address_of(request), reception=desk, browser=browser_of(request))
        return came_in(request, entry, "/", house)

    @router.post("/sign-out")
    def leave(request: Request) -> Response:
        if key := request.cookies.get(COOKIE):
            sign_in.sign_out(key, reception=desk)
        return _outside()

    @router.post("/sign-out/everywhere")
    def leave_everywhere(request: Request) -> Response:
        who = visitor(request)
        desk.accounts.sign_out_everywhere(who.account.id, now=desk.clock.now())
        answer = _outside()
        answer.delete_cookie(KNOWN_COOKIE, path=_KNOWN_PATH)
        return answer

    return router


def inside(address: str) -> str:
    """An address within this house, whatever was asked for: what it is to a browser, `//other.example` is not."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address else "/"


def came_in(request: Request, entry: Entry, address: str, house: House) -> Response:
    """To an address within this house, with the key of a session and the one that the browser is known by."""
    answer = RedirectResponse(address, 303)
    by_tls = secure(request, house)
    for name, value, life, path in (
        (COOKIE, entry.key, sign_in.SESSION, "/"),
        (KNOWN_COOKIE, entry.browser, BROWSER_KNOWN, _KNOWN_PATH),
    ):
        seconds = int(life.total_seconds())
        answer.set_cookie(name, value, max_age=seconds, path=path, secure=by_tls, httponly=True, samesite="lax")
    return answer


def browser_of(request: Request) -> str:
    """The key that a browser says it is known by; empty: it says none."""
    return request.cookies.get(KNOWN_COOKIE, "")


def secure(request: Request, house: House) -> bool:
    """Whether browsers come by TLS, to this process or to what stands before it."""
    return request.url.scheme == "https" or (house.rt.settings.public_url or "").startswith("https:")


def _outside() -> Response:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    answer.headers["Clear-Site-Data"] = '"cache"'  # pictures that the browser keeps are not for who comes next
    return answer
