"""A plan as plain data: the JSON members the contract names."""

from collections.abc import Mapping
from typing import Any

from colophon.domain.money import Estimate
from colophon.domain.plan import Plan

View = dict[str, Any]


def plan_view(plan: Plan, routes: Mapping[str, Estimate]) -> View:
    """``routes``: what the same plan would cost on every route that could take it."""
    return {
        "campaign": plan.campaign,
        "revision": plan.revision,
        "route": plan.route,
        "masters": [{"id": m.id, "width": m.width, "height": m.height, "serves": list(m.serves)} for m in plan.masters],
        "generations": [
            {
                "id": g.id,
                "visual": g.visual,
                "variant": g.variant,
                "master": g.master,
                "route": g.route,
                "model": g.model,
                "seed": g.seed,
                "prompt": g.prompt,
                "references": [use.sha256 for use in g.references],
                "cost": _estimate(g.cost),
            }
            for g in plan.generations
        ],
        "renditions": [
            {
                "visual": r.visual,
                "placement": r.placement,
                "format": r.format.value,
                "width": r.width,
                "height": r.height,
                "max_bytes": r.max_bytes,
                "master": r.master,
                "cut": r.cut,
            }
            for r in plan.renditions
        ],
        "cost": {**_estimate(plan.cost), "cap": str(plan.cap)},
        "routes": {name: _estimate(estimate) for name, estimate in routes.items()},
        "checks": list(plan.checks),
        "warnings": list(plan.warnings),
    }


def _estimate(cost: Estimate) -> View:
    return {"low": str(cost.low), "high": str(cost.high), "currency": cost.low.currency}
