"""A plan as plain data: the JSON members the contract names."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from colophon.domain.conversion import Conversion, How, Parameter
from colophon.domain.lettering import Lettering
from colophon.domain.money import Estimate
from colophon.domain.plan import Plan

View = dict[str, Any]
_MOST_VALUES = 12


class Terms(Protocol):
    """What the plan would cost on one route alone (``cost`` None: it cannot take it, for ``problem``)."""

    @property
    def route(self) -> str: ...
    @property
    def cost(self) -> Estimate | None: ...
    @property
    def conversions(self) -> Sequence[Conversion]: ...
    @property
    def problem(self) -> str | None: ...


def plan_view(plan: Plan, terms: Sequence[Terms]) -> View:
    """``routes``: what the same plan would cost on every route that could take it, and ``not_on`` why others cannot;
    ``conversions`` what becomes of each parameter on the routes the plan may be bought on."""
    asked = set(plan.generations[0].routes) if plan.generations else set()
    return {
        "campaign": plan.campaign,
        "revision": plan.revision,
        "route": plan.routes[0] if plan.routes else None,
        "asked": list(plan.generations[0].routes) if plan.generations else [],
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
                "manifest": r.manifest,
                "locale": r.locale,
                "laid_on": _laid_on(r.lettering),
            }
            for r in plan.renditions
        ],
        "cost": {**_estimate(plan.cost), "cap": str(plan.cap)},
        "routes": {t.route: _estimate(t.cost) for t in terms if t.cost is not None},
        "not_on": {t.route: t.problem for t in terms if t.problem is not None},
        "conversions": {t.route: _conversions(t.conversions) for t in terms if t.conversions and t.route in asked},
        "checks": list(plan.checks),
        "warnings": [*plan.warnings, *_unsaid_safety(plan, terms)],
    }


def _laid_on(lettering: Lettering | None) -> View:
    """The parts that will be laid on, and why the AI label is: ``label_if_person`` where only a person calls for it."""
    if lettering is None:
        return {"slots": [], "label": []}
    slots = [slot.value for slot, _ in lettering.texts] + (["logo"] if lettering.logos else [])
    label = lettering.label
    why = "label_if_person" if label and label.only_people else "label"
    return {"slots": slots, why: list(label.why) if label else []}


def _estimate(cost: Estimate) -> View:
    return {"low": str(cost.low), "high": str(cost.high), "currency": cost.low.currency}


def _unsaid_safety(plan: Plan, terms: Sequence[Terms]) -> list[str]:
    """Routes of this plan that cannot be told how strict to be."""
    return [
        f"route {t.route} is not told the safety step: {row.note}"
        for t in terms
        if t.route in plan.routes
        for row in {
            r.note: r for r in t.conversions if (r.parameter, r.how) == (Parameter.SAFETY, How.REFUSED)
        }.values()
    ]


def _conversions(rows: Iterable[Conversion]) -> list[View]:
    """One line for each thing that happens to a parameter, with the values it is sent as (a bounded number)."""
    lines: dict[tuple[str, str, str, str], list[Any]] = {}
    for row in rows:
        values = lines.setdefault((row.parameter.value, row.how.value, row.member, row.note), [])
        if row.value is not None and row.value not in values and len(values) < _MOST_VALUES:
            values.append(row.value)
    return [
        {"parameter": parameter, "how": how, "member": member, "values": values, "note": note}
        for (parameter, how, member, note), values in lines.items()
    ]
