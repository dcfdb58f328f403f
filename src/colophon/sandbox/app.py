"""The sandbox application: every dialect, the invoice, the faults and the test authority's certificate."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse

from colophon.errors import ColophonError
from colophon.sandbox.aimlapi import aimlapi_router
from colophon.sandbox.azure import azure_router
from colophon.sandbox.bfl import bfl_router
from colophon.sandbox.callmissed import callmissed_router
from colophon.sandbox.cometapi import cometapi_router
from colophon.sandbox.delivery import delivery_router
from colophon.sandbox.desk import Desk, invoice_total
from colophon.sandbox.distortion import Distortion
from colophon.sandbox.fal import fal_router
from colophon.sandbox.fal_platform import fal_platform_router, fal_storage_router
from colophon.sandbox.faults import FaultRule
from colophon.sandbox.fireworks import fireworks_router
from colophon.sandbox.invoice import as_csv
from colophon.sandbox.limits import BodyLimit
from colophon.sandbox.lumenfall import lumenfall_router
from colophon.sandbox.moderations import moderations_router
from colophon.sandbox.openai_images import openai_images_router
from colophon.sandbox.prices import CURRENCY
from colophon.sandbox.replicate import replicate_router
from colophon.sandbox.replicate_account import replicate_account_router
from colophon.sandbox.signing import sandbox_ca
from colophon.sandbox.together import together_router

# Eight references of 20 MB in base64, and the rest of the request.
MAX_BODY = 224 * 1024 * 1024
DIALECTS = (
    "bfl",
    "replicate",
    "cometapi",
    "fal",
    "fireworks",
    "openai-images",
    "lumenfall",
    "azure",
    "together",
    "aimlapi",
    "callmissed",
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    *,
    clock: Callable[[], datetime] = _utc_now,
    takes: float = 0.0,
    active_limit: int | None = None,
    hooks: bool = False,
) -> FastAPI:
    """The application over a folder that keeps invoice, faults, references and test authority; several processes may
    share it. ``clock`` returns the time, aware; ``takes`` and ``active_limit`` are as at the `Desk`; webhooks are
    delivered when ``hooks`` says so."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox_ca(folder)
    desk = Desk(folder, clock, takes=takes, active_limit=active_limit, hooks=hooks)
    app = FastAPI(title="Colophon sandbox", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, limit=MAX_BODY)
    app.add_middleware(Distortion)
    app.add_exception_handler(RequestValidationError, _unprocessable)
    app.add_exception_handler(ColophonError, _broken)
    _mount(app, desk)
    _own_routes(app, desk)
    return app


def _mount(app: FastAPI, desk: Desk) -> None:
    app.include_router(bfl_router(desk, "global", "eu"), prefix="/bfl")
    app.include_router(bfl_router(desk, "eu", "eu"), prefix="/bfl/eu")
    app.include_router(bfl_router(desk, "us", "us"), prefix="/bfl/us")
    app.include_router(replicate_router(desk), prefix="/replicate/v1")
    app.include_router(replicate_account_router(desk), prefix="/replicate/v1")
    app.include_router(cometapi_router(desk), prefix="/cometapi/replicate/v1")
    app.include_router(fal_router(desk), prefix="/fal")
    app.include_router(fal_storage_router(desk), prefix="/fal")
    app.include_router(fal_platform_router(desk), prefix="/fal/api/v1")
    app.include_router(fireworks_router(desk), prefix="/fireworks/inference/v1")
    app.include_router(openai_images_router(desk), prefix="/openai-images/v1")
    app.include_router(moderations_router(desk), prefix="/openai-moderations/v1")
    app.include_router(lumenfall_router(desk), prefix="/lumenfall")
    app.include_router(azure_router(desk), prefix="/azure")
    app.include_router(together_router(desk), prefix="/together/v1")
    app.include_router(aimlapi_router(desk), prefix="/aimlapi")
    app.include_router(callmissed_router(desk), prefix="/callmissed/v1")
    for dialect in DIALECTS:
        app.include_router(delivery_router(desk), prefix=f"/{dialect}/delivery")


def _own_routes(app: FastAPI, desk: Desk) -> None:
    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ca.pem")
    def ca() -> PlainTextResponse:
        return PlainTextResponse(sandbox_ca(desk.folder), media_type="application/x-pem-file")

    @app.get("/invoice")
    def invoice() -> dict[str, object]:
        lines = desk.invoice.lines()
        return {"lines": lines, "total": str(invoice_total(lines)), "currency": CURRENCY}

    @app.get("/invoice.csv")
    def invoice_csv() -> PlainTextResponse:
        return PlainTextResponse(as_csv(desk.invoice.lines()), media_type="text/csv; charset=utf-8")

    @app.get("/faults")
    def faults() -> list[dict[str, object]]:
        return [rule.model_dump(exclude_none=True) for rule in desk.faults.rules()]

    @app.put("/faults", status_code=204)
    def put_faults(rules: list[FaultRule]) -> None:
        desk.faults.replace(rules)


def _unprocessable(_: Request, error: Exception) -> Response:
    """FastAPI's shape without the input it would echo: that may be megabytes of base64."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    return JSONResponse({"detail": [{name: item[name] for name in ("loc", "msg", "type")} for item in problems]}, 422)


def _broken(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 500)
