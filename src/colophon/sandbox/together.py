"""Together's dialect: one endpoint for pictures from text and from references, with members of its own names.

Bounds that the vendor does not publish are taken strictly: sides 256 to 1920 in multiples of 16, eight references.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from colophon.sandbox.desk import Desk
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.sync_answers import addresses, answer, contents, openai_error
from colophon.sandbox.sync_bodies import (
    SyncBody,
    aligned,
    bearer,
    data_uris,
    model_named,
    parse,
    pictures,
)
from colophon.sandbox.sync_orders import buy, request_fault, submission
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "together"
MODELS = {
    "black-forest-labs/FLUX.2-pro",
    "black-forest-labs/FLUX.2-max",
    "black-forest-labs/FLUX.2-flex",
    "black-forest-labs/FLUX.2-dev",
}
OTHER_MODEL = "black-forest-labs/FLUX.1-schnell"
MAX_PROMPT = 32_000
MAX_SIDE = 1920
MIN_SIDE = 256

Side = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)]


class TogetherBody(SyncBody):
    model: Annotated[str, Field(max_length=200)]
    prompt: Annotated[str, Field(min_length=1)]
    width: Side = 1024
    height: Side = 1024
    n: Annotated[int, Field(ge=1, le=4)] = 1
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    steps: Annotated[int, Field(ge=1, le=100)] | None = None
    guidance: float | None = None
    guidance_scale: float | None = None
    image_url: str | None = None
    reference_images: list[str] | None = None
    prompt_upsampling: bool = True
    output_format: Literal["jpeg", "png"] = "jpeg"
    response_format: Literal["base64", "url"] = "url"
    disable_safety_checker: bool | None = None


def together_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/images/generations")
    def generations(
        request: Request, content: RawBody, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            body = parse(TogetherBody, content)
            if body.model not in MODELS:
                raise Refusal("unknown_model", f"Unable to access model {body.model[:100]}.", param="model")
            if len(body.prompt) > MAX_PROMPT:
                raise Refusal("too_long", f"Input is too long: at most {MAX_PROMPT} characters.", param="prompt")
            model = model_named(body.model)
            size = aligned((body.width, body.height), "width", low=MIN_SIDE)
            given = [] if body.image_url is None else data_uris("image_url", [body.image_url])
            given += data_uris("reference_images", body.reference_images or [])
            order = submission(
                DIALECT, key, model, body.prompt, size, body.seed, body.output_format, pictures(given, model)
            )
            tasks = buy(desk, order, fault, body.n)
            return answer(_body(desk, tasks, body, request))

        return attend(work, problem)

    return router


def _body(desk: Desk, tasks: list[Task], body: TogetherBody, request: Request) -> dict[str, object]:
    data: list[dict[str, object]] = (
        [{"type": "b64_json", "b64_json": content} for content in contents(desk, tasks)]
        if body.response_format == "base64"
        else [{"type": "url", "url": address} for address in addresses(desk, tasks, root_of(request))]
    )
    fault = request_fault(tasks)
    return {
        "id": tasks[0].id,
        "model": OTHER_MODEL if fault and fault.name == "model_differs" else body.model,
        "object": "list",
        "data": [{"index": place} | each for place, each in enumerate(data)],
    }


def problem(refusal: Refusal) -> Response:
    """What a refusal by the filter looks like is not published; here it is 400 with text about the safety system."""
    kind, code = _WORDS.get(refusal.kind, ("invalid_request_error", None))
    status = 403 if refusal.kind == "too_long" else refusal.status
    return answer(openai_error(refusal.message, kind, code, refusal.param), status, refusal.headers)


_WORDS: dict[str, tuple[str, str | None]] = {
    "unauthorised": ("invalid_request_error", "invalid_api_key"),
    "forbidden": ("invalid_request_error", "forbidden"),
    "out_of_funds": ("credit_limit", "credit_limit_exceeded"),
    "unknown_model": ("invalid_request_error", "model_not_available"),
    "rate_limited": ("rate_limit", "rate_limit_exceeded"),
    "active_tasks": ("rate_limit", "rate_limit_exceeded"),
    "limited_after": ("rate_limit", "rate_limit_exceeded"),
    "server_error": ("server_error", None),
    "task_error": ("server_error", None),
    "answer_lost": ("server_error", None),
    "bad_gateway": ("server_error", None),
    "unavailable": ("overloaded", None),
    "gateway_timeout": ("server_error", None),
}
