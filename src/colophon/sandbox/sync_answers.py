"""What the synchronous vendors answer with: pictures as base64 or at delivery addresses, and OpenAI's error body."""

import base64
import json
from collections.abc import Mapping, Sequence

from fastapi import Response

from colophon.sandbox.delivery import delivery_addresses
from colophon.sandbox.desk import Desk
from colophon.sandbox.invoice import Task
from colophon.sandbox.pictures import delivered

_COPIES = {"no_picture": 0, "two_pictures": 2}


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as Python writes it: unlike the framework's own, it can say NaN."""
    return Response(json.dumps(body), status_code=status, headers=dict(headers or {}), media_type="application/json")


def addresses(desk: Desk, tasks: Sequence[Task], root: str) -> list[str]:
    """A delivery address for each picture."""
    return [address for task in tasks for address in delivery_addresses(desk, task, 1, root)]


def contents(desk: Desk, tasks: Sequence[Task]) -> list[str]:
    """The bytes of each picture as base64; none or twice the same when that was ordered."""
    found: list[str] = []
    for task in tasks:
        copies = _COPIES.get(task.fault or "", 1)
        if copies:
            found += [base64.b64encode(delivered(task, desk.folder)[0]).decode()] * copies
    return found


def openai_error(message: str, kind: str, code: str | None, param: str | None = None) -> dict[str, object]:
    """The error body of the OpenAI shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
