"""The web application over a runtime: each part is a router of its own, and all of them are behind the gate."""

from fastapi import Depends, FastAPI

from colophon.bootstrap import Runtime
from colophon.bootstrap.hooks import hook_desk
from colophon.bootstrap.resolution import recovery_desk, resolution_token
from colophon.ports.starting import Starter
from colophon.services.sign_in import Reception
from colophon.web.gate import Gate, access_table, check_table
from colophon.web.health import health_router
from colophon.web.hooks import hooks_router
from colophon.web.house import House
from colophon.web.metrics import metrics_router
from colophon.web.page import Pages, static_router
from colophon.web.pages.assets import assets_router
from colophon.web.pages.campaign import campaign_router
from colophon.web.pages.campaigns import campaigns_router
from colophon.web.pages.new_campaign import new_campaign_router
from colophon.web.pages.pictures import pictures_router
from colophon.web.pages.review import review_router
from colophon.web.pages.search import search_router
from colophon.web.pages.signing_in import signing_in_router
from colophon.web.pages.today import today_router
from colophon.web.problems import add_problems
from colophon.web.protection import Protection
from colophon.web.resolution import resolution_router
from colophon.web.trouble import page_of_problem

_PAGES = (
    signing_in_router,
    today_router,
    pictures_router,
    campaigns_router,
    new_campaign_router,
    campaign_router,
    review_router,
    assets_router,
    search_router,
)


def create_web(rt: Runtime, starter: Starter | None = None) -> FastAPI:
    """Raises what opening the catalog, the store, the webhook key or the token raises: a server without them would only
    fail later. The runtime stays the caller's to close."""
    _ = rt.catalog, rt.store, rt.market, rt.confined  # shared by threads: opened while there is one
    house = House(rt, Reception(rt.catalog.accounts, rt.clock), Pages(), starter)
    table = access_table()
    gate = Gate(table, rt.catalog, house.reception)
    app = FastAPI(title="Colophon", openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(gate)])
    app.state.page_of_problem = page_of_problem(house.pages)
    add_problems(app)
    app.add_middleware(Protection)
    parts = [
        static_router(),
        health_router(rt),
        metrics_router(rt),
        hooks_router(hook_desk(rt)),
        resolution_router(recovery_desk(rt), resolution_token(rt.settings)),
        *(part(house) for part in _PAGES),
    ]
    check_table(parts, table)
    for part in parts:
        app.include_router(part)
    return app
