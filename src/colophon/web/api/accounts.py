"""``/api/v1/accounts``: who works here, with their roles, their limits and the keys they come in by."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from colophon.bootstrap.spending import limit_view, limit_views, set_limit
from colophon.domain.account import ALL_BRANDS, Grant, Role
from colophon.services import sign_in
from colophon.services.account_keys import link_for, set_password
from colophon.services.show_accounts import account_view
from colophon.services.staff import close_account, give_roles
from colophon.services.times import time_text
from colophon.web.addresses import public_base
from colophon.web.api.once import SECRET, once
from colophon.web.api.reading import PROBLEMS, View
from colophon.web.house import House, in_person, visitor

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


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    new: Annotated[str, Field(max_length=256)]


def accounts_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["accounts"], responses=PROBLEMS)
    desk = house.reception
    accounts, clock = desk.accounts, desk.clock

    @router.get("/api/v1/accounts")
    def every() -> View:
        """Everybody who works or worked here, with their roles and what they spent of their limit this month."""
        everybody = accounts.every()
        limits = limit_views([account.name for account in everybody], house.rt)
        return {"accounts": [account_view(account) | {"limit": limits[account.name]} for account in everybody]}

    @router.post("/api/v1/accounts", status_code=201)
    async def add(new: NewAccount, request: Request) -> Response:
        """Somebody new. Without a password they sign in by a link that an administrator makes for them. To give one a
        password takes a sign-in; a token does not do it."""
        if new.password is not None:
            in_person(request)
        grants, by = tuple(grant.value() for grant in new.grants), visitor(request).name
        add = partial(sign_in.add_account, new.name, grants, password=new.password, by=by, reception=desk)
        made = await house.hashed(add)
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
        return account_view(give_roles(account, grants, by=visitor(request).account, reception=desk))

    @router.put("/api/v1/accounts/{account}/limit")
    def limit(account: Id, new: NewLimit, request: Request) -> View:
        """What they may spend in a calendar month (UTC). What is booked stays; new orders are held to it."""
        set_limit(account, new.limit, by=visitor(request).name, rt=house.rt)
        return limit_view(accounts.account(account).name, house.rt)

    @router.post("/api/v1/accounts/{account}/links", status_code=201)
    def link(account: Id, request: Request) -> Response:
        """A link that signs somebody in once, within 15 minutes: for who has no password, or forgot it. It is in this
        answer and nowhere else. This takes a sign-in; a token does not do it."""
        in_person(request)
        made = link_for(account, reception=desk)
        view = {"link": f"{public_base(request, house)}/sign-in/{made.key}", "expires_at": time_text(made.expires_at)}
        return JSONResponse(view, 201, SECRET)

    @router.put("/api/v1/accounts/{account}/password")
    async def password(account: Id, given: NewPassword, request: Request) -> View:
        """Another password; ``ended`` says how many sign-ins ended by it. This takes a sign-in; a token does not do
        it."""
        in_person(request)
        return {"ended": await house.hashed(partial(set_password, account, given.new, reception=desk))}

    @router.delete("/api/v1/accounts/{account}/sign-ins")
    def sign_out(account: Id) -> View:
        """Sign somebody out everywhere; ``ended`` says how many sign-ins that were. Their tokens stay."""
        found = accounts.account(account)
        return {"ended": accounts.sign_out_everywhere(found.id, now=clock.now())}

    @router.post("/api/v1/accounts/{account}/close")
    def close(account: Id, request: Request) -> View:
        """With all its sign-ins and tokens; its name stays on what it decided."""
        close_account(account, by=visitor(request).account, reception=desk)
        return account_view(accounts.account(account))

    return router
