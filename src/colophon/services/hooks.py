"""Webhooks received: addresses that name an intent, and what a verified notice may change.

A webhook is a hint to ask the vendor with our own key, and never more (traps 47 and 49 of the vendors' contracts):
duplicates, early, late and out-of-order ones are harmless because none of them says where an order stands. The address
names the intent, so a notice for an order whose answer was lost also says which task it became. That is noted, and
believed only after the vendor itself knows the task.
"""

import base64
import hmac
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from colophon.domain.generation import Generation, GenerationState, Hook, Job, JobStatus, Order
from colophon.domain.record import Attempt, Progress
from colophon.errors import Conflict, NotFound, ProviderUnavailable
from colophon.ports import Clock, Orders, Provider

_LOG = logging.getLogger("colophon.hooks")

# Two uses of one key are kept apart by what is signed: the address is seen by every proxy, the secret must not follow.
_ADDRESS, _SECRET = b"colophon webhook address 1\0", b"colophon webhook secret 1\0"
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,100})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
_GENERATION = re.compile(r"[A-Za-z0-9_-]{1,100}")

# Seconds before each time the vendor is asked about a task that only a webhook named. An order that is still being
# placed is given the first two to bring the answer of its own, which says more.
_WAITS = (0.0, 2.0, 10.0)

# Attempts whose task id, if there is one, is on record from an answer of the vendor; elsewhere it was only named.
_ANSWERED = ("submitted", "delivered", "refused", "failed")


class VerifiedNotice(Protocol):
    @property
    def event(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...


class Verifier(Protocol):
    def __call__(self, route: str, raw: bytes, headers: Mapping[str, str], *, secret: str) -> VerifiedNotice:
        """The notice in a body, if the vendor of this route sent it; ``secret`` is what was given with the order.
        Raises `ProviderError` when it is not believed, `ProviderUnavailable` when that cannot be told now."""


@dataclass(frozen=True, slots=True)
class HookDesk:
    """The ports one receipt needs. ``order_of`` rebuilds what was sent; ``key`` makes and reads the addresses."""

    orders: Orders
    provider_of: Callable[[str], Provider]
    order_of: Callable[[Progress], Order]
    verify: Verifier
    clock: Clock
    key: bytes = field(repr=False)


class Reception(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"  # genuine, and about an order that waits for nothing


@dataclass(frozen=True, slots=True)
class Receipt:
    """``unconfirmed``: the vendor has not answered with a task id of this order, so `confirm` is to ask it about this
    one. That holds for a repeated notice too: an earlier confirmation may have failed."""

    reception: Reception
    generation: str
    attempt: int
    route: str
    request_id: str
    unconfirmed: bool = False


def hook_for(generation: Generation, attempt: int, *, base: str, key: bytes) -> Hook:
    """Where the vendor of ``generation.route`` may report on this attempt: an address nobody can make up without
    ``key``, and a secret for this attempt alone, so that one that leaks speaks for one order. ``base`` is the public
    address of the server. Raises ``ValueError`` for an id that does not fit an address."""
    if not _GENERATION.fullmatch(generation.id) or attempt < 1:
        raise ValueError("a webhook address names a generation and an attempt from 1 on")
    token = f"{generation.id}.{attempt}.{_mac(key, _ADDRESS, generation.id, attempt)}"
    return Hook(f"{base.rstrip('/')}/hooks/{generation.route}/{token}", _mac(key, _SECRET, generation.id, attempt))


def read_token(token: str, key: bytes) -> tuple[str, int]:
    """Generation and attempt of an address made by `hook_for`, compared in constant time. Raises `NotFound`."""
    parts = _TOKEN.fullmatch(token)
    if parts is not None:
        generation, attempt = parts[1], int(parts[2])
        if hmac.compare_digest(parts[3], _mac(key, _ADDRESS, generation, attempt)):
            return generation, attempt
    raise NotFound("there is no such webhook address")


def receive(route: str, token: str, raw: bytes, headers: Mapping[str, str], *, desk: HookDesk) -> Receipt:
    """Verify a webhook and take its hint; asks no vendor where the order stands. The task it names is noted with an
    attempt that has none, for whoever asks about an unknown outcome later.

    Raises `NotFound` for an address that was never given out, `ProviderError` for a webhook that is not believed,
    `ProviderUnavailable` when that cannot be told now, `Conflict` with reason ``foreign`` when it speaks of another
    task or route than the order's.
    """
    generation, attempt = read_token(token, desk.key)
    attempts = desk.orders.attempts(generation)
    record = _numbered(attempt, attempts)
    if record.route != route:
        raise Conflict("this order was not placed on that route", reason="foreign")
    notice = desk.verify(route, raw, headers, secret=_mac(desk.key, _SECRET, generation, attempt))
    known = _answered(record)
    others = (*attempts, *desk.orders.holders(route, [notice.request_id]))
    of_others = {o.request_id for o in others if (o.generation, o.number) != (generation, attempt)}
    if known not in (None, notice.request_id) or notice.request_id in of_others:
        raise Conflict("the webhook speaks of another task than this order's", reason="foreign")
    if record.request_id is None:
        desk.orders.note_task(generation, attempt, notice.request_id)
    reception = Reception.DUPLICATE
    if desk.orders.first_seen(route, notice.event, now=desk.clock.now()):
        reception = Reception.ACCEPTED if known is None else _hint(generation, attempt, desk)
    return Receipt(reception, generation, attempt, route, notice.request_id, unconfirmed=known is None)


def confirm(receipt: Receipt, *, desk: HookDesk) -> bool:
    """Ask the vendor about a task that only a webhook named, and record it where the vendor knows it: an order of
    unknown outcome goes on as submitted. True when the order has this task id afterwards.

    A task whose reported seed is not the order's is another one's and is not recorded. Where the attempt had ended
    meanwhile (but not as never bought), or another one has begun, the id is kept with it, since the money may be spent,
    and the generation stays as it is.
    """
    for wait in _WAITS:
        if wait:
            desk.clock.sleep(wait)
        known = _answered(_numbered(receipt.attempt, desk.orders.attempts(receipt.generation)))
        if known is not None:
            _hint(*_intent(receipt), desk)
            return known == receipt.request_id
        progress = desk.orders.progress(receipt.generation)
        last = wait == _WAITS[-1]
        if (_placing(progress, receipt) and not last) or not _known_to_vendor(progress, receipt, desk):
            continue
        return _record(progress, receipt, desk)
    _LOG.warning(
        "webhook of %s, attempt %d, names task %s, which %s does not confirm",
        *_intent(receipt),
        receipt.request_id,
        receipt.route,
    )
    return False


def _known_to_vendor(progress: Progress, receipt: Receipt, desk: HookDesk) -> bool:
    try:
        job = desk.provider_of(receipt.route).poll(Job(receipt.request_id, JobStatus.PENDING))
    except ProviderUnavailable:
        return False
    another = job.seed_reported not in (None, progress.generation.seed)
    return job.status is not JobStatus.MISSING and job.request_id == receipt.request_id and not another


def _record(progress: Progress, receipt: Receipt, desk: HookDesk) -> bool:
    """Only the id: all else the vendor is asked for again when the order is waited for."""
    provider = desk.provider_of(receipt.route)
    parameters = provider.wire_parameters(desk.order_of(progress))
    job = Job(receipt.request_id, JobStatus.PENDING)
    try:
        desk.orders.record_job(
            *_intent(receipt), job, provider=provider.name, parameters=parameters, now=desk.clock.now()
        )
    except Conflict as error:
        _check_stale(error)
        _LOG.warning(
            "webhook of %s: attempt %d had ended, and the vendor knows task %s of it; it may be billed",
            *_intent(receipt),
            receipt.request_id,
        )
        return False
    _hint(*_intent(receipt), desk)
    return True


def _hint(generation: str, attempt: int, desk: HookDesk) -> Reception:
    progress = desk.orders.progress(generation)
    if progress.attempt != attempt or progress.state is not GenerationState.SUBMITTED:
        return Reception.IGNORED
    try:
        desk.orders.hint(generation, attempt, now=desk.clock.now())
    except Conflict as error:
        _check_stale(error)
        return Reception.IGNORED
    return Reception.ACCEPTED


def _check_stale(error: Conflict) -> None:
    """Another worker went on with the generation meanwhile: its word counts."""
    if error.reason != "stale":
        raise error


def _numbered(number: int, attempts: Sequence[Attempt]) -> Attempt:
    found = next((attempt for attempt in attempts if attempt.number == number), None)
    if found is None:
        raise NotFound("there is no such webhook address")
    return found


def _answered(attempt: Attempt) -> str | None:
    """The task id the vendor itself gave for this attempt; one that a webhook named is not yet that."""
    return attempt.request_id if attempt.outcome in _ANSWERED else None


def _placing(progress: Progress, receipt: Receipt) -> bool:
    return progress.attempt == receipt.attempt and progress.state is GenerationState.SUBMITTING


def _intent(receipt: Receipt) -> tuple[str, int]:
    return receipt.generation, receipt.attempt


def _mac(key: bytes, use: bytes, generation: str, attempt: int) -> str:
    digest = hmac.new(key, use + f"{generation}.{attempt}".encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
