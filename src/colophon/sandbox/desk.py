"""The order desk all dialects share: it applies faults, prices, writes the invoice, and only then lets them answer."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from colophon.domain.money import Money, total
from colophon.sandbox.addresses import SignedAddresses
from colophon.sandbox.distortion import note
from colophon.sandbox.faults import Fault, FaultScript
from colophon.sandbox.hooks import Hooks
from colophon.sandbox.invoice import Invoice, Task, TooManyActive
from colophon.sandbox.pictures import keep_reference
from colophon.sandbox.prices import CREDIT, CURRENCY, price
from colophon.sandbox.progress import Progress
from colophon.sandbox.refusals import Refused, refusal
from colophon.sandbox.uploads import Uploads, new_id

__all__ = ["Desk", "Refused", "Submission", "invoice_total", "task_fault"]

PREPAID_CREDITS = Decimal(1_000_000)
# Where uploaded files are served: an order may name these addresses.
UPLOAD_PATHS = ("/replicate/v1/files", "/fal/cdn/files")
_FREE = {"moderated_input", "moderated_output", "task_error"}


@dataclass(frozen=True, slots=True)
class Submission:
    """An order in the words all dialects share; sizes are in pixels, ``seed`` None lets the desk choose.

    ``model`` is the plain name (``flux-2-pro``). ``asked`` is kept with the task for a dialect that echoes it.
    """

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
    id_style: Literal["uuid", "base32"] = "uuid"
    asked: Mapping[str, object] | None = None


def invoice_total(lines: Iterable[dict[str, object]]) -> Money:
    return total((Money.of(str(line["amount"]), CURRENCY) for line in lines), CURRENCY)


def task_fault(task: Task) -> Fault | None:
    """The fault that was ordered for the task."""
    return Fault.parse(task.fault) if task.fault else None


class Desk:
    """``takes`` is how many seconds each task takes by ``clock``; ``active_limit`` how many unfinished tasks one key
    may have in one dialect."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime],
        *,
        takes: float = 0.0,
        active_limit: int | None = None,
        hooks: bool = False,
    ) -> None:
        self.folder = folder
        self.invoice = Invoice(folder)
        self.faults = FaultScript(folder)
        self.addresses = SignedAddresses(folder, clock)
        self.progress = Progress(clock)
        self.hooks = Hooks(self.progress, clock, enabled=hooks)
        self.uploads = Uploads(folder, clock, UPLOAD_PATHS)
        self._clock = clock
        self._takes = takes
        self._active_limit = active_limit

    def accept(self, order: Submission, fault_header: str | None) -> tuple[Task, Fault | None]:
        """Buy, unless a fault says otherwise; the invoice is on disk when this returns. Raises `Refused`."""
        fault = self._fault(order, fault_header)
        refused = refusal(fault)
        if refused:
            raise refused
        task = self._task(order, fault)
        try:
            self.invoice.accept(task, self._active_limit)
        except TooManyActive:
            raise Refused.by("active_tasks") from None
        note(fault, "submit")
        return task, fault

    def settle(self, task: Task) -> Decimal:
        """The final price, written once. What was refused, failed or cancelled is free, unless the fault's value is
        ``charged``."""
        fault = task_fault(task)
        amount = Decimal(task.amount)
        if (fault and fault.name in _FREE and fault.value != "charged") or self.invoice.is_cancelled(task.id):
            amount = Decimal("0.00")
        elif fault and fault.name == "settle_differs":
            amount = fault.number(0) * CREDIT if fault.value else amount / 2
        self.invoice.settle(task, str(Money.of(amount, CURRENCY)), self.now_text())
        return amount

    def ready(self, task: Task) -> bool:
        """Whether the task's time is over (a fault that counts polls is not looked at)."""
        return self.progress.time_is_up(task) or self.invoice.is_cancelled(task.id)

    def cancel(self, task: Task) -> bool:
        """Stop a task that is still running: it then costs nothing. False when it had ended."""
        if self.ready(task):
            return False
        self.invoice.cancel(task, self.now_text())
        self.settle(task)
        return True

    @staticmethod
    def hold(fault: Fault | None) -> None:
        """Wait as ``slow_answer`` orders."""
        if fault and fault.name == "slow_answer":
            time.sleep(min(fault.seconds(5.0), 600.0))

    def credits_left(self) -> Decimal:
        return PREPAID_CREDITS - invoice_total(self.invoice.lines()).amount / CREDIT

    def now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def now_text(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _fault(self, order: Submission, header: str | None) -> Fault | None:
        if not header:
            return self.faults.take(order.dialect, order.model, order.prompt)
        try:
            return Fault.parse(header)
        except ValueError as error:
            raise Refused(400, "bad_fault", str(error)) from error

    def _task(self, order: Submission, fault: Fault | None) -> Task:
        amount = price(order.model, order.size, order.reference_sizes, dialect=order.dialect)
        return Task(
            id=_task_id(order.id_style),
            at=self.now_text(),
            provider=order.dialect,
            cluster=order.cluster,
            model=order.model,
            prompt=order.prompt,
            seed=secrets.randbelow(2**31 - 1) + 1 if order.seed is None else order.seed,
            width=order.size[0],
            height=order.size[1],
            format=order.format,
            references=tuple(keep_reference(self.folder, content) for content in order.references),
            amount=str(Money.of(amount, CURRENCY)),
            currency=CURRENCY,
            account=account(order.key),
            fault=f"{fault.name}:{fault.value}".rstrip(":") if fault else None,
            takes=fault.seconds(self._takes) if fault and fault.name == "takes" else self._takes,
            asked=dict(order.asked) if order.asked is not None else None,
        )


def account(key: str) -> str:
    """What stands for a key on the invoice: part of its digest."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _task_id(style: str) -> str:
    return new_id() if style == "base32" else str(uuid.uuid4())
