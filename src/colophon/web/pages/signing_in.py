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

    @router.get("/sign-in")
    def ask(request: Request, next: str = "/") -> Response:
        if request.state.visitor is not None:
            return RedirectResponse(inside(next), 303)
        return house.pages.render(request, "sign_in.html", next=inside(next), problem=None, name="")

    @router.post("/sign-in")
    async def enter(request: Request) -> Response:
        form = await read_form(request)
        name, back = form.text("name"), inside(form.text("next") or "/")
        try:
            if hashing.statistics().tasks_waiting >= _MOST_WAITING:
                raise NotSignedIn("many sign in at this moment; try again soon", retry_after=5)
            compare = partial(sign_in.with_password, name, form.text("password"), _address(request), reception=desk)
            key, _ = await to_thread.run_sync(compare, limiter=hashing)
        except NotSignedIn as error:
            status = 429 if error.retry_after else 401
            page = {"next": back, "problem": error.message, "name": name}
            return house.pages.render(request, "sign_in.html", status=status, **page)
        return _inside(request, key, back)

    @router.get("/sign-in/{key}")
    def offer(request: Request, key: str) -> Response:
        """A press on a button signs in: programs that look into links must not use one up."""
        return house.pages.render(request, "sign_in_link.html", key=key)

    @router.post("/sign-in/{key}")
    def enter_by_link(request: Request, key: str) -> Response:
        entered, _ = sign_in.with_link(key, _address(request), reception=desk)
        return _inside(request, entered, "/")

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


def _inside(request: Request, key: str, address: str) -> Response:
    answer = RedirectResponse(address, 303)
    life = int(sign_in.SESSION.total_seconds())
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, key, max_age=life, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def _outside() -> Response:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    answer.headers["Clear-Site-Data"] = '"cache"'  # pictures that the browser keeps are not for who comes next
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
