"""Orders the desk does not take: what is wrong in words all dialects share; each dialect renders them its own way."""

from colophon.sandbox.faults import Fault

# kind: the usual status code and a message; a dialect may use another code (out of funds is 403 or 412 at some).
REFUSALS: dict[str, tuple[int, str]] = {
    "out_of_funds": (402, "Insufficient credits. Please add credits to your account."),
    "unauthorised": (401, "Not authenticated - Invalid Authentication"),
    "forbidden": (403, "Not authenticated - Invalid Authentication"),
    "invalid": (422, "ordered by a fault"),
    "rate_limited": (429, "Too many requests"),
    "active_tasks": (429, "Too many active tasks"),
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
    "unavailable": (503, "Service Unavailable"),
    "gateway_timeout": (504, "Gateway Timeout"),
}
_WITH_WAIT = {"rate_limited", "unavailable"}


class Refused(Exception):
    """Nothing was bought. ``status`` is the usual code, ``kind`` the name of the fault, ``wait`` a Retry-After."""

    def __init__(self, status: int, kind: str, message: str, wait: str | None = None) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.message = message
        self.wait = wait

    @classmethod
    def by(cls, kind: str, wait: str | None = None) -> "Refused":
        status, message = REFUSALS[kind]
        return cls(status, kind, message, wait)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": self.wait} if self.wait else {}


def refusal(fault: Fault | None) -> Refused | None:
    """The refusal that this fault orders, if it is one."""
    if fault is None or fault.name not in REFUSALS:
        return None
    return Refused.by(fault.name, (fault.value or None) if fault.name in _WITH_WAIT else None)
