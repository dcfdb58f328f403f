"""The fal dialect: the queue under ``/fal/queue``, direct calls under ``/fal/run``, the keys of its webhooks.

As at the vendor, the queue takes every order; what is wrong with one is told where its result is asked for. An order
that the model would not take is kept aside and is not on the invoice.
"""

import json
import time
import uuid
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from colophon.sandbox import fal_answers
from colophon.sandbox.desk import Desk, Refused, Submission, account
from colophon.sandbox.fal_answers import answer
from colophon.sandbox.fal_inputs import ENDPOINTS, Endpoint, Invalid, Wanted, problem, read
from colophon.sandbox.faults import Fault
from colophon.sandbox.files import write_whole
from colophon.sandbox.hook_signing import fal_headers, fal_key_set
from colophon.sandbox.hooks import Notice, Writer
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, json_object, key_of, root_of, shortened
from colophon.sandbox.invoice import Task

DIALECT = "fal"
_NO_KEY = {"detail": "No user found for Key ID and Secret"}
_LOST = {"detail": "Request not found"}
_LONGEST_S = 60.0
_STEP_S = 0.05


def fal_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/.well-known/jwks.json")
    def key_set() -> Response:
        return answer(fal_key_set(desk.folder))

    @router.post("/queue/{endpoint:path}")
    def submit(
        endpoint: str,
        body: RawBody,
        request: Request,
        fal_webhook: str | None = None,
        authorization: Authorization = None,
        fault: FaultName = None,
    ) -> Response:
        key, known, root = key_of("Key", authorization), ENDPOINTS.get(endpoint), root_of(request)
        if key is None:
            return answer(_NO_KEY, 401)
        if known is None:
            return answer({"detail": f"Application {endpoint[:200]!r} not found"}, 404)
        try:
            task, ordered = _bought(desk, known, body, key, root, fault)
        except Invalid as invalid:
            return _queued(_set_aside(desk.folder, known, invalid), known, root, fal_webhook)
        except Refused as refused:
            return fal_answers.refused(refused)
        if fal_webhook:
            desk.hooks.plan(task, fal_webhook, _hook(desk, account(key), root))
        if ordered and ordered.name == "answer_lost":
            return fal_answers.platform_error(500, "Internal Server Error", "internal_error")
        if ordered and ordered.name == "limited_after":
            return answer({"detail": "Too many requests"}, 429)
        desk.hold(ordered)
        return _queued(task.id, known, root, fal_webhook)

    @router.get("/queue/{owner}/{name}/requests/{task_id}/status")
    def status(
        owner: str, name: str, task_id: str, request: Request, logs: str = "", authorization: Authorization = None
    ) -> Response:
        if key_of("Key", authorization) is None:
            return answer(_NO_KEY, 401)
        told = fal_answers.addresses(task_id, f"{owner}/{name}", root_of(request))
        headers = {"x-fal-request-id": task_id}
        if _aside(desk.folder, f"{owner}/{name}", task_id) is not None:
            return answer(
                told | {"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 0.0}}, headers=headers
            )
        task = _task(desk, f"{owner}/{name}", task_id)
        if task is None:
            return answer(_LOST, 404)
        standing = desk.progress.poll(task)
        if standing.http_status != 200:
            return fal_answers.platform_error(standing.http_status, "ordered by a fault", "internal_error")
        if standing.word == "Task not found":
            return answer(_LOST, 404)
        cancelled = desk.invoice.is_cancelled(task.id)
        wanted = logs.lower() in ("1", "true")
        return answer(told | fal_answers.queue_status(standing, cancelled=cancelled, logs=wanted), headers=headers)

    @router.get("/queue/{owner}/{name}/requests/{task_id}")
    def result(owner: str, name: str, task_id: str, request: Request, authorization: Authorization = None) -> Response:
        if key_of("Key", authorization) is None:
            return answer(_NO_KEY, 401)
        wrong = _aside(desk.folder, f"{owner}/{name}", task_id)
        if wrong is not None:
            return fal_answers.model_error(wrong)
        task = _task(desk, f"{owner}/{name}", task_id)
        if task is None or task.fault == "task_lost":
            return answer(_LOST, 404)
        if not desk.invoice.is_cancelled(task.id) and not desk.progress.glance(task).ended:
            return answer({"detail": "Request is still in progress"}, 400)
        return _result(desk, task, root_of(request))

    @router.put("/queue/{owner}/{name}/requests/{task_id}/cancel")
    def cancel(owner: str, name: str, task_id: str, authorization: Authorization = None) -> Response:
        task = _task(desk, f"{owner}/{name}", task_id)
        if key_of("Key", authorization) is None or task is None:
            return answer(_NO_KEY, 401) if task else answer(_LOST, 404)
        if desk.cancel(task):
            return answer({"status": "CANCELLATION_REQUESTED"}, 202)
        return answer({"status": "ALREADY_COMPLETED"}, 400)

    @router.post("/run/{endpoint:path}")
    def run(
        endpoint: str, body: RawBody, request: Request, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        key, known, root = key_of("Key", authorization), ENDPOINTS.get(endpoint), root_of(request)
        if key is None or known is None:
            return answer(_NO_KEY, 401) if key is None else answer({"detail": "Application not found"}, 404)
        try:
            task, ordered = _bought(desk, known, body, key, root, fault)
        except Invalid as invalid:
            return fal_answers.model_error(invalid.detail)
        except Refused as refused:
            return fal_answers.refused(refused)
        if ordered and ordered.name in ("answer_lost", "task_lost"):
            return fal_answers.platform_error(500, "Internal Server Error", "internal_error")
        desk.hold(ordered)
        end = time.monotonic() + _LONGEST_S
        while not desk.ready(task):
            if time.monotonic() > end:
                return fal_answers.platform_error(504, "Request timed out", "request_timeout")
            time.sleep(_STEP_S)
        return _result(desk, task, root)

    return router


def _bought(
    desk: Desk, endpoint: Endpoint, body: bytes, key: str, root: str, fault: str | None
) -> tuple[Task, Fault | None]:
    """Raises `Invalid` or `Refused`."""
    try:
        given = json_object(body)
    except ValueError as error:
        raise Invalid([problem("", str(error), "json_invalid")]) from None
    return desk.accept(_submission(endpoint, read(endpoint, given, root, desk.uploads), given, key), fault)


def _submission(endpoint: Endpoint, wanted: Wanted, given: dict[str, Any], key: str) -> Submission:
    return Submission(
        dialect=DIALECT,
        cluster=endpoint.name,
        model=endpoint.model,
        prompt=wanted.body.prompt,
        size=wanted.size,
        seed=wanted.body.seed,
        format=wanted.body.output_format,
        references=tuple(each.content for each in wanted.references),
        reference_sizes=tuple(each.size for each in wanted.references),
        key=key,
        asked=shortened(given),
    )


def _queued(task_id: str, endpoint: Endpoint, root: str, webhook: str | None) -> Response:
    told = {"status": "IN_QUEUE", **fal_answers.addresses(task_id, endpoint.app, root), "queue_position": 0}
    gateway = {"gateway_request_id": task_id} if webhook else {}
    return answer(told | gateway, headers={"x-fal-request-id": task_id})


def _result(desk: Desk, task: Task, root: str) -> Response:
    code, body = fal_answers.result(desk, task, desk.progress.collect(task), root)
    headers = {"x-fal-request-id": task.id}
    if code == 422:
        headers["X-Fal-Retryable"] = "false"
    elif code != 200:
        headers["X-Fal-Error-Type"] = str(body["error_type"])
    return answer(body, code, headers)


def _task(desk: Desk, app: str, task_id: str) -> Task | None:
    task = desk.invoice.find(task_id)
    if task is None or task.provider != DIALECT or ENDPOINTS[task.cluster].app != app:
        return None
    return task


def _set_aside(folder: Path, endpoint: Endpoint, invalid: Invalid) -> str:
    task_id = str(uuid.uuid4())
    content = json.dumps({"app": endpoint.app, "detail": invalid.detail})
    write_whole(folder / "fal-invalid" / f"{task_id}.json", content.encode())
    return task_id


def _aside(folder: Path, app: str, task_id: str) -> list[dict[str, object]] | None:
    """What was wrong with an order that no model took."""
    try:
        path = folder / "fal-invalid" / f"{uuid.UUID(task_id)}.json"
    except ValueError:
        return None
    if not path.exists():
        return None
    kept = json.loads(path.read_bytes())
    detail: list[dict[str, object]] = kept["detail"]
    return detail if kept["app"] == app else None


def _hook(desk: Desk, user: str, root: str) -> Writer:
    def write(notice: Notice) -> tuple[dict[str, str], bytes]:
        code, payload = fal_answers.result(desk, notice.task, notice.standing, root)
        told = {
            "request_id": notice.task_id,
            "gateway_request_id": notice.task_id,
            "status": "OK" if code == 200 else "ERROR",
            "payload": payload,
        }
        if code != 200:
            told["error"] = f"Invalid status code: {code}"
        body = json.dumps(told).encode() + b" " * notice.padding
        if not notice.signed:
            return {"Content-Type": "application/json"}, body
        return fal_headers(desk.folder, body, notice.task_id, user, notice.when, own_key=notice.own_key), body

    return write
