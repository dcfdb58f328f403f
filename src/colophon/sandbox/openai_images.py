"""The OpenAI Images shape with FLUX.2 behind it, as compatible gateways serve it.

``seed`` and ``safety_tolerance`` are taken as extra members, which the shape itself does not have. The answer tells
neither seed nor cost; ``x-request-id`` is the task's id on the invoice.
"""

import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from colophon.sandbox.bfl_bodies import Reference
from colophon.sandbox.desk import Desk
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, root_of
from colophon.sandbox.sync_answers import addresses, answer, contents, openai_error
from colophon.sandbox.sync_bodies import (
    Named,
    SyncBody,
    aligned,
    bearer,
    data_uris,
    files,
    like_first,
    model_named,
    parse,
    parse_fields,
    pictures,
    sides,
)
from colophon.sandbox.sync_multipart import form
from colophon.sandbox.sync_orders import buy, submission
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "openai-images"
_IMAGE_NAMES = ("image", "image[]")


class ImagesBody(SyncBody):
    """What FLUX.2 has no counterpart for is taken and has no effect, as long as it is a value the shape knows."""

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    model: Annotated[str, Field(max_length=200)] = "flux-2-pro"
    n: Annotated[int, Field(ge=1, le=10)] = 1
    size: Annotated[str, Field(max_length=20)] = "auto"
    quality: Literal["standard", "hd", "low", "medium", "high", "auto"] | None = None
    response_format: Literal["url", "b64_json"] = "url"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    moderation: Literal["low", "auto"] | None = None
    stream: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    safety_tolerance: Annotated[int, Field(ge=0, le=5)] | None = None


class ImageRef(SyncBody):
    image_url: str | None = None
    file_id: str | None = None


class EditBody(ImagesBody):
    images: Annotated[list[ImageRef], Field(min_length=1, max_length=16)]


def openai_images_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    def sell(
        request: Request, key: str, body: ImagesBody, model: str, references: list[Reference], fault: str | None
    ) -> Response:
        if body.stream:
            raise Refusal("invalid", "Streaming is not supported by this model.", param="stream")
        size = like_first(references) if body.size == "auto" else aligned(sides(body.size))
        order = submission(DIALECT, key, model, body.prompt, size, body.seed, body.output_format, references)
        tasks = buy(desk, order, fault, body.n)
        data: list[dict[str, str]] = (
            [{"url": address} for address in addresses(desk, tasks, root_of(request))]
            if body.response_format == "url"
            else [{"b64_json": content} for content in contents(desk, tasks)]
        )
        said = {"created": int(desk.now().timestamp()), "data": data, "output_format": body.output_format}
        return answer(said, headers={"x-request-id": tasks[0].id})

    @router.post("/images/generations")
    def generations(
        request: Request, content: RawBody, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            body = parse(ImagesBody, content)
            return sell(request, key, body, model_named(body.model), [], fault)

        return attend(work, problem)

    @router.post("/images/edits")
    def edits(
        request: Request, content: RawBody, authorization: Authorization = None, fault: FaultName = None
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            body, given = _edit(request.headers.get("content-type", ""), content)
            model = model_named(body.model)
            return sell(request, key, body, model, pictures(given, model), fault)

        return attend(work, problem)

    return router


def _edit(content_type: str, content: bytes) -> tuple[ImagesBody, list[Named]]:
    """The members and the pictures, from a form or from JSON."""
    if content_type.startswith("application/json"):
        body = parse(EditBody, content)
        if any(image.image_url is None or image.file_id is not None for image in body.images):
            raise Refusal("invalid", "images: give each image_url; the sandbox keeps no files", param="images")
        return body, data_uris("images", [image.image_url or "" for image in body.images])
    parts = form(content_type, content)
    if any(part.name == "mask" for part in parts):
        raise Refusal("invalid", "This model takes no mask.", param="mask")
    given = files(parts, _IMAGE_NAMES)
    if not given:
        raise Refusal("invalid", "Missing required parameter: 'image'.", param="image")
    return parse_fields(ImagesBody, parts), given


def problem(refusal: Refusal) -> Response:
    """Moderation is 400 with a code, or with a null code when the fault's value is ``null``; no funds is 429 here."""
    kind, code = _WORDS.get(refusal.kind, ("invalid_request_error", None))
    status = 429 if refusal.kind == "out_of_funds" else refusal.status
    message = refusal.message
    if refusal.kind in ("moderated_input", "moderated_output") and refusal.detail == "null":
        message, code = "Your request was rejected as a result of our safety system.", None
    headers: Mapping[str, str] = {"x-request-id": refusal.request_id or str(uuid.uuid4()), **refusal.headers}
    return answer(openai_error(message, kind, code, refusal.param), status, headers)


_WORDS: dict[str, tuple[str, str | None]] = {
    "moderated_input": ("image_generation_user_error", "content_policy_violation"),
    "moderated_output": ("image_generation_user_error", "moderation_blocked"),
    "unauthorised": ("invalid_request_error", "invalid_api_key"),
    "forbidden": ("invalid_request_error", "permission_denied"),
    "out_of_funds": ("insufficient_quota", "insufficient_quota"),
    "unknown_model": ("invalid_request_error", "model_not_found"),
    "rate_limited": ("requests", "rate_limit_exceeded"),
    "active_tasks": ("requests", "rate_limit_exceeded"),
    "limited_after": ("requests", "rate_limit_exceeded"),
    "server_error": ("server_error", None),
    "task_error": ("server_error", None),
    "answer_lost": ("server_error", None),
    "bad_gateway": ("server_error", None),
    "unavailable": ("server_error", None),
    "gateway_timeout": ("server_error", None),
}
