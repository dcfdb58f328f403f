"""A brief file to a plan, and to a registered campaign, with this process's ports."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from colophon.bootstrap.buying import declare, fetch_reference
from colophon.bootstrap.home import is_initialised
from colophon.bootstrap.hooks import check_hooks
from colophon.bootstrap.market import Speeds, wanted_routes
from colophon.bootstrap.purchasing import caps_of, everybodys_limit, measured
from colophon.bootstrap.runtime import Runtime
from colophon.briefs import LoadedBrief, load_brief
from colophon.domain.brief import Brief
from colophon.domain.choice import RouteChoice, rank, reasons
from colophon.domain.conversion import Conversion
from colophon.domain.generation import Order as PictureOrder
from colophon.domain.money import Estimate, Money
from colophon.domain.plan import Plan
from colophon.errors import InvalidInput, NotFound, Problem, ProviderRefused, StoreUnavailable
from colophon.services.brand_files import Files, read_brand_files
from colophon.services.forewarn import asked_before
from colophon.services.limits import within_limit
from colophon.services.plan import Order, Sources, plan_order, references_of, register
from colophon.services.references import Resolved


@dataclass(frozen=True, slots=True)
class Planned:
    """A brief with its plan, and what it was planned from."""

    order: Order
    references: Mapping[str, Resolved]
    choice: RouteChoice
    plan: Plan
    files: Files = field(default_factory=dict)


def plan_brief(file: Path, route: str | None, rt: Runtime) -> Planned:
    """Validate, resolve and price a brief file. Spends nothing, writes nothing. Raises `InvalidInput`."""
    return plan_loaded(load_brief(file), route, rt, file=str(file))


def plan_loaded(
    loaded: LoadedBrief, route: str | None, rt: Runtime, *, file: str, sources: Sources | None = None
) -> Planned:
    """The same of a brief that was read already; ``file`` stands for it in messages, ``sources`` are where its
    references come from, where that is not the usual."""
    order = _order(loaded, rt, file)
    try:
        references = references_of(order, sources or usual_sources(rt))
        files = read_brand_files(order.brief, order.folder, imaging=rt.imaging)
        choice = rt.market.choice(
            wanted_routes(order.brief, route, rt.settings), order.brief, rt.today, _speeds(order.brief, rt)
        )
        caps_of(rt, order.brief)  # one that could never be held is told before anything is ordered
        plan = plan_order(order, references, choice, rt.rules_under(order.brief.brand.checks))
        plan = replace(plan, warnings=(*plan.warnings, *_asked_before(plan, rt)))
        return Planned(order, references, choice, plan, files)
    except InvalidInput as error:
        raise _in_file(error, file) from error


def _asked_before(plan: Plan, rt: Runtime) -> tuple[str, ...]:
    """A warning stands in nobody's way: not in that of who plans while the catalog is out of reach, either."""
    if not is_initialised(rt.settings):  # opening a catalog that is not there would make one
        return ()
    try:
        return asked_before(plan, orders=rt.catalog.orders)
    except StoreUnavailable as error:
        return (f"whether these pictures were asked for before is not known: {error.message}",)


@dataclass(frozen=True, slots=True)
class RouteTerms:
    """What a plan would cost on one route alone, and what becomes there of each parameter of its orders. ``problem``:
    why the route cannot take the plan, or is left out of it though it could."""

    route: str
    cost: Estimate | None
    conversions: tuple[Conversion, ...] = ()
    problem: str | None = None


def terms_by_route(planned: Planned, rt: Runtime) -> list[RouteTerms]:
    """Of the routes asked for first, then of every other one."""
    brief = planned.order.brief
    left_out = dict(planned.choice.excluded)
    names = dict.fromkeys((*planned.choice.wanted, *rt.market.routes))
    found = []
    for name in names:
        try:
            alone = rt.market.choice((name,), brief, rt.today)
        except InvalidInput as error:
            found.append(RouteTerms(name, None, problem=error.message))
            continue
        terms = _terms(name, alone, planned, rt)
        found.append(replace(terms, problem=terms.problem or left_out.get(name)))
    return found


def _terms(name: str, alone: RouteChoice, planned: Planned, rt: Runtime) -> RouteTerms:
    nothing = Money(0, planned.plan.cap.currency)
    cost = Estimate(nothing, nothing)
    for wanted in planned.plan.generations:
        ranking = rank(wanted, alone)
        if not ranking.candidates:
            return RouteTerms(name, None, problem=reasons(ranking.excluded))
        cost += ranking.candidates[0].estimate
    contents = {r.use.sha256: r.content for r in planned.references.values()}
    orders = [PictureOrder(g, tuple(contents[use.sha256] for use in g.references)) for g in planned.plan.generations]
    try:
        rows = [row for rows in declare(rt.market.routes[name], orders) for row in rows]
    except ProviderRefused as error:
        return RouteTerms(name, None, problem=error.message)
    return RouteTerms(name, cost, tuple(rows))


def _speeds(brief: Brief, rt: Runtime) -> Speeds:
    """Our own measurements, where the policy asks for them and there is a catalog to ask."""
    return measured(rt) if brief.policy == "fastest" and is_initialised(rt.settings) else {}


def open_for_run(planned: Planned, rt: Runtime, *, publish: bool = False) -> None:
    """Open everything the run will need, so that a missing key, certificate or CDN is told before anything is
    ordered."""
    check_hooks(rt.settings)
    for name in dict.fromkeys((*planned.plan.routes, *(offer.route.name for offer in planned.choice.offers))):
        rt.provider(name)
    rt.bench_under(planned.order.brief.brand.checks)  # catalog, store and trust policy
    rt.workshop  # noqa: B018 - opens certificate and key
    if publish:
        rt.press  # noqa: B018 - opens the CDN store


def register_plan(planned: Planned, rt: Runtime, *, by: str | None = None) -> str:
    """Make the plan its campaign's newest revision; returns the campaign. ``by`` is whose money it is, where that is
    known. Raises `InvalidInput` over the cap or over what they may spend."""
    if by is not None:
        within_limit(planned.plan, by, everybodys_limit(rt.settings), rt.clock.now(), catalog=rt.catalog)
    register(
        planned.plan,
        planned.order,
        planned.references,
        orders=rt.catalog.orders,
        store=rt.store,
        clock=rt.clock,
        files=planned.files,
        by=by,
    )
    return planned.plan.campaign


def _in_file(error: InvalidInput, file: str) -> InvalidInput:
    problems = [replace(problem, file=problem.file or file) for problem in error.problems]
    return InvalidInput.of(problems, hint=error.hint) if problems else error


def _order(loaded: LoadedBrief, rt: Runtime, file: str) -> Order:
    profile = loaded.brief.brand.checks
    if profile not in rt.check_profiles:
        allowed = ", ".join(rt.check_profiles)
        problem = Problem(
            "unknown_profile",
            "no such check profile",
            file=file,
            path="brand.checks",
            found=profile,
            allowed=allowed,
        )
        raise InvalidInput.of([problem], hint="COLOPHON_CHECKS_PROFILE names the file with the profiles")
    return Order(loaded.brief, loaded.folder, loaded.canonical, loaded.revision)


def usual_sources(rt: Runtime) -> Sources:
    """Files beside the brief, public https addresses, and the catalog."""

    def from_catalog(asset: str) -> bytes:
        if not is_initialised(rt.settings):  # opening a catalog that is not there would make one
            raise NotFound(f"there is no asset {asset}, nor a catalog in {rt.settings.home}")
        return rt.store.get(rt.catalog.assets.get(asset).sha256)

    return Sources(rt.imaging, fetch_reference, from_catalog)
