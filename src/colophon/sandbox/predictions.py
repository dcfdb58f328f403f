"""The prediction object of Replicate, which a reseller answers with too."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Response
from pydantic import ValidationError

from colophon.sandbox.delivery import delivery_addresses
from colophon.sandbox.desk import Desk, Refused, Submission, task_fault
from colophon.sandbox.faults import Fault
from colophon.sandbox.incoming import picture, shortened
from colophon.sandbox.invoice import Task
from colophon.sandbox.pictures import OTHER_MODEL
from colophon.sandbox.prices import MODELS
from colophon.sandbox.progress import Standing
from colophon.sandbox.replicate_inputs import MOST_REFERENCES, ReplicateInput, problems

OWNER = "black-forest-labs"
DATA_KEPT = timedelta(hours=1)
_MOST = 8
_WORDS = {"Pending": "starting", "Reasoning": "processing", "Generating": "processing", "Composting": "composting"}
_ERRORS = {
    "Request Moderated": "The prompt or input was flagged as sensitive. Please try again with different inputs. (E005)",
    "Content Moderated": "The output was flagged as sensitive. Please try again with different inputs. (E005)",
    "Error": "Prediction failed: the model failed on this input. (E1001)",
}
_TITLES = {
    400: "Bad request",
    401: "Unauthenticated",
    402: "Insufficient credit",
    403: "Forbidden",
    404: "Not found",
    413: "Content too large",
    422: "Input validation failed",
    429: "Too many requests",
}


class Problem(Exception):
    """An answer that is not a prediction."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    @property
    def answer(self) -> Response:
        body = {"title": _TITLES.get(self.status, "Error"), "detail": self.detail, "status": self.status}
        return Response(json.dumps(body), self.status, headers=self.headers, media_type="application/problem+json")


@dataclass(frozen=True, slots=True)
class Predictions:
    """``api`` is where ``urls`` point, given the root of the request; ``listed`` makes ``output`` a list."""

    desk: Desk
    dialect: str
    api: Callable[[str], str]
    listed: bool = False

    def submission(self, owner: str, name: str, given: object, key: str, root: str) -> Submission:
        """Raises `Problem`."""
        if owner != OWNER or name not in MODELS:
            raise Problem(404, "The requested resource could not be found.")
        if not isinstance(given, dict):
            raise Problem(422, "- input: must be an object")
        try:
            asked = ReplicateInput.model_validate(given)
            most = MOST_REFERENCES.get(name, _MOST)
            if len(asked.input_images) > most:
                raise Problem(422, f"- input.input_images: at most {most} images")
            references = [picture("input_images", each, root, self.desk.uploads) for each in asked.input_images]
        except ValidationError as error:
            raise Problem(422, "\n".join(problems(error))) from None
        except ValueError as error:
            raise Problem(422, f"- input.input_images: {error}") from None
        return Submission(
            dialect=self.dialect,
            cluster="",
            model=name,
            prompt=asked.prompt,
            size=asked.size(references),
            seed=asked.seed,
            format="jpeg" if asked.output_format == "jpg" else asked.output_format,
            references=tuple(each.content for each in references),
            reference_sizes=tuple(each.size for each in references),
            key=key,
            id_style="base32",
            asked=shortened(given),
        )

    def buy(self, order: Submission, fault: str | None) -> tuple[Task, Fault | None]:
        """Raises `Problem`, also where the order is taken and the answer lost."""
        try:
            task, ordered = self.desk.accept(order, fault)
        except Refused as refused:
            raise _problem(refused) from None
        if ordered and ordered.name == "answer_lost":
            raise Problem(500, "Internal server error")
        if ordered and ordered.name == "limited_after":
            raise throttled(None)
        return task, ordered

    def prediction(self, task: Task, standing: Standing | None, root: str) -> dict[str, Any]:
        """How it stands; ``standing`` None is a prediction that was just made. Settles one that has ended."""
        desk, address = self.desk, f"{self.api(root)}/predictions/{task.id}"
        gone = standing is not None and standing.ended and desk.now() > _ended_at(task) + DATA_KEPT
        fault = task_fault(task)
        model = OTHER_MODEL if fault and fault.name == "model_differs" else task.model
        told: dict[str, Any] = {
            "id": task.id,
            "model": f"{OWNER}/{model}",
            "version": "hidden",
            "input": {} if gone else self._echo(task),
            "logs": "",
            "output": None,
            "data_removed": gone,
            "error": None,
            "source": "api",
            "status": "starting",
            "created_at": task.at,
            "urls": {"get": address, "cancel": f"{address}/cancel", "web": f"https://replicate.com/p/{task.id}"},
        }
        if desk.invoice.is_cancelled(task.id):
            return told | {"status": "canceled", "completed_at": _text(_ended_at(task))}
        if standing is None or not standing.ended:
            if standing is not None:
                told["status"] = _WORDS.get(standing.word, "processing")
            return told
        desk.settle(task)
        seconds = {"predict_time": standing.duration, "total_time": standing.duration}
        told |= {"started_at": task.at, "completed_at": _text(_ended_at(task)), "metrics": seconds}
        if standing.word in _ERRORS:
            return told | {"status": "failed", "error": _ERRORS[standing.word]}
        output = [] if gone else delivery_addresses(desk, task, standing.mint, root)
        if self.listed:
            told["metrics"]["image_count"] = len(output)
        single = output[0] if len(output) == 1 else (output or None)
        return told | {"status": "succeeded", "output": output if self.listed and not gone else single}

    def polled(self, task_id: str) -> tuple[Task, Standing]:
        """Raises `Problem`."""
        task = self.task(task_id)
        standing = self.desk.progress.poll(task)
        if standing.http_status != 200:
            raise Problem(standing.http_status, "ordered by a fault")
        if standing.word == "Task not found":
            raise Problem(404, "The requested resource could not be found.")
        return task, standing

    def task(self, task_id: str) -> Task:
        """Raises `Problem`."""
        task = self.desk.invoice.find(task_id)
        if task is None or task.provider != self.dialect:
            raise Problem(404, "The requested resource could not be found.")
        return task

    @staticmethod
    def _echo(task: Task) -> dict[str, Any]:
        echo = dict(task.asked or {})
        if task.fault == "seed_differs" and "seed" in echo:
            echo["seed"] = task.seed + 1
        return echo


def throttled(wait: str | None) -> Problem:
    """Without a Retry-After header the text says when."""
    seconds = wait if wait and wait.isdecimal() else "30"
    detail = f"Request was throttled. Your rate limit resets in ~{seconds}s."
    return Problem(429, detail, {"Retry-After": wait} if wait else None)


def _problem(refused: Refused) -> Problem:
    if refused.status == 429:
        return throttled(refused.wait)
    return Problem(refused.status, refused.message, refused.headers)


def _ended_at(task: Task) -> datetime:
    return datetime.fromtimestamp(task.ends, UTC)


def _text(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
