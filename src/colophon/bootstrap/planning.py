"""A brief file to a plan, and to a registered campaign, with this process's ports."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from colophon.bootstrap.buying import fetch_reference, wanted_routes
from colophon.bootstrap.home import is_initialised
from colophon.bootstrap.runtime import Runtime
from colophon.briefs import load_brief
from colophon.domain.money import Estimate
from colophon.domain.plan import Plan
from colophon.domain.route import RouteChoice
from colophon.errors import InvalidInput, NotFound, Problem
from colophon.services.plan import Order, Sources, plan_order, references_of, register
from colophon.services.references import Resolved


@dataclass(frozen=True, slots=True)
class Planned:
    """A brief with its plan, and what it was planned from."""

    order: Order
    references: Mapping[str, Resolved]
    choice: RouteChoice
    plan: Plan


def plan_brief(file: Path, route: str | None, rt: Runtime) -> Planned:
    """Validate, resolve and price a brief file. Spends nothing, writes nothing. Raises `InvalidInput`."""
    order = _order(file, rt)
    try:
        references = references_of(order, _sources(rt))
        choice = rt.market.choice(wanted_routes(order.brief, route, rt.settings), order.brief.model.name, rt.today)
        return Planned(order, references, choice, plan_order(order, references, choice, rt.rules))
    except InvalidInput as error:
        raise _in_file(error, file) from error


def estimates(planned: Planned, rt: Runtime) -> dict[str, Estimate]:
    """What the same brief would cost on every route that could take it. Routes with the same prices and limits share
    one plan."""
    known = {_terms(planned.choice): planned.plan.cost}
    found = {planned.choice.name: planned.plan.cost}
    for name, other in rt.market.choices(planned.order.brief.model.name, rt.today).items():
        try:
            if _terms(other) not in known:
                known[_terms(other)] = plan_order(planned.order, planned.references, other, rt.rules).cost
            found[name] = known[_terms(other)]
        except InvalidInput:
            continue  # this route cannot take the brief; the chosen one can
    return found


def open_for_run(planned: Planned, rt: Runtime, *, publish: bool = False) -> None:
    """Open everything the run will need, so that a missing key, certificate or CDN is told before anything is
    ordered."""
    rt.provider(planned.choice.name)
    rt.bench_under(planned.order.brief.brand.checks)  # catalog, store and trust policy
    rt.workshop  # noqa: B018 - opens certificate and key
    if publish:
        rt.press  # noqa: B018 - opens the CDN store


def register_plan(planned: Planned, rt: Runtime) -> str:
    """Make the plan its campaign's newest revision; returns the campaign. Raises `InvalidInput` over the cap."""
    register(planned.plan, planned.order, planned.references, orders=rt.catalog.orders, store=rt.store, clock=rt.clock)
    return planned.plan.campaign


def _in_file(error: InvalidInput, file: Path) -> InvalidInput:
    problems = [replace(problem, file=problem.file or str(file)) for problem in error.problems]
    return InvalidInput.of(problems, hint=error.hint) if problems else error


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
        if not is_initialised(rt.settings):  # opening a catalog that is not there would make one
            raise NotFound(f"there is no asset {asset}, nor a catalog in {rt.settings.home}")
        return rt.store.get(rt.catalog.assets.get(asset).sha256)

    return Sources(rt.imaging, fetch_reference, from_catalog)
