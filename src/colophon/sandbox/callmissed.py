"""CallMissed's dialect: text only, base64 only, one price, and the one idempotency key among all these vendors.

The answer names no request. A key is remembered in the sandbox folder per account: the same body gets the same answer
and is not charged again, another body is a conflict.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from pydantic import Field

from colophon.sandbox.desk import Desk, Refused, account
from colophon.sandbox.files import locked, write_whole
from colophon.sandbox.incoming import Authorization, FaultName, RawBody
from colophon.sandbox.invoice import Task
from colophon.sandbox.sync_answers import answer, contents, openai_error
from colophon.sandbox.sync_bodies import SyncBody, aligned, bearer, parse, sides
from colophon.sandbox.sync_orders import buy, submission
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "callmissed"
MODELS = ("flux-2-pro", "flux-2-dev", "flux-2-klein-9b")
PER_MINUTE = 60


class CallMissedBody(SyncBody):
    model: Annotated[str, Field(max_length=200)]
    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    n: Annotated[int, Field(ge=1, le=4)] = 1
    size: Annotated[str, Field(max_length=20)] = "1024x1024"
    response_format: Literal["b64_json"] = "b64_json"
    negative_prompt: Annotated[str, Field(max_length=4000)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    steps: Annotated[int, Field(ge=1, le=50)] | None = None


def callmissed_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/images/generations")
    def generations(
        content: RawBody,
        authorization: Authorization = None,
        idempotency_key: Annotated[str | None, Header()] = None,
        fault: FaultName = None,
    ) -> Response:
        def work() -> Response:
            key = bearer(authorization)
            if idempotency_key is None:
                said = _rendered(desk, _sold(desk, key, content, fault))
            else:
                if not 0 < len(idempotency_key) <= 255:
                    raise Refusal("invalid", "An Idempotency-Key has 1 to 255 characters.")
                said = _once(desk, key, idempotency_key, content, fault)
            return Response(said, headers=_LIMITS, media_type="application/json")

        return attend(work, problem)

    @router.get("/models")
    def models(authorization: Authorization = None) -> Response:
        def work() -> Response:
            bearer(authorization)
            data = [{"id": name, "object": "model", "created": 0, "owned_by": "black-forest-labs"} for name in MODELS]
            return answer({"object": "list", "data": data})

        return attend(work, problem)

    return router


def _sold(desk: Desk, key: str, content: bytes, fault: str | None, kept: "_Kept | None" = None) -> list[Task]:
    body = parse(CallMissedBody, content)
    if body.model not in MODELS:
        raise Refusal("unknown_model", f"The model {body.model[:100]!r} was not found.", param="model")
    size = aligned(sides(body.size))
    asked: dict[str, object] | None = {"idempotency_key": kept.digest} if kept else None
    order = submission(DIALECT, key, body.model, body.prompt, size, body.seed, "png", asked=asked)
    # A lost answer is kept all the same: asking again with the key brings it back.
    keep = (lambda tasks: kept.keep(_rendered(desk, tasks))) if kept else (lambda tasks: None)
    return buy(desk, order, fault, body.n, keep=keep)


def _rendered(desk: Desk, tasks: list[Task]) -> bytes:
    data = [{"b64_json": each, "revised_prompt": None} for each in contents(desk, tasks)]
    return json.dumps({"created": int(desk.now().timestamp()), "data": data}).encode()


class _Kept:
    """One idempotency key of one account: the digest of the body it came with, and the answer once there is one."""

    def __init__(self, folder: Path, holder: str, key: str) -> None:
        self.digest = sha256(f"{holder}\n{key}".encode()).hexdigest()
        place = folder / DIALECT / "idempotency"
        self.lock = place / f"{self.digest}.lock"
        self._body = place / f"{self.digest}.body"
        self._answer = place / f"{self.digest}.json"

    def body(self) -> str | None:
        return self._body.read_text() if self._body.exists() else None

    def begin(self, body: str) -> None:
        write_whole(self._body, body.encode())

    def keep(self, content: bytes) -> None:
        write_whole(self._answer, content)

    def answer(self) -> bytes | None:
        return self._answer.read_bytes() if self._answer.exists() else None

    def forget(self) -> None:
        self._body.unlink(missing_ok=True)


def _once(desk: Desk, key: str, name: str, content: bytes, fault: str | None) -> bytes:
    """The first answer to this idempotency key, bought now or long ago; a second request waits for the first."""
    holder, body = account(key), sha256(content).hexdigest()
    kept = _Kept(desk.folder, holder, name)
    with locked(kept.lock):
        begun = kept.body()
        if begun is not None:
            if begun != body:
                raise Refusal("conflict", "This Idempotency-Key was used with another request body.")
            if kept.answer() is None:
                _recover(desk, holder, kept)
        if kept.answer() is None:
            kept.begin(body)
            try:
                _sold(desk, key, content, fault, kept)
            except (Refused, Refusal):
                if kept.answer() is None:
                    # Nothing came of it, so the same order may be sent again.
                    kept.forget()
                raise
        return kept.answer() or b""


def _recover(desk: Desk, holder: str, kept: _Kept) -> None:
    """A process that died between purchase and answer left tasks on the invoice that bear the key."""
    recent = desk.invoice.newest(DIALECT, holder, None, 1_000_000)
    tasks = [task for task in reversed(recent) if (task.asked or {}).get("idempotency_key") == kept.digest]
    if tasks:
        kept.keep(_rendered(desk, tasks))


def problem(refusal: Refusal) -> Response:
    """The vendor does not pass on its suppliers' words: a refusal by the filter is 400 with a general text."""
    kind, code = _WORDS.get(refusal.kind, ("invalid_request_error", "bad_request"))
    status = 422 if refusal.kind == "invalid" else refusal.status
    return answer(openai_error(refusal.message, kind, code, refusal.param), status, _LIMITS | refusal.headers)


_LIMITS = {"X-RateLimit-Limit": str(PER_MINUTE), "X-RateLimit-Remaining": str(PER_MINUTE - 1)}
_WORDS: dict[str, tuple[str, str]] = {
    "invalid": ("invalid_request_error", "validation_error"),
    "moderated_input": ("invalid_request_error", "content_rejected"),
    "moderated_output": ("invalid_request_error", "content_rejected"),
    "unauthorised": ("authentication_error", "invalid_api_key"),
    "out_of_funds": ("insufficient_quota", "insufficient_credits"),
    "forbidden": ("permission_error", "permission_denied"),
    "unknown_model": ("invalid_request_error", "not_found"),
    "conflict": ("invalid_request_error", "idempotency_conflict"),
    "rate_limited": ("rate_limit_error", "rate_limited"),
    "active_tasks": ("rate_limit_error", "rate_limited"),
    "limited_after": ("rate_limit_error", "rate_limited"),
    "server_error": ("server_error", "internal_error"),
    "task_error": ("server_error", "internal_error"),
    "answer_lost": ("server_error", "internal_error"),
    "bad_gateway": ("server_error", "upstream_error"),
    "unavailable": ("server_error", "unavailable"),
    "gateway_timeout": ("server_error", "upstream_error"),
}
