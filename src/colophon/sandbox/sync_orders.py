"""Buying pictures in one request: each is a task of its own on the invoice, settled before the answer is written."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from colophon.sandbox.bfl_bodies import Reference
from colophon.sandbox.desk import Desk, Refused, Submission, task_fault
from colophon.sandbox.faults import Fault
from colophon.sandbox.invoice import Task
from colophon.sandbox.sync_refusals import Refusal

_LONGEST_S = 600.0
_ENDS = {
    "moderated_input": "The request was refused by the safety system: the prompt or a reference is against the rules.",
    "moderated_output": "The picture was refused by the safety system and is not delivered.",
    "task_error": "The model failed on this request.",
}
_LOST = {"answer_lost": "Internal Server Error", "limited_after": "Too many requests"}


def submission(
    dialect: str,
    key: str,
    model: str,
    prompt: str,
    size: tuple[int, int],
    seed: int | None,
    picture_format: str,
    references: Sequence[Reference] = (),
    asked: dict[str, object] | None = None,
) -> Submission:
    """An order in the desk's words."""
    return Submission(
        dialect,
        "global",
        model,
        prompt,
        size,
        seed,
        picture_format,
        tuple(reference.content for reference in references),
        tuple(reference.size for reference in references),
        key,
        asked=asked,
    )


def buy(
    desk: Desk,
    order: Submission,
    fault: str | None,
    count: int = 1,
    keep: Callable[[list[Task]], None] = lambda tasks: None,
) -> list[Task]:
    """The tasks whose pictures are to be answered; further pictures have the seeds that follow. ``keep`` sees them
    also when the answer is then lost. Raises `Refused` when nothing was bought, `Refusal` when nothing came of it."""
    bought: list[tuple[Task, Fault | None]] = []
    for place in range(count):
        try:
            seed = None if order.seed is None else order.seed + place
            bought.append(desk.accept(replace(order, seed=seed), fault))
        except Refused:
            # As gateways do that emulate a number of pictures: what was bought is delivered.
            if not bought:
                raise
            break
    for task, ordered in bought:
        _wait(desk, task, ordered)
        desk.settle(task)
    good = [task for task, ordered in bought if ordered is None or ordered.name not in _ENDS]
    if not good:
        task, ordered = bought[0]
        name, detail = (ordered.name, ordered.value) if ordered else ("task_error", "")
        raise Refusal(name, _ENDS[name], detail=detail, request_id=task.id)
    keep(good)
    for _, ordered in bought:
        if ordered and ordered.name in _LOST:
            raise Refusal(ordered.name, _LOST[ordered.name])
    return good


def amount(tasks: Sequence[Task]) -> Decimal:
    """What the answer says the pictures cost, in dollars; a fault may have settled another sum."""
    return sum((Decimal(task.amount) for task in tasks), Decimal(0))


def request_fault(tasks: Sequence[Task]) -> Fault | None:
    """The fault that shapes the answer as a whole: the first picture's."""
    return task_fault(tasks[0])


def _wait(desk: Desk, task: Task, fault: Fault | None) -> None:
    """As long as the task takes. A clock that stands still is not waited for longer than that."""
    if fault and fault.name == "slow_answer":
        time.sleep(min(fault.number(5), _LONGEST_S))
    until = time.monotonic() + min(task.takes, _LONGEST_S)
    while not desk.ready(task) and time.monotonic() < until:
        time.sleep(0.02)
