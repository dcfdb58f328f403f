"""The order desk all dialects share: it applies faults, prices, writes the invoice, and only then lets them answer."""

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from colophon.domain.money import Money, total
from colophon.sandbox.addresses import SignedAddresses
from colophon.sandbox.faults import Fault, FaultScript
from colophon.sandbox.invoice import Invoice, Task
from colophon.sandbox.pictures import keep_reference
from colophon.sandbox.prices import CREDIT, CURRENCY, price
from colophon.sandbox.progress import Progress

PREPAID_CREDITS = Decimal(1_000_000)
_FREE = {"moderated_input", "moderated_output", "task_error"}


@dataclass(frozen=True, slots=True)
class Submission:
    """An order in the words all dialects share; sizes are in pixels, ``seed`` None lets the desk choose."""

    dialect: str
    cluster: str
    model: str
    prompt: str
    size: tuple[int, int]
    seed: int | None
    format: str
    references: tuple[bytes, ...]
    reference_sizes: tuple[tuple[int, int], ...]
    key: str


class Refused(Exception):
    """The order is answered with this code and body, and nothing was bought."""

    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.headers = headers or {}


_INVALID = [{"loc": ["body", "prompt"], "msg": "ordered by a fault", "type": "value_error"}]
_REFUSALS: dict[str, tuple[int, object]] = {
    "out_of_funds": (402, {"detail": "Insufficient credits. Please add credits to your account."}),
    "forbidden": (403, {"detail": "Not authenticated - Invalid Authentication"}),
    "invalid": (422, {"detail": _INVALID}),
    "rate_limited": (429, {"detail": "Too many active tasks"}),
    "server_error": (500, {"detail": "Internal Server Error"}),
    "bad_gateway": (502, {"detail": "Bad Gateway"}),
    "unavailable": (503, {"detail": "Service Unavailable"}),
    "gateway_timeout": (504, {"detail": "Gateway Timeout"}),
}
_WITH_WAIT = {"rate_limited", "unavailable"}


def invoice_total(lines: Iterable[dict[str, object]]) -> Money:
    return total((Money.of(str(line["amount"]), CURRENCY) for line in lines), CURRENCY)


class Desk:
    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self.invoice = Invoice(folder)
        self.faults = FaultScript(folder)
        self.addresses = SignedAddresses(folder, clock)
        self.progress = Progress()
        self._clock = clock

    def accept(self, order: Submission, fault_header: str | None) -> tuple[Task, Fault | None]:
        """Buy, unless a fault says otherwise; the invoice is on disk when this returns. Raises `Refused`."""
        fault = self._fault(order, fault_header)
        if fault and fault.name in _REFUSALS:
            status, body = _REFUSALS[fault.name]
            wait = {"Retry-After": fault.value} if fault.name in _WITH_WAIT and fault.value else None
            raise Refused(status, body, wait)
        task = self._task(order, fault)
        self.invoice.accept(task)
        return task, fault

    def settle(self, task: Task) -> Decimal:
        """The final price, written once."""
        fault = Fault.parse(task.fault) if task.fault else None
        amount = Decimal(task.amount)
        if fault and fault.name in _FREE:
            amount = Decimal("0.00")
        elif fault and fault.name == "settle_differs":
            amount = fault.number(0) * CREDIT if fault.value else amount / 2
        self.invoice.settle(task, str(Money.of(amount, CURRENCY)), self._now())
        return amount

    def credits_left(self) -> Decimal:
        return PREPAID_CREDITS - invoice_total(self.invoice.lines()).amount / CREDIT

    def _fault(self, order: Submission, header: str | None) -> Fault | None:
        if not header:
            return self.faults.take(order.dialect, order.model, order.prompt)
        try:
            return Fault.parse(header)
        except ValueError as error:
            raise Refused(400, {"detail": str(error)}) from error

    def _task(self, order: Submission, fault: Fault | None) -> Task:
        return Task(
            id=str(uuid.uuid4()),
            at=self._now(),
            provider=order.dialect,
            cluster=order.cluster,
            model=order.model,
            prompt=order.prompt,
            seed=secrets.randbelow(2**31 - 1) + 1 if order.seed is None else order.seed,
            width=order.size[0],
            height=order.size[1],
            format=order.format,
            references=tuple(keep_reference(self.folder, content) for content in order.references),
            amount=str(Money.of(price(order.model, order.size, order.reference_sizes), CURRENCY)),
            currency=CURRENCY,
            account=hashlib.sha256(order.key.encode()).hexdigest()[:12],
            fault=f"{fault.name}:{fault.value}".rstrip(":") if fault else None,
        )

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
