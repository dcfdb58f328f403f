"""Which route gets an order: those that can take it, best first under the policy, and why each other one cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import lcm

from colophon.domain.brand import Policy
from colophon.domain.generation import Generation
from colophon.domain.master import MasterLimits
from colophon.domain.money import Estimate, PriceRule
from colophon.domain.route import Route, Wire
from colophon.domain.speed import Speed

# Fewer of our own attempts than this say nothing about a route's speed.
ENOUGH_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """A route that is on, allowed, sells the model, and has a price today."""

    route: Route
    price: PriceRule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route that can take one certain order, at this price, with the grounds for its place in the ranking."""

    route: Route
    estimate: Estimate
    grounds: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """``candidates`` best first; ``excluded`` says of each other route why it cannot take the order."""

    candidates: tuple[Candidate, ...]
    excluded: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """How a plan buys. ``wanted`` are the routes asked for, part of every generation's identity; ``offers`` those of
    them that may be bought on today, in the order listed; ``excluded`` why the others may not. ``sizing`` is the price
    by which picture sizes are chosen: the same whichever route is taken, so that the same brief always gives the same
    pictures. ``bounds`` are the routes' own limits of size, whether or not they are on today."""

    wanted: tuple[str, ...]
    offers: tuple[Offer, ...]
    sizing: PriceRule
    policy: Policy = "fixed"
    excluded: tuple[tuple[str, str], ...] = ()
    bounds: tuple[Route, ...] = ()
    speeds: Mapping[str, Speed] = field(default_factory=dict)

    @property
    def wire(self) -> Wire:
        return self.offers[0].route.wire

    def limits(self, limits: MasterLimits) -> MasterLimits:
        """Sizes that every wanted route makes."""
        return replace(
            limits,
            multiple=lcm(limits.multiple, *(r.side_multiple for r in self.bounds)),
            shortest_side=max(limits.shortest_side, *(r.min_side for r in self.bounds), 0),
            longest_side=min([limits.longest_side, *(r.max_side for r in self.bounds)]),
            most_pixels=min([limits.most_pixels, *(r.max_pixels for r in self.bounds)]),
        )


def rank(wanted: Generation, choice: RouteChoice) -> Ranking:
    """The routes for one order. Cheapest: by the high estimate, prices that the vendor confirms before assumed ones.
    Fastest: by our own median from submit to picture over the share that succeeded; routes with fewer than
    `ENOUGH_SAMPLES` of our own attempts come after those with enough. Ties keep the order listed."""
    candidates: list[Candidate] = []
    excluded = list(choice.excluded)
    for offer in choice.offers:
        route = offer.route
        reason = route.obstacle(
            wanted.model, wanted.width, wanted.height, len(wanted.references), wanted.prompt
        ) or _other_currency(offer, wanted)
        if reason is None:
            candidates.append(Candidate(route, estimate(offer, wanted), ""))
        else:
            excluded.append((route.name, reason))
    if choice.policy == "cheapest":
        confirmed = {offer.route.name: offer.price.confirmed for offer in choice.offers}
        candidates.sort(key=lambda c: (not confirmed[c.route.name], c.estimate.high, c.estimate.low))
    elif choice.policy == "fastest":
        candidates.sort(key=lambda c: _expected_seconds(choice.speeds.get(c.route.name)))
    return Ranking(tuple(replace(c, grounds=_grounds(c, choice)) for c in candidates), tuple(excluded))


def estimate(offer: Offer, wanted: Generation) -> Estimate:
    return offer.price.price(wanted.width, wanted.height, [(use.width, use.height) for use in wanted.references])


def _other_currency(offer: Offer, wanted: Generation) -> str | None:
    theirs, ours = offer.price.currency, wanted.cost.high.currency
    return None if theirs == ours else f"is priced in {theirs}, the budget is in {ours}"


def _expected_seconds(speed: Speed | None) -> float:
    if speed is None or speed.p50 is None or not speed.success or speed.samples < ENOUGH_SAMPLES:
        return float("inf")
    return speed.p50 / speed.success


def _grounds(candidate: Candidate, choice: RouteChoice) -> str:
    if choice.policy == "fixed":
        return "order listed"
    if choice.policy == "cheapest":
        return f"cheapest: {candidate.estimate.high} {candidate.estimate.high.currency} at most (estimated)"
    speed = choice.speeds.get(candidate.route.name)
    if speed is None or _expected_seconds(speed) == float("inf"):
        return f"fastest: fewer than {ENOUGH_SAMPLES} attempts of our own to go by"
    return f"fastest: {speed.p50:.1f} s median, {speed.success:.0%} delivered, of {speed.samples} attempts"


def reasons(excluded: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"route {name} {reason}" for name, reason in excluded)
