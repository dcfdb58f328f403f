"""What the catalog remembers: generations with their progress, money, and what was published."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from colophon.domain.generation import Generation, GenerationState
from colophon.domain.money import Money


class CostBasis(StrEnum):
    """How sure an amount is. ``reported``: the provider's word at submit; ``settled``: its final word."""

    ESTIMATED = "estimated"
    REPORTED = "reported"
    SETTLED = "settled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Progress:
    """A generation as the catalog has it. ``attempt`` counts submits and is the counter every later write carries:
    a worker that holds an older number changes nothing. None: not reported, not yet known."""

    generation: Generation
    revision: str
    state: GenerationState
    attempt: int
    lease_until: datetime | None = None
    provider: str | None = None
    request_id: str | None = None
    polling_url: str | None = None
    submitted_at: datetime | None = None
    ready_at: datetime | None = None
    seed_reported: int | None = None
    prompt_used: str | None = None
    model_reported: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)
    cost: Money | None = None
    cost_basis: CostBasis | None = None
    original_sha256: str | None = None
    asset_id: str | None = None
    problem_code: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submit, on record for ever. ``outcome`` None: its request may still be on the way. ``reported`` is the
    price said at submit, which a settled one does not erase."""

    generation: str
    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Literal["taken_back", "submitted", "delivered", "refused", "failed", "unknown"] | None
    problem: str | None
    request_id: str | None
    reported: Money | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """``revision`` is the newest one registered; ``brief`` its canonical JSON."""

    slug: str
    title: str
    brand: str
    owner: str | None
    revision: str
    brief: str
    cap: Money
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of money. reservation and charge add, release takes back a reservation, correction changes a charge
    (its micros may be negative)."""

    id: str
    campaign: str
    generation: str | None
    attempt: int | None
    kind: Literal["reservation", "release", "charge", "correction"]
    amount: Money
    basis: CostBasis
    route: str | None
    request_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """Charges and open reservations of a campaign against its cap."""

    spent: Money
    reserved: Money
    cap: Money


@dataclass(frozen=True, slots=True)
class Publication:
    """A rendition at a public address. ``until`` None: still there as far as we know."""

    id: str
    campaign: str
    rendition: str
    key: str
    address: str
    sha256: str
    published_from: datetime
    published_until: datetime | None = None
