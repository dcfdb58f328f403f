"""What the catalog remembers: generations with their progress, money, and what was published."""

from dataclasses import dataclass, field
from datetime import date, datetime
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
    a worker that holds an older number changes nothing. ``worker`` is who waits for it until ``lease_until``;
    ``hinted_at`` is when a verified webhook last said that it moved on. None: not reported, not yet known."""

    generation: Generation
    revision: str
    state: GenerationState
    attempt: int
    worker: str | None = None
    lease_until: datetime | None = None
    provider: str | None = None
    request_id: str | None = None
    polling_url: str | None = None
    delivery_url: str | None = None
    hinted_at: datetime | None = None
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
class Cap:
    """A limit beside the campaign's own. ``purse`` names what is counted: ``brand/NAME``, ``day`` (the UTC day of the
    reservation) or ``person`` (the UTC month of whoever ordered); ``limit`` bounds charges and open reservations
    together; ``where`` is the setting, for people."""

    purse: str
    limit: Money
    where: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What an attempt commits to before its request leaves. ``account`` is a digest that stands for the key whose
    unfinished tasks the vendor counts; ``active_limit`` is how many it allows. ``reserve`` is the most it may cost."""

    route: str
    account: str
    reserve: Money
    lease_until: datetime
    worker: str
    caps: tuple[Cap, ...] = ()
    active_limit: int | None = None


AttemptOutcome = Literal["taken_back", "submitted", "delivered", "refused", "failed", "unknown", "not_taken"]
"""``taken_back``: the vendor certainly did not take it. ``not_taken``: it was unknown, and asking (the vendor or a
person) showed that nothing was bought."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submit, on record for ever. ``outcome`` None: its request may still be on the way. ``reported`` is the
    price said at submit, which a settled one does not erase. ``code`` and ``problem`` say why it ended as it did;
    ``resolved_by`` is the person who settled an unknown outcome. ``first_byte`` and ``seconds`` (submit to picture)
    are measured by us."""

    generation: str
    number: int
    route: str
    model: str
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    code: str | None
    problem: str | None
    request_id: str | None
    reported: Money | None
    first_byte: float | None = None
    seconds: float | None = None
    resolved_by: str | None = None


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
    (its micros may be negative). ``day`` is the UTC day of the attempt's reservation, ``at`` when the row was
    written."""

    id: str
    campaign: str
    brand: str
    day: date
    model: str | None
    generation: str | None
    attempt: int | None
    kind: Literal["reservation", "release", "charge", "correction"]
    amount: Money
    basis: CostBasis
    route: str | None
    request_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """Sums of the ledger for one campaign, route, model and day. ``reserved`` is still open; the charges are apart by
    how sure they are, corrections with what they corrected; ``unknown`` counts charges nobody knows the amount of. What
    it is not summed by is None; route and model also where the ledger has none."""

    campaign: str | None
    brand: str | None
    route: str | None
    model: str | None
    day: date | None
    currency: str
    reserved: Money
    estimated: Money
    reported: Money
    settled: Money
    unknown: int
    charges: int


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
