"""``/api/v1/openapi.json``: the API described by its own code."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from colophon import __version__

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is the word the command line uses; `errors` are all that is wrong with an input.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "where": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request are done once and answered alike, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def written_document() -> str:
    """The document as a file has it, made without any installation."""
    from colophon.bootstrap import Runtime
    from colophon.bootstrap.brief_desk import BriefDesk
    from colophon.bootstrap.clock import SystemClock
    from colophon.services.claims import Claims
    from colophon.services.reception import Reception
    from colophon.settings import Settings
    from colophon.web.api import ROUTERS
    from colophon.web.house import House
    from colophon.web.page import Pages

    with TemporaryDirectory(prefix="colophon-schema-") as folder:
        rt = Runtime(Settings.model_construct(home=Path(folder)), SystemClock())
        try:
            reception, claims = Reception.of(rt.catalog, rt.clock), Claims(rt.catalog.replies, rt.clock)
            house = House(rt, reception, Pages(), BriefDesk(rt), claims)
            document = api_document([make(house) for make in ROUTERS])
        finally:
            rt.close()
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def document_router(parts: Sequence[APIRouter]) -> APIRouter:
    router = APIRouter()
    document = api_document(parts)

    @router.get("/api/v1/openapi.json")
    def read() -> JSONResponse:
        return JSONResponse(document)

    return router


def api_document(parts: Sequence[APIRouter]) -> dict[str, Any]:
    """The OpenAPI document of these routers."""
    routes = [route for part in parts for route in part.routes]
    made = get_openapi(
        title="Colophon",
        version=__version__,
        description="Brand pictures that carry their papers. Lists are paged by `limit` and `cursor`; every error is "
        "a problem document.",
        routes=routes,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    made["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "colophon_session"},
    }
    made["security"] = [{"token": []}, {"session": []}]
    for methods in made["paths"].values():
        for method, operation in methods.items():
            if method in ("post", "put", "patch", "delete"):
                operation.setdefault("parameters", []).append(_KEY)
            # What FastAPI says of its own errors; ours are told above.
            operation.get("responses", {}).get("422", {})["content"] = {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return made
