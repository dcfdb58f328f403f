"""The Black Forest Labs dialect: submit, poll at the address that was named, fetch from a signed address.

Three clusters answer: the global one under ``/bfl``, and ``/bfl/eu`` and ``/bfl/us``. The global one hands its tasks
to the European cluster, and only the cluster that has a task knows its id: who builds a polling address from the id
instead of using the one that was named is told ``Task not found``.
"""

import json
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from colophon.sandbox.bfl_bodies import FlexInputs, KleinInputs, ProInputs
from colophon.sandbox.delivery import delivery_addresses, told_cost
from colophon.sandbox.desk import Desk, Refused, Submission, task_fault
from colophon.sandbox.faults import Fault
from colophon.sandbox.hook_signing import bfl_headers
from colophon.sandbox.hooks import Notice, Writer
from colophon.sandbox.incoming import root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.prices import CREDIT, megapixels
from colophon.sandbox.progress import Standing

DIALECT = "bfl"
_NOT_AUTHENTICATED = {"detail": "Not authenticated - Invalid Authentication"}
_POLL_WORDS = {500: "Internal Server Error", 403: "Forbidden", 404: "Not Found"}

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
            # An answer for a webhook names no polling address, so the cluster that was asked must know the task.
            cluster if body.webhook_url else home,
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
            return _refused(refused)
        if body.webhook_url:
            desk.hooks.plan(task, body.webhook_url, _hook(desk, body.webhook_secret, root_of(request)))
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


def _model(request: Request) -> str:
    return request.url.path.rsplit("/", 1)[-1]


def _refused(refused: Refused) -> Response:
    """A bad key is 403 here, and a bad member is told in a list."""
    detail: object = refused.message
    if refused.kind == "invalid":
        detail = [{"loc": ["body", "prompt"], "msg": refused.message, "type": "value_error"}]
    status = 403 if refused.kind == "unauthorised" else refused.status
    return answer({"detail": detail}, status, refused.headers)


def _accepted(task: Task, fault: Fault | None, body: KleinInputs, submission: Submission, request: Request) -> Response:
    if fault and fault.name == "answer_lost":
        return answer({"detail": "Internal Server Error"}, 500)
    Desk.hold(fault)
    if fault and fault.name == "limited_after":
        return answer({"detail": "Too many active tasks"}, 429)
    said: dict[str, object] = {"id": task.id}
    if body.webhook_url:
        said |= {"status": "Pending", "webhook_url": body.webhook_url}
    else:
        said |= {"polling_url": f"{root_of(request)}/{DIALECT}/{task.cluster}/v1/get_result?id={task.id}"}
    cost = {} if fault and fault.name == "cost_missing" else {"cost": told_cost(Decimal(task.amount) / CREDIT, fault)}
    mp = {"input_mp": megapixels(submission.reference_sizes), "output_mp": megapixels([submission.size])}
    return answer(said | cost | mp)


def _polled(desk: Desk, task: Task, request: Request) -> Response:
    standing = desk.progress.poll(task)
    if standing.http_status != 200:
        return answer({"detail": _POLL_WORDS[standing.http_status]}, standing.http_status)
    if not standing.ended:
        return answer(_body(task.id, standing.word) | {"progress": standing.progress})
    return answer(_ended(desk, task, standing, root_of(request)))


def _ended(desk: Desk, task: Task, standing: Standing, root: str) -> dict[str, object]:
    body = _body(task.id, standing.word)
    if standing.word == "Task not found":
        return body
    if standing.word == "Error":
        body["details"] = {"error": "the model failed on this task"}
    elif standing.word != "Ready":
        body["details"] = {"Moderation Reasons": ["ordered by a fault"]}
    amount = desk.settle(task)
    fault = task_fault(task)
    if not (fault and fault.name == "cost_missing"):
        body["cost"] = told_cost(amount / CREDIT, fault)
    if standing.word == "Ready":
        body["result"] = _result(desk, task, standing, root)
    return body


def _hook(desk: Desk, secret: str | None, root: str) -> Writer:
    def write(notice: Notice) -> tuple[dict[str, str], bytes]:
        told = _ended(desk, notice.task, notice.standing, root) | {
            "id": notice.task_id,
            "timestamp": notice.when.isoformat(),
        }
        body = json.dumps(told).encode() + b" " * notice.padding
        return bfl_headers(
            body, secret if notice.signed else None, bare=notice.bare_secret, own_key=notice.own_key
        ), body

    return write


def _body(task_id: str, word: str) -> dict[str, object]:
    return {"id": task_id, "status": word, "result": None, "progress": None, "details": None, "preview": None}


def _result(desk: Desk, task: Task, standing: Standing, root: str) -> dict[str, object]:
    start = standing.start
    samples = delivery_addresses(desk, task, standing.mint, root)
    return {
        "sample": samples if len(samples) > 1 else (samples[0] if samples else None),
        "prompt": task.prompt,
        "seed": standing.seed,
        "start_time": start,
        "end_time": start + standing.duration,
        "duration": standing.duration,
    }
