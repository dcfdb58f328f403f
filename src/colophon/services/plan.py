"""Plan a brief and put the plan on record: the last step before money."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colophon.domain.brief import Brief
from colophon.domain.choice import RouteChoice
from colophon.domain.generation import GenerationState
from colophon.domain.money import total
from colophon.domain.plan import Plan, make_plan
from colophon.domain.plan_rules import Rules
from colophon.domain.record import Progress
from colophon.errors import InvalidInput, NotFound, Problem
from colophon.ports import Clock, Imaging, Orders, Store
from colophon.services.brand_files import Files
from colophon.services.references import Fetch, Resolved, resolve_references


@dataclass(frozen=True, slots=True)
class Order:
    """A validated brief as it was handed in: ``canonical`` is its stable JSON, ``revision`` the digest of that and
    of all files it names, ``folder`` where those files are."""

    brief: Brief
    folder: Path
    canonical: str
    revision: str


@dataclass(frozen=True, slots=True)
class Sources:
    """Where references come from, and what looks at them."""

    imaging: Imaging
    from_web: Fetch
    from_catalog: Fetch


def references_of(order: Order, sources: Sources) -> Mapping[str, Resolved]:
    """Every reference of the brief, fetched and looked at. Raises `InvalidInput`."""
    return resolve_references(
        order.brief,
        order.folder,
        imaging=sources.imaging,
        from_web=sources.from_web,
        from_catalog=sources.from_catalog,
    )


def plan_order(order: Order, references: Mapping[str, Resolved], route: RouteChoice, rules: Rules) -> Plan:
    """What the brief would buy, cut and cost. Writes nothing, spends nothing. Raises `InvalidInput`."""
    uses = {image: resolved.use for image, resolved in references.items()}
    return make_plan(order.brief, order.revision, route=route, rules=rules, references=uses)


def within_cap(plan: Plan) -> None:
    """Raises `InvalidInput` when the plan could cost more than its cap."""
    if plan.over_cap:
        problem = Problem(
            "over_cap",
            f"the plan may cost {plan.cost.high} {plan.cap.currency}, the cap is {plan.cap}",
            path="budget.cap",
            found=str(plan.cap),
            allowed=f"at least {plan.cost.high}, or fewer variants, visuals or placements",
        )
        raise InvalidInput.of([problem], hint="nothing was ordered")


def within_what_is_left(plan: Plan, orders: Orders) -> None:
    """What earlier revisions spent or hold counts against the cap as well; what this plan has already bought does
    not count twice. Raises `InvalidInput`."""
    try:
        spending = orders.spending(plan.campaign)
    except NotFound:
        return
    bought = {p.generation.id for p in orders.known([g.id for g in plan.generations]) if _paid_or_held(p)}
    still = total((g.cost.high for g in plan.generations if g.id not in bought), plan.cap.currency)
    if still.micros and spending.spent.currency == plan.cap.currency:
        needed = spending.spent + spending.reserved + still
        if needed > plan.cap:
            problem = Problem(
                "over_cap",
                f"{still} {plan.cap.currency} more may be needed, {spending.spent} is spent and {spending.reserved} "
                f"reserved; the cap is {plan.cap}",
                path="budget.cap",
                found=str(plan.cap),
                allowed=f"at least {needed}, or fewer new pictures",
            )
            raise InvalidInput.of([problem], hint="nothing was ordered; the campaign stays as it was")


def _paid_or_held(progress: Progress) -> bool:
    """Its cost is in the spending already: charged, or reserved."""
    return progress.state is not GenerationState.PLANNED


def register(
    plan: Plan,
    order: Order,
    references: Mapping[str, Resolved],
    *,
    orders: Orders,
    store: Store,
    clock: Clock,
    files: Files | None = None,
    by: str | None = None,
) -> None:
    """Make the plan the campaign's newest revision; ``files`` are the brand's fonts and logos, ``by`` who
    orders. Raises `InvalidInput`
    when it could cost more than its cap."""
    within_cap(plan)
    within_what_is_left(plan, orders)
    for resolved in references.values():
        store.put(resolved.content, resolved.media_type)
    for content, media_type in (files or {}).values():
        store.put(content, media_type)
    orders.register(
        order.brief,
        revision=order.revision,
        canonical=order.canonical,
        generations=plan.generations,
        renditions=plan.renditions,
        now=clock.now(),
        by=by,
    )
