"""What fal answers with: queue states, results, and the two shapes of its errors."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response

from colophon.sandbox.delivery import data_uri, delivery_addresses
from colophon.sandbox.desk import Desk, Refused
from colophon.sandbox.fal_inputs import problem
from colophon.sandbox.invoice import Task
from colophon.sandbox.progress import Standing

_WORDS = {"Pending": "IN_QUEUE", "Reasoning": "IN_PROGRESS", "Generating": "IN_PROGRESS", "Composting": "COMPOSTING"}
_FLAGGED = "The content could not be processed because it contained material flagged by a content checker."
_PLATFORM = {
    500: "runner_server_error",
    502: "runner_incomplete_response",
    503: "runner_connection_error",
    504: "request_timeout",
}


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers=dict(headers or {}), media_type="application/json")


def model_error(detail: list[dict[str, object]], status: int = 422) -> Response:
    """The model's own refusal."""
    return answer({"detail": detail}, status, {"X-Fal-Retryable": "false"})


def platform_error(status: int, detail: str, kind: str, headers: Mapping[str, str] | None = None) -> Response:
    return answer({"detail": detail, "error_type": kind}, status, {"X-Fal-Error-Type": kind} | dict(headers or {}))


def refused(why: Refused) -> Response:
    if why.kind == "invalid":
        return model_error([problem("prompt", why.message, "value_error")])
    if why.kind == "out_of_funds":
        return answer({"detail": "User is locked. Reason: Exhausted balance. Top up your balance."}, why.status)
    if why.status in _PLATFORM:
        return platform_error(why.status, why.message, _PLATFORM[why.status], why.headers)
    return answer({"detail": why.message}, why.status, why.headers)


def addresses(task_id: str, app: str, root: str) -> dict[str, object]:
    """The three addresses of a request, without what follows the application's name."""
    base = f"{root}/fal/queue/{app}/requests/{task_id}"
    return {
        "request_id": task_id,
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
    }


def queue_status(standing: Standing, *, cancelled: bool, logs: bool) -> dict[str, object]:
    """``logs`` is null unless asked for."""
    told: dict[str, object] = {"logs": [] if logs else None}
    if standing.ended or cancelled:
        return told | {"status": "COMPLETED", "metrics": {"inference_time": standing.duration}}
    word = _WORDS[standing.word]
    return told | {"status": word} | ({"queue_position": 0} if word == "IN_QUEUE" else {})


def result(desk: Desk, task: Task, standing: Standing, root: str) -> tuple[int, dict[str, Any]]:
    """Status code and body of a task that has ended; settles it."""
    if desk.invoice.is_cancelled(task.id):
        return 499, {"detail": "Request was cancelled", "error_type": "client_cancelled"}
    desk.settle(task)
    if standing.word == "Request Moderated":
        return 422, {"detail": [problem("prompt", _FLAGGED, "content_policy_violation", task.prompt)]}
    if standing.word == "Content Moderated":
        return 422, {"detail": [problem("", _FLAGGED, "content_policy_violation")]}
    if standing.word != "Ready":
        return 500, {"detail": "Internal Server Error", "error_type": "runner_server_error"}
    urls = delivery_addresses(desk, task, standing.mint, root)
    if (task.asked or {}).get("sync_mode") is True and task.fault != "no_picture":
        urls = [data_uri(desk, task)]
    name = f"{task.id}.{task.format}"
    size = {"width": task.width, "height": task.height}
    images = [{"url": url, "content_type": f"image/{task.format}", "file_name": name, **size} for url in urls]
    return 200, {"images": images, "seed": standing.seed}
