"""A brief file to a plan, and to a registered campaign, with this process's ports."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colophon.bootstrap.buying import fetch_reference, wanted_routes
from colophon.bootstrap.runtime import Runtime
from colophon.briefs import load_brief
from colophon.domain.money import Estimate
from colophon.domain.plan import Plan, RouteChoice
from colophon.errors import InvalidInput, Problem
from colophon.services.plan import Order, Sources, plan_order, references_of, register
from colophon.services.references import Resolved


@dataclass(frozen=True, slots=True)
class Planned:
    """``estimates``: the same campaign's price on every route that could take it."""

    plan: Plan
    estimates: dict[str, Estimate]


def plan_brief(file: Path, route: str | None, rt: Runtime) -> Planned:
    """Raises `InvalidInput`. Spends nothing, writes nothing."""
    order = _order(file, rt)
    references = references_of(order, _sources(rt))
    model = order.brief.model.name
    choice = rt.market.choice(wanted_routes(order.brief, route, rt.settings), model, rt.today)
    plan = plan_order(order, references, choice, rt.rules)
    others = rt.market.choices(model, rt.today)
    return Planned(plan, {choice.name: plan.cost, **_estimates(order, references, choice, plan, others, rt)})


def register_brief(file: Path, route: str | None, rt: Runtime) -> str:
    """Plan the brief and make it its campaign's newest revision; everything a run will need is opened first, so that
    a missing key or certificate is told before anything is ordered. Returns the campaign."""
    order = _order(file, rt)
    references = references_of(order, _sources(rt))
    choice = rt.market.choice(wanted_routes(order.brief, route, rt.settings), order.brief.model.name, rt.today)
    plan = plan_order(order, references, choice, rt.rules)
    rt.provider(choice.name)
    rt.bench_under(order.brief.brand.checks)  # opens catalog, store and trust policy
    rt.workshop  # noqa: B018 - opens certificate and key
    register(plan, order, references, orders=rt.catalog.orders, store=rt.store, clock=rt.clock)
    return plan.campaign


def _estimates(
    order: Order,
    references: Mapping[str, Resolved],
    chosen: RouteChoice,
    plan: Plan,
    others: Mapping[str, RouteChoice],
    rt: Runtime,
) -> dict[str, Estimate]:
    """What the same brief would cost elsewhere. Routes with the same prices and limits share one plan."""
    known = {_terms(chosen): plan.cost}
    found: dict[str, Estimate] = {}
    for name, other in others.items():
        try:
            if _terms(other) not in known:
                known[_terms(other)] = plan_order(order, references, other, rt.rules).cost
            found[name] = known[_terms(other)]
        except InvalidInput:
            continue  # this route cannot take the brief; the chosen one can
    return found


def _terms(choice: RouteChoice) -> tuple[object, ...]:
    return choice.price, choice.wire, choice.max_references


def _order(file: Path, rt: Runtime) -> Order:
    loaded = load_brief(file)
    profile = loaded.brief.brand.checks
    if profile not in rt.check_profiles:
        allowed = ", ".join(rt.check_profiles)
        problem = Problem(
            "unknown_profile",
            "no such check profile",
            file=str(file),
            path="brand.checks",
            found=profile,
            allowed=allowed,
        )
        raise InvalidInput.of([problem], hint="COLOPHON_CHECKS_PROFILE names the file with the profiles")
    return Order(loaded.brief, loaded.folder, loaded.canonical, loaded.revision)


def _sources(rt: Runtime) -> Sources:
    def from_catalog(asset: str) -> bytes:
        return rt.store.get(rt.catalog.assets.get(asset).sha256)

    return Sources(rt.imaging, fetch_reference, from_catalog)
