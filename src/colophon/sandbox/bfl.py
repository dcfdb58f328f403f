"""The Black Forest Labs dialect: submit, poll at the address that was named, fetch from a signed address.

Three clusters answer: the global one under ``/bfl``, and ``/bfl/eu`` and ``/bfl/us``. The global one hands its tasks
to the European cluster, and only the cluster that has a task knows its id: who builds a polling address from the id
instead of using the one that was named is told ``Task not found``.
"""

import json
import time
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from colophon.sandbox.bfl_bodies import FlexInputs, KleinInputs, ProInputs
from colophon.sandbox.desk import Desk, Refused, Submission
from colophon.sandbox.faults import Fault
from colophon.sandbox.invoice import Task
from colophon.sandbox.pictures import delivered
from colophon.sandbox.prices import CREDIT, megapixels
from colophon.sandbox.progress import Standing

DIALECT = "bfl"
_NOT_AUTHENTICATED = {"detail": "Not authenticated - Invalid Authentication"}

Key = Annotated[str | None, Header(alias="x-key")]
FaultName = Annotated[str | None, Header(alias="x-sandbox-fault")]


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON as Python writes it: unlike the framework's own, it can say NaN."""
    return Response(json.dumps(body), status_code=status, headers=headers, media_type="application/json")


def bfl_router(desk: Desk, cluster: str, home: str) -> APIRouter:
    """The routes of one cluster; ``home`` is the cluster its tasks live in."""
    router = APIRouter()

    def submit(body: KleinInputs, model: str, request: Request, key: str | None, fault: str | None) -> Response:
        if not key:
            return answer(_NOT_AUTHENTICATED, 403)
        try:
            references = body.references()
        except ValueError as error:
            raise RequestValidationError(
                [{"loc": ("body", "input_image"), "msg": str(error), "type": "value_error"}]
            ) from error
        submission = Submission(
            DIALECT,
            home,
            model,
            body.prompt,
            body.size(references),
            body.seed,
            body.output_format or "jpeg",
            tuple(reference.content for reference in references),
            tuple(reference.size for reference in references),
            key,
        )
        try:
            task, ordered = desk.accept(submission, fault)
        except Refused as refused:
            return answer(refused.body, refused.status, refused.headers)
        return _accepted(task, ordered, body, submission, request)

    @router.post("/v1/flux-2-pro")
    @router.post("/v1/flux-2-max")
    def pro(body: ProInputs, request: Request, x_key: Key = None, fault: FaultName = None) -> Response:
        return submit(body, _model(request), request, x_key, fault)

    @router.post("/v1/flux-2-flex")
    def flex(body: FlexInputs, request: Request, x_key: Key = None, fault: FaultName = None) -> Response:
        return submit(body, _model(request), request, x_key, fault)

    @router.post("/v1/flux-2-klein-4b")
    @router.post("/v1/flux-2-klein-9b")
    def klein(body: KleinInputs, request: Request, x_key: Key = None, fault: FaultName = None) -> Response:
        return submit(body, _model(request), request, x_key, fault)

    @router.get("/v1/get_result")
    def get_result(
        request: Request, task_id: Annotated[str, Query(alias="id", max_length=200)], x_key: Key = None
    ) -> Response:
        if not x_key:
            return answer(_NOT_AUTHENTICATED, 403)
        task = desk.invoice.find(task_id)
        if task is None or task.provider != DIALECT or task.cluster != cluster:
            return answer(_body(task_id, "Task not found"))
        return _polled(desk, task, request)

    @router.get("/v1/credits")
    def credit(x_key: Key = None) -> Response:
        return answer({"credits": float(desk.credits_left())} if x_key else _NOT_AUTHENTICATED, 200 if x_key else 403)

    return router


def delivery_router(desk: Desk) -> APIRouter:
    """Signed addresses that expire; they need no key."""
    router = APIRouter()

    @router.get("/{task_id}/{mint}.{extension}")
    def deliver(task_id: str, mint: int, extension: str, expires: int, sig: str) -> Response:
        if not desk.addresses.valid(task_id, mint, expires, sig):
            return Response("Signature not valid in the specified time frame", 403, media_type="text/plain")
        task = desk.invoice.find(task_id)
        if task is None or task.format != extension:
            return Response("The specified blob does not exist", 404, media_type="text/plain")
        fault = Fault.parse(task.fault) if task.fault else None
        if fault and fault.name == "expired_delivery" and mint == 1:
            return Response("Signature not valid in the specified time frame", fault.number(403))
        content, media_type = delivered(task, desk.folder)
        return Response(content, media_type=media_type)

    return router


def _model(request: Request) -> str:
    return request.url.path.rsplit("/", 1)[-1]


def _root(request: Request) -> str:
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc}/{DIALECT}"


def _accepted(task: Task, fault: Fault | None, body: KleinInputs, submission: Submission, request: Request) -> Response:
    if fault and fault.name == "answer_lost":
        return answer({"detail": "Internal Server Error"}, 500)
    if fault and fault.name == "slow_answer":
        time.sleep(min(fault.number(5), 600))
    said: dict[str, object] = {"id": task.id}
    if body.webhook_url:
        said |= {"status": "Pending", "webhook_url": body.webhook_url}
    else:
        said |= {"polling_url": f"{_root(request)}/{task.cluster}/v1/get_result?id={task.id}"}
    cost = {} if fault and fault.name == "cost_missing" else {"cost": _credits(Decimal(task.amount), fault)}
    mp = {"input_mp": megapixels(submission.reference_sizes), "output_mp": megapixels([submission.size])}
    return answer(said | cost | mp)


def _polled(desk: Desk, task: Task, request: Request) -> Response:
    standing = desk.progress.poll(task)
    if standing.http_status != 200:
        return answer({"detail": "Internal Server Error"}, standing.http_status)
    body = _body(task.id, standing.word)
    if not standing.ended:
        return answer(body | {"progress": standing.progress})
    if standing.word == "Task not found":
        return answer(body)
    if standing.word == "Error":
        body["details"] = {"error": "the model failed on this task"}
    elif standing.word != "Ready":
        body["details"] = {"Moderation Reasons": ["ordered by a fault"]}
    amount = desk.settle(task)
    fault = Fault.parse(task.fault) if task.fault else None
    if not (fault and fault.name == "cost_missing"):
        body["cost"] = _credits(amount, fault)
    if standing.word == "Ready":
        body["result"] = _result(desk, task, standing, request)
    return answer(body)


def _credits(amount: Decimal, fault: Fault | None) -> float:
    return float("nan") if fault and fault.name == "cost_nan" else float(amount / CREDIT)


def _body(task_id: str, word: str) -> dict[str, object]:
    return {"id": task_id, "status": word, "result": None, "progress": None, "details": None, "preview": None}


def _result(desk: Desk, task: Task, standing: Standing, request: Request) -> dict[str, object]:
    address = desk.addresses.mint(task.id, standing.mint)
    start = standing.start
    return {
        "sample": f"{_root(request)}/delivery/{task.id}/{standing.mint}.{task.format}?{address}",
        "prompt": task.prompt,
        "seed": standing.seed,
        "start_time": start,
        "end_time": start + standing.duration,
        "duration": standing.duration,
    }
