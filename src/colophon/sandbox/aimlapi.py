"""AI/ML API's dialect: the model id decides between text and editing, the answer and its headers say what was spent.

``x-inference-id`` is the task's id on the invoice and the ``reference_id`` in the vendor's own list of transactions.
What failed is not charged. Members of the schema are described here in the sandbox's own words.
"""

import re
import uuid
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from colophon.sandbox.delivery import told_cost
from colophon.sandbox.desk import Desk, account
from colophon.sandbox.incoming import Authorization, FaultName, RawBody, root_of
from colophon.sandbox.invoice import Task
from colophon.sandbox.sync_answers import addresses, answer
from colophon.sandbox.sync_bodies import (
    SyncBody,
    bearer,
    model_named,
    parse,
    pictures,
)
from colophon.sandbox.sync_orders import amount, buy, request_fault, submission
from colophon.sandbox.sync_refusals import Refusal, attend

DIALECT = "aimlapi"
CREDITS_PER_USD = 2_000_000
MULTIPLE = 32
MOST_REFERENCES = 3
MODELS = {f"blackforestlabs/flux-2{name}" for name in ("", "-edit", "-pro", "-pro-edit", "-max")}
# The one model whose documents have the dollars in the body, too.
_TELLS_DOLLARS = "blackforestlabs/flux-2-edit"
_PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

Side = Annotated[int, Field(ge=512, le=2048, multiple_of=MULTIPLE)]
Preset = Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"]


class ImageSize(SyncBody):
    width: Side = 1024
    height: Side = 768


class AimlapiBody(SyncBody):
    model: Annotated[str, Field(max_length=200)]
    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    image_size: ImageSize | Preset = "landscape_4_3"
    image_urls: list[str] | None = None
    # Only the model without a name of its own makes several; the others ignore it.
    num_images: Annotated[int, Field(ge=1, le=4)] = 1
    seed: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "2"
    enable_safety_checker: bool = True
    output_format: Literal["jpeg", "png", "webp"] | None = None

    def size(self) -> tuple[int, int]:
        if isinstance(self.image_size, ImageSize):
            return self.image_size.width, self.image_size.height
        return _PRESETS[self.image_size]

    def checked(self) -> str:
        """The picture's format, when the members fit the model. Raises `Refusal` (invalid)."""
        maximal = self.model.startswith("blackforestlabs/flux-2-max")
        if maximal and (self.safety_tolerance == "6" or self.output_format == "webp"):
            raise Refusal("invalid", "safety_tolerance goes to 5 and output_format is jpeg or png for this model.")
        if self.model.endswith("-edit") is (self.image_urls is None):
            raise Refusal("invalid", "image_urls belongs to the edit models, and they need it.", param="image_urls")
        if self.image_urls is not None and not 1 <= len(self.image_urls) <= MOST_REFERENCES:
            raise Refusal("invalid", f"image_urls holds 1 to {MOST_REFERENCES} pictures.", param="image_urls")
        return self.output_format or ("jpeg" if maximal else "png")


def aimlapi_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/images/generations")
    def generations(
        request: Request,
        content: RawBody,
        authorization: Authorization = None,
        fault: FaultName = None,
        client_id: Annotated[str | None, Header(alias="x-client-request-id")] = None,
    ) -> Response:
        # A value of another form is dropped without a word.
        echoed = {"x-client-request-id": client_id} if client_id and _CLIENT_ID.fullmatch(client_id) else {}

        def work() -> Response:
            key = bearer(authorization)
            body = parse(AimlapiBody, content)
            if body.model not in MODELS:
                raise Refusal("unknown_model", f"Model {body.model[:100]} is not found.", param="model")
            picture_format = body.checked()
            model = model_named(body.model)
            references = pictures([("image_urls", value) for value in body.image_urls or []], model)
            order = submission(DIALECT, key, model, body.prompt, body.size(), body.seed, picture_format, references)
            tasks = buy(desk, order, fault, body.num_images if model == "flux-2-dev" else 1)
            data = [{"url": address, "b64_json": None} for address in addresses(desk, tasks, root_of(request))]
            usage, headers = _spent(tasks, dollars=body.model == _TELLS_DOLLARS)
            return answer({"data": data, "meta": usage and {"usage": usage}}, headers=headers | echoed)

        return attend(work, lambda refusal: problem(refusal, request, desk, echoed))

    @router.get("/v2/billing/transactions")
    def transactions(
        request: Request,
        authorization: Authorization = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        def work() -> Response:
            tasks = desk.invoice.newest(DIALECT, account(bearer(authorization)), before, limit)
            data = [_transaction(desk, task) for task in tasks]
            return answer({"data": data, "next_cursor": tasks[-1].id if len(tasks) == limit else None})

        return attend(work, lambda refusal: problem(refusal, request, desk, {}))

    return router


def _spent(tasks: Sequence[Task], *, dollars: bool) -> tuple[dict[str, object] | None, dict[str, str]]:
    """The usage and the headers, spoiled when that was ordered."""
    fault, usd = request_fault(tasks), amount(tasks)
    ids = {"x-inference-id": tasks[0].id}
    if fault and fault.name == "cost_missing":
        return None, ids
    spoiled = fault is not None and fault.name in ("cost_nan", "cost_is")
    spent = told_cost(usd, fault) if spoiled else usd
    credits_used = spent if spoiled else int(usd * CREDITS_PER_USD)
    # A header is one line of ASCII, whatever the fault's text is.
    texts = [" ".join(str(each).encode("ascii", "replace").decode().split()) for each in (credits_used, spent)]
    headers = {"x-aimlapi-credits-used": texts[0], "x-aimlapi-usd-spent": texts[1]}
    in_dollars = {"usd_spent": told_cost(usd, fault)} if dollars else {}
    return {"credits_used": credits_used, **in_dollars}, ids | headers


def _transaction(desk: Desk, task: Task) -> dict[str, object]:
    usd = desk.settle(task)
    return {
        "id": f"txn-{task.id}",
        "reference_id": task.id,
        "type": "usage",
        "model": task.model,
        "credits": float(usd * CREDITS_PER_USD),
        "amount_usd": str(usd),
        "created_at": task.at,
    }


def problem(refusal: Refusal, request: Request, desk: Desk, headers: dict[str, str]) -> Response:
    """A flat body; out of funds is 403 here. What a refusal by the filter looks like is not published: 400 with text
    about the content policy."""
    status = 403 if refusal.kind == "out_of_funds" else refusal.status
    request_id = refusal.request_id or str(uuid.uuid4())
    body = {
        "message": refusal.message,
        "path": request.url.path.removeprefix(f"/{DIALECT}"),
        "requestId": request_id,
        # Both forms are in the vendor's samples.
        "statusCode": str(status) if status == 403 else status,
        "timestamp": desk.now_text(),
    }
    return answer(body, status, {"x-inference-id": request_id} | headers | refusal.headers)
