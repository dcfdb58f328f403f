"""The signed addresses that all dialects deliver from, under ``/{dialect}/delivery``."""

import base64
from decimal import Decimal

from fastapi import APIRouter, Request, Response

from colophon.sandbox.desk import Desk, task_fault
from colophon.sandbox.distortion import note
from colophon.sandbox.faults import Fault
from colophon.sandbox.invoice import Task
from colophon.sandbox.pictures import delivered

_EXPIRED = "Signature not valid in the specified time frame"


def delivery_address(desk: Desk, task: Task, mint: int, root: str) -> str:
    """The address where the picture can be had for ten minutes; a data URI when that was ordered."""
    if task.fault == "data_uri":
        return data_uri(desk, task)
    query = desk.addresses.mint(task.id, mint)
    return f"{root}/{task.provider}/delivery/{task.id}/{mint}.{task.format}?{query}"


def data_uri(desk: Desk, task: Task) -> str:
    content, media_type = delivered(task, desk.folder)
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def delivery_addresses(desk: Desk, task: Task, mint: int, root: str) -> list[str]:
    """One address, or none or two when that was ordered."""
    count = {"no_picture": 0, "two_pictures": 2}.get(task.fault or "", 1)
    return [delivery_address(desk, task, mint + place, root) for place in range(count)]


def told_cost(amount: Decimal, fault: Fault | None) -> object:
    """The price as a dialect writes it into JSON, spoiled when that was ordered. Not for ``cost_missing``."""
    if fault and fault.name == "cost_nan":
        return float("nan")
    if fault and fault.name == "cost_is":
        try:
            return float(fault.value)
        except ValueError:
            return fault.value
    return float(amount)


def delivery_router(desk: Desk) -> APIRouter:
    """They need no key."""
    router = APIRouter()

    @router.get("/{task_id}/{mint}.{extension}")
    def deliver(request: Request, task_id: str, mint: int, extension: str, expires: int, sig: str) -> Response:
        if not desk.addresses.valid(task_id, mint, expires, sig):
            return Response(_EXPIRED, 403, media_type="text/plain")
        task = desk.invoice.find(task_id)
        if task is None or task.format != extension:
            return Response("The specified blob does not exist", 404, media_type="text/plain")
        fault = task_fault(task)
        if fault and fault.name == "expired_delivery" and mint == 1:
            return Response(_EXPIRED, fault.number(403))
        if fault and fault.name == "redirect":
            return Response(status_code=302, headers={"Location": fault.value or str(request.url)})
        note(fault, "delivery")
        content, media_type = delivered(task, desk.folder)
        return Response(content, media_type=media_type)

    return router
