"""Coming in and going out: by name and password, by a link that works once, and out of one place or of all."""

from functools import partial

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from colophon.errors import NotSignedIn
from colophon.services import sign_in
from colophon.web.forms import read_form
from colophon.web.gate import COOKIE
from colophon.web.house import House, visitor

# A password takes 64 MiB and a fraction of a second to compare: the threads that answer everybody else, and the memory,
# are not for whoever sends many; and each failure is on record before the next but one is looked at.
_HASHED_AT_ONCE = 2
_MOST_WAITING = 40


def signing_in_router(house: House) -> APIRouter:
    router = APIRouter()
    desk, hashing = house.reception, CapacityLimiter(_HASHED_AT_ONCE)
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
            if hashing.statistics().tasks_waiting >= _MOST_WAITING:
                raise NotSignedIn("many sign in at this moment; try again soon", retry_after=5)
            compare = partial(sign_in.with_password, name, form.text("password"), address_of(request), reception=desk)
            key, _ = await to_thread.run_sync(compare, limiter=hashing)
        except NotSignedIn as error:
            status = 429 if error.retry_after else 401
            page = {"next": back, "problem": error.message, "name": name, "organisation": organisation}
            return house.pages.render(request, "sign_in.html", status=status, **page)
        return came_in(request, key, back, house)

    @router.get("/sign-in/{key}")
    def offer(request: Request, key: str) -> Response:
        """A press on a button signs in: programs that look into links must not use one up."""
        return house.pages.render(request, "sign_in_link.html", key=key)

    @router.post("/sign-in/{key}")
    def enter_by_link(request: Request, key: str) -> Response:
        entered, _ = sign_in.with_link(key, address_of(request), reception=desk)
        return came_in(request, entered, "/", house)

    @router.post("/sign-out")
    def leave(request: Request) -> Response:
        if key := request.cookies.get(COOKIE):
            sign_in.sign_out(key, reception=desk)
        return _outside()

    @router.post("/sign-out/everywhere")
    def leave_everywhere(request: Request) -> Response:
        who = visitor(request)
        desk.accounts.sign_out_everywhere(who.account.id, now=desk.clock.now())
        return _outside()

    return router


def inside(address: str) -> str:
    """An address within this house, whatever was asked for: what it is to a browser, `//other.example` is not."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address else "/"


def came_in(request: Request, key: str, address: str, house: House) -> Response:
    """To an address within this house, with the key of a session."""
    answer = RedirectResponse(address, 303)
    life = int(sign_in.SESSION.total_seconds())
    answer.set_cookie(COOKIE, key, max_age=life, path="/", secure=secure(request, house), httponly=True, samesite="lax")
    return answer


def secure(request: Request, house: House) -> bool:
    """Whether browsers come by TLS, to this process or to what stands before it."""
    return request.url.scheme == "https" or (house.rt.settings.public_url or "").startswith("https:")


def address_of(request: Request) -> str:
    """Who asks, by address; behind a proxy that is trusted, the one it tells."""
    return request.client.host if request.client else ""


def _outside() -> Response:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    answer.headers["Clear-Site-Data"] = '"cache"'  # pictures that the browser keeps are not for who comes next
    return answer
