"""Generations as rows and as values."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.tables import CampaignRow, GenerationRow, WantedRow
from colophon.domain.brief import Safety
from colophon.domain.generation import Generation, GenerationState, ReferenceUse
from colophon.domain.money import Estimate, Money
from colophon.domain.record import CostBasis, Progress
from colophon.domain.wish import wish_of
from colophon.errors import NotFound

_REFERENCES = TypeAdapter(tuple[ReferenceUse, ...])

_PART = 500
_NOTHING_BOUGHT = tuple(s.value for s in (GenerationState.PLANNED, GenerationState.REFUSED, GenerationState.FAILED))


def planned(generation: Generation, revision: str) -> dict[str, Any]:
    """The row of a generation that nobody has worked on."""
    return {
        "id": generation.id,
        "campaign": generation.campaign,
        "revision": revision,
        "wish": wish_of(generation),
        "visual": generation.visual,
        "variant": generation.variant,
        "master": generation.master,
        "width": generation.width,
        "height": generation.height,
        "route": generation.route,
        "model": generation.model,
        "seed": generation.seed,
        "prompt": generation.prompt,
        "structure": generation.structure,
        "safety": generation.safety.value,
        "references": _REFERENCES.dump_python(generation.references, mode="json"),
        "routes": list(generation.routes),
        "low_micros": generation.cost.low.micros,
        "high_micros": generation.cost.high.micros,
        "currency": generation.cost.high.currency,
        "state": GenerationState.PLANNED.value,
        "attempt": 0,
        "parameters": {},
    }


def row_of(session: Session, generation: str) -> GenerationRow:
    """Raises `NotFound`."""
    row = session.get(GenerationRow, generation)
    if row is None:
        raise missing(generation)
    return row


def missing(generation: str) -> NotFound:
    return NotFound(f"there is no generation {generation}", where=generation)


def wanted(session: Session, campaign: str) -> Sequence[Progress]:
    """The generations of the newest revision in the plan's order, with one statement however many there are."""
    rows = session.scalars(
        select(GenerationRow)
        .join(WantedRow, col(WantedRow.generation) == col(GenerationRow.id))
        .join(
            CampaignRow,
            (col(CampaignRow.slug) == col(WantedRow.campaign)) & (col(CampaignRow.revision) == col(WantedRow.revision)),
        )
        .where(col(CampaignRow.slug) == campaign)
        .order_by(col(WantedRow.position))
    )
    return [progress(row) for row in rows]


def ordered(session: Session, campaign: str) -> list[Progress]:
    """Oldest order first; none for a campaign nobody registered."""
    bought = (GenerationState.SUBMITTED.value, GenerationState.DELIVERED.value)
    statement = (
        select(GenerationRow)
        .where(col(GenerationRow.campaign) == campaign, col(GenerationRow.state).in_(bought))
        .order_by(col(GenerationRow.submitted_at), col(GenerationRow.id))
    )
    return [progress(row) for row in session.scalars(statement)]


def known(session: Session, ids: Sequence[str]) -> list[Progress]:
    """In parts, since a statement takes a bounded number of values."""
    found: list[Progress] = []
    for start in range(0, len(ids), _PART):
        part = select(GenerationRow).where(col(GenerationRow.id).in_(ids[start : start + _PART]))
        found.extend(progress(row) for row in session.scalars(part))
    return found


def wished(session: Session, generations: Sequence[Generation]) -> list[Progress]:
    """One for each wish, however many there are."""
    own: dict[str, list[str]] = {}
    for generation in generations:
        own.setdefault(wish_of(generation), []).append(generation.id)
    found: list[str] = []
    for start in range(0, len(own), _PART):
        wishes = list(own)[start : start + _PART]
        found += session.scalars(same_wish(wishes, [ours for wish in wishes for ours in own[wish]]))
    return known(session, found)


def same_wish(wishes: Sequence[str], leaving_out: Sequence[str]) -> Select[str]:
    return (
        select(func.min(col(GenerationRow.id)))
        .where(
            col(GenerationRow.wish).in_(wishes),
            col(GenerationRow.id).not_in(leaving_out),
            col(GenerationRow.state).not_in(_NOTHING_BOUGHT),
        )
        .group_by(col(GenerationRow.wish))
    )


def progress(row: GenerationRow) -> Progress:
    return Progress(
        generation=_generation(row),
        revision=row.revision,
        state=GenerationState(row.state),
        attempt=row.attempt,
        worker=row.worker,
        lease_until=row.lease_until,
        provider=row.provider,
        request_id=row.request_id,
        polling_url=row.polling_url,
        delivery_url=row.delivery_url,
        hinted_at=row.hinted_at,
        submitted_at=row.submitted_at,
        ready_at=row.ready_at,
        seed_reported=row.seed_reported,
        prompt_used=row.prompt_used,
        model_reported=row.model_reported,
        parameters=row.parameters,
        cost=known_cost(row),
        cost_basis=CostBasis(row.cost_basis) if row.cost_basis else None,
        original_sha256=row.original_sha256,
        asset_id=row.asset_id,
        problem_code=row.problem_code,
        problem=row.problem,
    )


def known_cost(row: GenerationRow) -> Money | None:
    if row.cost_micros is None or row.cost_currency is None:
        return None
    return Money(row.cost_micros, row.cost_currency)


def _generation(row: GenerationRow) -> Generation:
    return Generation(
        id=row.id,
        campaign=row.campaign,
        visual=row.visual,
        variant=row.variant,
        master=row.master,
        width=row.width,
        height=row.height,
        route=row.route,
        model=row.model,
        seed=row.seed,
        prompt=row.prompt,
        structure=row.structure,
        safety=Safety(row.safety),
        references=_REFERENCES.validate_python(row.references),
        routes=tuple(row.routes),
        cost=Estimate(Money(row.low_micros, row.currency), Money(row.high_micros, row.currency)),
    )
