"""What a synchronous dialect says instead of a picture: one word for the reason, rendered by each vendor's own body."""

from collections.abc import Callable, Mapping

from fastapi import Response

from colophon.sandbox.refusals import Refused

# The code of each reason where a vendor has no other.
STATUS = {
    "invalid": 400,
    "moderated_input": 400,
    "moderated_output": 400,
    "unauthorised": 401,
    "out_of_funds": 402,
    "forbidden": 403,
    "not_found": 404,
    "unknown_model": 404,
    "conflict": 409,
    "rate_limited": 429,
    "active_tasks": 429,
    "server_error": 500,
    "task_error": 500,
    "answer_lost": 500,
    "limited_after": 429,
    "bad_gateway": 502,
    "unavailable": 503,
    "gateway_timeout": 504,
}


class Refusal(Exception):
    """``kind`` is a reason of `STATUS`, or the name of a fault the desk refused with; ``detail`` is what the fault's
    value asked for; ``request_id`` is the task's id where something was booked."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        param: str | None = None,
        detail: str = "",
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.param = param
        self.detail = detail
        self.request_id = request_id
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return STATUS.get(self.kind, 400)


def attend(work: Callable[[], Response], problem: Callable[[Refusal], Response]) -> Response:
    """The answer of ``work``, or the dialect's own words for why there is none."""
    try:
        return work()
    except Refused as refused:
        return problem(Refusal(refused.kind, refused.message, headers=refused.headers))
    except Refusal as refusal:
        return problem(refusal)
