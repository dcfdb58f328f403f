"""*Settings*: one's own keys for everybody; people, doctor, certificates and trust for administrators."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.bootstrap.certificates import certificates_view
from colophon.bootstrap.doctor import examine
from colophon.bootstrap.spending import limit_views, set_limit
from colophon.domain.account import Grant, Role
from colophon.errors import InvalidInput
from colophon.services import sign_in
from colophon.services.account_keys import link_for
from colophon.services.show_accounts import account_view, parse_grant, sign_in_view, token_view
from colophon.services.staff import close_account, give_roles
from colophon.web.addresses import address_of, public_base
from colophon.web.api.system import MOST_BRANDS
from colophon.web.forms import Form, read_form
from colophon.web.house import House, in_person, visitor


def settings_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, desk = house.rt, house.reception
    accounts, clock = desk.accounts, desk.clock

    @router.get("/settings")
    def own(request: Request) -> Response:
        return _own(request, house, made=None)

    @router.post("/settings/tokens")
    async def make_token(request: Request) -> Response:
        """The key is on the page that answers, and nowhere else."""
        form, who = await read_form(request), in_person(request).account
        roles = tuple(Role(role) for role in form.texts("role") if role in set(Role)) or None
        days = int(form.text("days")) if form.text("days").isdigit() and len(form.text("days")) < 6 else 0
        key, _ = await run_in_threadpool(
            sign_in.make_token, who, form.text("title"), days, roles=roles, brands=None, reception=desk
        )
        return await run_in_threadpool(_own, request, house, made=key)

    @router.post("/settings/tokens/{token}/end")
    def end_token(request: Request, token: str) -> Response:
        accounts.end_token(token, account=in_person(request).account.id, now=clock.now())
        return RedirectResponse("/settings", 303)

    @router.post("/settings/password")
    async def password(request: Request) -> Response:
        """Another password; all sign-ins end, this one too."""
        form, who = await read_form(request), in_person(request).account
        given = (who, form.text("old"), form.text("new"), address_of(request))
        await house.hashed(partial(sign_in.change_password, *given, reception=desk))
        return RedirectResponse("/sign-in", 303)

    @router.get("/settings/people")
    def people(request: Request) -> Response:
        return _people(request, house)

    @router.post("/settings/people")
    async def add(request: Request) -> Response:
        form, who = await read_form(request), in_person(request)
        made = await run_in_threadpool(
            sign_in.add_account, form.text("name"), _grants(form), password=None, by=who.name, reception=desk
        )
        link = await run_in_threadpool(sign_in.make_link, made.id, reception=desk)
        address = f"{public_base(request, house)}/sign-in/{link}"
        return await run_in_threadpool(_people, request, house, link=address, name=made.name)

    @router.post("/settings/people/{account}/grants")
    async def grants(request: Request, account: str) -> Response:
        form, who = await read_form(request), in_person(request)
        await run_in_threadpool(give_roles, account, _grants(form), by=who.account, reception=desk)
        return RedirectResponse("/settings/people", 303)

    @router.post("/settings/people/{account}/limit")
    async def limit(request: Request, account: str) -> Response:
        """What somebody may spend in a month; nothing written: what everybody may."""
        form, who = await read_form(request), visitor(request)
        await run_in_threadpool(set_limit, account, form.text("limit") or None, by=who.name, rt=rt)
        return RedirectResponse("/settings/people", 303)

    @router.post("/settings/people/{account}/link")
    def link(request: Request, account: str) -> Response:
        """A link for somebody who has no password, or forgot it."""
        in_person(request)
        made = link_for(account, reception=desk)
        address = f"{public_base(request, house)}/sign-in/{made.key}"
        return _people(request, house, link=address, name=accounts.account(account).name)

    @router.post("/settings/people/{account}/close")
    def close(request: Request, account: str) -> Response:
        close_account(account, by=in_person(request).account, reception=desk)
        return RedirectResponse("/settings/people", 303)

    @router.get("/settings/system")
    def system(request: Request) -> Response:
        return _system(request, rows=None)

    @router.post("/settings/system")
    def doctor(request: Request) -> Response:
        """What is configured, reachable, expired or missing, and what to do about it. It writes an object into the
        store and asks other hosts, so it is done when somebody says so, and not whenever the page is opened."""
        return _system(request, rows=examine(rt.settings))

    def _system(request: Request, *, rows: list[dict[str, str]] | None) -> Response:
        policy = rt.trust_policy
        return house.pages.render(
            request,
            "settings_system.html",
            rows=rows,
            certificates=certificates_view(rt),
            policy=policy,
            brands=sorted(rt.catalog.boards.brands(None, limit=MOST_BRANDS).items()),
        )

    return router


def _own(request: Request, house: House, *, made: str | None) -> Response:
    who, desk = visitor(request).account, house.reception
    now = desk.clock.now()
    return house.pages.render(
        request,
        "settings.html",
        account=account_view(who),
        roles=sorted({grant.role for grant in who.grants}),
        tokens=[token_view(token, now) for token in desk.accounts.tokens(who.id)],
        sign_ins=[sign_in_view(session) for session in desk.accounts.sign_ins(who.id, now=now)],
        made=made,
    )


def _people(request: Request, house: House, link: str | None = None, name: str = "") -> Response:
    accounts = house.reception.accounts.every()
    limits = limit_views([account.name for account in accounts], house.rt)
    everybody = [account_view(account) | {"limit": limits[account.name]} for account in accounts]
    return house.pages.render(request, "settings_people.html", people=everybody, roles=list(Role), link=link, name=name)


def _grants(form: Form) -> tuple[Grant, ...]:
    """One a line, as ``role`` or ``role@brand``."""
    lines = [line for line in form.text("grants").splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("no role is given", where="grants", hint="one a line: viewer, or viewer@Brand")
    return tuple(dict.fromkeys(parse_grant(line) for line in lines[:200]))
