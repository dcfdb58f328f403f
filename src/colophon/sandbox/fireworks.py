"""The Fireworks dialect: Black Forest Labs' tasks behind workflow addresses, whose result is asked for by POST.

No page of the vendor on FLUX.2 is known: sizes and references are taken as the maker takes them, beside the documented
``aspect_ratio``.
"""

import json
import math
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError

from colophon.sandbox.bfl_bodies import MULTIPLE, FlexInputs, Reference
from colophon.sandbox.delivery import delivery_addresses
from colophon.sandbox.desk import Desk, Refused, Submission
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, json_object, key_of, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.prices import MEGAPIXEL, MODELS
from colophon.sandbox.progress import Standing

DIALECT = "fireworks"
_PATH = "/workflows/accounts/fireworks/models/{model}"
_TYPES = {401: "authentication_error", 404: "not_found_error", 412: "invalid_request_error", 429: "rate_limit_error"}
_CODES = {401: "UNAUTHORIZED", 404: "NOT_FOUND", 412: "PRECONDITION_FAILED", 429: "RATE_LIMIT_EXCEEDED"}
_STATUSES = {"out_of_funds": 412, "invalid": 400}


class WorkflowInputs(FlexInputs):
    """As the maker's, with a ratio between 21:9 and 9:21 where no sides are given."""

    aspect_ratio: Annotated[str, Field(pattern=r"^[1-9][0-9]?:[1-9][0-9]?$")] | None = None
    safety_tolerance: Annotated[int, Field(ge=0, le=6)] = 2

    def size(self, references: list[Reference]) -> tuple[int, int]:
        if self.aspect_ratio is None or self.width or self.height:
            return super().size(references)
        across, down = (int(part) for part in self.aspect_ratio.split(":"))
        ratio = min(max(across / down, 9 / 21), 21 / 9)
        sides = (math.sqrt(MEGAPIXEL * ratio), math.sqrt(MEGAPIXEL / ratio))
        width, height = (int(side) // MULTIPLE * MULTIPLE for side in sides)
        return width, height


def fireworks_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post(_PATH)
    def create(
        model: str,
        body: RawBody,
        authorization: Authorization = None,
        fault: FaultName = None,
    ) -> Response:
        key = key_of("Bearer", authorization)
        if key is None or model not in MODELS:
            return _error(401, "The API key is missing") if key is None else _error(404, "Model not found")
        try:
            asked = WorkflowInputs.model_validate_json(body)
            references = asked.references()
        except ValidationError as error:
            first = error.errors()[0]
            return _error(400, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}")
        except ValueError as error:
            return _error(400, str(error))
        try:
            task, ordered = desk.accept(_submission(model, asked, references, key), fault)
        except Refused as refused:
            return _error(_STATUSES.get(refused.kind, refused.status), refused.message, refused.headers)
        if ordered and ordered.name in ("answer_lost", "limited_after"):
            return _error(500 if ordered.name == "answer_lost" else 429, "ordered by a fault")
        desk.hold(ordered)
        return _json({"request_id": task.id})

    @router.post(_PATH + "/get_result")
    def get_result(model: str, body: RawBody, request: Request, authorization: Authorization = None) -> Response:
        if key_of("Bearer", authorization) is None:
            return _error(401, "The API key is missing")
        try:
            task_id = json_object(body).get("id")
        except ValueError as error:
            return _error(400, str(error))
        if not isinstance(task_id, str):
            return _error(400, "id: Field required")
        task = desk.invoice.find(task_id)
        if task is None or (task.provider, task.model) != (DIALECT, model):
            return _json(_standing(task_id, "Task not found"))
        standing = desk.progress.poll(task)
        if standing.http_status != 200:
            return _error(standing.http_status, "ordered by a fault")
        return _json(_polled(desk, task, standing, root_of(request)))

    return router


def _submission(model: str, asked: WorkflowInputs, references: list[Reference], key: str) -> Submission:
    return Submission(
        dialect=DIALECT,
        cluster="",
        model=model,
        prompt=asked.prompt,
        size=asked.size(references),
        seed=asked.seed,
        format=asked.output_format or "jpeg",
        references=tuple(each.content for each in references),
        reference_sizes=tuple(each.size for each in references),
        key=key,
    )


def _polled(desk: Desk, task: Task, standing: Standing, root: str) -> dict[str, Any]:
    told = _standing(task.id, standing.word)
    if not standing.ended:
        return told | {"progress": standing.progress}
    if standing.word == "Task not found":
        return told
    desk.settle(task)
    if standing.word == "Error":
        return told | {"details": {"error": "the model failed on this task"}}
    if standing.word != "Ready":
        return told | {"details": {"Moderation Reasons": ["ordered by a fault"]}}
    samples = delivery_addresses(desk, task, standing.mint, root)
    sample = samples if len(samples) > 1 else (samples[0] if samples else None)
    return told | {"result": {"sample": sample, "prompt": task.prompt, "seed": standing.seed}}


def _standing(task_id: str, word: str) -> dict[str, Any]:
    return {"id": task_id, "status": word, "result": None, "progress": None, "details": None}


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    code = _CODES.get(status, "INVALID_ARGUMENT" if status < 500 else "INTERNAL")
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return _json({"error": {"message": message, "param": None, "code": code, "type": kind}}, status, headers)


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers=headers, media_type="application/json")
