"""The web application over a runtime: each part is a router of its own, and all of them are behind the gate."""

from functools import partial

from fastapi import Depends, FastAPI

from colophon.bootstrap import Runtime
from colophon.bootstrap.brief_desk import BriefDesk
from colophon.bootstrap.hooks import hook_desk
from colophon.bootstrap.notify import pass_on
from colophon.bootstrap.resolution import recovery_desk
from colophon.bootstrap.tokens import metrics_token, resolution_token
from colophon.ports import Starter
from colophon.services.claims import Claims
from colophon.services.reception import Reception
from colophon.web import api, pages
from colophon.web.api.document import document_router
from colophon.web.gate import Gate, access_table, check_table
from colophon.web.health import health_router
from colophon.web.hooks import hooks_router
from colophon.web.house import House
from colophon.web.metrics import metrics_router
from colophon.web.page import Pages, static_router
from colophon.web.problems import add_problems
from colophon.web.protection import Protection
from colophon.web.requests import RequestLog
from colophon.web.resolution import resolution_router
from colophon.web.telling import Telling
from colophon.web.trouble import page_of_problem


def create_web(rt: Runtime, starter: Starter | None = None, *, alone: bool = True) -> FastAPI:
    """Raises what opening the catalog, the store, the webhook key or a token raises: a server without them would only
    fail later. Without a ``starter`` campaigns can be planned and not run. ``alone``: nobody but this machine reaches
    it, as far as is known. The runtime stays the caller's to close."""
    _ = rt.catalog, rt.store, rt.market, rt.confined  # shared by threads: opened while there is one
    house = House(
        rt,
        Reception.of(rt.catalog, rt.clock),
        Pages(),
        BriefDesk(rt),
        Claims(rt.catalog.replies, rt.clock),
        starter if starter and starter.needed else None,
    )
    table = access_table()
    gate = Gate(table, rt.catalog, house.reception, rt.settings.public_url)
    app = FastAPI(title="Colophon", openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(gate)])
    app.state.gate = gate
    app.state.page_of_problem = page_of_problem(house.pages)
    add_problems(app)
    app.add_middleware(Telling, tell=partial(pass_on, rt))
    app.add_middleware(Protection)
    app.add_middleware(RequestLog)
    described = [make(house) for make in api.ROUTERS]
    parts = [
        static_router(),
        health_router(rt, starter),
        metrics_router(rt, metrics_token(rt.settings), alone=alone),
        hooks_router(hook_desk(rt)),
        resolution_router(recovery_desk(rt), resolution_token(rt.settings)),
        *(make(house) for make in pages.ROUTERS),
        *described,
        document_router(described),
    ]
    check_table(parts, table)
    for part in parts:
        app.include_router(part)
    return app
