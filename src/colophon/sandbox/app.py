"""The sandbox application: every dialect, the invoice, the faults and the test authority's certificate."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse

from colophon.errors import ColophonError
from colophon.sandbox.desk import Desk, invoice_total
from colophon.sandbox.dialects import Dialects
from colophon.sandbox.distortion import Distortion
from colophon.sandbox.faults import FaultRule
from colophon.sandbox.invoice import as_csv
from colophon.sandbox.limits import BodyLimit
from colophon.sandbox.prices import CURRENCY
from colophon.sandbox.signing import sandbox_ca

# Eight references of 20 MB in base64, and the rest of the request.
MAX_BODY = 224 * 1024 * 1024


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
    app.add_middleware(Dialects, to=app, desk=desk)
    app.add_middleware(BodyLimit, limit=MAX_BODY)
    app.add_middleware(Distortion)
    app.add_exception_handler(RequestValidationError, _unprocessable)
    app.add_exception_handler(ColophonError, _broken)
    _own_routes(app, desk)
    return app


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
