"""``/healthz``: this process answers. ``/readyz``: what it needs is in reach."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from colophon.bootstrap import Runtime
from colophon.errors import ColophonError
from colophon.ports import Starter
from colophon.web.problems import problem

_NOTHING = "0" * 64  # the digest of no bytes that anybody knows


def health_router(rt: Runtime, starter: Starter | None = None) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> Response:
        """503 names the parts out of reach, without addresses: anybody may ask."""
        out_of_reach = [name for name, works in (("catalog", _catalog), ("store", _store)) if not works(rt)]
        if starter is not None and starter.needed and starter.trouble() is not None:
            out_of_reach.append("runner")
        if out_of_reach:
            return problem(503, "not_ready", f"out of reach: {', '.join(out_of_reach)}")
        return JSONResponse({"status": "ok"})

    return router


def _catalog(rt: Runtime) -> bool:
    try:
        rt.catalog.orders.known(["-"])
    except ColophonError:
        return False
    return True


def _store(rt: Runtime) -> bool:
    try:
        rt.store.exists(_NOTHING)
    except ColophonError:
        return False
    return True
