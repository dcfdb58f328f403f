"""The pages, one module for each; `ROUTERS` makes their routes for a house."""

from collections.abc import Callable

from fastapi import APIRouter

from colophon.web.house import House
from colophon.web.pages.assets import assets_router
from colophon.web.pages.audit import audit_router
from colophon.web.pages.campaign import campaign_router
from colophon.web.pages.campaigns import campaigns_router
from colophon.web.pages.money import money_router
from colophon.web.pages.new_campaign import new_campaign_router
from colophon.web.pages.organisation import organisation_router
from colophon.web.pages.pictures import pictures_router
from colophon.web.pages.review import review_router
from colophon.web.pages.search import search_router
from colophon.web.pages.settings import settings_router
from colophon.web.pages.signing_in import signing_in_router
from colophon.web.pages.today import today_router
from colophon.web.pages.verify import verify_router

ROUTERS: tuple[Callable[[House], APIRouter], ...] = (
    organisation_router,  # before the addresses of links, which would take its own
    signing_in_router,
    today_router,
    campaigns_router,
    new_campaign_router,
    campaign_router,
    pictures_router,
    review_router,
    assets_router,
    search_router,
    verify_router,
    money_router,
    audit_router,
    settings_router,
)
