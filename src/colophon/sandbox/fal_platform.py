"""fal's platform under ``/fal/api/v1`` (prices, requests, billing) and its file storage under ``/fal/rest`` and
``/fal/cdn``."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from colophon.sandbox.desk import Desk, account
from colophon.sandbox.fal import DIALECT
from colophon.sandbox.fal_answers import answer, result
from colophon.sandbox.fal_inputs import ENDPOINTS
from colophon.sandbox.incoming import Authorization, RawBody, json_object, key_of, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.prices import MEGAPIXEL, price
from colophon.sandbox.uploads import new_id

_NO_KEY = {"error": {"type": "authorization_error", "message": "Authentication required"}}
_DAY = timedelta(days=1)
_MOST = 100_000

EndpointIds = Annotated[list[str], Query(min_length=1, max_length=50)]
Limit = Annotated[int, Query(ge=1, le=100)]


def fal_platform_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    def told(body: object) -> Response:
        return answer(body, headers={"Date": format_datetime(desk.now(), usegmt=True)})

    def tasks(
        key: str, endpoints: Iterable[str] | None, start: str | None, end: str | None, ids: list[str] | None = None
    ) -> list[Task]:
        """Newest first, of the last day when nothing else is asked."""
        wanted = set(_listed(endpoints)) if endpoints else None
        first = _time(start) or desk.now() - _DAY
        last = _time(end)
        found = []
        for task in desk.invoice.newest(DIALECT, account(key), None, _MOST):
            made = datetime.fromisoformat(task.at)
            if made < first or (last and made >= last) or (wanted and task.cluster not in wanted):
                continue
            if not ids or task.id in ids:
                found.append(task)
        return found

    @router.get("/models/pricing")
    def pricing(endpoint_id: EndpointIds, authorization: Authorization = None) -> Response:
        if key_of("Key", authorization) is None:
            return answer(_NO_KEY, 401)
        names = _listed(endpoint_id)
        if unknown := [name for name in names if name not in ENDPOINTS]:
            message = f"Endpoint {unknown[0][:200]} not found"
            return answer({"error": {"type": "not_found", "message": message}}, 404)
        prices = [
            {"endpoint_id": name, "unit_price": float(_unit(name)), "unit": "megapixels", "currency": "USD"}
            for name in names
        ]
        return told({"next_cursor": None, "has_more": False, "prices": prices})

    @router.get("/models/requests/by-endpoint")
    def requests(
        request: Request,
        endpoint_id: EndpointIds,
        start: str | None = None,
        end: str | None = None,
        request_id: str | None = None,
        expand: Annotated[list[str] | None, Query()] = None,
        limit: Limit = 50,
        cursor: str | None = None,
        authorization: Authorization = None,
    ) -> Response:
        key = key_of("Key", authorization)
        if key is None:
            return answer(_NO_KEY, 401)
        try:
            found = tasks(key, endpoint_id, start, end, [request_id] if request_id else None)
        except ValueError as error:
            return answer({"error": {"type": "validation_error", "message": str(error)}}, 400)
        # Those that wait in the queue are not listed.
        found = [task for task in found if desk.ready(task)]
        page, following = _page(found, limit, cursor)
        payloads = "payloads" in _listed(expand or [])
        items = [_item(desk, task, root_of(request), payloads=payloads) for task in page]
        return told({"next_cursor": following, "has_more": following is not None, "items": items})

    @router.get("/models/billing-events")
    def billing(
        endpoint_id: Annotated[list[str] | None, Query()] = None,
        request_id: Annotated[list[str] | None, Query()] = None,
        start: str | None = None,
        end: str | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
        authorization: Authorization = None,
    ) -> Response:
        key = key_of("Key", authorization)
        if key is None:
            return answer(_NO_KEY, 401)
        try:
            found = tasks(key, endpoint_id, start, end, _listed(request_id or []))
        except ValueError as error:
            return answer({"error": {"type": "validation_error", "message": str(error)}}, 400)
        page, following = _page([task for task in found if desk.ready(task)], limit, cursor)
        events = [_event(task, desk.settle(task)) for task in page]
        return told({"next_cursor": following, "has_more": following is not None, "billing_events": events})

    return router


def fal_storage_router(desk: Desk) -> APIRouter:
    """Uploads, as the vendor's client makes them: with a token, or to an address that is named first."""
    router = APIRouter()

    @router.post("/rest/storage/auth/token")
    def token(request: Request, authorization: Authorization = None) -> Response:
        if key_of("Key", authorization) is None:
            return answer(_NO_KEY, 401)
        expires = (desk.now() + _DAY).isoformat()
        base = f"{root_of(request)}/fal/cdn"
        return answer({"token": new_id(), "token_type": "Bearer", "base_url": base, "expires_at": expires})

    @router.post("/cdn/files/upload")
    def upload(request: Request, body: RawBody, authorization: Authorization = None) -> Response:
        if key_of("Bearer", authorization) is None:
            return answer({"detail": "Unauthorized"}, 401)
        name = request.headers.get("x-fal-file-name", "upload.bin")[:200]
        kept = desk.uploads.keep(body, name, request.headers.get("content-type", "")[:100], {})
        return answer({"access_url": f"{root_of(request)}/fal/cdn/files/{kept.id}"})

    @router.post("/rest/storage/upload/initiate")
    def initiate(request: Request, body: RawBody, authorization: Authorization = None) -> Response:
        if key_of("Key", authorization) is None:
            return answer(_NO_KEY, 401)
        try:
            json_object(body)
        except ValueError as error:
            return answer({"detail": str(error)}, 422)
        address = f"{root_of(request)}/fal/cdn/files/{new_id()}"
        return answer({"upload_url": address, "file_url": address})

    @router.put("/cdn/files/{upload_id}")
    def put(upload_id: str, request: Request, body: RawBody) -> Response:
        if len(upload_id) != 26 or not upload_id.isalnum():
            return answer({"detail": "Not Found"}, 404)
        desk.uploads.keep(body, "upload.bin", request.headers.get("content-type", "")[:100], {}, upload_id)
        return Response(status_code=200)

    @router.get("/cdn/files/{upload_id}")
    def get(upload_id: str) -> Response:
        kept = desk.uploads.find(upload_id)
        if kept is None:
            return answer({"detail": "Not Found"}, 404)
        return Response(desk.uploads.content(kept), media_type="application/octet-stream")

    return router


def _listed(values: Iterable[str]) -> list[str]:
    """Repeated or separated by commas."""
    return [part for value in values for part in value.split(",") if part]


def _time(text: str | None) -> datetime | None:
    """Raises ``ValueError``."""
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _page(found: list[Task], limit: int, cursor: str | None) -> tuple[list[Task], str | None]:
    """The tasks behind the one the cursor names."""
    ids = [task.id for task in found]
    first = ids.index(cursor) + 1 if cursor in ids else 0
    page = found[first : first + limit]
    return page, page[-1].id if first + limit < len(found) else None


def _unit(name: str) -> Decimal:
    """What the first megapixel costs."""
    return price(ENDPOINTS[name].model, (1024, 1024), (), dialect=DIALECT)


def _item(desk: Desk, task: Task, root: str, *, payloads: bool) -> dict[str, Any]:
    code, output = result(desk, task, desk.progress.end(task), root)
    ended = datetime.fromtimestamp(task.ends, UTC).isoformat().replace("+00:00", "Z")
    told: dict[str, Any] = {
        "request_id": task.id,
        "endpoint_id": task.cluster,
        "sent_at": task.at,
        "started_at": task.at,
        "ended_at": ended,
        "status_code": code,
        "duration": task.takes,
    }
    return told | ({"json_input": task.asked, "json_output": output} if payloads else {})


def _event(task: Task, amount: Decimal) -> dict[str, Any]:
    return {
        "request_id": task.id,
        "endpoint_id": task.cluster,
        "timestamp": task.at,
        "output_units": round(task.width * task.height / MEGAPIXEL, 4),
        "unit_price": float(_unit(task.cluster)),
        "percent_discount": None,
        "cost_subtotal": float(amount),
        "cost_discount": 0.0,
        "cost_total": float(amount),
        "cost_estimate_nano_usd": int(amount * 1_000_000_000),
    }
