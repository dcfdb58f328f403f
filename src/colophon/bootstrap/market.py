"""The routes on sale: the shipped tables with the settings laid over them, and which of them a brief may use today."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from colophon import data
from colophon.domain.brief import Brief
from colophon.domain.choice import Offer, RouteChoice
from colophon.domain.money import PriceRule, rule_for
from colophon.domain.route import Route, parse_prices, parse_routes
from colophon.domain.speed import Speed
from colophon.errors import InvalidInput, Problem
from colophon.settings import RouteSettings, Settings

# Its rules are the models' list prices; the oldest one never changes, and so neither do the sizes chosen by it.
_LIST_PRICES = "bfl"
Speeds = Mapping[tuple[str, str], Speed]


@dataclass(frozen=True, slots=True)
class Market:
    """All routes by name, the dated price rules of each, and the routes whose key is at hand."""

    routes: Mapping[str, Route]
    prices: Mapping[str, tuple[PriceRule, ...]]
    keyed: frozenset[str]

    def choice(self, names: tuple[str, ...], brief: Brief, on: date, speeds: Speeds | None = None) -> RouteChoice:
        """How a brief buys on these routes. Where the key of one is at hand, those without theirs are left out.

        Raises `InvalidInput` saying of each route why it cannot be used."""
        model = brief.model.name
        offers, excluded = [], []
        for name in names:
            rule = rule_for(self.prices.get(name, ()), model, on)
            if (reason := self._why_not(name, brief, rule)) is None and rule is not None:
                offers.append(Offer(self.routes[name], rule))
            else:
                excluded.append((name, str(reason)))
        if any(offer.route.name in self.keyed for offer in offers):
            excluded += [(o.route.name, _no_key(o.route)) for o in offers if o.route.name not in self.keyed]
            offers = [o for o in offers if o.route.name in self.keyed]
        if not offers:
            problems = [Problem("bad_route", f"route {n} {why}", path="model.routes", found=n) for n, why in excluded]
            raise InvalidInput.of(problems, hint="`colophon routes` lists them all")
        return RouteChoice(
            wanted=names,
            offers=tuple(offers),
            sizing=self._sizing(model, offers[0].price),
            policy=brief.policy,
            excluded=tuple(excluded),
            bounds=tuple(self.routes[n] for n in names if n in self.routes and model in self.routes[n].models),
            speeds={route: speed for (route, of), speed in (speeds or {}).items() if of == model},
        )

    def _sizing(self, model: str, fallback: PriceRule) -> PriceRule:
        rules = [rule for rule in self.prices.get(_LIST_PRICES, ()) if rule.model == model]
        return min(rules, key=lambda rule: rule.valid_from, default=fallback)

    def _why_not(self, name: str, brief: Brief, rule: PriceRule | None) -> str | None:
        route, allowed = self.routes.get(name), brief.brand.buying
        if route is None:
            near = difflib.get_close_matches(name, self.routes, n=1)
            return "is not known" + (f"; did you mean {near[0]!r}?" if near else "")
        regions = brief.model.regions
        reasons = (
            (not route.enabled, "is switched off" + (f": {route.why_off}" if route.why_off else "")),
            (route.unplaced, f"has no address yet: set {variable(name)}__BASE_URL"),
            (brief.model.name not in route.models, f"does not sell {brief.model.name}"),
            (bool(allowed.models) and brief.model.name not in allowed.models, "may not sell this model to the brand"),
            (bool(allowed.routes) and name not in allowed.routes, "is not among the brand's routes"),
            (
                bool(allowed.regions) and route.region not in allowed.regions,
                f"is in region {route.region}, not the brand's",
            ),
            (bool(regions) and route.region not in regions, f"is in region {route.region}, not the brief's"),
            (rule is None, f"has no known price of {brief.model.name} today: set {variable(name)}__PRICES"),
        )
        return next((reason for wrong, reason in reasons if wrong), None)


def wanted_routes(brief: Brief, override: str | None, settings: Settings) -> tuple[str, ...]:
    return (override,) if override else brief.model.routes or settings.default_routes


def open_market(settings: Settings) -> Market:
    """The shipped tables with the settings laid over them. Raises `InvalidInput`."""
    routes = dict(parse_routes(data.text("routes.toml")))
    prices = dict(parse_prices(data.text("prices.toml")))
    for written, members in settings.routes.items():
        name = written.replace("_", "-")  # an environment variable cannot hold a hyphen
        routes[name] = _merged(name, routes.get(name), members)
        if members.prices is not None:
            prices[name] = tuple(members.prices)
    keyed = frozenset(name for name, route in routes.items() if find_key(route, settings) is not None)
    return Market(routes, prices, keyed)


def find_key(route: Route, settings: Settings) -> str | None:
    """A route's key from the settings or the vendor's own variable; the embedded sandbox takes any. None: there is
    none."""
    for written, members in settings.routes.items():
        if written.replace("_", "-") == route.name and members.api_key is not None:
            return members.api_key.get_secret_value()
    if route.key_variable and os.environ.get(route.key_variable):
        return os.environ[route.key_variable]
    return "sandbox" if route.embedded or route.key_variable is None else None


def variable(route: str) -> str:
    """The beginning of the variables that set this route's members."""
    return f"COLOPHON_ROUTES__{route.upper().replace('-', '_')}"


def _no_key(route: Route) -> str:
    return f"has no API key: set {route.key_variable}"


def _merged(name: str, shipped: Route | None, members: RouteSettings) -> Route:
    given: dict[str, Any] = members.model_dump(exclude_none=True, exclude={"api_key", "prices", "webhook_secret"})
    if shipped is None and not {"adapter", "base_url", "models", "provider"} <= given.keys():
        raise InvalidInput(
            f"there is no route {name!r}",
            where=variable(name),
            hint="a route of your own needs at least adapter, provider, base_url and models",
        )
    base = shipped.model_dump() if shipped else {"name": name, "enabled": True}
    try:
        return Route.model_validate({**base, **given})
    except ValueError as error:
        raise InvalidInput(f"route {name} is set up wrongly: {error}", where=f"[routes.{name}]") from error
