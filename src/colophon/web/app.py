"""The web application over a runtime; each part is a router of its own."""

from fastapi import FastAPI

from colophon.bootstrap import Runtime
from colophon.bootstrap.hooks import hook_desk
from colophon.bootstrap.resolution import recovery_desk, resolution_token
from colophon.ports import Starter
from colophon.web.health import health_router
from colophon.web.hooks import hooks_router
from colophon.web.metrics import metrics_router
from colophon.web.problems import add_problems
from colophon.web.requests import RequestLog
from colophon.web.resolution import resolution_router


def create_web(rt: Runtime, starter: Starter | None = None) -> FastAPI:
    """Raises what opening the catalog, the store, the webhook key or the token raises: a server without them would only
    fail later. The runtime stays the caller's to close. ``starter`` is where campaigns are started, if anywhere."""
    _ = rt.catalog, rt.store, rt.market, rt.confined  # shared by threads: opened while there is one
    app = FastAPI(title="Colophon", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(RequestLog)
    add_problems(app)
    app.include_router(health_router(rt, starter))
    app.include_router(metrics_router(rt))
    app.include_router(hooks_router(hook_desk(rt)))
    app.include_router(resolution_router(recovery_desk(rt), resolution_token(rt.settings)))
    return app
