"""``/api/v1``, one module for each kind of thing; `ROUTERS` makes their routes for a house."""

from collections.abc import Callable

from fastapi import APIRouter

from colophon.web.api.accounts import accounts_router
from colophon.web.api.assets import assets_router
from colophon.web.api.audit import audit_router
from colophon.web.api.briefs import briefs_router
from colophon.web.api.campaigns import campaigns_router
from colophon.web.api.me import me_router
from colophon.web.api.money import money_router
from colophon.web.api.papers import papers_router
from colophon.web.api.review import review_router
from colophon.web.api.system import system_router
from colophon.web.api.verify import verify_router
from colophon.web.api.watching import watching_router
from colophon.web.house import House

ROUTERS: tuple[Callable[[House], APIRouter], ...] = (
    briefs_router,
    campaigns_router,
    watching_router,
    review_router,
    assets_router,
    papers_router,
    verify_router,
    money_router,
    audit_router,
    me_router,
    accounts_router,
    system_router,
)
