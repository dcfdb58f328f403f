"""What a provider's answer says in columns, and what is charged for it."""

import math
from typing import Any

from colophon.catalog.generations import known_cost
from colophon.catalog.tables import GenerationRow
from colophon.domain.generation import Job
from colophon.domain.money import Money
from colophon.domain.record import CostBasis


def job_values(job: Job) -> dict[str, Any]:
    """The generation's columns after a submit; the task id is the step's own result."""
    return {
        "polling_url": job.polling_url,
        "delivery_url": job.delivery_url,
        "seed_reported": job.seed_reported,
        "prompt_used": job.prompt_used,
        "model_reported": job.model_reported,
        "ready_at": job.ready_at,
        **(cost_values(job.cost, _basis(job)) if job.cost else {}),
    }


def job_record(job: Job) -> dict[str, Any]:
    """The attempt's own columns after a submit."""
    return {
        "outcome": "submitted",
        "ended_at": None,
        "code": None,
        "problem": None,
        "resolved_by": None,
        "request_id": job.request_id,
        "reported_micros": job.cost.micros if job.cost else None,
        "reported_currency": job.cost.currency if job.cost else None,
        "first_byte": _duration(job.first_byte),
    }


def delivery_values(before: GenerationRow, job: Job) -> dict[str, Any]:
    """What the last answer did not repeat stays as the first one said it."""
    return {
        "delivery_url": job.delivery_url or before.delivery_url,
        "seed_reported": before.seed_reported if job.seed_reported is None else job.seed_reported,
        "prompt_used": before.prompt_used if job.prompt_used is None else job.prompt_used,
        "model_reported": before.model_reported if job.model_reported is None else job.model_reported,
        "ready_at": before.ready_at if job.ready_at is None else job.ready_at,
    }


def cost_values(cost: Money | None, basis: CostBasis) -> dict[str, Any]:
    return {
        "cost_micros": cost.micros if cost else None,
        "cost_currency": cost.currency if cost else None,
        "cost_basis": basis.value,
    }


def no_cost() -> dict[str, Any]:
    """What begins has cost nothing yet."""
    return {"cost_micros": None, "cost_currency": None, "cost_basis": None}


def charge_for(before: GenerationRow, job: Job, reserved: Money) -> tuple[Money, CostBasis]:
    """What a delivered picture costs: the settled price, else the reported one, else the most its attempt was to
    cost. A price in another currency than the campaign's cannot be held against its cap and counts as none."""
    said = [(job.cost, _basis(job)), (known_cost(before), CostBasis(before.cost_basis or CostBasis.REPORTED))]
    usable = [(cost, basis) for cost, basis in said if cost and cost.currency == reserved.currency and cost.micros >= 0]
    settled = [pair for pair in usable if pair[1] is CostBasis.SETTLED]
    return next(iter(settled or usable), (reserved, CostBasis.ESTIMATED))


def final_charge(charge: Money | None, basis: CostBasis, currency: str) -> tuple[Money, CostBasis]:
    """What an ended order is charged; without an amount in the campaign's currency a row of 0 that says why."""
    if charge is None:
        return Money(0, currency), basis
    if charge.currency != currency:
        return Money(0, currency), CostBasis.UNKNOWN
    return charge, basis


def _duration(seconds: float | None) -> float | None:
    """None for what a broken clock measured."""
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _basis(job: Job) -> CostBasis:
    return CostBasis.SETTLED if job.cost_settled else CostBasis.REPORTED
