"""A brief file to a plan, and to a registered campaign, with this process's ports."""

from dataclasses import dataclass
from pathlib import Path

from colophon.bootstrap.buying import fetch_reference, wanted_routes
from colophon.bootstrap.runtime import Runtime
from colophon.briefs import load_brief
from colophon.domain.money import Estimate
from colophon.domain.plan import Plan
from colophon.errors import InvalidInput
from colophon.services.plan import Order, Sources, plan_order, references_of, register


@dataclass(frozen=True, slots=True)
class Planned:
    """``estimates``: the same campaign's price on every route that could take it."""

    plan: Plan
    estimates: dict[str, Estimate]


def plan_brief(file: Path, route: str | None, rt: Runtime) -> Planned:
    """Raises `InvalidInput`. Spends nothing, writes nothing."""
    order = _order(file)
    references = references_of(order, _sources(rt))
    model = order.brief.model.name
    choice = rt.market.choice(wanted_routes(order.brief, route, rt.settings), model, rt.today)
    plan = plan_order(order, references, choice, rt.rules)
    estimates = {choice.name: plan.cost}
    for name, other in rt.market.choices(model, rt.today).items():
        try:
            estimates.setdefault(name, plan_order(order, references, other, rt.rules).cost)
        except InvalidInput:
            continue  # this route cannot take the brief; the chosen one can
    return Planned(plan, estimates)


def register_brief(file: Path, route: str | None, rt: Runtime) -> str:
    """Plan the brief and make it its campaign's newest revision; everything a run will need is opened first, so that
    a missing key or certificate is told before anything is ordered. Returns the campaign."""
    order = _order(file)
    references = references_of(order, _sources(rt))
    choice = rt.market.choice(wanted_routes(order.brief, route, rt.settings), order.brief.model.name, rt.today)
    plan = plan_order(order, references, choice, rt.rules)
    rt.provider(choice.name)
    rt.bench, rt.workshop  # noqa: B018 - opens catalog, store, certificates and trust policy
    register(plan, order, references, orders=rt.catalog.orders, store=rt.store, clock=rt.clock)
    return plan.campaign


def _order(file: Path) -> Order:
    loaded = load_brief(file)
    return Order(loaded.brief, loaded.folder, loaded.canonical, loaded.revision)


def _sources(rt: Runtime) -> Sources:
    def from_catalog(asset: str) -> bytes:
        return rt.store.get(rt.catalog.assets.get(asset).sha256)

    return Sources(rt.imaging, fetch_reference, from_catalog)
