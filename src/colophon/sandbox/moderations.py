"""OpenAI's moderation dialect: what a picture is scored at, all harmless unless a fault says otherwise.

Shape: platform.openai.com/docs/api-reference/moderations. Every category is scored; those marked here are the ones the
model judges by pictures, the others by text alone.
"""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from colophon.sandbox.desk import Desk
from colophon.sandbox.distortion import note
from colophon.sandbox.faults import Fault
from colophon.sandbox.incoming import Authorization, FaultName, RawBody
from colophon.sandbox.refusals import refusal
from colophon.sandbox.sync_answers import answer, openai_error
from colophon.sandbox.sync_bodies import SyncBody, bearer, data_uris, parse
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "openai-moderations"
MODELS = {"omni-moderation-latest": "omni-moderation-2024-09-26", "omni-moderation-2024-09-26": ""}
SEEN = {"self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "violence", "violence/graphic"}
READ = {
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "sexual/minors",
}
_FLAGGED = 0.97
_FROM = 0.5  # the sandbox's own: the vendor tells no limit


class _Address(SyncBody):
    url: Annotated[str, Field(min_length=1)]


class _Picture(SyncBody):
    type: Literal["image_url"]
    image_url: _Address


class ModerationBody(SyncBody):
    model: str = "omni-moderation-latest"
    input: Annotated[list[_Picture], Field(min_length=1, max_length=1)]


def moderations_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/moderations")
    def moderations(content: RawBody, authorization: Authorization = None, fault: FaultName = None) -> Response:
        def work() -> Response:
            bearer(authorization)
            body = parse(ModerationBody, content)
            if body.model not in MODELS:
                raise Refusal("unknown_model", f"The model {body.model[:100]!r} does not exist", param="model")
            [(_, picture)] = data_uris("input.0.image_url.url", [body.input[0].image_url.url])
            ordered = Fault.parse(fault) if fault else desk.faults.take(DIALECT, body.model, "")
            if refused := refusal(ordered):
                raise refused
            note(ordered, "submit")
            return answer(_body(str(picture), MODELS[body.model] or body.model, ordered))

        return attend(work, _problem)

    return router


def _body(picture: str, model: str, fault: Fault | None) -> dict[str, object]:
    digest = hashlib.sha256(picture.encode()).digest()
    scores = {
        name: digest[place] / 255 * 0.01 if name in SEEN else 0.0 for place, name in enumerate(sorted(SEEN | READ))
    }
    if fault and fault.name == "moderation_flags":
        scores[fault.value or "sexual"] = _FLAGGED
    if fault and fault.name == "moderation_lacks":
        scores.pop(fault.value or "sexual", None)
    flags = {name: score >= _FROM for name, score in scores.items()}
    return {
        "id": f"modr-{digest.hex()[:32]}",
        "model": model,
        "results": [
            {
                "flagged": any(flags.values()),
                "categories": flags,
                "category_scores": scores,
                "category_applied_input_types": {name: ["image"] if name in SEEN else [] for name in scores},
            }
        ],
    }


def _problem(refused: Refusal) -> Response:
    kind, code = _WORDS.get(refused.kind, ("server_error", None))
    return answer(openai_error(refused.message, kind, code, refused.param), refused.status, refused.headers)


_WORDS: dict[str, tuple[str, str | None]] = {
    "invalid": ("invalid_request_error", None),
    "unauthorised": ("invalid_request_error", "invalid_api_key"),
    "forbidden": ("invalid_request_error", None),
    "unknown_model": ("invalid_request_error", "model_not_found"),
    "out_of_funds": ("insufficient_quota", "insufficient_quota"),
    "rate_limited": ("requests", "rate_limit_exceeded"),
}
