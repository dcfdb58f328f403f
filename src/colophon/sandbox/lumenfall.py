"""Lumenfall's dialect: the OpenAI shape under ``/openai/v1`` with routing and cost beside, its own API under ``/v1``.

``X-Lumenfall-Request-Id`` is the task's id on the invoice. The seed is taken and never told.
"""

import uuid
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from colophon.sandbox.bfl_bodies import Reference
from colophon.sandbox.delivery import told_cost
from colophon.sandbox.desk import Desk, account, task_fault
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.prices import CREDIT, CURRENCY, price
from colophon.sandbox.sync_answers import addresses, answer, contents
from colophon.sandbox.sync_bodies import (
    Named,
    SyncBody,
    bearer,
    files,
    like_first,
    model_named,
    parse,
    parse_fields,
    pictures,
)
from colophon.sandbox.sync_multipart import form
from colophon.sandbox.sync_orders import amount, buy, request_fault, submission
from colophon.sandbox.sync_ratios import pixels
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "lumenfall"
MOST_REFERENCES = 9
OTHER_MODEL = "flux.1-schnell"
MODELS = {f"flux.2-{name}" for name in ("pro", "max", "flex", "dev", "klein-4b", "klein-9b")}
_UPSTREAMS = {"fal": "fal.ai", "replicate": "Replicate"}
_ENDED = {"moderated_input": "rejected", "moderated_output": "rejected", "task_error": "upstream_failure"}


class LumenfallBody(SyncBody):
    model: Annotated[str, Field(max_length=200)]
    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    size: Annotated[str, Field(max_length=20)] | None = None
    aspect_ratio: Annotated[str, Field(max_length=20)] | None = None
    resolution: Annotated[str, Field(max_length=20)] | None = None
    response_format: Literal["url", "b64_json"] = "url"
    # The gateway also writes gif and avif; the sandbox does not.
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] = 1
    safety_tolerance: Annotated[int, Field(ge=1, le=5)] | None = None

    def routed(self) -> tuple[str, str]:
        """Upstream and the desk's model. Raises `Refusal` (unknown_model)."""
        upstream, slash, name = self.model.rpartition("/")
        if name not in MODELS or (slash and upstream not in _UPSTREAMS):
            raise Refusal("unknown_model", f"Model {self.model[:100]!r} was not found.", param="model")
        return upstream or "fal", model_named(name)


def lumenfall_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    def sell(request: Request, key: str, body: LumenfallBody, given: Sequence[Named], fault: str | None) -> Response:
        upstream, model = body.routed()
        references = pictures(given, model, most=MOST_REFERENCES)
        size = pixels(body.size, body.aspect_ratio, body.resolution, like_first(references))
        if request.query_params.get("dryRun", "").lower() == "true":
            return _dry(body, model, upstream, size, references)
        order = submission(DIALECT, key, model, body.prompt, size, body.seed, body.output_format, references)
        tasks = buy(desk, order, fault, body.n)
        data = (
            [{"url": address} for address in addresses(desk, tasks, root_of(request))]
            if body.response_format == "url"
            else [{"b64_json": content} for content in contents(desk, tasks)]
        )
        metadata = _metadata(tasks, body, upstream)
        said = {"created": int(desk.now().timestamp()), "data": data, "metadata": metadata}
        headers = _ids(tasks[0].id) | {"X-Lumenfall-Provider": upstream, "X-Lumenfall-Model": str(metadata["model"])}
        return answer(said, headers=headers)

    @router.post("/openai/v1/images/generations")
    def generations(
        request: Request, content: RawBody, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            return sell(request, key, parse(LumenfallBody, content), [], fault)

        return attend(work, problem)

    @router.post("/openai/v1/images/edits")
    def edits(
        request: Request, content: RawBody, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            parts = form(request.headers.get("content-type", ""), content)
            given = files(parts, ("image", "image[]"))
            if not given:
                raise Refusal("invalid", "Image edits need an image.", param="image")
            return sell(request, key, parse_fields(LumenfallBody, parts), given, fault)

        return attend(work, problem)

    _native(router, desk)
    return router


def _native(router: APIRouter, desk: Desk) -> None:
    @router.get("/v1/balance")
    def balance(authorization: Authorization = None) -> Response:
        def work() -> Response:
            bearer(authorization)
            left = float(desk.credits_left() * CREDIT)
            return answer({"billing_type": "prepaid", "balance": left, "currency": CURRENCY})

        return attend(work, problem)

    @router.get("/v1/requests")
    def requests(
        authorization: Authorization = None,
        status: Annotated[str | None, Query(max_length=30)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        def work() -> Response:
            tasks = desk.invoice.newest(DIALECT, account(bearer(authorization)), before, limit)
            data = [_request(desk, task) for task in tasks]
            shown = [each for each in data if status in (None, each["status"])]
            return answer({"data": shown, "next_cursor": tasks[-1].id if len(tasks) == limit else None})

        return attend(work, problem)

    @router.get("/v1/requests/{request_id}")
    def request(request_id: str, authorization: Authorization = None) -> Response:
        def work() -> Response:
            holder = account(bearer(authorization))
            task = desk.invoice.find(request_id)
            if task is None or (task.provider, task.account) != (DIALECT, holder):
                raise Refusal("not_found", "No such request.")
            return answer(_request(desk, task))

        return attend(work, problem)


def _metadata(tasks: Sequence[Task], body: LumenfallBody, upstream: str) -> dict[str, object]:
    fault = request_fault(tasks)
    name = body.model.rpartition("/")[2]
    cost = {} if fault and fault.name == "cost_missing" else {"cost": told_cost(amount(tasks), fault)}
    return {
        "model": OTHER_MODEL if fault and fault.name == "model_differs" else name,
        "provider": upstream,
        "provider_name": _UPSTREAMS[upstream],
        **cost,
        "cost_currency": CURRENCY,
        "attempts": [{"provider": upstream, "status": "success"}],
    }


def _dry(
    body: LumenfallBody, model: str, upstream: str, size: tuple[int, int], references: Sequence[Reference]
) -> Response:
    """The cost of an order that is not placed."""
    each = price(model, size, [reference.size for reference in references], dialect=DIALECT)
    metadata = {
        "model": body.model.rpartition("/")[2],
        "provider": upstream,
        "provider_name": _UPSTREAMS[upstream],
        "cost": float(each * body.n),
        "cost_currency": CURRENCY,
    }
    return answer({"estimated": True, "metadata": metadata})


def _request(desk: Desk, task: Task) -> dict[str, object]:
    fault = task_fault(task)
    return {
        "id": task.id,
        "status": _ENDED.get(fault.name, "completed") if fault else "completed",
        "model": task.model.replace("flux-2", "flux.2"),
        "cost": float(desk.settle(task)),
        "cost_currency": CURRENCY,
        "created_at": task.at,
    }


def _ids(request_id: str) -> dict[str, str]:
    return {"X-Lumenfall-Request-Id": request_id}


def problem(refusal: Refusal) -> Response:
    """A refusal by the filter is 400; with the fault's value ``hidden`` it looks like an outage of all suppliers."""
    kind, code = _WORDS.get(refusal.kind, ("invalid_request_error", "INVALID_REQUEST"))
    status, message = refusal.status, refusal.message
    said: dict[str, object] = {}
    if refusal.kind in ("moderated_input", "moderated_output") and refusal.detail == "hidden":
        status, kind, code = 502, "server_error", "ALL_PROVIDERS_EXHAUSTED"
        reason = "the content was flagged as sensitive by the content policy"
        message = f"All providers failed. Last error: {reason}"
        said["metadata"] = {"attempts": [{"provider": "fal", "status": "failed", "error": reason}]}
    said["error"] = {"message": message, "type": kind, "code": code}
    return answer(said, status, _ids(refusal.request_id or str(uuid.uuid4())) | refusal.headers)


_WORDS: dict[str, tuple[str, str]] = {
    "moderated_input": ("invalid_request_error", "CONTENT_POLICY_VIOLATION"),
    "moderated_output": ("invalid_request_error", "CONTENT_POLICY_VIOLATION"),
    "unauthorised": ("authentication_error", "AUTHENTICATION_FAILED"),
    "forbidden": ("permission_error", "FORBIDDEN"),
    "out_of_funds": ("insufficient_quota", "INSUFFICIENT_BALANCE"),
    "unknown_model": ("invalid_request_error", "MODEL_NOT_FOUND"),
    "rate_limited": ("rate_limit_error", "RATE_LIMITED"),
    "active_tasks": ("rate_limit_error", "RATE_LIMITED"),
    "limited_after": ("rate_limit_error", "RATE_LIMITED"),
    "server_error": ("server_error", "UPSTREAM_ERROR"),
    "task_error": ("server_error", "UPSTREAM_ERROR"),
    "answer_lost": ("server_error", "UPSTREAM_ERROR"),
    "bad_gateway": ("server_error", "ALL_PROVIDERS_EXHAUSTED"),
    "unavailable": ("server_error", "UPSTREAM_ERROR"),
    "gateway_timeout": ("server_error", "UPSTREAM_ERROR"),
}
