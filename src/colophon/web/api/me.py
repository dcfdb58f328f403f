"""``/api/v1/me``: whoever asks, what waits for them, and the keys they come in by."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from colophon.bootstrap.spending import limit_view
from colophon.domain.account import ALL_BRANDS, Grant, Role
from colophon.services import sign_in
from colophon.services.show_accounts import account_view, sign_in_view, token_view
from colophon.services.show_today import today_view
from colophon.web.addresses import address_of
from colophon.web.api.once import SECRET, once
from colophon.web.api.reading import PROBLEMS, View
from colophon.web.house import House, in_person, visitor
from colophon.web.todays_work import TodaysWork

Brand = Annotated[str, Field(min_length=1, max_length=200)]
Id = Annotated[str, Path(max_length=120)]


class NewToken(BaseModel):
    """``roles`` and ``brands`` narrow the token; without them it may do all that its account may."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=100, examples=["night jobs"])]
    days: Annotated[int, Field(ge=1, le=366)] = 90
    roles: Annotated[list[Role] | None, Field(max_length=10)] = None
    brands: Annotated[list[Brand] | None, Field(max_length=100)] = None


class OwnPassword(BaseModel):
    """``old`` may be empty where there was none."""

    model_config = ConfigDict(extra="forbid")

    old: Annotated[str, Field(max_length=256)] = ""
    new: Annotated[str, Field(max_length=256)]


def me_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["me"], responses=PROBLEMS)
    desk, work = house.reception, TodaysWork(house)
    accounts, clock = desk.accounts, desk.clock

    @router.get("/api/v1/me")
    def me(request: Request) -> View:
        """Who asks, with the roles this session or token has."""
        who = visitor(request)
        return account_view(who.account) | {"limit": limit_view(who.name, house.rt)}

    @router.get("/api/v1/me/sign-ins")
    def sign_ins(request: Request) -> View:
        """Where the asker is signed in."""
        found = accounts.sign_ins(visitor(request).account.id, now=clock.now())
        return {"sign_ins": [sign_in_view(session) for session in found]}

    @router.get("/api/v1/me/tokens")
    def tokens(request: Request) -> View:
        """The asker's tokens, ended and expired ones too; never a key."""
        found = accounts.tokens(visitor(request).account.id)
        return {"tokens": [token_view(token, clock.now()) for token in found]}

    @router.post("/api/v1/me/tokens", status_code=201)
    def make_token(new: NewToken, request: Request) -> Response:
        """The key is in this answer and nowhere else, so an `Idempotency-Key` does not bring it back; a token makes
        tokens that may do no more than itself, and expire no later; each is ended by itself."""
        asks = visitor(request)
        who = asks.account
        roles = tuple(new.roles) if new.roles is not None else tuple({grant.role for grant in who.grants})
        brands = tuple(new.brands) if new.brands is not None else _brands(who.grants)
        key, token = sign_in.make_token(
            who, new.title, new.days, roles=roles, brands=brands, reception=desk, until=asks.until
        )
        return JSONResponse({"token": key} | token_view(token, clock.now()), 201, SECRET)

    @router.delete("/api/v1/me/tokens/{token}", status_code=204)
    def end_token(token: Id, request: Request) -> Response:
        """What uses it is refused from now on."""
        accounts.end_token(token, account=visitor(request).account.id, now=clock.now())
        return Response(status_code=204)

    @router.get("/api/v1/today")
    def today(request: Request) -> View:
        """What waits for the asker by their roles: a few of each kind and how many there are. Null: another role's."""
        return today_view(work.of(visitor(request)))

    @router.delete("/api/v1/me/sign-ins")
    def sign_out(request: Request) -> View:
        """Sign the asker out everywhere; ``ended`` says how many sign-ins that were. Tokens stay."""
        return {"ended": accounts.sign_out_everywhere(visitor(request).account.id, now=clock.now())}

    @router.put("/api/v1/me/password", status_code=204)
    async def password(given: OwnPassword, request: Request) -> Response:
        """Another password; all sign-ins end, this one too. This takes a sign-in; a token does not do it."""
        words = (in_person(request).account, given.old, given.new, address_of(request))
        await house.hashed(partial(sign_in.change_password, *words, reception=desk))
        return Response(status_code=204)

    return router


def _brands(grants: Sequence[Grant]) -> tuple[str, ...] | None:
    named = {grant.brand for grant in grants}
    return None if ALL_BRANDS in named else tuple(sorted(named))
