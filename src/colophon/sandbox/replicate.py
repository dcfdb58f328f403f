"""The Replicate dialect: predictions of official models, their list, and webhooks by Standard Webhooks.

Everything else of the account (files, models, the signing secret) is in `replicate_account`.
"""

import json
import re
import time
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.sandbox.desk import Desk, account
from colophon.sandbox.hook_signing import standard_headers
from colophon.sandbox.hooks import Notice, Writer
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, key_of, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.predictions import OWNER, Predictions, Problem
from colophon.sandbox.prices import MODELS
from colophon.sandbox.replicate_account import version_id

DIALECT = "replicate"
PAGE = 100
_PREFER = re.compile(r"\s*wait(?:\s*=\s*(\d{1,3}))?\s*", re.I)
_LONGEST_HOLD = 60
_HOLD_STEP_S = 0.05

Prefer = Annotated[str | None, Header()]


class PredictionRequest(BaseModel):
    """Members that are not here are refused."""

    model_config = ConfigDict(extra="forbid")

    input: dict[str, Any]
    version: str | None = None
    stream: bool | None = None
    webhook: Annotated[str, Field(max_length=2083)] | None = None
    webhook_events_filter: list[Literal["start", "output", "logs", "completed"]] | None = None


def answer(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def replicate_router(desk: Desk) -> APIRouter:
    router = APIRouter()
    predictions = Predictions(desk, DIALECT, lambda root: f"{root}/{DIALECT}/v1")

    def create(
        owner: str,
        name: str,
        asked: PredictionRequest,
        request: Request,
        key: str,
        fault: str | None,
        prefer: str | None,
    ) -> Response:
        root = root_of(request)
        task, ordered = predictions.buy(predictions.submission(owner, name, asked.input, key, root), fault)
        if asked.webhook:
            desk.hooks.plan(task, asked.webhook, _hook(predictions, root))
        desk.hold(ordered)
        hold = _hold(prefer)
        if not hold:
            return answer(predictions.prediction(task, None, root), 201)
        end = time.monotonic() + hold
        while not desk.ready(task) and time.monotonic() < end:
            time.sleep(_HOLD_STEP_S)
        standing = desk.progress.poll(task)
        if standing.http_status != 200 or standing.word == "Task not found":
            return answer(predictions.prediction(task, None, root), 202)
        return answer(predictions.prediction(task, standing, root), 201 if standing.ended else 202)

    @router.post("/models/{owner}/{name}/predictions")
    def create_official(
        owner: str,
        name: str,
        body: RawBody,
        request: Request,
        authorization: Authorization = None,
        fault: FaultName = None,
        prefer: Prefer = None,
    ) -> Response:
        try:
            asked = _request(body)
            if asked.version is not None:
                raise Problem(422, "- version: Additional property version is not allowed")
            return create(owner, name, asked, request, _key(authorization), fault, prefer)
        except Problem as problem:
            return problem.answer

    @router.post("/predictions")
    def create_version(
        body: RawBody,
        request: Request,
        authorization: Authorization = None,
        fault: FaultName = None,
        prefer: Prefer = None,
    ) -> Response:
        try:
            key = _key(authorization)
            asked = _request(body)
            owner, name = _model(asked.version)
            return create(owner, name, asked, request, key, fault, prefer)
        except Problem as problem:
            return problem.answer

    @router.get("/predictions")
    def list_predictions(
        request: Request,
        cursor: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        authorization: Authorization = None,
    ) -> Response:
        try:
            owner = account(_key(authorization))
        except Problem as problem:
            return problem.answer
        invoice, root = desk.invoice, root_of(request)
        tasks = invoice.newest(DIALECT, owner, cursor, PAGE + 1)
        more, tasks = len(tasks) > PAGE, tasks[:PAGE]
        following = f"{root}/{DIALECT}/v1/predictions?cursor={tasks[-1].id}" if more else None
        wanted = [task for task in tasks if task.fault != "task_lost" and _between(task, created_after, created_before)]
        results = [predictions.prediction(task, desk.progress.glance(task), root) for task in wanted]
        return answer({"previous": None, "next": following, "results": results})

    @router.get("/predictions/{task_id}")
    def get(task_id: str, request: Request, authorization: Authorization = None) -> Response:
        try:
            _key(authorization)
            task, standing = predictions.polled(task_id)
        except Problem as problem:
            return problem.answer
        return answer(predictions.prediction(task, standing, root_of(request)))

    @router.post("/predictions/{task_id}/cancel")
    def cancel(task_id: str, request: Request, authorization: Authorization = None) -> Response:
        try:
            _key(authorization)
            task = predictions.task(task_id)
        except Problem as problem:
            return problem.answer
        desk.cancel(task)
        return answer(predictions.prediction(task, desk.progress.glance(task), root_of(request)))

    return router


def _key(authorization: str | None) -> str:
    key = key_of("Bearer", authorization)
    if key is None:
        raise Problem(401, "You did not pass a valid authentication token")
    return key


def _request(body: bytes) -> PredictionRequest:
    try:
        return PredictionRequest.model_validate_json(body)
    except ValidationError as error:
        lines = [f"- {'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}" for item in error.errors()]
        raise Problem(422, "\n".join(lines)) from None


def _model(version: str | None) -> tuple[str, str]:
    """The model that a version names: ``owner/name``, ``owner/name:hash`` or the hash alone."""
    named, _, digest = (version or "").rpartition(":") if ":" in (version or "") else (version or "", "", "")
    owner, slash, name = named.partition("/")
    if slash and (not digest or (name in MODELS and digest == version_id(name))):
        return owner, name
    known = [model for model in MODELS if version_id(model) == named]
    if not known or digest:
        raise Problem(422, "- version: Invalid version or not permitted")
    return OWNER, known[0]


def _hold(prefer: str | None) -> int:
    """The seconds that ``Prefer: wait`` asks to hold the answer; 0 without it."""
    found = _PREFER.fullmatch(prefer) if prefer else None
    if not found:
        return 0
    return min(max(int(found[1]), 1), _LONGEST_HOLD) if found[1] else _LONGEST_HOLD


def _between(task: Task, after: datetime | None, before: datetime | None) -> bool:
    made = datetime.fromisoformat(task.at)
    return (after is None or made >= _aware(after, made)) and (before is None or made < _aware(before, made))


def _aware(when: datetime, like: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=like.tzinfo)


def _hook(predictions: Predictions, root: str) -> Writer:
    def write(notice: Notice) -> tuple[dict[str, str], bytes]:
        told = predictions.prediction(notice.task, notice.standing, root) | {"id": notice.task_id}
        body = json.dumps(told).encode() + b" " * notice.padding
        if not notice.signed:
            return {"Content-Type": "application/json"}, body
        folder = predictions.desk.folder
        return standard_headers(folder, body, f"msg_{notice.task_id}", notice.when, own_key=notice.own_key), body

    return write
