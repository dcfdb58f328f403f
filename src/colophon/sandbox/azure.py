"""The Black Forest Labs path of Azure AI Foundry: one request, the picture as base64, sizes snapped without a word.

The answer tells neither seed nor cost nor the size that was drawn; the request's id is in two headers and is the
task's id on the invoice.
"""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from colophon.sandbox.desk import Desk
from colophon.sandbox.incoming import Authorization, FaultName, RawBody
from colophon.sandbox.sync_answers import answer, contents
from colophon.sandbox.sync_bodies import (
    Named,
    SyncBody,
    bearer,
    parse,
    pictures,
    snapped,
)
from colophon.sandbox.sync_orders import buy, submission
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "azure"
# What each path takes as references; members beyond are ignored, as unknown ones are.
REFERENCES = {"flux-2-pro": 8, "flux-2-flex": 10}
MIN_SIDE = 256
API_VERSION = "preview"

Picture = Annotated[str, Field(min_length=1)]


class AzureBody(SyncBody):
    model: Annotated[str, Field(min_length=1, max_length=200)]
    prompt: Annotated[str, Field(min_length=1, max_length=128_000)]
    width: Annotated[int, Field(ge=1, le=16_384)] | None = None
    height: Annotated[int, Field(ge=1, le=16_384)] | None = None
    n: Annotated[int, Field(ge=1, le=4)] | None = None
    num_images: Annotated[int, Field(ge=1, le=4)] | None = None
    output_format: Literal["jpeg", "png"] = "jpeg"
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    safety_tolerance: Annotated[int, Field(ge=0, le=6)] = 2
    guidance: Annotated[float, Field(ge=1.5, le=10)] | None = None
    steps: Annotated[int, Field(ge=1, le=50)] | None = None
    input_image: Picture | None = None
    input_image_2: Picture | None = None
    input_image_3: Picture | None = None
    input_image_4: Picture | None = None
    input_image_5: Picture | None = None
    input_image_6: Picture | None = None
    input_image_7: Picture | None = None
    input_image_8: Picture | None = None
    input_image_9: Picture | None = None
    input_image_10: Picture | None = None

    def given(self, most: int) -> list[Named]:
        """The references in their order."""
        names = ["input_image", *(f"input_image_{place}" for place in range(2, most + 1))]
        return [(name, getattr(self, name)) for name in names if getattr(self, name) is not None]


def azure_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/providers/blackforestlabs/v1/{model}")
    def generate(
        model: str,
        content: RawBody,
        authorization: Authorization = None,
        api_key: Annotated[str | None, Header(alias="api-key")] = None,
        api_version: Annotated[str | None, Query(alias="api-version", max_length=100)] = None,
        fault: FaultName = None,
    ) -> Response:
        def work() -> Response:
            key = api_key or bearer(authorization)
            if model not in REFERENCES:
                raise Refusal("not_found", "Resource not found")
            if api_version != API_VERSION:
                raise Refusal("not_found", f"Resource not found: send ?api-version={API_VERSION}")
            body = parse(AzureBody, content)
            references = pictures(body.given(REFERENCES[model]), model, most=REFERENCES[model])
            size = snapped((body.width or 1024, body.height or 1024), low=MIN_SIDE)
            order = submission(DIALECT, key, model, body.prompt, size, body.seed, body.output_format, references)
            tasks = buy(desk, order, fault, body.num_images or body.n or 1)
            data = [{"url": None, "b64_json": each, "revised_prompt": None} for each in contents(desk, tasks)]
            return answer({"created": int(desk.now().timestamp()), "data": data}, headers=_ids(tasks[0].id))

        return attend(work, problem)

    return router


def _ids(request_id: str) -> dict[str, str]:
    return {"x-request-id": request_id, "apim-request-id": request_id}


def problem(refusal: Refusal) -> Response:
    """A refusal by the filter is 400; its body is not published, and the fault's value ``detail`` gives the other."""
    status, code = refusal.status, _CODES.get(refusal.kind, str(refusal.status))
    headers = _ids(refusal.request_id or str(uuid.uuid4())) | refusal.headers
    if refusal.detail == "detail":
        return answer({"detail": refusal.message}, status, headers)
    return answer({"error": {"code": code, "message": refusal.message}}, status, headers)


_CODES = {
    "invalid": "invalid_request",
    "moderated_input": "content_policy_violation",
    "moderated_output": "content_policy_violation",
    "not_found": "404",
    "rate_limited": "RateLimitReached",
    "active_tasks": "RateLimitReached",
    "limited_after": "RateLimitReached",
    "out_of_funds": "InsufficientFunds",
    "server_error": "InternalServerError",
    "task_error": "InternalServerError",
    "answer_lost": "InternalServerError",
}
