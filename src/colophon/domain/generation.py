"""Generations: wanted paid pictures, the orders placed for them, and where those orders stand."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from colophon.domain.brief import ReferenceRole, Safety
from colophon.domain.money import Estimate, Money
from colophon.domain.placement import PictureFormat


class GenerationState(StrEnum):
    """Where a wanted picture stands.

    planned -> submitting -> submitted -> delivered -> asset, or from any of the middle ones to
    refused (the provider's policy said no), failed (it broke), rejected (our checks said no) or
    unknown (an order went out and no answer is on record: it may have been bought).
    """

    PLANNED = "planned"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    ASSET = "asset"
    REFUSED = "refused"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def settled(self) -> bool:
        """Nothing more happens to it without a person."""
        return self in _SETTLED


_SETTLED = {
    GenerationState.ASSET,
    GenerationState.REFUSED,
    GenerationState.REJECTED,
    GenerationState.FAILED,
    GenerationState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class ReferenceUse:
    """A reference in its place: order is meaning ("image 2"). ``sha256`` names bytes in the store."""

    sha256: str
    role: ReferenceRole
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Generation:
    """One wanted picture. ``id`` is a digest of everything that decides what is bought, so it is the same in every
    plan of the same brief; ``seed`` is ours and always sent; ``prompt`` is the text on the wire. ``route`` is the one
    chosen (of the newest attempt, once there is one) among ``routes``, the ones asked for; ``cost`` is what the plan's
    choice was estimated at."""

    id: str
    campaign: str
    visual: str
    variant: int
    master: str
    width: int
    height: int
    route: str
    model: str
    seed: int
    prompt: str
    structure: str
    safety: Safety
    references: tuple[ReferenceUse, ...]
    cost: Estimate
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a provider may say that a task moved on: an address that names this intent, and a secret of its own."""

    address: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A generation with the bytes of its references, in their order: all a provider needs to take it."""

    generation: Generation
    references: tuple[bytes, ...] = field(default=(), repr=False)
    output_format: PictureFormat = PictureFormat.PNG
    hook: Hook | None = None
    addresses: tuple[str, ...] = ()  # where `Provider.prepare` put the references, in their order


class JobStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"
    MISSING = "missing"  # the provider does not know the id (yet, or any more, or in this region)


@dataclass(frozen=True, slots=True)
class Job:
    """Where an order stands at its provider: a value, so that a wait survives a restart.

    ``request_id`` is the provider's task id. ``cost`` with ``cost_settled`` False is what the provider said at submit
    (provisional); True: its final word. What the provider did not report is None, never a guess.
    ``first_byte`` is how many seconds the submit's answer took to begin.
    """

    request_id: str
    status: JobStatus
    polling_url: str | None = None
    delivery_url: str | None = None
    content: bytes | None = field(default=None, repr=False)  # a synchronous provider's picture
    cost: Money | None = None
    cost_settled: bool = False
    seed_reported: int | None = None
    prompt_used: str | None = None
    model_reported: str | None = None
    ready_at: datetime | None = None
    reason: str = ""  # provider-neutral class, see errors.ProviderError
    message: str = ""  # for people; masked and bounded by the adapter
    first_byte: float | None = None
