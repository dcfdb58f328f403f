"""The CometAPI dialect: Replicate's predictions resold. Its addresses point to the vendor behind, where its keys are
worth nothing; output is a list; there is no list of predictions, no hold and no webhook."""

import json

from fastapi import APIRouter, Request, Response

from colophon.sandbox.desk import Desk
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, json_object, key_of, root_of
from colophon.sandbox.predictions import Predictions, Problem

DIALECT = "cometapi"


def cometapi_router(desk: Desk) -> APIRouter:
    router = APIRouter()
    predictions = Predictions(desk, DIALECT, lambda root: "https://api.replicate.com/v1", listed=True)

    @router.post("/models/{owner}/{name}/predictions")
    def create(
        owner: str,
        name: str,
        body: RawBody,
        request: Request,
        authorization: Authorization = None,
        fault: FaultName = None,
    ) -> Response:
        root = root_of(request)
        try:
            key = _key(authorization)
            try:
                given = json_object(body).get("input")
            except ValueError as error:
                raise Problem(400, str(error)) from None
            task, ordered = predictions.buy(predictions.submission(owner, name, given, key, root), fault)
        except Problem as problem:
            return problem.answer
        desk.hold(ordered)
        return Response(json.dumps(predictions.prediction(task, None, root)), 201, media_type="application/json")

    @router.get("/predictions/{task_id}")
    def get(task_id: str, request: Request, authorization: Authorization = None) -> Response:
        try:
            _key(authorization)
            task, standing = predictions.polled(task_id)
        except Problem as problem:
            return problem.answer
        told = predictions.prediction(task, standing, root_of(request))
        return Response(json.dumps(told), media_type="application/json")

    return router


def _key(authorization: str | None) -> str:
    key = key_of("Bearer", authorization)
    if key is None:
        raise Problem(401, "Invalid token")
    return key
