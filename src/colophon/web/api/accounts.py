"""``/api/v1/accounts`` and ``/api/v1/me``: who works here, and the keys of whoever asks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from colophon.bootstrap.spending import limit_view, set_limit
from colophon.domain.account import ALL_BRANDS, Grant, Role
from colophon.errors import Conflict
from colophon.services import sign_in
from colophon.services.show_accounts import account_view, sign_in_view, token_view
from colophon.web.api.once import SECRET, once
from colophon.web.api.reading import PROBLEMS, View
from colophon.web.house import House, visitor

Brand = Annotated[str, Field(min_length=1, max_length=200)]
Id = Annotated[str, Path(max_length=120)]


class GrantIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role
    brand: Brand = ALL_BRANDS

    def value(self) -> Grant:
        return Grant(self.role, self.brand)


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    grants: Annotated[list[GrantIn], Field(max_length=200)]
    password: Annotated[str | None, Field(max_length=256)] = None


class NewGrants(BaseModel):
    model_config = ConfigDict(extra="forbid")

    grants: Annotated[list[GrantIn], Field(max_length=200)]


class NewLimit(BaseModel):
    """``limit`` in the currency of the caps, as text; null: what everybody may."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[str | None, Field(max_length=20)]


class NewToken(BaseModel):
    """``roles`` and ``brands`` narrow the token; without them it may do all that its account may."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=100, examples=["night jobs"])]
    days: Annotated[int, Field(ge=1, le=366)] = 90
    roles: Annotated[list[Role] | None, Field(max_length=10)] = None
    brands: Annotated[list[Brand] | None, Field(max_length=100)] = None


def accounts_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["accounts"], responses=PROBLEMS)
    desk = house.reception
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
        tokens that may do no more than itself, and end when it does."""
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

    @router.get("/api/v1/accounts")
    def every() -> View:
        """Everybody who works or worked here, with their roles."""
        return {"accounts": [account_view(account) for account in accounts.every()]}

    @router.post("/api/v1/accounts", status_code=201)
    def add(new: NewAccount, request: Request) -> Response:
        """Somebody new. Without a password they sign in by a link that an administrator makes for them."""
        made = sign_in.add_account(
            new.name,
            tuple(grant.value() for grant in new.grants),
            password=new.password,
            by=visitor(request).name,
            reception=desk,
        )
        return JSONResponse(account_view(made), 201, {"Location": f"/api/v1/accounts/{made.id}"})

    @router.get("/api/v1/accounts/{account}")
    def one(account: Id) -> View:
        """With what they spent of their limit this month."""
        found = accounts.account(account)
        return account_view(found) | {"limit": limit_view(found.name, house.rt)}

    @router.put("/api/v1/accounts/{account}/grants")
    def set_grants(account: Id, new: NewGrants, request: Request) -> View:
        """These roles and no others. Nobody takes the last administrator away, themselves least of all."""
        grants = [grant.value() for grant in new.grants]
        who = visitor(request)
        if account == who.account.id and Grant(Role.ADMIN) not in grants:
            raise Conflict("nobody ends their own role as administrator", where=account)
        return account_view(accounts.set_grants(account, grants, by=who.name, now=clock.now()))

    @router.put("/api/v1/accounts/{account}/limit")
    def limit(account: Id, new: NewLimit, request: Request) -> View:
        """What they may spend in a calendar month (UTC). What is booked stays; new orders are held to it."""
        set_limit(account, new.limit, by=visitor(request).name, rt=house.rt)
        return limit_view(accounts.account(account).name, house.rt)

    @router.post("/api/v1/accounts/{account}/close")
    def close(account: Id, request: Request) -> View:
        """With all its sign-ins and tokens; its name stays on what it decided."""
        if account == visitor(request).account.id:
            raise Conflict("nobody closes their own account", where=account)
        accounts.close_account(account, now=clock.now())
        return account_view(accounts.account(account))

    return router


def _brands(grants: Sequence[Grant]) -> tuple[str, ...] | None:
    named = {grant.brand for grant in grants}
    return None if ALL_BRANDS in named else tuple(sorted(named))
