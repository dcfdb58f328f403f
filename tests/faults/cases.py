"""What a row of the fault table is made of, and the words it is written in."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from colophon.domain.generation import GenerationState
from colophon.errors import ProviderError, ProviderUnavailable
from tests.faults.dialects import AT_ONCE, DIALECTS, Dialect, Goods, answer

Behaviour = Callable[[Dialect, httpx.Request], httpx.Response]
"""What the vendor does with one request in place of its good answer. It may raise, as a transport does."""

# How a charge is told: what the dialect books for a good purchase; nothing at all; what is known without a last
# answer; what is known of a task that ended without a picture; or amount and basis.
GOOD, NOTHING, REPORTED, ENDED = "good", "nothing", "reported", "ended"
FREE = ("0.00", "estimated")
NOT_TOLD = ("0.00", "unknown")
ALL = ("0.05", "estimated")
Charge = str | tuple[str, str]


@dataclass(frozen=True)
class Expect:
    """Where the purchase then stands. ``error`` is raised with ``reason``, ``code`` is the record's own; ``says`` is
    part of the message people get; ``wait`` what the vendor wishes; ``open`` whether the reservation stays."""

    state: GenerationState
    says: str
    code: str = ""
    error: type[ProviderError] | None = None
    reason: str = ""
    charge: Charge = NOTHING
    open: bool = False
    wait: float | None = None
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """``submit``, ``polls`` and ``fetches`` replace good answers: the first ones, then ``polls_on`` or ``fetches_on``
    for ever. ``rounds`` and ``most_fetches`` bound the requests. ``took``: the vendor has the order. ``skip`` says
    which cells cannot exist, and why; ``but`` what is expected elsewhere."""

    group: str
    name: str
    expect: Expect
    goods: Goods = field(default_factory=Goods)
    submit: Behaviour | None = None
    polls: tuple[Behaviour, ...] = ()
    polls_on: Behaviour | None = None
    fetches: tuple[Behaviour, ...] = ()
    fetches_on: Behaviour | None = None
    rounds: int = 1
    most_fetches: int = 1
    took: bool = True
    skip: Mapping[str, str] = field(default_factory=dict)
    but: Mapping[str, Expect] = field(default_factory=dict)

    def expected(self, adapter: str) -> Expect:
        return self.but.get(adapter, self.expect)

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


# Cells that cannot exist.
NO_POLL = dict.fromkeys(AT_ONCE, "answered at once: nothing is polled")


def silent(what: str, *, but: Collection[str] = ()) -> dict[str, str]:
    """Vendors whose contract has no member for it."""
    lacking = [name for name, dialect in DIALECTS.items() if what not in dialect.tells and name not in but]
    return dict.fromkeys(lacking, f"this contract tells no {what}")


# Endings.
def planned(reason: str, says: str, *, error: type[ProviderError] = ProviderUnavailable, **more: Any) -> Expect:
    return Expect(GenerationState.PLANNED, says, code=reason, error=error, reason=reason, **more)


def unknown(says: str) -> Expect:
    return Expect(GenerationState.UNKNOWN, says, code="outcome_unknown", open=True)


def waits(reason: str, says: str, *, error: type[ProviderError] = ProviderUnavailable) -> Expect:
    return Expect(GenerationState.SUBMITTED, says, error=error, reason=reason, open=True)


def delivered(charge: Charge = GOOD, **told: object) -> Expect:
    return Expect(GenerationState.DELIVERED, "", charge=charge, told=told)


def failed(code: str, says: str, charge: Charge) -> Expect:
    return Expect(GenerationState.FAILED, says, code=code, charge=charge)


def refused(code: str, charge: Charge) -> Expect:
    says = {"moderated_input": "change them", "moderated_output": "change the prompt"}[code]
    return Expect(GenerationState.REFUSED, says, code=code, charge=charge)


# What a vendor may do.
def says(status: int, text: str = "", **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda dialect, request: answer(dialect.error(text or f"answer {status}"), status, named)


def raw(content: bytes, status: int = 200, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda dialect, request: httpx.Response(status, headers=named, content=content)


def leads_to(target: str, status: int = 302) -> Behaviour:
    return lambda dialect, request: httpx.Response(status, headers={"Location": target})


def breaks(error: type[httpx.TransportError], text: str) -> Behaviour:
    """As the transport tells a broken connection; the same errors come from real ones in ``test_fault_wire.py``."""

    def behave(dialect: Dialect, request: httpx.Request) -> httpx.Response:
        raise error(text)

    return behave


class Flow(httpx.SyncByteStream):
    """A body that is made while it is read, so that a test knows how much of it was."""

    drawn = 0

    def __init__(self, chunk: bytes, times: int, ends: Exception | None = None) -> None:
        self._chunk, self._times, self._ends = chunk, times, ends

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._times):
            Flow.drawn += len(self._chunk)
            yield self._chunk
        if self._ends is not None:
            raise self._ends


def flows(chunk: bytes, times: int = 1, *, ends: Exception | None = None, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda dialect, request: httpx.Response(200, headers=named, stream=Flow(chunk, times, ends))
